"""Weights drawn anew: the network as it is before training.

Biases become zero and normalisations what they start as. A constant that is added to a sum is a bias where it has one
value per map; position embeddings are none and stay, as do slopes of activations.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from types import MappingProxyType

import numpy as np

from api_schemas.initialisers import AnyInitialiser
from rfengine import initialisers, ops
from rfengine.errors import NotEstimable
from rfengine.graph import Array, Graph, Node
from rfengine.initialisers import Layer
from rfengine.ops import Nature
from rfengine.runtime.rewriting import Rewriting

# Value per input of a normalisation as it starts: scale, offset, mean, variance.
_NORMS: dict[str, dict[int, float]] = {
    "BatchNormalization": {1: 1.0, 2: 0.0, 3: 0.0, 4: 1.0},
    "GroupNormalization": {1: 1.0, 2: 0.0},
    "InstanceNormalization": {1: 1.0, 2: 0.0},
    "LayerNormalization": {1: 1.0, 2: 0.0},
    "RMSNormalization": {1: 1.0},
}
# They hold weights in forms that no initialiser is defined for.
_OTHER_WEIGHTS = frozenset({"Einsum", "GRU", "LSTM", "QLinearConv", "QLinearMatMul", "RNN"})


def with_weights(graph: Graph, init: AnyInitialiser, *, seed: int | None = None) -> Graph:
    """The graph with every weight drawn anew; `seed` takes the place of the initialiser's own.

    A weight that several nodes share is drawn once. Equal values become fills, which take no memory.

    Raises:
        BadInput: the initialiser does not fit a layer; the message names those that do.
        NotEstimable: an output depends on weights that cannot be drawn: computed from data, integers, or in an operator
            that no initialiser is defined for.
    """
    drawing = _Drawing(graph, init.seed if seed is None else seed, init)
    for node in graph.nodes:
        drawing.visit(node)
    return drawing.rewriting.finished()


def weight_layers(graph: Graph) -> Mapping[str, Layer]:
    """What every weight is drawn for, by the name of its constant, in the network's order.

    A layer has its node's name, so that a layer spec draws the same weights as the graph that it compiles to.
    """
    found: dict[str, Layer] = {}
    names: set[str] = set()
    for node in graph.nodes:
        position = _weight_position(node, graph)
        if position is None or node.inputs[position] in found:
            continue
        name = node.outputs[0] if node.name in names else node.name
        names.add(name)
        found[node.inputs[position]] = _LAYERS[node.op](node, position, graph, name)
    return MappingProxyType(dict(zip(found, initialisers.placed(found.values()), strict=True)))


class _Drawing:
    """One pass over the nodes."""

    def __init__(self, graph: Graph, seed: int, init: AnyInitialiser) -> None:
        self.graph, self.seed, self.init = graph, seed, init
        self.rewriting = Rewriting(graph)
        self.layers = weight_layers(graph)
        self.drawn: dict[str, str] = {}

    def visit(self, node: Node) -> None:
        """Add the node as it is before training."""
        operator = self.rewriting.operator(node)
        if why := self._undrawable(node, operator):
            error = (
                f"{node}: {why}; keep the model's weights (policy: {{'weights': 'model'}}), or name a target before it"
            )
            self.rewriting.refuse(node, NotEstimable(error))
            return
        renamed = {
            position: self._filled(node.inputs[position], value) for position, value in self._fills(node, operator)
        }
        position = _weight_position(node, self.graph)
        if position is not None:
            renamed[position] = self._weight(node.inputs[position])
        inputs = tuple(renamed.get(position, name) for position, name in enumerate(node.inputs))
        self.rewriting.add(replace(node, inputs=inputs))

    def _undrawable(self, node: Node, operator: ops.Operator) -> str:
        """Why the node's weights cannot be drawn, '' where they can or there are none."""
        constants = [self.graph.constants[name] for name in node.inputs if name in self.graph.constants]
        if node.op in _OTHER_WEIGHTS and any(array.size > 1 for array in constants):
            return "there is no initialiser for its weights"
        if any(_weighs(body) for body in node.bodies.values()):
            return "its inner networks hold weights"
        if operator.nature is not Nature.WEIGHS:
            return ""
        if node.op not in _LAYERS:
            return "there is no initialiser for its weights"
        position = _weight_position(node, self.graph)
        if position is None:
            return "" if node.op in _PRODUCTS else f"its weight '{node.inputs[1]}' is computed from data"
        dtype = self.graph.values[node.inputs[position]].dtype
        return (
            f"its weight '{node.inputs[position]}' holds {dtype}, which cannot be drawn" if dtype.kind in "iub" else ""
        )

    def _weight(self, name: str) -> str:
        """The constant with a weight's new values."""
        if name not in self.drawn:
            layer, held = self.layers[name], self.graph.values[name]
            generator = initialisers.generator_of(self.seed, layer.name)
            stored = layer.stored(initialisers.draw(self.init, layer, generator))
            self.drawn[name] = self._constant(f"{name}~{self.init.name}", stored, held.dtype, held.shape)
        return self.drawn[name]

    def _filled(self, name: str, value: float) -> str:
        held = self.graph.values[name]
        return self._constant(f"{name}={value!r}", np.broadcast_to(np.float32(value), ()), held.dtype, held.shape)

    def _constant(self, name: str, values: Array, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> str:
        if any(values.strides):
            array = values.astype(dtype).reshape(shape)
            array.setflags(write=False)
        else:
            array = np.broadcast_to(values.flat[0].astype(dtype), shape)
        return self.rewriting.constant(name, array)

    def _fills(self, node: Node, operator: ops.Operator) -> list[tuple[int, float]]:
        """Input positions of constants that get one value, and the value."""
        if operator.nature is Nature.WEIGHS:
            wanted = dict.fromkeys(operator.biases, 0.0)
        elif node.op in ("Add", "Sum"):
            wanted = {i: 0.0 for i, name in enumerate(node.inputs) if self._is_bias(node, name)}
        elif node.op == "Mul" and any(maker.op in _NORMS for maker in self._makers(node)):
            # Some exporters write a normalisation's scale as a product of its own.
            wanted = {i: 1.0 for i, name in enumerate(node.inputs) if self._map_axis(node, name) is not None}
        else:
            wanted = _NORMS.get(node.op, {})
        constants = self.graph.constants
        return [(i, value) for i, value in wanted.items() if i < len(node.inputs) and node.inputs[i] in constants]

    def _is_bias(self, node: Node, name: str) -> bool:
        """Whether a constant has one value per map of a sum.

        A single value is a bias only of the one map that it follows: it may as well be the 3 in relu6(x + 3).
        """
        if self._map_axis(node, name) is not None:
            return True
        constant = self.graph.constants.get(name)
        if constant is None or constant.size > 1 or not constant.shape:
            return False
        return any(_weight_position(maker, self.graph) is not None for maker in self._makers(node))

    def _map_axis(self, node: Node, name: str) -> int | None:
        """The axis of the node's output along which a constant has one value per map: axis 1, or the last one."""
        if name not in self.graph.constants or self.graph.values[name].dtype.kind in "iub":
            return None
        shape, rank = self.graph.shape(name), len(self.graph.shape(node.outputs[0]))
        long = [axis + rank - len(shape) for axis, size in enumerate(shape) if size > 1]
        return long[0] if len(long) == 1 and long[0] in (1, rank - 1) and rank > 1 else None

    def _makers(self, node: Node) -> list[Node]:
        """The nodes that make what a node reads."""
        return [self.graph.producers[name] for name in node.inputs if name in self.graph.producers]


def _weighs(graph: Graph) -> bool:
    """Whether a network has weights, those of its inner networks included."""
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        if operator.nature is Nature.WEIGHS or node.op in _OTHER_WEIGHTS or any(map(_weighs, node.bodies.values())):
            return True
    return False


def _weight_position(node: Node, graph: Graph) -> int | None:
    """Which input of a node is its weight, if one is a constant: a product may have it on either side."""
    if node.domain or node.op not in _LAYERS:
        return None
    positions = (1, 0) if node.op in _PRODUCTS else (1,)
    return next((position for position in positions if node.inputs[position] in graph.constants), None)


def _convolution(node: Node, position: int, graph: Graph, name: str) -> Layer:
    shape, groups = graph.shape(node.inputs[position]), int(node.attributes.get("group", 1))
    taps = prod(shape[2:])
    return Layer.of_stored(name, shape, shape[1] * taps, shape[0] // groups * taps, groups=groups)


def _transposed(node: Node, position: int, graph: Graph, name: str) -> Layer:
    """One output is reached by kernel / stride taps, on average over the phases."""
    shape, groups = graph.shape(node.inputs[position]), int(node.attributes.get("group", 1))
    taps = prod(shape[2:])
    fan_in = max(shape[0] // groups * taps // prod(node.attributes.get("strides", ())), 1)
    return Layer.of_stored(name, shape, fan_in, shape[1] * taps, groups=groups, inputs_first=True)


def _product(node: Node, position: int, graph: Graph, name: str) -> Layer:
    """A matrix [in, out] on the right, [out, in] on the left; a stack of them is as many groups, a vector one row."""
    shape = graph.shape(node.inputs[position])
    inputs_first = bool(position) != bool(node.attributes.get("transB" if position else "transA", 0))
    if len(shape) == 1:
        shape = (*shape, 1) if inputs_first else (1, *shape)
    *stack, rows, columns = shape
    groups = prod(stack)
    incoming, outgoing = (rows, columns) if inputs_first else (columns, rows)
    stored = (groups * rows, columns)
    return Layer.of_stored(name, stored, incoming, outgoing, groups=groups, inputs_first=inputs_first)


_PRODUCTS = frozenset({"Gemm", "MatMul"})
_LAYERS: dict[str, Callable[[Node, int, Graph, str], Layer]] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "DeformConv": _convolution,
    "Gemm": _product,
    "MatMul": _product,
}
