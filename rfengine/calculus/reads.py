"""What an operator reads: for every output axis, the input axis it follows and how."""

from dataclasses import dataclass, replace
from enum import StrEnum

from rfengine.calculus.index_map import IDENTITY, IndexMap


class Status(StrEnum):
    """How good an answer is, from best to worst."""

    EXACT = "exact"
    CANVAS = "canvas"  # true on the given canvas only
    UPPER_BOUND = "upper_bound"  # nothing outside is read; not everything inside may be


@dataclass(frozen=True, slots=True)
class AxisRead:
    """One output axis that follows one input axis.

    `clamped`: an index beyond the border reads the border's element (interpolation), so it is no padding.
    """

    axis: int
    map: IndexMap = IDENTITY
    clamped: bool = False


@dataclass(frozen=True, slots=True)
class Reads:
    """How one output of an operator reads one of its inputs.

    `axes` has one entry per output axis: the input axis that it follows, or None when the position along it selects
    nothing. An input axis that no output axis follows is read whole by every output element. `status` and `reason` say
    how exact these reads are.
    """

    axes: tuple[AxisRead | None, ...]
    status: Status = Status.EXACT
    reason: str = ""

    @classmethod
    def same(cls, rank: int) -> "Reads":
        """Element by element, for a tensor of the given rank."""
        return cls(tuple(AxisRead(axis) for axis in range(rank)))

    def over(self, axes: tuple[int, ...]) -> "Reads":
        """These reads, but whole along the given output axes."""
        return replace(self, axes=tuple(None if i in axes else read for i, read in enumerate(self.axes)))
