"""Exact tracks: what each index of a source axis sees, as a quasi-periodic map; and the fields made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Self, TypeVar

from rfengine.calculus import layout
from rfengine.calculus.clean import Range, everything, intersect, preimage
from rfengine.calculus.index_map import (
    IDENTITY,
    MAX_PERIOD,
    IndexMap,
    PeriodTooLongError,
    SlopesDifferError,
    check_steps,
    compose,
    join,
    refuse_more_names,
    tabulate,
    union,
)
from rfengine.calculus.placement import Placement
from rfengine.calculus.reads import AxisRead, Border, Status

_T = TypeVar("_T")

_RANKS = {status: rank for rank, status in enumerate(Status)}

BLURRED = "positions of one axis are bounded together (attention scores)"


@dataclass(frozen=True, slots=True)
class OffCentre:
    """Two paths that meet at `node` with their centres `offset` px apart, from the first to the second.

    Where the strides differ, at the unit of the canvas where they lie farthest apart.
    """

    node: str
    paths: tuple[str, str]
    offset: Fraction


@dataclass(frozen=True, slots=True)
class AxisField:
    """What the indices of one source axis see of it.

    `clean` is the range of indices whose reads never touch padding on the way; `status` and `reasons` say how exact
    the map is. `bounded`: the map is a table of this canvas (pieces laid side by side, strides that differ), so that
    there is nothing beyond its ends to go on with: what reads there reads padding. Without `has_grid` indices read
    the whole block that they lie in, and have no centre of their own to be off.
    """

    source: int
    map: IndexMap
    clean: Range
    length: int
    status: Status = Status.EXACT
    reasons: tuple[str, ...] = ()
    off_centre: tuple[OffCentre, ...] = ()
    bounded: bool = False
    has_grid: bool = True

    def __post_init__(self) -> None:
        refuse_more_names(len(self.reasons) + len(self.off_centre))

    def through(self, reads: IndexMap, length: int, border: Border, node: str) -> Self:
        """What `length` new indices see that read the old ones."""
        clean = preimage(reads, self.clean, self.length, length, border=border)
        if self.bounded:
            return replace(self, map=_seen_on(reads, self.map, self.length, length, border), clean=clean, length=length)
        seen, on_canvas = _seen_through(reads, self.map, length)
        found = replace(self, map=seen, clean=clean, length=length, bounded=on_canvas)
        return found._with(Status.CANVAS, f"{node}: no period below {MAX_PERIOD} units fits") if on_canvas else found

    def noted(self, read: AxisRead, node: str) -> Self:
        """The same, with the read's status where it is not exact; what reads a part of its outputs is bound to it."""
        noted = self if read.status is Status.EXACT else self._with(read.status, f"{node}: {read.reason}")
        return noted if read.only is None else replace(noted, bounded=True)

    def in_blocks(self) -> Self:
        """The same, whose indices have no centre of their own to be off."""
        return replace(self, has_grid=False)

    def meet(self, other: Self, node: str, paths: tuple[str, str]) -> Self:
        """What two paths see together, with what they disagree in."""
        bounded = self.bounded or other.bounded
        if bounded:
            both, on_canvas = _table(self.map, other.map, self.length), False
            offset = _typical_offset(self.map, other.map, self.length)
        else:
            both, on_canvas = _join_on(self.map, other.map, self.length)
            offset = _offset(self.map, other.map, self.length)
        offset = offset if self.has_grid and other.has_grid else Fraction(0)
        found = replace(
            self,
            map=both,
            bounded=bounded or on_canvas,
            has_grid=self.has_grid or other.has_grid,
            clean=intersect(self.clean, other.clean),
            status=worst((self.status, other.status)),
            reasons=_merged(self.reasons, other.reasons),
            off_centre=_merged(self.off_centre, other.off_centre, (OffCentre(node, paths, offset),) if offset else ()),
        )
        if not on_canvas:
            return found
        strides = f"{self.map.slope} and {other.map.slope}"
        return found._with(Status.CANVAS, f"{node}: {paths[0]} and {paths[1]} meet at strides {strides}")

    def _with(self, status: Status, reason: str) -> Self:
        return replace(self, status=worst((self.status, status)), reasons=_merged(self.reasons, (reason,)))


