"""Theoretical receptive fields of every tensor, by the calculus: exact, from the graph alone, without torch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from types import MappingProxyType

from rfengine import ops
from rfengine.calculus import concrete
from rfengine.calculus.clean import count
from rfengine.calculus.concrete import Sight
from rfengine.calculus.field import AxisField, Field, of_input
from rfengine.calculus.placement import Placement, T, meet, through
from rfengine.calculus.reads import Reads, Way
from rfengine.errors import NoSpatialInput
from rfengine.graph import Graph, Node
from rfengine.operator_border import operator_code

AXIS_NAMES = {1: ("w",), 2: ("h", "w"), 3: ("d", "h", "w")}

# Per node and output, in order: which tensors it reads and how.
Reading = tuple[Node, str, list[tuple[str, Way]]]

# Per spatial axis of an input: the tensor axis that carries it, and what its units see.
Maps = tuple[tuple[int, AxisField], ...]


@dataclass(frozen=True)
class Fields:
    """The receptive fields of a graph's tensors: by spatial input, then by tensor.

    `axes` names the spatial axes of each input, in order. `readings` are what the fields were found by.
    """

    graph: Graph
    axes: Mapping[str, tuple[str, ...]]
    by_input: Mapping[str, Mapping[str, Field]]
    readings: tuple[Reading, ...]

    @cached_property
    def maps(self) -> Mapping[str, Mapping[str, Maps]]:
        """The feature maps: by input, the tensors that see it locally, with their axes; the input itself among them."""
        shape = self.graph.shape
        found = {
            source: {tensor: field.maps(shape(tensor)) for tensor, field in fields.items()}
            for source, fields in self.by_input.items()
        }
        return {
            source: {tensor: maps for tensor, maps in each.items() if maps and all(track.length for _, track in maps)}
            for source, each in found.items()
        }

    def spatial(self, tensor: str) -> dict[str, tuple[AxisField, ...]]:
        """The axes through which a tensor sees each input locally; inputs that it does not see so are absent."""
        return {
            source: tuple(track for _, track in maps[tensor]) for source, maps in self.maps.items() if tensor in maps
        }

    def places(self, tensor: str, source: str) -> tuple[int, ...]:
        """The tensor axes that are the spatial axes of an input, for a tensor that sees it locally."""
        assert tensor in self.maps[source], f"{tensor} is no feature map of {source}"
        return tuple(place for place, _ in self.maps[source][tensor])

    def canvas(self, source: str) -> tuple[int, ...]:
        """Size of an input along its spatial axes, px."""
        shape = self.graph.shape(source)
        return tuple(shape[place] for place in self.places(source, source))

    @cached_property
    def sights(self) -> Mapping[str, Mapping[str, Sight]]:
        """What every tensor's units really read on the canvas, every layer clipped to its own size; like `by_input`."""
        graph = self.graph
        start = {name: concrete.of_input(graph.shape(name), self.places(name, name)) for name in self.by_input}
        found = propagate(graph, start, self.readings)
        return MappingProxyType({name: MappingProxyType(sights) for name, sights in found.items()})

    def feature_maps(self) -> tuple[str, ...]:
        """The tensors that see an input locally, in the order of computation, without the inputs."""
        made = (name for node in self.graph.nodes for name in node.outputs if name)
        return tuple(name for name in made if self.spatial(name))

    def extent(self, tensor: str) -> tuple[int, ...] | None:
        """Numbers of units along the tensor's spatial axes, or None when it has none."""
        return next((tuple(track.length for track in tracks) for tracks in self.spatial(tensor).values()), None)

    def clipped_share(self, tensor: str, source: str) -> float:
        """Share of the tensor's units whose field touches padding anywhere on its way."""
        return 1.0 - prod(count(track.clean) / track.length for track in self.spatial(tensor)[source])


def spatial_axes(rank: int) -> tuple[int, ...]:
    """Spatial axes of an input [N, C, spatial ...] of the given rank."""
    return tuple(range(2, rank))


def readings(graph: Graph) -> Iterator[Reading]:
    """Per node and output, in order: which tensors it reads and how.

    Raises:
        UnsupportedOperator: an operator's form has no reach rule.
    """
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        with operator_code(node):
            relations = operator.reads(ops.Call.of(node, graph))
        for output, relation in zip(node.outputs, relations, strict=False):
            ways = [
                (name, _known(way, graph, name, output))
                for name, reading in zip(node.inputs, relation, strict=False)
                for way in reading
                if name and output and name not in graph.constants
            ]
            if ways:
                yield node, output, ways


def _known(way: Way, graph: Graph, source: str, output: str) -> Way:
    """The way of reading, whole where a shape depends on the data: which unit is where is then unknown."""
    known = graph.values[source].is_known and graph.values[output].is_known
    return way if known else Reads((None,) * len(graph.shape(output)))


def propagate(
    graph: Graph, start: Mapping[str, Placement[T]], read: Iterable[Reading] | None = None
) -> dict[str, dict[str, Placement[T]]]:
    """The placement of every tensor relative to every input of `start`, by input and tensor.

    `read`: the graph's `readings`, where they are known already.
    """
    found = {source: {source: placement} for source, placement in start.items()}
    for node, output, ways in readings(graph) if read is None else read:
        for placements in found.values():
            paths = [(name, way) for name, way in ways if name in placements]
            # A rule may also give reads that do not fit the shapes; that shows only here.
            with operator_code(node):
                seen = [
                    through(placements[name], way, graph.shape(name), graph.shape(output), node.name)
                    for name, way in paths
                ]
                if seen:
                    placements[output] = meet(seen, [name for name, _ in paths], graph.shape(output), node.name)
    return found


def spatial_inputs(graph: Graph) -> tuple[str, ...]:
    """The inputs that are images: one to three axes after batch and channels, and something on them.

    Raises:
        NoSpatialInput: there is none.
    """
    shapes = {name: graph.shape(name) for name in graph.inputs}
    sources = tuple(name for name, shape in shapes.items() if len(shape) - 2 in AXIS_NAMES and 0 not in shape)
    if not sources:
        shown = {name: list(shape) for name, shape in shapes.items()}
        raise NoSpatialInput(f"no input has one to three spatial axes after batch and channels; inputs: {shown}")
    return sources


def receptive_fields(graph: Graph) -> Fields:
    """The field of every tensor relative to every spatial input.

    Raises:
        LimitExceeded: the work to find a field passes a cap.
        NoSpatialInput: no input has one to three spatial axes.
        UnsupportedOperator: an operator's form has no reach rule.
    """
    return fields_of(graph, {name: spatial_axes(len(graph.shape(name))) for name in spatial_inputs(graph)})


def fields_of(graph: Graph, places: Mapping[str, tuple[int, ...]]) -> Fields:
    """The field of every tensor relative to the given inputs; `places` are their spatial tensor axes.

    Raises:
        UnsupportedOperator: an operator's form has no reach rule.
    """
    read = tuple(readings(graph))
    found = propagate(graph, {name: of_input(graph.shape(name), axes) for name, axes in places.items()}, read)
    return Fields(
        graph,
        MappingProxyType({name: AXIS_NAMES[len(axes)] for name, axes in places.items()}),
        MappingProxyType({name: MappingProxyType(fields) for name, fields in found.items()}),
        read,
    )
