"""Dtype and shape of a node's outputs, by ONNX's own inference on concrete shapes and small constants."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from rfengine import ops
from rfengine.errors import BadShape, UnsupportedOperator
from rfengine.graph import UNKNOWN, Array, Node, Shape, Value
from rfengine.limits import Limits
from rfengine.onnx_import.nodes import ONNX_ERRORS
from rfengine.onnx_import.tensor import check_shape, dtype_of

# Constants up to this many elements are shown to shape inference: shapes, axes and scales are small.
SMALL = 1 << 12

# Tensors of at least so many axes are feature maps; with fewer, an axis may be all of a feature map laid out.
FEATURE_MAP = 4

# Operators whose output is empty only when their input is too small for their window.
_NEVER_EMPTY = frozenset(
    o.name for o in ops.operators() if o.nature in (ops.Nature.WEIGHS, ops.Nature.MAXIMISES, ops.Nature.AVERAGES)
)


# Operators whose inputs are scalars; every runtime takes a tensor of one element for one.
_OF_SCALARS = frozenset({"Range"})


def types_of(node: onnx.NodeProto, values: Mapping[str, Value]) -> dict[str, onnx.TypeProto]:
    """The types of a node's inputs as ONNX says them."""
    found = {name: values[name] for name in node.input if name}
    if node.op_type in _OF_SCALARS:
        found = {name: replace(value, shape=()) if value.shape == (1,) else value for name, value in found.items()}
    return {name: _type_of(value.dtype, value.shape) for name, value in found.items()}


def small_constants(node: onnx.NodeProto, constants: Mapping[str, Array]) -> dict[str, onnx.TensorProto]:
    """Those inputs of a node that are constant and small."""
    known = {name: constants[name] for name in node.input if name in constants and constants[name].size <= SMALL}
    if node.op_type in _OF_SCALARS:
        known = {name: array.reshape(()) if array.shape == (1,) else array for name, array in known.items()}
    return {
        name: numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name)
        for name, array in known.items()
    }


def infer(
    node: Node,
    proto: onnx.NodeProto,
    values: Mapping[str, Value],
    constants: Mapping[str, Array],
    opsets: Mapping[str, int],
    limits: Limits,
    *,
    ruled: bool = False,
) -> dict[str, Value]:
    """The named outputs of a node. If the operator's own rule gives the first one's shape (`ruled`), it may be silent.

    Raises:
        BadShape: the inputs do not fit the operator, or leave nothing of its output.
        LimitExceeded: an output passes a cap.
        UnsupportedOperator: even the rank of an output depends on the data.
    """
    schema = onnx.defs.get_schema(node.op, opsets.get(node.domain, 0), node.domain)
    try:
        found = onnx.shape_inference.infer_node_outputs(
            schema,
            proto,
            types_of(proto, values),
            small_constants(proto, constants),
            opset_imports=[onnx.helper.make_opsetid(domain, opset) for domain, opset in opsets.items()],
            ir_version=onnx.IR_VERSION,
        )
    except ONNX_ERRORS as error:
        shapes = [list(values[name].shape) for name in node.inputs if name]
        raise BadShape(
            f"{node}: input shapes {shapes} do not fit: {_reason(str(error))}; "
            "change input_shape, or name a target before this node"
        ) from error
    made: dict[str, Value] = {}
    for index, name in enumerate(node.outputs):
        if name:
            inferred = found.get(name, onnx.TypeProto()).tensor_type
            if ruled and index == 0 and not inferred.HasField("shape"):
                first = values[node.inputs[0]]
                inferred.elem_type = inferred.elem_type or _type_of(first.dtype, first.shape).tensor_type.elem_type
                inferred.shape.SetInParent()
            made[name] = _value(node, name, inferred, made, values, limits)
    return made


def check_value(node: Node, value: Value, limits: Limits) -> int:
    """The bytes of an output, compared to the caps; an axis that depends on the data counts as one element."""
    place = f"output '{value.name}' of {node}"
    known = tuple(max(length, 1) if length == UNKNOWN else length for length in value.shape)
    check_shape(place, known, limits)
    size = prod(known) * value.dtype.itemsize
    limits.check(f"{place} in bytes", size, "value_bytes")
    if len(known) >= FEATURE_MAP:
        limits.check(f"a side of {place}, shape {list(value.shape)}", max(known[2:]), "side")
    return size


def _value(
    node: Node,
    name: str,
    inferred: onnx.TypeProto.Tensor,
    made: Mapping[str, Value],
    values: Mapping[str, Value],
    limits: Limits,
) -> Value:
    if not inferred.HasField("shape"):
        first = made.get(node.outputs[0])
        if first is not None:
            # An optional output that inference says nothing of, such as a dropout mask: it has the first's shape.
            return Value(name, first.dtype, first.shape)
        raise UnsupportedOperator(
            f"{node}: even the number of axes of its output '{name}' depends on the data; "
            "name a target before this node to analyse the part up to it"
        )
    shape = tuple(int(d.dim_value) if d.HasField("dim_value") else UNKNOWN for d in inferred.shape.dim)
    if any(d < UNKNOWN for d in shape) or (0 in shape and _is_too_small(node, values)):
        raise BadShape(f"{node}: its output '{name}' would have the shape {list(shape)}; enlarge the input")
    value = Value(name, dtype_of(inferred.elem_type, f"output '{name}' of {node}"), shape)
    check_value(node, value, limits)
    return value


def _is_too_small(node: Node, values: Mapping[str, Value]) -> bool:
    first: Shape = values[node.inputs[0]].shape if node.inputs and node.inputs[0] else ()
    return node.op in _NEVER_EMPTY and 0 not in first


@lru_cache(maxsize=1 << 10)
def _type_of(dtype: np.dtype[Any], shape: Shape) -> onnx.TypeProto:
    kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
    lengths: list[Any] = [None if n == UNKNOWN else n for n in shape]
    return onnx.helper.make_tensor_type_proto(kind, lengths)


def _reason(text: str) -> str:
    """What shape inference says, without its own file and line."""
    return " ".join(text.split("]")[-1].split())[:300]
