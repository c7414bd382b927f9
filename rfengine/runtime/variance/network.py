"""One pass over a graph that makes its variance network."""

from collections.abc import Callable
from dataclasses import dataclass

from api_schemas.erf import ClosedFormOptions
from rfengine import ops
from rfengine.graph import Graph, Node
from rfengine.ops import Nature
from rfengine.runtime.rewriting import IDENTITY_VERSION
from rfengine.runtime.variance import linear, pointwise
from rfengine.runtime.variance.building import Building


@dataclass(frozen=True)
class Variance:
    """The network whose gradient is the mean square of the other's, and what it takes no account of."""

    graph: Graph
    neglected: tuple[str, ...]


Rule = Callable[[Building, Node, ops.Operator], None]

RULES: dict[Nature, Rule] = {
    Nature.WEIGHS: linear.weighed,
    Nature.SUMS: pointwise.summed,
    Nature.MULTIPLIES: pointwise.multiplied,
    Nature.ACTIVATES: pointwise.activated,
    Nature.NORMALISES: linear.normalised,
    Nature.MAXIMISES: linear.maximised,
    Nature.AVERAGES: linear.averaged,
    Nature.MOVES: linear.moved,
}


def variance_network(graph: Graph, options: ClosedFormOptions) -> Variance:
    """The variance network of a graph up to its outputs.

    Raises:
        NotEstimable: an output depends on a node that has no rule, or the initialiser's draws are not independent with
            mean zero; the message names which.
    """
    building = Building(graph, options)
    for node in graph.nodes:
        operator = building.rewriting.operator(node)
        rule = RULES.get(operator.nature)
        if rule is None:
            building.refuse(node, f"there is no rule for {node.op}")
        else:
            rule(building, node, operator)
    for name in graph.outputs:
        end, _ = building.settled(name)
        if end != name:  # an element-by-element function of its base: its slope is part of the answer
            building.rewriting.add(Node(name, "Identity", IDENTITY_VERSION, (end,), (name,)))
    return Variance(building.rewriting.finished(), tuple(building.neglected))