Field = Placement[AxisField]


def of_input(shape: Sequence[int], spatial: Sequence[int]) -> Field:
    """The field of an input in itself: every unit sees its own pixel. `spatial` lists the spatial tensor axes."""
    tracks = tuple(
        AxisField(source, IDENTITY, everything(shape[axis]), shape[axis]) for source, axis in enumerate(spatial)
    )
    return Placement(layout.of_input(shape, spatial), tracks)


def status_of(field: Field) -> tuple[Status, tuple[str, ...]]:
    """How exact a field is over all its axes, and why it is not exact."""
    tracks = [track for track in field.tracks if track is not None]
    blurred = (Status.UPPER_BOUND,) if field.is_blurred else ()
    status = worst((Status.EXACT, *blurred, *(track.status for track in tracks)))
    return status, _merged(*(track.reasons for track in tracks), (BLURRED,) if field.is_blurred else ())


def worst(statuses: Iterable[Status]) -> Status:
    """The least exact of some statuses."""
    return max(statuses, key=_RANKS.__getitem__)


def _seen_through(outer: IndexMap, inner: IndexMap, length: int) -> tuple[IndexMap, bool]:
    """Composition of two maps, and whether it holds on the canvas only.

    Raises:
        TooManyStepsError: the work passes MAX_STEPS.
    """
    try:
        return compose(outer, inner), False
    except PeriodTooLongError:
        check_steps(outer, inner, length)
        return tabulate([union(inner.at(k) for k in outer.at(i).elements()) for i in range(length)]), True


def _seen_on(outer: IndexMap, inner: IndexMap, known: int, length: int, border: Border) -> IndexMap:
    """Composition with a map that has `known` indices and nothing beyond.

    Raises:
        TooManyStepsError: the work passes MAX_STEPS.
    """
    check_steps(outer, inner, length)
    landings = ([border.landing(k, known) for k in outer.at(i).elements()] for i in range(length))
    sets = [union(inner.at(k) for k in landed if k is not None) for landed in landings]
    return tabulate(sets, outer.slope * inner.slope)


def _table(first: IndexMap, second: IndexMap, length: int) -> IndexMap:
    """Union of two maps on a canvas."""
    sets = [union((first.at(i), second.at(i))) for i in range(length)]
    return tabulate(sets, first.slope if first.slope == second.slope else None)


def _typical_offset(first: IndexMap, second: IndexMap, length: int) -> Fraction:
    """How far the centres of the second map lie from those of the first: the median over the indices that both have.

    Pieces that are laid side by side have none in common, and no offset; near a border centres move with the padding.
    """
    both = [(first.centre(i), second.centre(i)) for i in range(length)]
    apart = sorted(Fraction(to - from_) for from_, to in both if from_ is not None and to is not None)
    return apart[len(apart) // 2] if apart else Fraction(0)


def _join_on(first: IndexMap, second: IndexMap, length: int) -> tuple[IndexMap, bool]:
    """Union of two maps, and whether it holds on the canvas only."""
    try:
        return join(first, second), False
    except (SlopesDifferError, PeriodTooLongError):
        return _table(first, second, length), True


@lru_cache(maxsize=1 << 12)
def _offset(first: IndexMap, second: IndexMap, length: int) -> Fraction:
    """How far the centres of the second map lie from those of the first, where they lie farthest apart."""
    from_, to = first.trend, second.trend
    # A path that sees the same pixels from everywhere is a context; it has no grid to be off.
    if from_ is None or to is None or first.p == 0 or second.p == 0:
        return Fraction(0)
    at_first = to - from_
    if first.p * second.q == second.p * first.q:
        return at_first
    return max(at_first, at_first + (second.slope - first.slope) * (length - 1), key=abs)


def _merged(*parts: tuple[_T, ...]) -> tuple[_T, ...]:
    """The parts one after the other, each element once, in order."""
    return tuple(dict.fromkeys(element for part in parts for element in part))
