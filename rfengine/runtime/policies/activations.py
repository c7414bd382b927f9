"""The network without its non-linearity."""

from dataclasses import dataclass, field

from rfengine.graph import Graph, Node
from rfengine.ops import Nature, Operator
from rfengine.runtime.rewriting import Rewriting, Rule, refusal, rewritten


def without_activations(graph: Graph) -> Graph:
    """The graph with every activation the identity, and every gate one.

    An activation written as a product (x * sigmoid(x)) is the identity as well; a number that it is scaled by (the half
    in GELU's usual form) stays.

    Raises:
        NotEstimable: an output depends on the product of two feature maps.
    """
    products = _Products()
    rules: dict[Nature, Rule] = {
        Nature.ACTIVATES: products.activated,
        Nature.MULTIPLIES: products.multiplied,
        Nature.SUMS: products.summed,
        Nature.MOVES: products.moved,
    }
    return rewritten(graph, rules)


def without_affine(graph: Graph) -> Graph:
    """The graph without the scales and offsets that are constant: Mul and Add of a number, or of one per channel."""
    return rewritten(graph, {Nature.MULTIPLIES: _dropped, Nature.SUMS: _dropped})


def _dropped(rewriting: Rewriting, node: Node, _: Operator) -> None:
    data = rewriting.data(node)
    if len(data) == 1:
        rewriting.identity(node, data[0])
    elif len(data) < len([name for name in node.inputs if name]):
        rewriting.refuse(node, refusal(node, "it joins a constant to several tensors at once"))
    else:
        rewriting.add(node)


@dataclass
class _Products:
    """Rules that remember which value each one is an element-by-element function of."""

    base: dict[str, str] = field(default_factory=dict)

    def _follow(self, node: Node, source: str) -> None:
        self.base[node.outputs[0]] = self.base.get(source, source)

    def activated(self, rewriting: Rewriting, node: Node, _: Operator) -> None:
        source = rewriting.data(node)[0]
        self._follow(node, source)
        rewriting.identity(node, source)

    def moved(self, rewriting: Rewriting, node: Node, _: Operator) -> None:
        if node.op == "Identity":
            self._follow(node, node.inputs[0])
        rewriting.add(node)

    def summed(self, rewriting: Rewriting, node: Node, _: Operator) -> None:
        """An offset inside an activation (1 + erf(x)) does not hide what it is a function of."""
        data = rewriting.data(node)
        if len(data) == 1 and rewriting.value(data[0]).shape == rewriting.value(node.outputs[0]).shape:
            self._follow(node, data[0])
        rewriting.add(node)

    def multiplied(self, rewriting: Rewriting, node: Node, _: Operator) -> None:
        """A gate is one, an activation written as a product the identity; a constant factor stays."""
        data = rewriting.data(node)
        if len(data) == 1:
            self._follow(node, data[0])
            rewriting.add(node)
            return
        out = rewriting.value(node.outputs[0]).shape
        whole = [name for name in data if rewriting.value(name).shape == out]
        bases = {self.base.get(name, name) for name in data}
        if len(bases) == 1:
            self.base[node.outputs[0]] = (base := bases.pop())
            rewriting.identity(node, base)
        elif len(whole) == 1:
            self._follow(node, whole[0])
            rewriting.identity(node, whole[0])
        else:
            rewriting.refuse(node, refusal(node, "it multiplies two feature maps, and is not linear"))
