"""What a network does behind the heads that were found: a detector only decodes there."""

from collections.abc import Iterable

from rfengine.coverage.heads import Head
from rfengine.estimators.analytic import Fields

LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Weights of so many numbers decode (distances from distributions, say); more are a layer.
SMALL = 64


def layers_behind(fields: Fields, heads: Iterable[Head]) -> tuple[str, ...]:
    """Layers with weights that read what is made of heads: those heads are not what the network ends with."""
    graph, behind, found = fields.graph, {tensor for head in heads for tensor in head.tensors}, []
    for node in graph.nodes:
        if not behind.intersection(node.inputs):
            continue
        behind.update(filter(None, node.outputs))
        weights = (graph.constants[name].size for name in node.inputs if name in graph.constants)
        if node.op in LAYERS and max(weights, default=0) > SMALL:
            found.append(node.outputs[0])
    return tuple(found)
