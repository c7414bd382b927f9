"""What a tensor's units see of one input, and how it passes through operators.

A placement is a layout (which tensor axis carries which part of which source axis) and one track per source axis (what
each index of it sees). A track is anything that can be read through an index map and united with another: exact maps
(`field`) and concrete pixels on a canvas (`concrete`) go through the same code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Generic, Protocol, Self, TypeVar

from rfengine.calculus.index_map import IDENTITY, IndexMap, refuse_more_names
from rfengine.calculus.layout import (
    Axis,
    Digit,
    Layout,
    anonymous,
    digits_of,
    index_along,
    merged,
    regrouped,
    sources,
    widening,
    without,
)
from rfengine.calculus.reads import AxisRead, Border, Reads, Reshaped, Way


class Track(Protocol):
    """What the indices 0 ... length - 1 of a source axis see of it."""

    @property
    def length(self) -> int:
        """Number of indices."""

    def through(self, reads: IndexMap, length: int, border: Border, node: str) -> Self:
        """What is seen by `length` new indices that read the old ones."""

    def noted(self, read: AxisRead, node: str) -> Self:
        """The same, with the read's status where it is not exact."""

    def meet(self, other: Self, node: str, paths: tuple[str, str]) -> Self:
        """What two paths see together."""

    def in_blocks(self) -> Self:
        """The same, now that every index reads the whole block that it lies in (attention in a window)."""


T = TypeVar("T", bound=Track)


@dataclass(frozen=True, slots=True)
class Placement(Generic[T]):
    """`tracks` has one entry per source axis; None where the axis is no longer local.

    `whole` names the nodes through which an entire source axis enters.
    """

    layout: Layout
    tracks: tuple[T | None, ...]
    whole: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_more_names(len(self.whole))

    def is_complete(self, source: int) -> bool:
        """Whether every index of a source axis has a place of its own in the tensor."""
        track = self.tracks[source]
        return track is not None and prod(d.length for _, d in digits_of(self.layout, source)) == track.length

    def maps(self, shape: Sequence[int]) -> tuple[tuple[int, T], ...] | None:
        """Where the tensor is a feature map: (tensor axis, what its positions see) per source axis; else None.

        In a feature map every source axis has one tensor axis of its own, on which it is the outermost part; a tensor
        that mixes two (flattened maps, tokens) or spreads one over several (windows) is none.
        """
        found = []
        for source, track in enumerate(self.tracks):
            places = {place for place, _ in digits_of(self.layout, source)}
            if track is None or len(places) != 1 or not self.is_complete(source):
                return None
            (place,) = places
            axis = self.layout[place]
            if sources(axis) != {source} or axis[0].source != source:
                return None
            along = index_along(axis, source)
            found.append(
                (place, track if along == IDENTITY else track.through(along, shape[place], Border.NOTHING, ""))
            )
        return tuple(found)

    @property
    def is_blurred(self) -> bool:
        """Whether positions along some axis are only bounded together."""
        return any(digit.blurred for axis in self.layout for digit in axis)


def through(
    placement: Placement[T], way: Way, in_shape: Sequence[int], out_shape: Sequence[int], node: str
) -> Placement[T]:
    """The placement of an operator's output that reads a tensor in one way."""
    if isinstance(way, Reshaped):
        layout, lost = regrouped(placement.layout, out_shape)
        return _lose(replace(placement, layout=layout), lost, node)
    if way == Reads.same(len(in_shape)) and tuple(in_shape) == tuple(out_shape):
        return placement
    return _Passage(placement, way, in_shape, node).passed(out_shape)


