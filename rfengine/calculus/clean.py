"""Which units never touch padding: the second, concrete pass over the same maps.

A unit is clean when every index it reads lies in the tensor it reads and is itself clean. For the operators of vision
networks the clean units of an axis form one range, so a range is what is kept.
"""

from rfengine.calculus.index_map import IndexMap

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


def preimage(reads: IndexMap, clean: Range, in_length: int, out_length: int, *, clamped: bool = False) -> Range:
    """Units 0 ... out_length - 1 that read only clean input units.

    With `clamped`, an index beyond the border reads the border's unit. A unit that reads nothing is clean.
    """
    if clamped and clean == everything(in_length):
        return everything(out_length)
    low, high = clean
    if high < low:
        return NOTHING

    def is_clean(i: int) -> bool:
        hull = reads.at(i).hull
        if hull is None:
            return True
        first, last = hull
        if clamped:
            first, last = min(max(first, 0), in_length - 1), min(max(last, 0), in_length - 1)
        return low <= first and last <= high

    # Only units near the border are unclean, so walking inwards from both ends touches few units.
    first = next((i for i in range(out_length) if is_clean(i)), None)
    if first is None:
        return NOTHING
    last = next(i for i in range(out_length - 1, first - 1, -1) if is_clean(i))
    return first, last
