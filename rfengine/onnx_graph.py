"""Checked ONNX nodes to a Graph: constants folded, a dtype and a shape for every value.

Shapes run forward node by node through ONNX's own inference on concrete input shapes. With the constants at hand
(folded here as the pass goes) this resolves what whole-model inference leaves open, such as Reshape targets computed
from Shape, and it needs no torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from rfengine import ops
from rfengine.errors import BadModel, BadShape, UnsupportedOperator
from rfengine.graph import UNKNOWN, Array, Graph, Node, Shape, Value
from rfengine.limits import Limits
from rfengine.onnx_file import domain_of, label_of, names_read, opset_of, version_of

# Constants up to this many elements are shown to shape inference: shapes, axes and scales are small.
SMALL = 1 << 12

# Operators whose output is empty only when their input is too small for their window.
_NEVER_EMPTY = frozenset(
    o.name for o in ops.operators() if o.nature in (ops.Nature.WEIGHS, ops.Nature.MAXIMISES, ops.Nature.AVERAGES)
)


def build_graph(
    model: onnx.ModelProto,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Value],
    *,
    name: str,
    known: Mapping[str, Array],
    limits: Limits,
    fold: bool = True,
) -> Graph:
    """The graph of the given nodes of a model, in their order.

    `known` binds inputs to values: they become constants. Without `fold` every node stays a node, whatever is known.

    Raises:
        BadInput: one of its kinds, naming place, value and next step.
    """
    return _Builder(model, {n: v for n, v in inputs.items() if n not in known}, limits, fold=fold).build(
        name, nodes, known
    )


class _Builder:
    """One pass over the nodes that turns protobuf into values."""

    def __init__(self, model: onnx.ModelProto, inputs: dict[str, Value], limits: Limits, *, fold: bool) -> None:
        self.model, self.limits, self.fold = model, limits, fold
        self.inputs = tuple(inputs)
        self.values: dict[str, Value] = dict(inputs)
        self.constants: dict[str, Array] = {}
        self.nodes: list[Node] = []
        self._constant_bytes = 0

    def build(self, name: str, nodes: Sequence[onnx.NodeProto], known: Mapping[str, Array]) -> Graph:
        """The graph of the given nodes, in their order."""
        for bound, array in known.items():
            self._add_constant(bound, array)
        read = {name for node in nodes for name in names_read(node)}
        for tensor in self.model.graph.initializer:
            if tensor.name in read:
                self._add_initializer(tensor, tensor.name)
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

    def _add_initializer(self, tensor: onnx.TensorProto, name: str) -> None:
        shape = tuple(int(d) for d in tensor.dims)
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        self._check_size(f"initializer '{tensor.name}'", shape)
        self._constant_bytes += prod(shape) * dtype.itemsize
        self.limits.check("initializers in bytes", self._constant_bytes, "constant_bytes")
        try:
            self._add_constant(name, numpy_helper.to_array(tensor))
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
        if proto.op_type == "If" and not domain and self._inline_branch(proto):
            return
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
        self._infer(node, proto, operator)
        constant = all(name in self.constants for name in node.inputs if name)
        shaped = operator.folds_from_shape and all(self.values[name].is_known for name in node.inputs if name)
        if operator.fold is not None and self.fold and (constant or shaped):
            self._fold(node, operator)
        else:
            self.nodes.append(node)

    def _inline_branch(self, proto: onnx.NodeProto) -> bool:
        """Replace an If whose condition is constant by the branch that it takes."""
        condition = self.constants.get(proto.input[0])
        if condition is None:
            return False
        wanted = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
        branch = next(a.g for a in proto.attribute if a.name == wanted)
        # Two branches may use the same names inside, so what is taken already gets the If's name in front.
        inner = [name for node in branch.node for name in node.output] + [t.name for t in branch.initializer]
        renamed = {name: f"{label_of(proto)}:{name}" for name in inner if name in self.values}
        for tensor in branch.initializer:
            self._add_initializer(tensor, renamed.get(tensor.name, tensor.name))
        for node in branch.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [renamed.get(name, name) for name in node.input]
            copy.output[:] = [renamed.get(name, name) for name in node.output]
            self._add_node(copy)
        for given, taken in zip(proto.output, branch.output, strict=True):
            source = renamed.get(taken.name, taken.name)
            self._add_node(onnx.helper.make_node("Identity", [source], [given], name=f"{label_of(proto)}:{given}"))
        return True

    def _fold(self, node: Node, operator: ops.Operator) -> None:
        """Turn a node into a constant."""
        out = self.values[node.outputs[0]]
        self._check_size(f"the value of {node}", out.shape)
        call = self._call(node)
        assert operator.fold is not None
        try:
            array = np.asarray(operator.fold(call))
        except (ValueError, IndexError, TypeError, ZeroDivisionError) as error:
            raise BadShape(f"{node}: its constant value cannot be computed: {error}") from error
        # A fill has zero strides and takes no memory.
        self._constant_bytes += array.nbytes if any(array.strides) else 0
        self.limits.check(f"constants in bytes, at {node}", self._constant_bytes, "constant_bytes")
        self._add_constant(node.outputs[0], array)

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
        if inferred is None or not inferred.tensor_type.HasField("shape"):
            if name != node.outputs[0]:
                # An optional output that inference says nothing of, such as a dropout mask: it has the first's shape.
                first = self.values[node.outputs[0]]
                return Value(name, first.dtype, first.shape)
            raise UnsupportedOperator(
                f"{node}: even the number of axes of its output '{name}' depends on the data; "
                "name a target before this node to analyse the part up to it"
            )
        kind = inferred.tensor_type
        shape = tuple(int(d.dim_value) if d.HasField("dim_value") else UNKNOWN for d in kind.shape.dim)
        if any(d < UNKNOWN for d in shape) or (0 in shape and self._is_too_small(node)):
            raise BadShape(f"{node}: its output '{name}' would have the shape {list(shape)}; enlarge the input")
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
        self.limits.check(f"output '{name}' of {node} in bytes", abs(prod(shape)) * dtype.itemsize, "value_bytes")
        return Value(name, dtype, shape)

    def _is_too_small(self, node: Node) -> bool:
        return node.op in _NEVER_EMPTY and 0 not in self.values[node.inputs[0]].shape


def _type_of(value: Value) -> onnx.TypeProto:
    kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
    return onnx.helper.make_tensor_type_proto(kind, [None if n == UNKNOWN else n for n in value.shape])


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
