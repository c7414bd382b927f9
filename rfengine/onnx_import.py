"""ONNX model to Graph: input shapes settled, constants folded, a shape for every value.

Shapes run forward node by node through ONNX's own inference on concrete input shapes. With the constants at hand
(folded here as the pass goes) this resolves what whole-model inference leaves open, such as Reshape targets computed
from Shape, and it needs no torch.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from rfengine import ops
from rfengine.errors import BadModel, BadShape, NoSpatialInput, UnsupportedOperator
from rfengine.graph import Array, Graph, Node, Shape, Value
from rfengine.limits import DEFAULT_LIMITS, Limits
from rfengine.onnx_file import domain_of, label_of, needed_nodes, opset_of, read_model, version_of

# What a dimension becomes when neither the file nor the caller says: one image, three channels, ImageNet's side.
DEFAULT_BATCH, DEFAULT_CHANNELS, DEFAULT_SIDE = 1, 3, 224

# Constants up to this many elements are shown to shape inference: shapes, axes and scales are small.
SMALL = 1 << 12

# Operators whose output is empty only when their input is too small for their window.
_NEVER_EMPTY = frozenset(
    o.name for o in ops.operators() if o.nature in (ops.Nature.WEIGHS, ops.Nature.MAXIMISES, ops.Nature.AVERAGES)
)


@dataclass(frozen=True)
class Imported:
    """A model as imported: the graph, and what the report says about the file."""

    graph: Graph
    sha256: str
    opset: int
    nodes: int
    warnings: tuple[str, ...]


def import_onnx(
    data: bytes,
    *,
    name: str = "model",
    input_shape: Mapping[str, Shape] | None = None,
    targets: tuple[str, ...] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Imported:
    """Import a model file.

    Args:
        data: the file's bytes.
        name: what to call the model.
        input_shape: shape per input; the key '' means the only spatial input.
        targets: tensor or node names; given, only what they depend on is imported.
        limits: caps.

    Raises:
        BadInput: one of its kinds, naming place, value and next step.
    """
    model = read_model(data, limits)
    nodes = needed_nodes(model, targets)
    inputs, warnings = _settle_inputs(model, dict(input_shape or {}))
    graph = _Builder(model, inputs, limits).build(name, nodes)
    opset = opset_of(model) or 0
    return Imported(graph, hashlib.sha256(data).hexdigest(), opset, len(model.graph.node), warnings)


def _settle_inputs(model: onnx.ModelProto, given: dict[str, Shape]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Concrete shapes of the model's real inputs (initializers that are also declared as inputs are none)."""
    fixed = {t.name for t in model.graph.initializer} | {t.values.name for t in model.graph.sparse_initializer}
    declared = [value for value in model.graph.input if value.name not in fixed]
    spatial = [v.name for v in declared if len(v.type.tensor_type.shape.dim) >= 3]
    if "" in given:
        if len(spatial) != 1:
            raise BadShape(f"input_shape without a name needs exactly one spatial input; the model has {spatial}")
        given = {**given, spatial[0]: given[""]}
        del given[""]
    unknown = sorted(set(given) - {v.name for v in declared})
    if unknown:
        raise BadShape(f"input_shape names {unknown[0]!r}; the model's inputs are {[v.name for v in declared]}")
    if not spatial and not any(len(shape) >= 3 for shape in given.values()):
        shown = {v.name: [d.dim_value or d.dim_param or "?" for d in v.type.tensor_type.shape.dim] for v in declared}
        raise NoSpatialInput(f"no input has spatial axes (batch, channels, then one to three more); inputs: {shown}")
    warnings: list[str] = []
    settled = {v.name: _settle(v, given.get(v.name), warnings) for v in declared}
    return settled, tuple(warnings)