class _Passage(Generic[T]):
    """One tensor read in one way."""

    def __init__(self, placement: Placement[T], reads: Reads, in_shape: Sequence[int], node: str) -> None:
        self.reads, self.in_shape, self.node = reads, in_shape, node
        self.whole = placement.whole
        self.layout = placement.layout
        self.tracks = list(placement.tracks)
        self.lost: set[int] = set()

    def passed(self, out_shape: Sequence[int]) -> Placement[T]:
        """The placement of the output."""
        self._read_whole()
        axes = tuple(self._followed(read, length) for read, length in zip(self.reads.axes, out_shape, strict=True))
        found = Placement(axes, tuple(self.tracks), self.whole)
        return _lose(found, self.lost, self.node)

    def _read_whole(self) -> None:
        """Axes that nothing follows: a source with digits elsewhere is widened, one without is no longer local."""
        following = [read.axis for read in self.reads.axes if read is not None]
        followed = {source for axis in following for source in sources(self.layout[axis])}
        # An axis that two output axes follow is a diagonal, which one index cannot describe.
        self.lost |= {s for axis in following if following.count(axis) > 1 for s in sources(self.layout[axis])}
        for place, axis in enumerate(self.layout):
            if place in following:
                continue
            self.lost |= sources(axis) - followed
            for digit in axis:
                if digit.source is not None and digit.source not in self.lost:
                    track = self.tracks[digit.source]
                    self.tracks[digit.source] = None if track is None else _over(track, digit, self.node)

    def _apply(self, source: int, reads: IndexMap, length: int | None = None, border: Border = Border.NOTHING) -> None:
        track = self.tracks[source]
        if track is not None and reads != IDENTITY:
            self.tracks[source] = track.through(reads, track.length if length is None else length, border, self.node)

    def _followed(self, read: AxisRead | None, length: int) -> Axis:
        """The digits of one output axis."""
        if read is None:
            return anonymous(length)
        axis = self.layout[read.axis]
        for source in sources(axis):
            track = self.tracks[source]
            self.tracks[source] = None if track is None else track.noted(read, self.node)
        if read.map == IDENTITY and read.only is None and length == self.in_shape[read.axis]:
            return axis
        found = sources(axis) - self.lost
        if len(found) != 1 or self._is_elsewhere(next(iter(found)), read.axis):
            self.lost |= found
            return anonymous(length)
        (source,) = found
        self._apply(source, index_along(axis, source), self.in_shape[read.axis])
        self._apply_read(source, read, length)
        return (Digit(length, source),)

    def _apply_read(self, source: int, read: AxisRead, length: int) -> None:
        track = self.tracks[source]
        if track is not None:
            self.tracks[source] = track.through(read.on(length), length, read.border, self.node)

    def _is_elsewhere(self, source: int, place: int) -> bool:
        """Whether another followed axis has digits of the source, so that this one alone does not tell its index."""
        following = {read.axis for read in self.reads.axes if read is not None}
        return any(axis in following and axis != place for axis, _ in digits_of(self.layout, source))


def _lose(placement: Placement[T], lost: set[int], node: str) -> Placement[T]:
    """The placement without some source axes: all of each enters at the node."""
    lost = {source for source in lost if placement.tracks[source] is not None}
    if not lost:
        return placement
    return Placement(
        without(placement.layout, lost),
        tuple(None if source in lost else track for source, track in enumerate(placement.tracks)),
        placement.whole if node in placement.whole else (*placement.whole, node),
    )


def meet(placements: Sequence[Placement[T]], paths: Sequence[str], shape: Sequence[int], node: str) -> Placement[T]:
    """The placement of a tensor in which several paths meet: the union, source axis by source axis.

    A path that is not local in a source axis (a gate, a pooled context) leaves the others' local field as it is.
    """
    pairs = list(zip(placements, paths, strict=True))
    return reduce(lambda one, other: (_Meeting(one, other, shape, node).met(), other[1]), pairs)[0]


Named = tuple[Placement[T], str]


