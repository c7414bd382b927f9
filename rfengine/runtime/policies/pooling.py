"""Max pooling as the average."""

from dataclasses import replace
from types import MappingProxyType

from rfengine.graph import Graph, Node
from rfengine.ops import Nature, Operator
from rfengine.runtime.rewriting import Rewriting, refusal, rewritten

AVERAGE_POOL_VERSION, GLOBAL_AVERAGE_VERSION = 19, 1


def with_average_pooling(graph: Graph) -> Graph:
    """The graph with max pooling as the average of the same windows; padding counts, so every window is the same box.

    Raises:
        NotEstimable: an output depends on the places that a pooling found.
    """
    return rewritten(graph, {Nature.MAXIMISES: _averaged})


def _averaged(rewriting: Rewriting, node: Node, _: Operator) -> None:
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
    rewriting.add(averaged)
    for name in filter(None, node.outputs[1:]):
        rewriting.refused[name] = refusal(node, f"its output '{name}' has no linear counterpart")