def _settle(value: onnx.ValueInfoProto, given: Shape | None, warnings: list[str]) -> Value:
    """One input's concrete shape: the caller's, else the file's, else a default that a warning names."""
    kind = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or not kind.elem_type:
        raise BadModel(f"input '{value.name}' is not a tensor; only tensor inputs can be analysed")
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    declared = [int(d.dim_value) for d in kind.shape.dim]
    if given is not None:
        if declared and len(given) != len(declared):
            raise BadShape(f"input '{value.name}' has {len(declared)} axes {declared}; input_shape gives {list(given)}")
        if len(declared) > 1 and declared[1] and given[1] != declared[1]:
            raise BadShape(
                f"input '{value.name}' has {declared[1]} channels; input_shape gives {given[1]}: {list(given)}"
            )
        return Value(value.name, dtype, tuple(given))
    if any(d < 0 for d in declared):
        raise BadModel(f"input '{value.name}' declares the shape {declared}; dimensions cannot be negative")
    defaults = (DEFAULT_BATCH, DEFAULT_CHANNELS, *[DEFAULT_SIDE] * max(0, len(declared) - 2))
    shape = tuple(d or default for d, default in zip(declared, defaults, strict=False))
    if list(shape) != declared:
        warnings.append(
            f"input '{value.name}' leaves its shape open; analysed at {list(shape)}, set input_shape to change it"
        )
    return Value(value.name, dtype, shape)