class _Meeting(Generic[T]):
    """Two paths that meet in one tensor."""

    def __init__(self, one: Named[T], other: Named[T], shape: Sequence[int], node: str) -> None:
        (self.one, first), (self.other, second) = one, other
        self.paths, self.shape, self.node = (first, second), shape, node
        self.lost: set[int] = set()
        self.blurred: set[int] = set()

    def met(self) -> Placement[T]:
        """The placement of both."""
        tracks = tuple(self._track(source) for source in range(len(self.one.tracks)))
        layout = tuple(self._axis(place) for place in range(len(self.shape)))
        whole = tuple(dict.fromkeys((*self.one.whole, *self.other.whole)))
        return _lose(Placement(layout, tracks, whole), self.lost, self.node)

    def _track(self, source: int) -> T | None:
        one, other = self.one.tracks[source], self.other.tracks[source]
        if one is None or other is None:
            return one or other
        if not self._agree(source) and not self._blur(source):
            self._straighten(source)
            if not self._agree(source):
                self.lost.add(source)
                return one
        # Both steps above put new tracks in place of the old.
        one, other = self.one.tracks[source], self.other.tracks[source]
        return (one or other) if one is None or other is None else one.meet(other, self.node, self.paths)

    def _agree(self, source: int) -> bool:
        """Whether both keep a source axis in the same digits, or one in a part of the other's."""
        one, other = self.one.tracks[source], self.other.tracks[source]
        if one is None or other is None or one.length != other.length:
            return False
        if self.one.layout == self.other.layout:
            return True
        first, second = (set(digits_of(p.layout, source)) for p in (self.one, self.other))
        return first <= second or second <= first

    def _straighten(self, source: int) -> None:
        """Bring both to an index that is the position along one tensor axis, where that can be."""
        self.one, self.other = (_straightened(p, source, self.shape, self.node) for p in (self.one, self.other))

    def _blur(self, source: int) -> bool:
        """Paths that keep the same digits on different axes, as the rows and columns of attention scores do.

        One index cannot tell both, so the second path is widened over the digits that the first keeps elsewhere.
        """
        one, other = self.one.tracks[source], self.other.tracks[source]
        if one is None or other is None or one.length != other.length:
            return False
        first, second = digits_of(self.one.layout, source), digits_of(self.other.layout, source)
        clashing = [(axis, digit) for axis, digit in second if (axis, digit) not in first]
        kept = {digit for axis in self.one.layout for digit in axis}
        if any(
            digit not in kept for axis, _ in clashing for digit in self.other.layout[axis] if digit.source is not None
        ):
            return False
        if any(sources(self.one.layout[axis]) for axis, _ in clashing):
            return False
        self.blurred |= {axis for axis, _ in clashing}
        global_ = prod(digit.length for _, digit in clashing) == other.length
        widened: T | None = None
        if not global_:
            widened = reduce(lambda track, clash: _over(track, clash[1], self.node), clashing, other)
        tracks = tuple(widened if s == source else track for s, track in enumerate(self.other.tracks))
        layout = tuple(
            merged(replace(d, source=None, weight=1) if (a, d) in clashing else d for d in axis)
            for a, axis in enumerate(self.other.layout)
        )
        # Attention over all of a source axis is context, not a field: the first path keeps its own.
        whole = (*self.other.whole, self.node) if global_ and self.node not in self.other.whole else self.other.whole
        self.other = Placement(layout, tracks, whole)
        return True

    def _axis(self, place: int) -> Axis:
        """The digits of one axis: of the path that has more of them."""
        one, other = self.one.layout[place], self.other.layout[place]
        if place in self.blurred:
            return anonymous(self.shape[place], blurred=True)
        if one == other:
            return one
        first, second = sources(one) - self.lost, sources(other) - self.lost
        if first and second:
            # Different sources on one axis, or the same in different digits.
            if not (set(one) <= set(other) or set(other) <= set(one)):
                self.lost |= first | second
                return anonymous(self.shape[place])
            return max(one, other, key=len)
        if not first and not second:
            blurred = any(digit.blurred for digit in (*one, *other))
            return anonymous(self.shape[place], blurred=blurred)
        return one if first else other


def _over(track: T, block: Digit, node: str) -> T:
    """A track every index of which reads the whole block that it lies in."""
    reads = widening(block)
    return track if reads == IDENTITY else track.through(reads, track.length, Border.NOTHING, node).in_blocks()


def _straightened(placement: Placement[T], source: int, shape: Sequence[int], node: str) -> Placement[T]:
    places = {place for place, _ in digits_of(placement.layout, source)}
    track = placement.tracks[source]
    if len(places) != 1 or track is None:
        return placement
    (place,) = places
    axis = placement.layout[place]
    if sources(axis) != {source}:
        return placement
    track = track.through(index_along(axis, source), shape[place], Border.NOTHING, node)
    return replace(
        placement,
        layout=(*placement.layout[:place], (Digit(shape[place], source),), *placement.layout[place + 1 :]),
        tracks=tuple(track if s == source else t for s, t in enumerate(placement.tracks)),
    )
