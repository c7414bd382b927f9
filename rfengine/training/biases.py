"""What biases start from. An initialiser draws weights; a torch layer's bias is uniform within 1 / sqrt(fan-in)."""

from collections.abc import Mapping
from math import sqrt
from types import MappingProxyType

from api_schemas.initialisers import AnyInitialiser, Circular, CircularV2, Constant, Decomposed
from api_schemas.sweep import SweepOptions
from rfengine import ops
from rfengine.graph import Array, Graph
from rfengine.initialisers import generator_of
from rfengine.ops import Nature
from rfengine.runtime.policies.weights import weight_layers

# Initialisers that the seed sets biases to zero for.
_ZERO = (Constant, Decomposed, Circular, CircularV2)


def drawn(options: SweepOptions) -> bool:
    """Whether biases are drawn: not where weights are the model's own."""
    init: AnyInitialiser | str = options.weights
    if isinstance(init, str):
        return False
    return options.biases == "uniform" if options.biases is not None else not isinstance(init, _ZERO)


def uniform_biases(graph: Graph, seed: int) -> Mapping[str, Array]:
    """A draw for every bias of an operator that weighs, by the constant's name; biases of normalisations have none."""
    layers = weight_layers(graph)
    found: dict[str, Array] = {}
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        if operator.nature is not Nature.WEIGHS:
            continue
        fans = [layers[name].fan_in for name in node.inputs if name in layers]
        names = [node.inputs[i] for i in operator.biases if i < len(node.inputs) and node.inputs[i] in graph.constants]
        for name in names if fans else ():
            bound = 1 / sqrt(fans[0])
            found[name] = generator_of(seed, name).uniform(-bound, bound, graph.shape(name))
    return MappingProxyType(found)
