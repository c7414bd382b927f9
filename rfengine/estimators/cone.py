"""Cone cropping: the part of the image that a unit sees, and the proof that it is enough.

Every index of every tensor that the unit's expression is made of must have a place in the network for the part, so each
tensor says how much of the image may be cut off before and after. What is cut off is a multiple of every stride and
every period, so that units move by whole numbers and keep their phase. Nothing is cut off at an end whose padding the
unit reads.

That chooses the part; what lets it be used is the proof on the network imported for it: the unit must have the same
number in the ledger (see trace.py) that it has in the whole network, and both must be one network (see likeness.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor, lcm, prod

from rfengine.calculus.field import Field, status_of
from rfengine.calculus.layout import digits_of
from rfengine.calculus.reads import Status
from rfengine.estimators import trace
from rfengine.estimators.analytic import Fields, propagate, spatial_axes
from rfengine.estimators.erf import Unit
from rfengine.estimators.likeness import tied_to_places
from rfengine.estimators.narrowing import Box
from rfengine.estimators.trace import Ledger, Trace
from rfengine.graph import Graph, Shape

# To import the model once more costs more than what a larger part saves.
WORTHWHILE = 0.8


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the image: its first pixel and its size, per axis."""

    offset: Shape
    size: Shape

    @property
    def intervals(self) -> list[list[int]]:
        """First and last pixel per axis."""
        return [[first, first + n - 1] for first, n in zip(self.offset, self.size, strict=True)]

    @property
    def slices(self) -> tuple[slice, ...]:
        """The part as an index into the image's spatial axes."""
        return tuple(slice(first, first + n) for first, n in zip(self.offset, self.size, strict=True))


