"""Policies: rewrites of a graph before it runs. A policy is Graph -> Graph, so it costs nothing at run time.

`linearised` is the network of seed 000: every weight one positive constant, biases zero, norms and activations the
identity, max pooling an average. It is linear, so one backward pass gives a unit's response to every impulse.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log2, prod
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.errors import NotEstimable
from rfengine.graph import Graph, Node, Value
from rfengine.ops import Nature

IDENTITY_VERSION, AVERAGE_POOL_VERSION, GLOBAL_AVERAGE_VERSION, MUL_VERSION = 1, 19, 1, 7


@dataclass(frozen=True)
class Linearised:
    """A linear network and, per value, the binary exponent taken out of it: true value = 2**exponent * value."""

    graph: Graph
    exponents: MappingProxyType[str, int]


def linearised(graph: Graph, *, weight: float) -> Linearised:
    """The graph with all weights `weight`, made linear, and rescaled layer by layer.

    With C inputs under a k x k kernel a layer multiplies by weight * C * k * k; some hundred layers pass every float.
    Each layer's power of two is therefore taken out of its weights and put back where branches meet, which changes
    nothing but the scale of each value.

    Raises:
        NotEstimable: a node is not linear under any of these rules; the message names it.
    """
    return _Lineariser(graph, weight).run()


class _Lineariser:
    """One pass that rewrites node by node."""

    def __init__(self, graph: Graph, weight: float) -> None:
        self.graph, self.weight = graph, weight
        self.values = dict(graph.values)
        self.constants = dict(graph.constants)
        self.nodes: list[Node] = []
        self.gains: dict[str, float] = dict.fromkeys(graph.inputs, 0.0)  # binary logarithm of the gain since the input
        self.refused: dict[str, NotEstimable] = {}
        self.alias: dict[str, str] = {}  # through identities, back to the value they repeat

    def run(self) -> Linearised:
        """Rewrite every node that depends on data.

        Raises:
            NotEstimable: an output depends on a node that is not linear under any of the rules.
        """
        rules: dict[Nature, Callable[[Node, ops.Operator], None]] = {
            Nature.MOVES: self._joined,
            Nature.SUMS: self._summed,
            Nature.WEIGHS: self._weighted,
            Nature.AVERAGES: self._kept,
            Nature.MULTIPLIES: self._multiplied,
            Nature.NORMALISES: self._identity,
            Nature.ACTIVATES: self._identity,
            Nature.MAXIMISES: self._averaged,
        }
        for node in self.graph.nodes:
            operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=self.graph.opset)
            try:
                if operator.nature not in rules:
                    raise self._refused(node, f"{node.op} has no linear counterpart")
                rules[operator.nature](node, operator)
            except NotEstimable as error:
                # Kept back until it is known to matter: the norm in x / norm(x) becomes part of an identity.
                self.refused |= dict.fromkeys(node.outputs, error)
                self.gains |= dict.fromkeys(node.outputs, 0.0)
        for name in self.graph.outputs:
            if name in self.refused:
                raise self.refused[name]
        graph = replace(
            self.graph,
            nodes=tuple(self.nodes),
            values=MappingProxyType(self.values),
            constants=MappingProxyType(self.constants),
        )
        exponents = {name: round(gain) for name, gain in self.gains.items()}
        return Linearised(graph.between_inputs_and(self.graph.outputs), MappingProxyType(exponents))

    def _refused(self, node: Node, why: str) -> NotEstimable:
        return NotEstimable(f"constant_forward: {node}: {why}; ask for 'gradient', or name a target before this node")

    def _data(self, node: Node) -> list[str]:
        """The inputs that depend on the image."""
        return [name for name in node.inputs if name and name not in self.constants]

    def _add(self, node: Node, gain: float) -> None:
        for name in node.inputs:
            if name in self.refused:
                raise self.refused[name]
        self.nodes.append(node)
        self.gains |= {name: gain for name in node.outputs if name}

    def _identity(self, node: Node, _: ops.Operator | None = None, source: str | None = None) -> None:
        """The node's output repeats its (first) data input."""
        source = source or self._data(node)[0]
        if self.values[source].shape != self.values[node.outputs[0]].shape:
            raise self._refused(node, f"it changes the shape of '{source}', so that it cannot become the identity")
        self.alias[node.outputs[0]] = self.alias.get(source, source)
        for name in node.outputs[1:]:
            self.refused[name] = self._refused(node, f"its output '{name}' has no linear counterpart")
            self.gains[name] = 0.0
        self._add(Node(node.name, "Identity", IDENTITY_VERSION, (source,), (node.outputs[0],)), self.gains[source])

    def _kept(self, node: Node, _: ops.Operator) -> None:
        self._add(node, self.gains[self._data(node)[0]])

    def _averaged(self, node: Node, _: ops.Operator) -> None:
        """Max pooling to the average of the same windows; padding counts, so every window is the same box."""
        if node.op == "GlobalMaxPool":
            averaged = replace(node, op="GlobalAveragePool", version=GLOBAL_AVERAGE_VERSION)
        else:
            attributes = {k: v for k, v in node.attributes.items() if k != "storage_order"} | {"count_include_pad": 1}
            averaged = replace(
                node,
                op="AveragePool",
                version=AVERAGE_POOL_VERSION,
                outputs=node.outputs[:1],
                attributes=MappingProxyType(attributes),
            )
        self._add(averaged, self.gains[node.inputs[0]])

    def _weighted(self, node: Node, operator: ops.Operator) -> None:
        fixed = {node.inputs[i] for i in operator.biases if i < len(node.inputs)}
        data = [name for name in self._data(node) if name not in fixed]
        if len(data) != 1:
            raise self._refused(node, "it multiplies two tensors that both depend on the image")
        weights = [node.inputs[i] for i in operator.weights if node.inputs[i] in self.constants]
        biases = [node.inputs[i] for i in operator.biases if i < len(node.inputs) and node.inputs[i]]
        shape = self.values[weights[0]].shape
        fan_in = prod(shape[1:]) if node.op != "ConvTranspose" else shape[0] * prod(shape[2:])
        before = self.gains[data[0]]
        after = before + log2(self.weight * fan_in)
        # Rounded as a running total, so that what one layer rounds away the next gives back.
        fill = self.weight * 2.0 ** (round(before) - round(after))
        renamed = {name: self._filled(name, fill) for name in weights} | {n: self._filled(n, 0.0) for n in biases}
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        self._add(replace(node, inputs=inputs), after)

    def _filled(self, name: str, fill: float) -> str:
        """A constant of the same shape, all one value and one element in memory."""
        shape = self.values[name].shape
        new = f"{name}={fill!r}"
        self.constants[new] = np.broadcast_to(np.float64(fill), shape)
        self.values[new] = Value(new, np.dtype(np.float64), shape)
        return new

    def _summed(self, node: Node, _: ops.Operator) -> None:
        """A sum of data; a constant term is a bias and goes."""
        data = self._data(node)
        if len(data) == 1:
            self._identity(node, source=data[0])
        elif len(data) < len(node.inputs):
            raise self._refused(node, "it adds a constant to several tensors at once")
        else:
            self._joined(node)

    def _joined(self, node: Node, _: ops.Operator | None = None) -> None:
        """Branches that meet are brought to one exponent first."""
        data = self._data(node)
        top = max(self.gains[name] for name in data)
        renamed = {name: self._scaled(name, round(self.gains[name]) - round(top)) for name in data}
        self._add(replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs)), top)

    def _scaled(self, name: str, exponent: int) -> str:
        """The value times 2**exponent."""
        if exponent == 0:
            return name
        new, factor = f"{name}*2**{exponent}", f"2**{exponent}"
        self.constants[factor] = np.asarray(2.0**exponent)
        self.values[factor] = Value(factor, np.dtype(np.float64), ())
        self.values[new] = replace(self.values[name], name=new)
        self._add(Node(new, "Mul", MUL_VERSION, (name, factor), (new,)), self.gains[name])
        return new

    def _multiplied(self, node: Node, _: ops.Operator) -> None:
        """A scale, a gate, or an activation written as a product (x * sigmoid(x)): all pass the data through."""
        data = self._data(node)
        if len(data) > 1:
            out = self.values[node.outputs[0]].shape
            whole = [name for name in data if self.values[name].shape == out]
            same = len({self.alias.get(name, name) for name in data}) == 1
            if len(whole) != 1 and not same:
                raise self._refused(node, "it combines two feature maps, and not linearly")
            data = whole[:1]
        self._identity(node, source=data[0])
