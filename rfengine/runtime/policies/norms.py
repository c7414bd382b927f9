"""Normalisations: none of them, or with the statistics of the batch."""

from dataclasses import replace
from types import MappingProxyType

from rfengine.errors import NotEstimable
from rfengine.graph import Graph, Node
from rfengine.ops import Nature, Operator
from rfengine.runtime.rewriting import Rewriting, rewritten

BATCH_NORM_VERSION = 15


def without_norms(graph: Graph) -> Graph:
    """The graph with every normalisation the identity, its scale and offset included."""
    return rewritten(graph, {Nature.NORMALISES: lambda rewriting, node, _: _dropped(rewriting, node)})


def _dropped(rewriting: Rewriting, node: Node) -> None:
    rewriting.identity(node, rewriting.data(node)[0])


def has_norms(graph: Graph) -> bool:
    """Whether there is a normalisation at all."""
    rewriting = Rewriting(graph)
    return any(rewriting.operator(node).nature is Nature.NORMALISES for node in graph.nodes)


def with_batch_statistics(graph: Graph) -> Graph:
    """The graph with batch normalisation in training mode: by the mean and variance of what it runs on.

    The other normalisations do so anyway.

    Raises:
        NotEstimable: the graph has no normalisation: exporters fold those of evaluation mode into convolutions.
    """
    if not has_norms(graph):
        raise NotEstimable(
            "norm 'training': there is no normalisation before the target; exporters fold them into the convolutions "
            "unless told not to (torch.onnx.export(..., training=TrainingMode.PRESERVE)); export again, or drop norm"
        )
    return rewritten(graph, {Nature.NORMALISES: _in_training})


def _in_training(rewriting: Rewriting, node: Node, _: Operator) -> None:
    if node.op != "BatchNormalization":
        rewriting.add(node)
        return
    attributes = {k: v for k, v in node.attributes.items() if k != "spatial"} | {"training_mode": 1}
    trained = replace(
        node,
        version=BATCH_NORM_VERSION,
        outputs=node.outputs[:1],
        attributes=MappingProxyType(attributes),
    )
    rewriting.add(trained)
