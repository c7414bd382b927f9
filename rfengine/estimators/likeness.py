"""Whether two graphs are one network for two shapes of its image: same nodes, same weights, nothing tied to a place."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rfengine import ops
from rfengine.calculus.layout import digits_of
from rfengine.calculus.placement import Placement
from rfengine.calculus.reads import Reshaped, Way
from rfengine.estimators.analytic import Fields
from rfengine.graph import Array, Graph, Node, Shape
from rfengine.operator_border import operator_code
from rfengine.ops import Nature

# They draw a number per element, by its place in memory.
_DRAWS = frozenset({"Bernoulli", "Multinomial"})
# Coordinates that depend on the size of the whole map, beside the scale.
_BY_SIZE = frozenset({"half_pixel_symmetric", "align_corners", "tf_crop_and_resize"})


def difference(one: Graph, other: Graph) -> str:
    """Why a graph is not the network of another for another shape of an input; '' when it is.

    Whole numbers that only say which elements are meant (shapes, starts, sizes) may differ: what is read by them is
    compared where the reads are. A constant may be repeated over a batch axis that was one long.
    """
    if len(one.nodes) != len(other.nodes):
        return f"the model then has {len(other.nodes)} nodes instead of {len(one.nodes)}"
    for first, second in zip(one.nodes, other.nodes, strict=True):
        if not _same_call(first, second):
            return f"{first} is then another call"
        if first.bodies:
            return f"{first} holds networks"
        if first.op in _DRAWS or _drops(one, first):
            return f"{first} draws numbers by their place"
        if first.op == "Resize" and str(first.attributes.get("coordinate_transformation_mode", "")) in _BY_SIZE:
            return f"{first} takes its coordinates from the size of the map"
    if one.constants.keys() != other.constants.keys():
        return "other values of it are then constant"
    for name, array in one.constants.items():
        if not _same_values(array, other.constants[name]) and not _only_selects(one, name):
            return f"the constant '{name}' then has other values"
    return ""


def _drops(graph: Graph, node: Node) -> bool:
    """Whether a node is dropout in training mode (its third input, since opset 12)."""
    training = node.inputs[2] if node.op == "Dropout" and len(node.inputs) > 2 else ""
    return training != "" and bool(np.any(graph.constants.get(training, True)))


def tied_to_places(fields: Fields, source: str) -> str:
    """The first constant that differs from place to place of a map, in words; '' when there is none.

    Where a map's axis is split (windows, a pixel shuffle), places inside a part are no places of the map.
    """
    graph, seen = fields.graph, fields.by_input[source]
    for node in graph.nodes:
        constants = [i for i, name in enumerate(node.inputs) if name in graph.constants]
        if not constants or not any(name in seen for name in node.outputs):
            continue
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        with operator_code(node):
            relations = operator.reads(ops.Call.of(node, graph))
        for output, relation in zip(node.outputs, relations, strict=False):
            if output not in seen:
                continue
            outermost = _outermost(seen[output])
            for i in constants:
                for way in relation[i] if i < len(relation) else ():
                    if _follows(way, outermost, graph.shape(node.inputs[i])):
                        return f"'{node.inputs[i]}', which {node} reads, differs from place to place"
    return ""


def _outermost(field: Placement[Any]) -> set[int]:
    """The tensor axes that carry the outermost digit of a source axis."""
    found = set()
    for source in range(len(field.tracks)):
        digits = digits_of(field.layout, source)
        if digits:
            found.add(max(digits, key=lambda place: place[1].weight * place[1].length)[0])
    return found


def _follows(way: Way, axes: set[int], shape: Shape) -> bool:
    """Whether a constant of a shape has values of its own along one of the axes."""
    follows = (
        [] if isinstance(way, Reshaped) else [(i, read.axis) for i, read in enumerate(way.axes) if read is not None]
    )
    if len(shape) == 1 and any(axis > 0 for _, axis in follows):
        # Scales and offsets of a normalisation are read as its data are: along axis 1, whatever the rule says.
        return 1 in axes and shape[0] > 1
    return isinstance(way, Reshaped) or any(place in axes and shape[axis] > 1 for place, axis in follows)


def _same_call(one: Node, other: Node) -> bool:
    same = ("name", "op", "version", "inputs", "outputs", "domain")
    return all(getattr(one, name) == getattr(other, name) for name in same) and _same_attributes(
        one.attributes, other.attributes
    )


def _same_attributes(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    def same(a: Any, b: Any) -> bool:
        return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) or isinstance(b, np.ndarray) else bool(a == b)

    return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())


def _same_values(one: Array, other: Array) -> bool:
    if one is other:
        return True
    if one.dtype != other.dtype or one.ndim != other.ndim or one.shape[1:] != other.shape[1:]:
        return False
    repeated = one.ndim > 0 and one.shape[0] == 1
    return (one.shape == other.shape or repeated) and bool((one == other).all())


def _only_selects(graph: Graph, name: str) -> bool:
    """Whether a constant holds whole numbers for operators that move elements or resize."""
    if graph.constants[name].dtype.kind not in "iu":
        return False
    natures = {
        ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset).nature
        for node in graph.consumers.get(name, ())
    }
    return natures <= {Nature.MOVES, Nature.AVERAGES}
