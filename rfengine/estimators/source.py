"""Fields relative to an intermediate tensor: the network behind it, with that tensor as its image."""

from dataclasses import replace
from difflib import get_close_matches

from rfengine.errors import BadInput, NoSpatialInput
from rfengine.estimators.analytic import AXIS_NAMES, Fields, fields_of, receptive_fields, spatial_axes
from rfengine.graph import Graph

Places = tuple[int, ...]


def fields_from(graph: Graph, source: str) -> Fields:
    """The field of every tensor made from a named tensor, relative to that tensor; a pixel is then a unit of it.

    Args:
        graph: the network.
        source: a tensor that is a feature map, or the node that makes it. Its spatial axes are where it keeps those
            of the image; where it sees no image locally (behind a bottleneck, or made from a vector), those after
            batch and channels.

    Returns:
        Fields of the network behind the tensor, whose graph has it as an input.

    Raises:
        BadInput: there is no such tensor, it is no feature map, or nothing is made from it.
        UnsupportedOperator: an operator's form has no reach rule.
    """
    name = _named(graph, source)
    places = _places(graph, name)
    behind = part_behind(graph, name)
    if not behind.nodes:
        raise BadInput(f"source '{source}': no tensor is made from it; name an earlier one")
    return fields_of(behind, {name: places})


def part_behind(graph: Graph, tensor: str) -> Graph:
    """The nodes that depend on a tensor, with it as the first input; what else they read of the rest comes after."""
    if tensor in graph.inputs:
        kept = graph.nodes
    else:
        known, found = {tensor}, []
        for node in graph.nodes:
            if known.intersection(node.inputs):
                found.append(node)
                known.update(name for name in node.outputs if name)
        kept = tuple(found)
    made = {name for node in kept for name in node.outputs if name}
    read = dict.fromkeys(name for node in kept for name in node.inputs if name and name not in graph.constants)
    inputs = (tensor, *(name for name in read if name not in made and name != tensor))
    return replace(graph, nodes=kept, inputs=inputs, outputs=tuple(name for name in graph.outputs if name in made))


def _named(graph: Graph, source: str) -> str:
    """The tensor of that name, else the first output of the node of that name."""
    tensors = [*graph.inputs, *graph.producers]
    if source in tensors:
        return source
    nodes = {node.name: output for node in reversed(graph.nodes) for output in reversed(node.outputs) if output}
    if source in nodes:
        return nodes[source]
    if source in graph.constants:
        raise BadInput(f"source '{source}' is a constant: it has no units; name a feature map")
    near = get_close_matches(source, [*tensors, *nodes], n=3, cutoff=0.5) or tensors[:3]
    raise BadInput(
        f"source '{source}' is neither a tensor nor a node between the model's inputs and its targets; "
        f"near it: {', '.join(near)}"
    )


def _places(graph: Graph, tensor: str) -> Places:
    """The tensor axes that are spatial.

    Raises:
        BadInput: the tensor keeps the image's axes in another form (tokens, windows), or has none.
    """
    shape = graph.shape(tensor)
    conventional = len(shape) - 2 in AXIS_NAMES and graph.values[tensor].is_known and max(shape[2:]) > 1
    try:
        before = receptive_fields(graph.between_inputs_and((tensor,)))
    except NoSpatialInput:
        before = None
    if before is not None:
        for source in before.spatial(tensor):
            return before.places(tensor, source)
        seen = [fields[tensor] for fields in before.by_input.values() if tensor in fields]
        # Axes that still follow the image, but not one by one, are no places that a unit could have.
        conventional = conventional and not any(track is not None for field in seen for track in field.tracks)
    if not conventional:
        maps = before.feature_maps() if before is not None else ()
        near = f"; the last feature maps before it: {', '.join(maps[-3:])}" if maps else ""
        raise BadInput(f"source '{tensor}' has shape {list(shape)} and is no feature map{near}")
    return spatial_axes(len(shape))
