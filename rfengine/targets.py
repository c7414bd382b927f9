"""Which tensors to look at closely: the caller's, or the last feature maps before the network stops being spatial."""

from collections.abc import Sequence
from difflib import get_close_matches

from rfengine.errors import BadTarget
from rfengine.estimators.analytic import Fields


def find_targets(fields: Fields, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Target tensors in the order of computation (automatic) or of the caller.

    Automatic targets are the tensors with more than one unit in space that no further such tensor is made from: where
    a flatten, a pooling to 1x1 or the graph's end follows. Gates of squeeze-and-excitation are 1x1 and so never count.

    Raises:
        BadTarget: a name that is neither a tensor nor a node, or a tensor without spatial axes; or there is no target.
    """
    if names:
        return tuple(dict.fromkeys(_named(fields, name) for name in names))
    graph = fields.graph
    wide = [name for node in graph.nodes for name in node.outputs if name and _is_wide(fields, name)]
    known = set(wide)
    leads_on: set[str] = set()
    for node in reversed(graph.nodes):
        if any(name in known or name in leads_on for name in node.outputs):
            leads_on.update(name for name in node.inputs if name)
    outputs = set(graph.outputs)
    found = tuple(name for name in wide if name in outputs or name not in leads_on)
    if not found:
        raise BadTarget("no tensor keeps spatial axes with more than one unit; name one with targets (--target)")
    return found


def _is_wide(fields: Fields, name: str) -> bool:
    extent = fields.extent(name)
    return extent is not None and max(extent) > 1


def _named(fields: Fields, name: str) -> str:
    graph = fields.graph
    tensor = name if name in graph.values else next((n.outputs[0] for n in graph.nodes if n.name == name), None)
    spatial = [out for node in graph.nodes for out in node.outputs if out and fields.spatial(out)]
    if tensor is None:
        near = get_close_matches(name, [*spatial, *(n.name for n in graph.nodes)], n=3, cutoff=0.5) or spatial[-3:]
        raise BadTarget(f"target '{name}' is neither a tensor nor a node of the model; near it: {', '.join(near)}")
    if tensor not in graph.producers:
        raise BadTarget(
            f"target '{name}' is an input or a constant; name a tensor that a node makes: {', '.join(spatial[:3])}"
        )
    if not fields.spatial(tensor):
        where = graph.producers.get(tensor)
        made = f" (made by {where})" if where else ""
        raise BadTarget(
            f"target '{name}'{made} has shape {list(graph.shape(tensor))} and no spatial axes that follow the image; "
            f"the last tensors that do: {', '.join(spatial[-3:])}"
        )
    return tensor