class Cone:
    """The cones of a target's units in one network.

    Args:
        fields: of the network under its policy, cut at the target.
        source: the image that parts are taken of.
        target: the feature map.
    """

    def __init__(self, fields: Fields, source: str, target: str) -> None:
        self.fields, self.source, self.target = fields, source, target
        self.canvas = fields.canvas(source)

    @cached_property
    def refusal(self) -> str:
        """Why no unit of the target can be cropped; '' when they can."""
        graph, field = self.fields.graph, self.fields.by_input[self.source][self.target]
        others = [name for name in graph.inputs if name != self.source and name in self.fields.by_input]
        if others:
            return f"the target sees several images ('{self.source}', '{others[0]}')"
        if field.whole:
            return f"the whole image enters through '{field.whole[0]}'"
        status, reasons = status_of(field)
        if status is not Status.EXACT:
            return f"the theoretical field is no exact one ({'; '.join(reasons)})"
        if len({node.name for node in graph.nodes}) != len(graph.nodes):
            return "two nodes have one name"
        return tied_to_places(self.fields, self.source)

    def part(self, unit: Unit) -> Part | str:
        """The part of the image that the unit may be run on, or in words why there is none."""
        if self.refusal:
            return self.refusal
        cuts = [self._cuts(axis, index) for axis, index in enumerate(unit.index)]
        size = tuple(n - before - after for n, (before, after) in zip(self.canvas, cuts, strict=True))
        share = prod(size) / prod(self.canvas)
        if share > WORTHWHILE:
            return f"the unit needs {100 * share:.0f} % of the image"
        return Part(tuple(before for before, _ in cuts), size)

    def index_in(self, graph: Graph, part: Part, unit: Unit) -> Shape | str:
        """The unit's index in the network for a part of the image, or in words where that computes something else."""
        found = self._traces_in(graph, part)
        maps = found[self.target].maps(graph.shape(self.target))
        wanted = self._numbers(unit)
        if maps is None or found[self.target].whole:
            return f"'{self.target}' is no feature map of the part"
        keys = [track.keys for _, track in maps]
        if all(number in axis for number, axis in zip(wanted, keys, strict=True)):
            return tuple(axis.index(number) for number, axis in zip(wanted, keys, strict=True))
        return f"on a part of the image {self._first_other(graph, found)} does not compute the same"

    def needed(self, graph: Graph, part: Part, unit: Unit) -> dict[str, Box]:
        """What the unit needs of every feature map of the network for a part of the image."""
        cones = [self._ledger.cone(number) for number in self._numbers(unit)]
        found: dict[str, Box] = {}
        for tensor, seen in self._traces_in(graph, part).items():
            maps = seen.maps(graph.shape(tensor))
            if maps is None:
                continue
            used = [
                [i for i, key in enumerate(t.keys) if key in cone] for (_, t), cone in zip(maps, cones, strict=True)
            ]
            if all(used):
                found[tensor] = {place: (axis[0], axis[-1]) for (place, _), axis in zip(maps, used, strict=True)}
        return found

    def _traces_in(self, graph: Graph, part: Part) -> dict[str, Trace]:
        """What every tensor of the network for a part of the image computes."""
        shape = graph.shape(self.source)
        start = trace.of_input(shape, spatial_axes(len(shape)), self._ledger, part.offset)
        return propagate(graph, {self.source: start})[self.source]

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger()

    @cached_property
    def _traces(self) -> dict[str, Trace]:
        return self._traces_in(self.fields.graph, Part((0,) * len(self.canvas), self.canvas))

    def _numbers(self, unit: Unit) -> list[int]:
        maps = self._traces[self.target].maps(self.fields.graph.shape(self.target))
        assert maps is not None, f"{self.target} is a target, so it has spatial axes"
        return [track.keys[i] for (_, track), i in zip(maps, unit.index, strict=True)]

    @cached_property
    def _strides(self) -> list[list[tuple[Field, Trace, Fraction]]]:
        """Per axis the tensors that move along it: their fields, their traces and their strides."""
        found: list[list[tuple[Field, Trace, Fraction]]] = [[] for _ in self.canvas]
        for tensor, seen in self._traces.items():
            field = self.fields.by_input[self.source][tensor]
            for axis, track in enumerate(field.tracks):
                if track is not None and seen.tracks[axis] is not None and track.map.p:
                    found[axis].append((field, seen, track.map.slope))
        return found

    @cached_property
    def _steps(self) -> list[int]:
        """Per axis the least number of pixels that moves every tensor by whole periods."""
        return [lcm(*self._periods(axis)) for axis in range(len(self.canvas))]

    def _periods(self, axis: int) -> Iterator[int]:
        for field, _, stride in self._strides[axis]:
            track = field.tracks[axis]
            assert track is not None, "only tensors with a track along the axis are listed"
            yield abs(track.map.p)
            # Where the axis is split, whole parts have to move: what lies inside one then stays as it is.
            yield abs(stride * max(digit.weight for _, digit in digits_of(field.layout, axis))).numerator

    def _cuts(self, axis: int, index: int) -> tuple[int, int]:
        """Pixels that may be cut off before and after, along one axis."""
        maps = self._traces[self.target].maps(self.fields.graph.shape(self.target))
        assert maps is not None, f"{self.target} is a target, so it has spatial axes"
        cone = self._ledger.cone(maps[axis][1].keys[index])
        before = after = Fraction(self.canvas[axis])
        for _, seen, stride in self._strides[axis]:
            track = seen.tracks[axis]
            used = [i for i, key in enumerate(track.keys) if key in cone] if track is not None else []
            if track is None or not used:
                continue
            rooms = (used[0] * abs(stride), (track.length - 1 - used[-1]) * abs(stride))
            first, last = rooms if stride > 0 else reversed(rooms)
            before, after = min(before, first), min(after, last)
        mirrored = any(stride < 0 for _, _, stride in self._strides[axis])
        padded_before, padded_after = (not cone.isdisjoint(side) for side in (self._ledger.before, self._ledger.after))
        step = self._steps[axis]
        return (
            0 if padded_before or (mirrored and padded_after) else floor(before / step) * step,
            0 if padded_after or (mirrored and padded_before) else floor(after / step) * step,
        )

    def _first_other(self, graph: Graph, found: dict[str, Trace]) -> str:
        """The first node none of whose units has a counterpart in the whole network."""
        for node in graph.nodes:
            for output in node.outputs:
                if output in found and output in self._traces:
                    pairs = zip(found[output].tracks, self._traces[output].tracks, strict=True)
                    if any(a is not None and b is not None and not set(a.keys) & set(b.keys) for a, b in pairs):
                        return str(node)
        return f"the unit of '{self.target}'"
