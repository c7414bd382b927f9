"""Keeping a linear network inside the floats.

With C inputs under a k x k kernel a layer multiplies by about weight * C * k * k; some hundred layers pass every float.
Each layer's power of two is therefore taken out of its weights and put back where branches meet, which changes nothing
but the scale of each value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log2
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.graph import Array, Graph, Node
from rfengine.ops import Nature
from rfengine.runtime.rewriting import Rewriting, distinct, refusal, times


@dataclass(frozen=True)
class Rescaled:
    """A linear network and, per value, the binary exponent taken out of it: true value = 2**exponent * value."""

    graph: Graph
    exponents: MappingProxyType[str, int]


def rescaled(graph: Graph) -> Rescaled:
    """The graph, which must be linear, with weights rescaled layer by layer.

    Raises:
        NotEstimable: an output depends on a node that is not linear; the message names it.
    """
    return _Rescaling(graph).run()


class _Rescaling:
    """One pass; `gains` are binary logarithms of how much a value has grown since the input, roughly."""

    def __init__(self, graph: Graph) -> None:
        self.rewriting = Rewriting(graph)
        self.gains: dict[str, float] = dict.fromkeys(graph.inputs, 0.0)

    def run(self) -> Rescaled:
        rules: dict[Nature, Callable[[Node, ops.Operator], None]] = {
            Nature.MOVES: self._joined,
            Nature.SUMS: self._summed,
            Nature.WEIGHS: self._weighed,
            Nature.AVERAGES: self._kept,
            Nature.MULTIPLIES: self._multiplied,
        }
        for node in self.rewriting.graph.nodes:
            operator = self.rewriting.operator(node)
            if operator.nature in rules:
                rules[operator.nature](node, operator)
            else:
                self._refuse(node, f"{node.op} has no linear counterpart")
        graph = self.rewriting.finished()
        return Rescaled(graph, MappingProxyType({name: round(gain) for name, gain in self.gains.items()}))

    def _refuse(self, node: Node, why: str) -> None:
        self.rewriting.refuse(node, refusal(node, why))
        self.gains |= dict.fromkeys(filter(None, node.outputs), 0.0)

    def _add(self, node: Node, gain: float) -> None:
        self.rewriting.add(node)
        self.gains |= {name: gain for name in node.outputs if name}

    def _kept(self, node: Node, _: ops.Operator) -> None:
        self._add(node, self.gains[self.rewriting.data(node)[0]])

    def _weighed(self, node: Node, operator: ops.Operator) -> None:
        constants = self.rewriting.graph.constants
        biases = [node.inputs[i] for i in operator.biases if i < len(node.inputs) and node.inputs[i]]
        data = [name for name in self.rewriting.data(node) if name not in biases]
        if len(data) != 1 or any(np.any(constants[name]) for name in biases):
            self._refuse(node, "it multiplies two tensors that both depend on the image, or adds an offset")
            return
        weight = next(node.inputs[i] for i in operator.weights if node.inputs[i] in constants)
        self._times(node, data[0], weight, _gain(node, constants[weight]))

    def _multiplied(self, node: Node, _: ops.Operator) -> None:
        data = self.rewriting.data(node)
        factors = [name for name in node.inputs if name not in data]
        if len(data) != 1 or len(factors) != 1 or node.op != "Mul":
            self._refuse(node, "it combines two feature maps, and not linearly")
            return
        mean = float(np.abs(self.rewriting.graph.constants[factors[0]]).mean())
        self._times(node, data[0], factors[0], log2(mean) if mean else 0.0)

    def _times(self, node: Node, source: str, weight: str, gain: float) -> None:
        """Rescale the constant that a node multiplies by."""
        before = self.gains[source]
        after = before + gain
        # Rounded as a running total, so that what one layer rounds away the next gives back.
        exponent = round(before) - round(after)
        name = self.rewriting.constant(f"{weight}*2**{exponent}", times(self._constant(weight), 2.0**exponent))
        self._add(replace(node, inputs=tuple(name if each == weight else each for each in node.inputs)), after)

    def _constant(self, name: str) -> Array:
        return self.rewriting.graph.constants[name]

    def _summed(self, node: Node, operator: ops.Operator) -> None:
        if len(self.rewriting.data(node)) < len(node.inputs):
            self._refuse(node, "it adds an offset")
        else:
            self._joined(node, operator)

    def _joined(self, node: Node, _: ops.Operator) -> None:
        """Branches that meet are brought to one exponent first."""
        data = self.rewriting.data(node)
        top = max(self.gains[name] for name in data)
        renamed = {name: self._lifted(name, round(self.gains[name]) - round(top)) for name in data}
        self._add(replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs)), top)

    def _lifted(self, name: str, exponent: int) -> str:
        """The value times 2**exponent."""
        if exponent == 0:
            return name
        new = f"{name}*2**{exponent}"
        if new not in self.rewriting.values and name not in self.rewriting.refused:
            self.rewriting.scaled(name, new, 2.0**exponent)
        return new


def _gain(node: Node, weight: Array) -> float:
    """Binary logarithm of the growth through a weight, as the sum of magnitudes that one output sees.

    It may be wrong by any factor, since the exponents say exactly what was taken out; it only has to stay near enough.
    """
    if node.op == "ConvTranspose":
        outputs = weight.shape[1] * int(node.attributes.get("group", 1))
    elif node.op == "Conv" or node.attributes.get("transB", 0):
        outputs = weight.shape[0]
    else:
        outputs = weight.shape[-1]
    mean = float(np.abs(distinct(weight)).mean())
    return log2(mean * weight.size / max(outputs, 1)) if mean else 0.0
