"""What an operator reads: for every output axis, the input axis it follows and how."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from rfengine.calculus.index_map import EMPTY, IDENTITY, IndexMap, index_map


class Status(StrEnum):
    """How good an answer is, from best to worst."""

    EXACT = "exact"
    CANVAS = "canvas"  # true on the given canvas only
    UPPER_BOUND = "upper_bound"  # nothing outside is read; not everything inside may be


class Border(StrEnum):
    """What an index beyond the ends of an axis reads."""

    NOTHING = "nothing"  # a value that depends on no input: zero padding
    EDGE = "edge"  # the first or last element; interpolation does so too
    REFLECT = "reflect"  # mirrored about the first or last element
    WRAP = "wrap"

    def landing(self, index: int, length: int) -> int | None:
        """The index of 0 ... length - 1 that is read in place of any whole one; None when nothing is."""
        if 0 <= index < length:
            return index
        match self:
            case Border.EDGE:
                return min(max(index, 0), length - 1)
            case Border.REFLECT:
                period = max(1, 2 * (length - 1))
                return min(index % period, -index % period)
            case Border.WRAP:
                return index % length
        return None


@dataclass(frozen=True, slots=True)
class AxisRead:
    """One output axis that follows one input axis.

    `only`: the first and last output index that read this way at all; None means every one does. `status` and `reason`
    say how exact the map is.
    """

    axis: int
    map: IndexMap = IDENTITY
    border: Border = Border.NOTHING
    status: Status = Status.EXACT
    reason: str = ""
    only: tuple[int, int] | None = None

    def on(self, length: int) -> IndexMap:
        """The map for an output axis of a length: with `only`, a table that goes on at stride 1 beyond the canvas."""
        if self.only is None:
            return self.map
        first, last = self.only
        return index_map(length, length, [self.map.at(i) if first <= i <= last else EMPTY for i in range(length)])


@dataclass(frozen=True, slots=True)
class Reads:
    """How one output of an operator reads one of its inputs.

    `axes` has one entry per output axis: the input axis that it follows, or None when the position along it selects
    nothing. An input axis that no output axis follows is read whole by every output element.
    """

    axes: tuple[AxisRead | None, ...]

    @classmethod
    @lru_cache
    def same(cls, rank: int) -> "Reads":
        """Element by element, for a tensor of the given rank."""
        return cls(tuple(AxisRead(axis) for axis in range(rank)))

    def over(self, axes: tuple[int, ...]) -> "Reads":
        """These reads, but whole along the given output axes."""
        return replace(self, axes=tuple(None if i in axes else read for i, read in enumerate(self.axes)))


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The output is the input's elements in row-major order under another shape; no element changes its place."""


Way = Reads | Reshaped
