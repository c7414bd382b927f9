"""Which constants of a graph learn, and the graph made for images of one channel."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.errors import BadInput
from rfengine.graph import Array, Graph, Node
from rfengine.ops import Nature
from rfengine.runtime.precision import is_float

# Scale and offset; what follows them are statistics.
_NORM_PARAMETERS = (1, 2)
_BIASED = frozenset({"Add", "Sum", "PRelu"})


def trained_constants(graph: Graph) -> tuple[str, ...]:
    """The constants that training changes, in the network's order.

    These are the weights and biases of every operator that weighs, scale and offset of every normalisation, and what
    is added, or what a PRelu slopes by, behind a weight. A constant that several nodes share is one parameter.

    Raises:
        BadInput: there is none.
    """
    found: dict[str, None] = {}
    behind: set[str] = set()
    frozen: list[str] = []
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        learns = _learns(node, operator.nature, behind=not behind.isdisjoint(node.inputs))
        held = [name for name in learns if name in graph.constants]
        trained = [name for name in held if is_float(graph.values[name].dtype) and graph.constants[name].size]
        found |= dict.fromkeys(trained)
        if operator.nature is Nature.WEIGHS and held and not trained:
            frozen.append(f"{node} ({graph.values[held[0]].dtype})")
        if trained or not behind.isdisjoint(node.inputs):
            behind.update(name for name in node.outputs if name)
    if not found:
        reason = (
            f"the weights of {frozen[0]} are whole numbers, which do not learn; export the network before quantisation"
            if frozen
            else "there is no weight between input and target; name a later target"
        )
        raise BadInput(f"target '{graph.outputs[0]}' cannot be trained: {reason}")
    return tuple(found)


def _learns(node: Node, nature: Nature, *, behind: bool) -> list[str]:
    if nature is Nature.WEIGHS:
        return [name for name in node.inputs if name]
    if nature is Nature.NORMALISES:
        return [node.inputs[i] for i in _NORM_PARAMETERS if i < len(node.inputs) and node.inputs[i]]
    return [name for name in node.inputs if name] if behind and node.op in _BIASED else []


def one_channel(graph: Graph, source: str) -> Graph:
    """The graph for grey images: every convolution that reads the image has its weights summed over the channels.

    On an image whose channels are equal that is the same function.

    Raises:
        BadInput: something else than a convolution with constant weights reads the image.
    """
    shape = graph.shape(source)
    if shape[1] == 1:
        return graph
    constants: dict[str, Array] = dict(graph.constants)
    values = {**graph.values, source: replace(graph.values[source], shape=(shape[0], 1, *shape[2:]))}
    for node in graph.consumers[source]:
        weight = node.inputs[1] if len(node.inputs) > 1 else ""
        if node.op != "Conv" or weight not in constants or int(node.attributes.get("group", 1)) != 1:
            raise BadInput(
                f"input '{source}' has {shape[1]} channels and is read by {node}; only a network whose first layers "
                "are convolutions can be made for one channel: export it for a grey image"
            )
        summed = np.asarray(graph.constants[weight]).sum(1, keepdims=True)
        constants[weight] = summed
        values[weight] = replace(values[weight], shape=summed.shape)
    return replace(graph, constants=MappingProxyType(constants), values=MappingProxyType(values))
