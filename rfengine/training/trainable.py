"""Which constants of a graph learn, and the graph made for what trains it: one image, of one channel, and a head."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.errors import BadInput
from rfengine.graph import Array, Graph, Node, Value
from rfengine.ops import Nature
from rfengine.runtime.precision import is_float

# Scale and offset; what follows them are statistics.
_NORM_PARAMETERS = (1, 2)
_BIASED = frozenset({"Add", "Sum", "PRelu"})

PLANE = 4  # axes of an image: batch, channels, height, width
COLOURS = (1, 3, 4)  # numbers of channels that a picture has
TO_FIRST = (0, 3, 1, 2)  # the transposition that brings channels from the last place to their own


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


def only_image(graph: Graph, name: str) -> str:
    """The one input that a graph reads, an image.

    Args:
        graph: up to its target.
        name: of the network.

    Raises:
        BadInput: it reads another input as well, or its input has not four axes.
    """
    shown = ", ".join(f"'{each}' {list(graph.shape(each))}" for each in graph.inputs)
    if len(graph.inputs) != 1:
        raise BadInput(
            f"{name}: target '{graph.outputs[0]}' reads {len(graph.inputs)} inputs, {shown}; a sweep trains networks "
            "with one image: name a target that reads it alone, or export the others as constants"
        )
    (source,) = graph.inputs
    if len(graph.shape(source)) != PLANE:
        raise BadInput(f"{name}: its input is {shown}; a sweep trains networks with one image of four axes")
    return source


def refuse_channels_last(graph: Graph, name: str) -> None:
    """Refuse a network that takes its images as [batch, height, width, channels].

    Raises:
        BadInput: an input is such an image.
    """
    for source in graph.inputs:
        shape = graph.shape(source)
        if len(shape) != PLANE or shape[3] not in COLOURS or shape[2] in COLOURS:
            continue
        turned = [node for node in graph.consumers.get(source, ()) if node.op == "Transpose"]
        if shape[1] not in COLOURS or any(tuple(node.attributes.get("perm", ())) == TO_FIRST for node in turned):
            raise BadInput(
                f"{name}: its input '{source}' {list(shape)} has the channels last; a sweep trains networks on "
                "[batch, channels, height, width]: export it with the channels first"
            )


def one_channel(graph: Graph, source: str) -> Graph:
    """The graph for grey images: on an image whose channels are equal it is the same function.

    Where convolutions alone read the image, their weights are summed over the channels. Else (depthwise convolutions,
    a normalisation or slices in front) the grey image is repeated, and the network keeps its channels.
    """
    shape = graph.shape(source)
    if shape[1] == 1:
        return graph
    readers = graph.consumers[source]
    if not all(_sums(node, graph, readers) for node in readers):
        return _repeating(graph, source)
    constants: dict[str, Array] = dict(graph.constants)
    values = {**graph.values, source: replace(graph.values[source], shape=(shape[0], 1, *shape[2:]))}
    for weight in dict.fromkeys(node.inputs[1] for node in readers):
        summed = np.asarray(graph.constants[weight]).sum(1, keepdims=True)
        constants[weight] = summed
        values[weight] = replace(values[weight], shape=summed.shape)
    return replace(graph, constants=MappingProxyType(constants), values=MappingProxyType(values))


def _sums(node: Node, graph: Graph, readers: tuple[Node, ...]) -> bool:
    """Whether a reader of the image weighs all its channels, with a constant that nothing else reads."""
    weight = node.inputs[1] if len(node.inputs) > 1 else ""
    return (
        node.op == "Conv"
        and int(node.attributes.get("group", 1)) == 1
        and weight in graph.constants
        and all(any(reader is each for each in readers) for reader in graph.consumers[weight])
    )


def _repeating(graph: Graph, source: str) -> Graph:
    """The graph behind a grey image that is laid side by side as often as the network has channels."""
    value = graph.values[source]
    grey = free_name(f"{source}~grey", graph)
    shape = (value.shape[0], 1, *value.shape[2:])
    node = Node(grey, "Concat", 13, (grey,) * value.shape[1], (source,), MappingProxyType({"axis": 1}))
    return replace(
        graph,
        nodes=(node, *graph.nodes),
        inputs=tuple(grey if name == source else name for name in graph.inputs),
        values=MappingProxyType({**graph.values, grey: replace(value, name=grey, shape=shape)}),
    )


def with_head(graph: Graph, target: str, name: str, head: Mapping[str, Array]) -> Graph:
    """The graph up to a 1x1 convolution of a target, its only output.

    Args:
        graph: any.
        target: a feature map [batch, maps, H, W].
        name: of the new output.
        head: the convolution's weight and bias, in this order, by names that the graph has not.
    """
    weight = next(iter(head.values()))
    batch, _, *extent = graph.shape(target)
    out = Value(name, graph.values[target].dtype, (batch, weight.shape[0], *extent))
    constants = {each: Value(each, array.dtype, array.shape) for each, array in head.items()}
    node = Node(name, "Conv", 11, (target, *head), (name,))
    whole = replace(
        graph,
        nodes=(*graph.nodes, node),
        values=MappingProxyType({**graph.values, **constants, name: out}),
        constants=MappingProxyType({**graph.constants, **head}),
    )
    return whole.between_inputs_and((name,))


def free_name(wanted: str, graph: Graph) -> str:
    """A name that no value of the graph has nor begins with, as near as can be to the one that is wanted."""
    while any(name == wanted or name.startswith(f"{wanted}.") for name in graph.values):
        wanted += "~"
    return wanted
