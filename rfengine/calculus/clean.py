"""Which units never touch padding: the second, concrete pass over the same maps.

A unit is clean when every index it reads lies in the tensor it reads and is itself clean. For the operators of vision
networks the clean units of an axis form one range, so a range is what is kept (the longest, where there are several).
"""

from functools import lru_cache
from itertools import pairwise

from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.reads import Border

Range = tuple[int, int]  # first and last unit, inclusive; empty when last < first

NOTHING: Range = (0, -1)


def everything(length: int) -> Range:
    """All units of an axis of the given length."""
    return (0, length - 1)


def intersect(first: Range, second: Range) -> Range:
    """Units in both ranges."""
    return max(first[0], second[0]), min(first[1], second[1])


def count(units: Range) -> int:
    """Number of units in a range."""
    return max(0, units[1] - units[0] + 1)


def preimage(
    reads: IndexMap, clean: Range, in_length: int, out_length: int, *, border: Border = Border.NOTHING
) -> Range:
    """Units 0 ... out_length - 1 that read only clean input units; the longest run, should there be several.

    An index beyond the ends is padding, unless `border` says that an element of the tensor is read in its place. A
    unit that reads nothing is clean.
    """
    if border is not Border.NOTHING and clean == everything(in_length):
        return everything(out_length)
    low, high = clean
    in_order = _in_order(reads)
    if high < low and in_order:
        return NOTHING

    def is_clean(i: int) -> bool:
        if border is Border.NOTHING:
            hull = reads.at(i).hull
            return hull is None or (low <= hull[0] and hull[1] <= high)
        landings = (border.landing(index, in_length) for index in reads.at(i).elements())
        return all(index is not None and low <= index <= high for index in landings)

    if border is Border.NOTHING and in_order:
        # The clean units form one run, and only units near the ends are unclean: walking inwards touches few.
        first = next((i for i in range(out_length) if is_clean(i)), None)
        if first is None:
            return NOTHING
        return first, next(i for i in range(out_length - 1, first - 1, -1) if is_clean(i))
    return _longest_run([is_clean(i) for i in range(out_length)])


@lru_cache(maxsize=1 << 12)
def _in_order(reads: IndexMap) -> bool:
    """Whether every unit reads something, and both ends of what it reads move one way from unit to unit."""
    hulls = [s.hull for s in (reads.at(i) for i in range(reads.q + 1))]
    ends = [hull for hull in hulls if hull is not None]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(ends)]
    return len(ends) == len(hulls) and (
        all(low >= 0 and high >= 0 for low, high in steps) or all(low <= 0 and high <= 0 for low, high in steps)
    )


def _longest_run(flags: list[bool]) -> Range:
    best, start = NOTHING, 0
    for i, flag in enumerate([*flags, False]):
        if not flag:
            best, start = max(best, (start, i - 1), key=count), i + 1
    return best
