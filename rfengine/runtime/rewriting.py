"""What all rewrites share: a graph that is rewritten node by node, in order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.errors import NotEstimable
from rfengine.graph import Array, Graph, Node, Value

IDENTITY_VERSION, MUL_VERSION = 1, 14


@dataclass
class Rewriting:
    """The nodes made so far; constants and values as far as they differ from the old graph's.

    A node that cannot be rewritten is `refuse`d: that is an error only where an output depends on it.
    """

    graph: Graph
    nodes: list[Node] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)
    refused: dict[str, NotEstimable] = field(default_factory=dict)

    def operator(self, node: Node) -> ops.Operator:
        """The operator of a node."""
        return ops.find(node.domain, node.op, node.version, node=node.name, opset=self.graph.opset)

    def is_constant(self, name: str) -> bool:
        """Whether a value depends on no input."""
        return name in self.graph.constants or name in self.constants

    def value(self, name: str) -> Value:
        """A value, old or new."""
        return self.values.get(name) or self.graph.values[name]

    def data(self, node: Node) -> list[str]:
        """The inputs that depend on the image."""
        return [name for name in node.inputs if name and not self.is_constant(name)]

    def add(self, node: Node) -> None:
        """Add a node; one that reads what was refused is refused for the same reason."""
        for name in node.inputs:
            if name in self.refused:
                self.refuse(node, self.refused[name])
                return
        self.nodes.append(node)

    def refuse(self, node: Node, error: NotEstimable) -> None:
        """Say that the outputs of a node cannot be had."""
        self.refused |= dict.fromkeys((name for name in node.outputs if name), error)

    def identity(self, node: Node, source: str) -> None:
        """Let the node's first output repeat a value of the same shape; its other outputs are refused."""
        out = node.outputs[0]
        if self.value(source).shape != self.value(out).shape:
            self.refuse(node, refusal(node, f"it changes the shape of '{source}', and so cannot become the identity"))
            return
        self.add(Node(node.name, "Identity", IDENTITY_VERSION, (source,), (out,)))
        for name in filter(None, node.outputs[1:]):
            self.refused[name] = refusal(node, f"its output '{name}' has no linear counterpart")

    def constant(self, name: str, array: Array) -> str:
        """Add a constant; returns its name. Zero strides are kept: a fill takes no memory."""
        self.constants[name] = array
        self.values[name] = Value(name, array.dtype, array.shape)
        return name

    def scaled(self, source: str, name: str, factor: float) -> str:
        """Add a value that is another times a number; returns its name."""
        number = self.constant(f"{factor!r}", np.asarray(factor))
        self.values[name] = replace(self.value(source), name=name)
        self.add(Node(name, "Mul", MUL_VERSION, (source, number), (name,)))
        return name

    def finished(self) -> Graph:
        """The new graph, as far as its outputs depend on it.

        Raises:
            NotEstimable: an output depends on a node that was refused.
        """
        for name in self.graph.outputs:
            if name in self.refused:
                raise self.refused[name]
        graph = replace(
            self.graph,
            nodes=tuple(self.nodes),
            values=MappingProxyType({**self.graph.values, **self.values}),
            constants=MappingProxyType({**self.graph.constants, **self.constants}),
        )
        return graph.between_inputs_and(self.graph.outputs)


Rule = Callable[[Rewriting, Node, ops.Operator], None]


def rewritten(graph: Graph, rules: dict[ops.Nature, Rule]) -> Graph:
    """The graph with a rule applied to every node of some natures; the others stay as they are.

    Raises:
        NotEstimable: an output depends on a node that a rule refused.
    """
    rewriting = Rewriting(graph)
    for node in graph.nodes:
        operator = rewriting.operator(node)
        rule = rules.get(operator.nature)
        if rule is None:
            rewriting.add(node)
        else:
            rule(rewriting, node, operator)
    return rewriting.finished()


def refusal(node: Node, why: str) -> NotEstimable:
    """The error for a node that a policy has no answer for."""
    return NotEstimable(f"{node}: {why}; ask for 'gradient' with the model's own policy, or name a target before it")


def times(array: Array, factor: float) -> Array:
    """An array times a number, in float64; axes along which it is one value (zero strides) stay so, free of memory."""
    return np.broadcast_to(distinct(array).astype(np.float64) * factor, array.shape)


def distinct(array: Array) -> Array:
    """The part of an array that is in memory: one element along axes on which it is one value (zero strides)."""
    part: Array = array[tuple(slice(0, 1) if step == 0 else slice(None) for step in array.strides)]
    return part


def number_of(node: Node, graph: Graph) -> float | None:
    """The one number that a node multiplies its input by, where that is all it does."""
    if node.op != "Mul":
        return None
    constants = [graph.constants.get(name) for name in node.inputs]
    numbers = [array for array in constants if array is not None and array.size == 1]
    return float(numbers[0].reshape(-1)[0]) if len(numbers) == 1 and constants.count(None) == 1 else None
