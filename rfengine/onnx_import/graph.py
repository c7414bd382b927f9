"""Checked ONNX nodes to a Graph: constants folded, a dtype and a shape for every value.

Shapes run forward node by node through ONNX's own inference on concrete input shapes. With the constants at hand
(folded here as the pass goes) this resolves what whole-model inference leaves open, such as Reshape targets computed
from Shape, and it needs no torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import onnx

from rfengine import ops
from rfengine.errors import BadModel, UnsupportedOperator
from rfengine.graph import UNKNOWN, Array, Graph, Node, Shape, Value
from rfengine.limits import Limits
from rfengine.onnx_import.branches import either
from rfengine.onnx_import.call import node_of
from rfengine.onnx_import.file import opsets_of
from rfengine.onnx_import.fold import folded, held_bytes
from rfengine.onnx_import.guard import check_axis, check_numbers, check_window
from rfengine.onnx_import.nodes import domain_of, label_of, names_read, renamed, version_of
from rfengine.onnx_import.rewrite import rewritten
from rfengine.onnx_import.shapes import check_value, infer, small_constants, types_of
from rfengine.onnx_import.tensor import array_of
from rfengine.operator_border import operator_code

# Which input of a convolution has the window as its trailing axes.
_KERNELS = {"Conv": 1, "ConvInteger": 1, "ConvTranspose": 1, "DeformConv": 1, "QLinearConv": 3}

# A node may be said with others, which are said with others; no operator of ONNX needs more rounds.
_ROUNDS = 8


def build_graph(
    model: onnx.ModelProto,
    inputs: Mapping[str, Value],
    *,
    name: str,
    known: Mapping[str, Array],
    limits: Limits,
    fold: bool = True,
) -> tuple[Graph, tuple[str, ...]]:
    """The graph of a checked model, and what the report should warn of.

    `known` binds inputs to values: they become constants. Without `fold` every node stays a node, whatever is known.

    Raises:
        BadInput: one of its kinds, naming place, value and next step.
        OperatorFailed: an operator's own function failed.
    """
    builder = _Builder(model, {n: v for n, v in inputs.items() if n not in known}, limits, fold=fold)
    return builder.build(name, known), tuple(builder.warnings)


class _Builder:
    """One pass over the nodes that turns protobuf into values."""

    def __init__(self, model: onnx.ModelProto, inputs: dict[str, Value], limits: Limits, *, fold: bool) -> None:
        self.model, self.limits, self.fold = model, limits, fold
        self.inputs = tuple(inputs)
        self.values: dict[str, Value] = dict(inputs)
        self.constants: dict[str, Array] = {}
        self.nodes: list[Node] = []
        self.warnings: list[str] = []
        # Names that the file uses: what is written out between its nodes must not take them.
        self._taken = {name for node in model.graph.node for name in node.output} | set(inputs)
        self._taken |= {tensor.name for tensor in model.graph.initializer}
        self._count = self._constant_bytes = self._total_bytes = 0

    def build(self, name: str, known: Mapping[str, Array]) -> Graph:
        """The graph of all nodes, in their order."""
        graph = self.model.graph
        for bound, array in known.items():
            self._add_constant(bound, array)
        read = {name for node in graph.node for name in names_read(node)}
        for tensor in graph.initializer:
            if tensor.name in read and tensor.name not in known:
                self._add_initializer(tensor, tensor.name)
        for sparse in graph.sparse_initializer:
            if sparse.values.name in read:
                raise UnsupportedOperator(
                    f"initializer '{sparse.values.name}' is sparse, which is not supported; store it as a dense tensor"
                )
        opsets = opsets_of(self.model)
        for proto in graph.node:
            self._add_node(proto, opsets)
        outputs = tuple(o.name for o in graph.output if o.name in self.values)
        return Graph(
            name=name,
            opset=opsets.get("", 0),
            nodes=tuple(self.nodes),
            inputs=self.inputs,
            outputs=outputs or tuple(self.nodes[-1].outputs[:1]) if self.nodes else outputs,
            values=MappingProxyType(self.values),
            constants=MappingProxyType(self.constants),
        )

    def _add_initializer(self, tensor: onnx.TensorProto, name: str) -> None:
        array = array_of(tensor, f"initializer '{tensor.name}'", self.limits)
        self._hold(array, f"initializers in bytes, at '{tensor.name}'")
        self._add_constant(name, array)

    def _add_constant(self, name: str, array: Array) -> None:
        array = np.asarray(array)
        array.flags.writeable = False
        self.values[name] = Value(name, array.dtype, array.shape)
        self.constants[name] = array

    def _hold(self, array: Array, what: str) -> None:
        self._constant_bytes += held_bytes(array)
        self.limits.check(what, self._constant_bytes, "constant_bytes")

    def _add_node(self, proto: onnx.NodeProto, opsets: Mapping[str, int], rounds: int = 0) -> None:
        self._count += 1
        self.limits.check("nodes with all branches and functions written out", self._count, "nodes")
        domain, label = domain_of(proto), label_of(proto)
        missing = next((name for name in proto.input if name and name not in self.values), None)
        if missing is not None:
            raise BadModel(f"node '{label}': its input '{missing}' is made by no earlier node, input or initializer")
        again = next((name for name in proto.output if name in self.values), None)
        if again is not None:
            raise BadModel(f"node '{label}': its output '{again}' exists already; every value is made once")
        if proto.op_type == "If" and not domain:
            if not self._add_branch(proto, opsets, rounds):
                self._add_choice(proto, opsets)
            return
        opset = opsets.get(domain, 0)
        version = version_of(proto, opset) or 0
        # Once more: a number may have come out of a function's attribute.
        check_numbers(proto, f"node '{label}'", self.limits)
        node = node_of(proto, version, self.limits)
        try:
            operator = ops.find(domain, proto.op_type, version, node=label, opset=opset)
        except UnsupportedOperator:
            if rounds == _ROUNDS or not self._add_rewritten(node, proto, opsets, rounds):
                raise
            return
        self._settle(node, proto, operator, opsets)
        if self._folds(node, operator):
            self._fold(node, operator)
        else:
            self.nodes.append(node)

    def _settle(self, node: Node, proto: onnx.NodeProto, operator: ops.Operator, opsets: Mapping[str, int]) -> None:
        """Dtype and shape of a node's outputs."""
        kernel = _KERNELS.get(node.op)
        dilations = node.attributes.get("dilations", ())
        if kernel is not None and kernel < len(node.inputs) and node.inputs[kernel]:
            check_window(str(node), self.values[node.inputs[kernel]].shape[2:], dilations, self.limits)
        elif "kernel_shape" in node.attributes:
            check_window(str(node), node.attributes["kernel_shape"], dilations, self.limits)
        if node.inputs and node.inputs[0]:
            check_axis(node, len(self.values[node.inputs[0]].shape))
        ruled = operator.out_shape is not None
        made = infer(node, proto, self.values, self.constants, opsets, self.limits, ruled=ruled)
        self.values.update(made)
        first = made.get(node.outputs[0]) if node.outputs else None
        if operator.out_shape is not None and first is not None:
            with operator_code(node):
                shape: Shape = operator.out_shape(self._call(node))
            self.values[first.name] = replace(first, shape=shape)
        self._total_bytes += sum(check_value(node, self.values[name], self.limits) for name in made)
        self.limits.check(f"bytes of all values up to {node}", self._total_bytes, "total_bytes")

    def _folds(self, node: Node, operator: ops.Operator) -> bool:
        """Whether a node's outputs are constants."""
        if operator.fold is None or not self.fold:
            return False
        if not operator.folds_every_output and [name for name in node.outputs if name] != [*node.outputs[:1]]:
            return False
        constant = all(name in self.constants for name in node.inputs if name)
        return constant or (operator.folds_from_shape and all(self.values[n].is_known for n in node.inputs if n))

    def _fold(self, node: Node, operator: ops.Operator) -> None:
        """Turn a node into constants."""
        for name, array in zip(node.outputs, folded(self._call(node), operator, self.limits), strict=False):
            if name:
                self._hold(array, f"constants in bytes, at {node}")
                self._add_constant(name, array)

    def _call(self, node: Node) -> ops.Call:
        return ops.Call(
            node,
            tuple(self.values[name] if name else None for name in node.inputs),
            tuple(self.values.get(name) if name else None for name in node.outputs),
            tuple(self.constants.get(name) if name else None for name in node.inputs),
        )

    def _add_branch(self, proto: onnx.NodeProto, opsets: Mapping[str, int], rounds: int) -> bool:
        """Put in place of an If whose condition is constant the branch that it takes."""
        condition = self.constants.get(proto.input[0])
        if condition is None:
            return False
        label = label_of(proto)
        if condition.size != 1:
            raise BadModel(f"node '{label}': the condition of an If is one value, not the shape {condition.shape}")
        wanted = "then_branch" if bool(condition.reshape(-1)[0]) else "else_branch"
        branch = next(a.g for a in proto.attribute if a.name == wanted)
        if len(branch.output) != len(proto.output):
            raise BadModel(
                f"node '{label}' has {len(proto.output)} outputs and its {wanted} {len(branch.output)}; export it again"
            )
        names = self._splice(branch, label, opsets, rounds)
        for given, taken in zip(proto.output, branch.output, strict=True):
            source = names.get(taken.name, taken.name)
            copy = onnx.helper.make_node("Identity", [source], [given], name=f"{label}:{given}")
            self._add_node(copy, opsets, rounds)
        return True

    def _add_choice(self, proto: onnx.NodeProto, opsets: Mapping[str, int]) -> None:
        """An If whose condition depends on the data: a node with both branches inside."""
        version = version_of(proto, opsets.get("", 0)) or 0
        ops.find("", "If", version, node=label_of(proto), opset=opsets.get("", 0))
        outside = sorted(names_read(proto) - set(proto.input))
        known = {name: self.constants[name] for name in outside if name in self.constants}
        captured = {name: self.values[name] for name in outside if name in self.values and name not in known}
        bodies = {}
        for attribute in proto.attribute:
            imports = [onnx.helper.make_opsetid(domain, number) for domain, number in opsets.items()]
            model = onnx.helper.make_model(attribute.g, opset_imports=imports)
            label = f"{attribute.name} of '{label_of(proto)}'"
            bodies[attribute.name], warnings = build_graph(
                model, captured, name=label, known=known, limits=self.limits, fold=self.fold
            )
            self.warnings.extend(warnings)
        node = replace(
            node_of(proto, version, self.limits),
            inputs=(proto.input[0], *captured),
            attributes=MappingProxyType({}),
            bodies=MappingProxyType(bodies),
        )
        self.values.update(either(node))
        self.nodes.append(node)

    def _add_rewritten(self, node: Node, proto: onnx.NodeProto, opsets: Mapping[str, int], rounds: int) -> bool:
        """Put in place of a node that nobody registered nodes that somebody did, where ONNX knows such."""
        types, small = types_of(proto, self.values), small_constants(proto, self.constants)
        made = rewritten(proto, opsets.get("", 0), types, small)
        if made is None:
            return False
        try:
            expected = infer(node, proto, self.values, self.constants, opsets, self.limits)
        except UnsupportedOperator:  # the oldest versions leave even the rank open
            expected = {}
        self.warnings.append(f"{node} was {made.how}")
        self._splice(made.graph, node.name, {**opsets, "": made.opset}, rounds + 1, own=(*proto.input, *proto.output))
        for name, value in expected.items():
            found = self.values.get(name)
            if found is None or not _agree(found.shape, value.shape):
                raise UnsupportedOperator(
                    f"{node} was {made.how}, which gives '{name}' the shape {list(found.shape) if found else None} "
                    f"instead of {list(value.shape)}; export the model at a newer opset"
                )
        return True

    def _splice(
        self, graph: onnx.GraphProto, label: str, opsets: Mapping[str, int], rounds: int, own: Sequence[str] = ()
    ) -> dict[str, str]:
        """Add the nodes of an inner graph, under new names where theirs are taken; `own` names are the outer graph's.

        Two branches may use the same names inside, so what is taken already gets the outer node's label in front.
        """
        initializers = [tensor for tensor in graph.initializer if tensor.name not in own]
        inner = [t.name for t in initializers] + [name for node in graph.node for name in node.output if name]
        names = {name: self._fresh(name, label) for name in inner if name not in own}
        for tensor in initializers:
            self._add_initializer(tensor, names[tensor.name])
        for node in graph.node:
            self._add_node(renamed(node, names), opsets, rounds)
        return names

    def _fresh(self, name: str, label: str) -> str:
        """A name that nothing has, and that nothing gets from now on."""
        fresh = name
        while fresh in self._taken or fresh in self.values:
            fresh = f"{label}:{name}" if fresh == name else f"{fresh}'"
        self._taken.add(fresh)
        return fresh


def _agree(found: Shape, expected: Shape) -> bool:
    return len(found) == len(expected) and all(
        UNKNOWN in (a, b) or a == b for a, b in zip(found, expected, strict=True)
    )
