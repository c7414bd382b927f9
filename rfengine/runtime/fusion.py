"""Batch normalisation by stored statistics, folded into the convolution before it: the same function, half the values.

y = s (W * x + b - m) / sqrt(v + e) + t   =   (a W) * x + a (b - m) + t,   a = s / sqrt(v + e)
"""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rfengine.graph import Array, Graph, Node, Value

DEFAULT_EPSILON = 1e-5


def with_norms_folded(graph: Graph) -> Graph:
    """The graph with every normalisation folded that follows a convolution nobody else reads."""
    return _Folding(graph).run()


class _Folding:
    """One pass."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.constants: dict[str, Array] = dict(graph.constants)
        self.values: dict[str, Value] = dict(graph.values)

    def run(self) -> Graph:
        """The new graph."""
        nodes: dict[str, Node] = {}
        for node in self.graph.nodes:
            before = nodes.get(node.inputs[0]) if node.inputs else None
            if before is not None and self._folds(before, node):
                del nodes[node.inputs[0]]
                nodes[node.outputs[0]] = self._folded(before, node)
            else:
                nodes[next(name for name in node.outputs if name)] = node
        graph = replace(
            self.graph,
            nodes=tuple(nodes.values()),
            values=MappingProxyType(self.values),
            constants=MappingProxyType(self.constants),
        )
        return graph.between_inputs_and(self.graph.outputs)

    def _folds(self, conv: Node, norm: Node) -> bool:
        """Whether the second node is a normalisation that can go into the first."""
        name = norm.inputs[0]
        attributes = norm.attributes
        return (
            (conv.op, conv.domain, norm.op, norm.domain) == ("Conv", "", "BatchNormalization", "")
            and not attributes.get("training_mode", 0)
            and attributes.get("spatial", 1) == 1
            and not any(norm.outputs[1:])
            and len(self.graph.consumers[name]) == 1
            and name not in self.graph.outputs
            and all(each in self.constants for each in (*norm.inputs[1:], *filter(None, conv.inputs[1:])))
        )

    def _folded(self, conv: Node, norm: Node) -> Node:
        weight, *rest = (np.asarray(self.constants[name], np.float64) for name in conv.inputs[1:] if name)
        scale, offset, mean, variance = (np.asarray(self.constants[n], np.float64) for n in norm.inputs[1:5])
        factor = scale / np.sqrt(variance + float(norm.attributes.get("epsilon", DEFAULT_EPSILON)))
        bias = rest[0] if rest else np.zeros_like(mean)
        out = norm.outputs[0]
        dtype = self.values[conv.inputs[1]].dtype
        new_weight = self._constant(f"{out}:weight", weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), dtype)
        new_bias = self._constant(f"{out}:bias", factor * (bias - mean) + offset, dtype)
        return replace(conv, inputs=(conv.inputs[0], new_weight, new_bias), outputs=(out,))

    def _constant(self, name: str, values: Array, dtype: np.dtype[np.generic]) -> str:
        self.constants[name] = values.astype(dtype)
        self.values[name] = Value(name, dtype, values.shape)
        return name
