"""Quasi-periodic maps from an index to a finite set of whole numbers.

    f(i + q) = f(i) + p          for all whole i, with p, q whole and q > 0

Stored as p, q and the q sets f(0) ... f(q - 1), in canonical form: q is the smallest that works. A set is kept as
its least element and a bit mask, so that a union is a shift and an `or`, and holes (dilation, stride larger than the
kernel) are exact. The hull of a set is what the literature calls the receptive field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import NamedTuple

Interval = tuple[int, int]

# A longer period than this is no period any more: canvases are smaller, and a table of units is cheaper.
MAX_PERIOD = 1 << 14

# Windows, periods and strides multiply: a window of 4,096 taps behind a resize from 16,383 to 16,384 takes 67 million
# unions of sets. A composition is refused beyond this many, a union of long masks counting once per so many bits.
MAX_STEPS = 1 << 21
BITS_PER_STEP = 1 << 10

# Every tensor carries the names of what happened on the way to it, so that a chain takes the square of its length.
MAX_NAMES = 1 << 9


class Support(NamedTuple):
    """A finite set of whole numbers: bit b of `mask` says that `lo + b` is in it.

    Canonical: bit 0 is set, or the set is empty and is (0, 0).
    """

    lo: int
    mask: int

    @property
    def hull(self) -> Interval | None:
        """First and last element; None when empty."""
        return (self.lo, self.lo + self.mask.bit_length() - 1) if self.mask else None

    @property
    def cardinality(self) -> int:
        """Number of elements."""
        return self.mask.bit_count()

    def shifted(self, by: int) -> "Support":
        """The set with `by` added to every element."""
        return Support(self.lo + by, self.mask) if self.mask else self

    def elements(self) -> list[int]:
        """All elements, ascending."""
        found, mask = [], self.mask
        while mask:
            low = mask & -mask
            found.append(self.lo + low.bit_length() - 1)
            mask ^= low
        return found


EMPTY = Support(0, 0)


def support(elements: Iterable[int]) -> Support:
    """The set of the given whole numbers."""
    found = set(elements)
    if not found:
        return EMPTY
    lo = min(found)
    bits = bytearray((max(found) - lo) // 8 + 1)
    for element in found:
        place, bit = divmod(element - lo, 8)
        bits[place] |= 1 << bit
    return Support(lo, int.from_bytes(bits, "little"))


def union(supports: Iterable[Support]) -> Support:
    """The union of sets."""
    filled = [s for s in supports if s.mask]
    if not filled:
        return EMPTY
    lo = min(s.lo for s in filled)
    mask = 0
    for s in filled:
        mask |= s.mask << (s.lo - lo)
    return Support(lo, mask)


@dataclass(frozen=True, slots=True)
class IndexMap:
    """i -> f(i) with f(i + q) = f(i) + p. Build it with `index_map`, which makes it canonical.

    p may be zero (every unit reads the same) or negative (a flip).
    """

    p: int
    q: int
    supports: tuple[Support, ...]

    def at(self, i: int) -> Support:
        """f(i), for any whole i."""
        periods, phase = divmod(i, self.q)
        return self.supports[phase].shifted(periods * self.p)

    @property
    def slope(self) -> Fraction:
        """Pixels from one unit to the next, on average: the stride."""
        return Fraction(self.p, self.q)

    @property
    def intervals(self) -> tuple[Interval | None, ...]:
        """Hulls of f(0) ... f(q - 1), inclusive."""
        return tuple(s.hull for s in self.supports)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Extents of the hulls of one period; 0 where a unit reads nothing."""
        return tuple(s.mask.bit_length() for s in self.supports)

    @property
    def density(self) -> Fraction:
        """Share of the hulls' elements that are read, over one period; 1 when nothing is read at all."""
        extent = sum(self.sizes)
        return Fraction(sum(s.cardinality for s in self.supports), extent) if extent else Fraction(1)

    def centre(self, i: int) -> Fraction | None:
        """Centre of the hull of f(i) in the edge convention (element e spans [e, e + 1)); None when empty."""
        hull = self.at(i).hull
        return None if hull is None else Fraction(hull[0] + hull[1] + 1, 2)

    @property
    def trend(self) -> Fraction | None:
        """The a of the best line c(i) = a + (p / q) i through the centres of one period; None when all are empty."""
        # Twice q times the offset of every centre from the line through zero: whole numbers, one fraction at the end.
        offsets = [
            (2 * s.lo + s.mask.bit_length()) * self.q - 2 * self.p * i for i, s in enumerate(self.supports) if s.mask
        ]
        return Fraction(sum(offsets), 2 * self.q * len(offsets)) if offsets else None


