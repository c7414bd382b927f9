"""Theoretical receptive fields of every tensor, by the calculus: exact, from the graph alone, without torch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rfengine import ops
from rfengine.calculus.clean import count
from rfengine.calculus.field import AxisField, Field, meet, of_input, through
from rfengine.calculus.reads import Reads
from rfengine.errors import NoSpatialInput
from rfengine.graph import Graph, Node

AXIS_NAMES = {1: ("w",), 2: ("h", "w"), 3: ("d", "h", "w")}


@dataclass(frozen=True)
class Fields:
    """The receptive fields of a graph's tensors: by spatial input, then by tensor.

    `axes` names the spatial axes of each input, in order.
    """

    graph: Graph
    axes: Mapping[str, tuple[str, ...]]
    by_input: Mapping[str, Mapping[str, Field]]

    def spatial(self, tensor: str) -> dict[str, tuple[AxisField, ...]]:
        """The axes through which a tensor sees each input locally; inputs that it does not see so are absent."""
        found = {}
        for source, fields in self.by_input.items():
            field = fields.get(tensor)
            carried = field.spatial(len(self.axes[source])) if field is not None else None
            if carried is not None:
                found[source] = carried
        return found

    def extent(self, tensor: str) -> tuple[int, ...] | None:
        """Lengths of the tensor's spatial axes, or None when it has none."""
        for source in self.spatial(tensor):
            carried = self.by_input[source][tensor].axes
            by_source = sorted(
                (axis.source, length) for axis, length in zip(carried, self.graph.shape(tensor), strict=True) if axis
            )
            return tuple(length for _, length in by_source)
        return None

    def clipped_share(self, tensor: str, source: str) -> float:
        """Share of the tensor's units whose field touches padding anywhere on its way."""
        clean = 1.0
        for axis, length in zip(self.by_input[source][tensor].axes, self.graph.shape(tensor), strict=True):
            if axis is not None:
                clean *= count(axis.clean) / length
        return 1.0 - clean


def spatial_axes(rank: int) -> tuple[int, ...]:
    """Spatial axes of an input [N, C, spatial ...] of the given rank."""
    return tuple(range(2, rank))


def readings(graph: Graph) -> Iterator[tuple[Node, str, list[tuple[str, Reads]]]]:
    """Per node and output, in order: which tensors it reads and how.

    Raises:
        UnsupportedOperator: an operator's form has no reach rule.
    """
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        relations = operator.reads(ops.Call.of(node, graph))
        for output, relation in zip(node.outputs, relations, strict=False):
            ways = [
                (name, _known(reads, graph, name, output))
                for name, reading in zip(node.inputs, relation, strict=False)
                for reads in reading
            ]
            if output and ways:
                yield node, output, ways


def _known(reads: Reads, graph: Graph, source: str, output: str) -> Reads:
    """The reads, whole where a shape depends on the data: which unit is where is then unknown."""
    known = graph.values[source].is_known and graph.values[output].is_known
    return reads if known else Reads((None,) * len(graph.shape(output)))


def spatial_inputs(graph: Graph) -> tuple[str, ...]:
    """The inputs that are images: one to three axes after batch and channels.

    Raises:
        NoSpatialInput: there is none.
    """
    sources = tuple(name for name in graph.inputs if len(graph.shape(name)) - 2 in AXIS_NAMES)
    if not sources:
        shown = {name: list(graph.shape(name)) for name in graph.inputs}
        raise NoSpatialInput(f"no input has one to three spatial axes after batch and channels; inputs: {shown}")
    return sources


def receptive_fields(graph: Graph) -> Fields:
    """The field of every tensor relative to every spatial input.

    Raises:
        NoSpatialInput: no input has one to three spatial axes.
        UnsupportedOperator: an operator's form has no reach rule.
    """
    shapes = {name: graph.shape(name) for name in graph.values}
    found: dict[str, dict[str, Field]] = {
        name: {name: of_input(shapes[name], spatial_axes(len(shapes[name])))} for name in spatial_inputs(graph)
    }
    for node, output, ways in readings(graph):
        for fields in found.values():
            paths = [(name, reads) for name, reads in ways if name in fields]
            seen = [through(fields[name], reads, shapes[name], shapes[output], node.name) for name, reads in paths]
            if seen:
                fields[output] = meet(seen, [name for name, _ in paths], shapes[output], node.name)
    return Fields(
        graph,
        MappingProxyType({name: AXIS_NAMES[len(shapes[name]) - 2] for name in found}),
        MappingProxyType({name: MappingProxyType(fields) for name, fields in found.items()}),
    )