class _Builder:
    """One pass over the nodes that turns protobuf into values."""

    def __init__(self, model: onnx.ModelProto, inputs: dict[str, Value], limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.inputs = tuple(inputs)
        self.values: dict[str, Value] = dict(inputs)
        self.constants: dict[str, Array] = {}
        self.nodes: list[Node] = []
        self._constant_bytes = 0

    def build(self, name: str, nodes: list[onnx.NodeProto]) -> Graph:
        """The graph of the given nodes, in their order."""
        read = {name for node in nodes for name in node.input}
        for tensor in self.model.graph.initializer:
            if tensor.name in read:
                self._add_initializer(tensor)
        for proto in nodes:
            self._add_node(proto)
        outputs = tuple(o.name for o in self.model.graph.output if o.name in self.values)
        return Graph(
            name=name,
            opset=opset_of(self.model) or 0,
            nodes=tuple(self.nodes),
            inputs=self.inputs,
            outputs=outputs or tuple(self.nodes[-1].outputs[:1]) if self.nodes else outputs,
            values=MappingProxyType(self.values),
            constants=MappingProxyType(self.constants),
        )

    def _add_initializer(self, tensor: onnx.TensorProto) -> None:
        shape = tuple(int(d) for d in tensor.dims)
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        self._check_size(f"initializer '{tensor.name}'", shape)
        self._constant_bytes += prod(shape) * dtype.itemsize
        self.limits.check("initializers in bytes", self._constant_bytes, "constant_bytes")
        try:
            self._add_constant(tensor.name, numpy_helper.to_array(tensor))
        except (ValueError, TypeError) as error:
            raise BadModel(f"initializer '{tensor.name}' of shape {list(shape)} cannot be read: {error}") from error

    def _check_size(self, what: str, shape: Shape) -> None:
        self.limits.check(f"axes of {what}", len(shape), "rank")
        for length in shape:
            self.limits.check(f"a dimension of {what}, shape {list(shape)}", length, "dimension")

    def _add_constant(self, name: str, array: Array) -> None:
        array = np.asarray(array)
        array.flags.writeable = False
        self.values[name] = Value(name, array.dtype, array.shape)
        self.constants[name] = array

    def _add_node(self, proto: onnx.NodeProto) -> None:
        domain = domain_of(proto)
        opset = opset_of(self.model, domain) or 0
        version = version_of(proto, opset) or 0
        operator = ops.find(domain, proto.op_type, version, node=label_of(proto), opset=opset)
        node = Node(
            name=label_of(proto),
            op=proto.op_type,
            version=version,
            inputs=tuple(proto.input),
            outputs=tuple(proto.output),
            attributes=MappingProxyType({a.name: _attribute(a) for a in proto.attribute}),
            domain=domain,
        )
        missing = next((name for name in node.inputs if name and name not in self.values), None)
        if missing is not None:
            raise BadModel(f"{node}: its input '{missing}' is made by no earlier node, input or initializer")
        known = all(name in self.constants for name in node.inputs if name)
        if operator.fold is not None and (known or operator.folds_from_shape):
            self._infer(node, proto, operator)
            if self._fold(node, operator):
                return
        else:
            self._infer(node, proto, operator)
        self.nodes.append(node)

    def _fold(self, node: Node, operator: ops.Operator) -> bool:
        """Turn a node into a constant, unless its value is too large to hold."""
        out = self.values[node.outputs[0]]
        self._check_size(f"the value of {node}", out.shape)
        if node.op != "ConstantOfShape":
            self._constant_bytes += prod(out.shape) * out.dtype.itemsize
            self.limits.check(f"constants in bytes, at {node}", self._constant_bytes, "constant_bytes")
        call = self._call(node)
        assert operator.fold is not None
        try:
            self._add_constant(node.outputs[0], operator.fold(call))
        except (ValueError, IndexError, TypeError) as error:
            raise BadShape(f"{node}: its constant value cannot be computed: {error}") from error
        return True

    def _call(self, node: Node) -> ops.Call:
        return ops.Call(
            node,
            tuple(self.values[name] if name else None for name in node.inputs),
            tuple(self.values.get(name) if name else None for name in node.outputs),
            tuple(self.constants.get(name) if name else None for name in node.inputs),
        )

    def _infer(self, node: Node, proto: onnx.NodeProto, operator: ops.Operator) -> None:
        """Dtype and shape of a node's outputs."""
        types = {name: _type_of(self.values[name]) for name in node.inputs if name}
        small = {
            name: numpy_helper.from_array(np.ascontiguousarray(self.constants[name]), name)
            for name in node.inputs
            if name in self.constants and self.constants[name].size <= SMALL
        }
        schema = onnx.defs.get_schema(node.op, opset_of(self.model, node.domain) or 0, node.domain)
        try:
            found = onnx.shape_inference.infer_node_outputs(
                schema,
                proto,
                types,
                small,
                opset_imports=list(self.model.opset_import),
                ir_version=self.model.ir_version,
            )
        except (onnx.shape_inference.InferenceError, ValueError, RuntimeError) as error:
            shapes = [list(self.values[name].shape) for name in node.inputs if name]
            raise BadShape(
                f"{node}: input shapes {shapes} do not fit: {_reason(str(error))}; "
                "change input_shape, or name a target before this node"
            ) from error
        for name in node.outputs:
            if name:
                self.values[name] = self._value(node, name, found.get(name))
        if operator.out_shape is not None:
            try:
                shape = operator.out_shape(self._call(node))
            except (ValueError, IndexError) as error:
                raise BadShape(f"{node}: its attributes do not fit its input: {error}") from error
            self.values[node.outputs[0]] = replace(self.values[node.outputs[0]], shape=shape)

    def _value(self, node: Node, name: str, inferred: onnx.TypeProto | None) -> Value:
        kind = inferred.tensor_type if inferred is not None else None
        if kind is None or not kind.HasField("shape") or any(not d.HasField("dim_value") for d in kind.shape.dim):
            if name != node.outputs[0]:
                # An optional output that inference says nothing of, such as a dropout mask: it has the first's shape.
                first = self.values[node.outputs[0]]
                return Value(name, first.dtype, first.shape)
            raise UnsupportedOperator(
                f"{node}: the shape of its output '{name}' depends on the data; "
                "name a target before this node to analyse the part up to it"
            )
        shape = tuple(int(d.dim_value) for d in kind.shape.dim)
        if any(d < 0 for d in shape) or (
            0 in shape and 0 not in self.values[node.inputs[0]].shape and node.op in _NEVER_EMPTY
        ):
            raise BadShape(f"{node}: its output '{name}' would have the shape {list(shape)}; enlarge the input")
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
        self.limits.check(f"output '{name}' of {node} in bytes", prod(shape) * dtype.itemsize, "value_bytes")
        return Value(name, dtype, shape)


def _type_of(value: Value) -> onnx.TypeProto:
    kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
    return onnx.helper.make_tensor_type_proto(kind, value.shape)


def _attribute(attribute: onnx.AttributeProto) -> Any:
    """An attribute's value in plain Python and numpy; strings decoded, lists as tuples."""
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str | int | float) or not hasattr(value, "__iter__"):
        return value
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value)


def _reason(text: str) -> str:
    """What shape inference says, without its own file and line."""
    return " ".join(text.split("]")[-1].split())[:300]