def index_map(p: int, q: int, supports: Sequence[Support]) -> IndexMap:
    """The canonical map with f(i + q) = f(i) + p and the given f(0) ... f(q - 1).

    Raises:
        ValueError: the number of sets is not q, or q is not positive.
    """
    if q < 1 or len(supports) != q:
        raise ValueError(f"a map of period q={q} needs q sets, not {len(supports)}")
    for d in range(1, q // 2 + 1):
        if q % d == 0 and (p * d) % q == 0:
            step = p * d // q
            if all(supports[i] == supports[i - d].shifted(step) for i in range(d, q)):
                return IndexMap(step, d, tuple(supports[:d]))
    return IndexMap(p, q, tuple(supports))


IDENTITY = IndexMap(1, 1, (Support(0, 1),))


@lru_cache(maxsize=1 << 16)
def compose(outer: IndexMap, inner: IndexMap) -> IndexMap:
    """i -> union of inner(k) over k in outer(i): what is seen through an operator that reads `outer`.

    With outer(i + qo) = outer(i) + po and inner(k + qi) = inner(k) + pi the result has period qo * m, where m is the
    least count of outer periods that moves by whole inner periods.

    Raises:
        PeriodTooLongError: the period passes MAX_PERIOD.
        TooManyStepsError: the work passes MAX_STEPS.
    """
    if outer is IDENTITY or outer == IDENTITY:
        return inner
    if inner == IDENTITY:
        return outer
    m = inner.q // gcd(outer.p, inner.q)
    q = outer.q * m
    _check_period(q)
    check_steps(outer, inner, q)
    p = outer.p * m // inner.q * inner.p
    return index_map(p, q, [union(inner.at(k) for k in outer.at(i).elements()) for i in range(q)])


@lru_cache(maxsize=1 << 16)
def join(first: IndexMap, second: IndexMap) -> IndexMap:
    """i -> first(i) | second(i): two paths that meet.

    Raises:
        SlopesDifferError: the two move at different strides, so that no period fits both.
        PeriodTooLongError: the common period passes MAX_PERIOD.
    """
    if first == second:
        return first
    if first.p * second.q != second.p * first.q:
        raise SlopesDifferError(first.slope, second.slope)
    q = lcm(first.q, second.q)
    _check_period(q)
    return index_map(first.p * (q // first.q), q, [union((first.at(i), second.at(i))) for i in range(q)])


def tabulate(sets: Sequence[Support], slope: Fraction | None = None) -> IndexMap:
    """A map that is known only on a canvas, as units 0 ... n - 1; beyond them it goes on at a slope (the mean one)."""
    n = len(sets)
    centres = [(i, s.lo * 2 + s.mask.bit_length()) for i, s in enumerate(sets) if s.mask]
    if slope is not None:
        return index_map(round(slope * n), n, list(sets))
    if len(centres) < 2:
        return index_map(0, n, list(sets))
    (i0, c0), (i1, c1) = centres[0], centres[-1]
    return index_map(round(Fraction(c1 - c0, 2 * (i1 - i0)) * n), n, list(sets))


class SlopesDifferError(Exception):
    """Two maps that meet move at different strides."""


class PeriodTooLongError(Exception):
    """The least common period passes MAX_PERIOD."""


def _check_period(q: int) -> None:
    if q > MAX_PERIOD:
        raise PeriodTooLongError(f"period {q} passes {MAX_PERIOD}")


class TooManyStepsError(Exception):
    """Following a map would take more than MAX_STEPS, or carrying what happened on the way more than MAX_NAMES."""


def check_steps(outer: IndexMap, inner: IndexMap, units: int) -> None:
    """Predict the work of finding what is seen through `outer` at a number of units.

    Raises:
        TooManyStepsError: it passes MAX_STEPS.
    """
    taps = -(-sum(s.cardinality for s in outer.supports) // outer.q)
    refuse_beyond(units * taps * (1 + max(inner.sizes) // BITS_PER_STEP), f"{units} units that read {taps} others")


def refuse_beyond(steps: int, what: str) -> None:
    """Raise TooManyStepsError where the steps pass MAX_STEPS."""
    if steps > MAX_STEPS:
        raise TooManyStepsError(f"{what} take {steps:,} steps, more than {MAX_STEPS:,}")


def refuse_more_names(count: int) -> None:
    """Raise TooManyStepsError where a tensor would carry more than MAX_NAMES."""
    if count > MAX_NAMES:
        raise TooManyStepsError(f"{count} nodes on the way to it blur or shift it, more than {MAX_NAMES:,}")
