"""Channel collapse: a network with equal channels as the same network with one channel per class of equal channels.

Where every weight of a layer is one value, its output channels are equal, and what reads n equal channels reads one of
them n times. So each tensor is kept as [1, classes, spatial ...] beside an array that names the class of every element
of its other axes. Concat, split, channel shuffle and the like then only rearrange that array. It holds for any operator
that treats channels alike, linear or not, and is exact.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from rfengine import ops
from rfengine.graph import Graph, Node
from rfengine.ops import Nature
from rfengine.runtime.collapse.layers import weighed
from rfengine.runtime.collapse.moves import moved
from rfengine.runtime.collapse.pointwise import elementwise, normalised
from rfengine.runtime.collapse.small import CannotCollapse, Grouped, Small, refused

__all__ = ["CannotCollapse", "Collapsed", "Grouped", "collapsed"]

Rule = Callable[[Small, Node, ops.Operator], None]

RULES: dict[Nature, Rule] = {
    Nature.WEIGHS: weighed,
    Nature.SUMS: elementwise,
    Nature.MULTIPLIES: elementwise,
    Nature.ACTIVATES: elementwise,
    Nature.NORMALISES: normalised,
    Nature.MOVES: moved,
    Nature.AVERAGES: moved,
    Nature.MAXIMISES: moved,
}


@dataclass(frozen=True)
class Collapsed:
    """The small network, whose inputs keep their names, and how each tensor of the full one is found in it."""

    graph: Graph
    tensors: MappingProxyType[str, Grouped]


def collapsed(graph: Graph) -> Collapsed:
    """Collapse a network whose weights are fills; each image input becomes one channel that stands for all.

    Raises:
        CannotCollapse: a node tells channels apart in a way that is not followed; the message names it.
    """
    small = Small(graph)
    for name in graph.inputs:
        small.image(name)
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        if operator.nature not in RULES:
            raise refused(node, "it is not known to treat channels alike")
        RULES[operator.nature](small, node, operator)
    return Collapsed(small.finished(), MappingProxyType(small.found))
