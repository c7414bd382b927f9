"""Where a tensor keeps the spatial axes of an input: whole, split over several axes, or merged with others.

A tensor axis is a row of digits, the outermost first, as in a number written in mixed radix. A digit that belongs to
source axis s moves `weight` steps along the index of s; one without a source (channels, batch) moves along nothing
spatial. Reshape and transpose regroup digits and change no field: window partition, pixel shuffle, channel shuffle
and patch embedding are nothing but that.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

from rfengine.calculus.index_map import IndexMap, index_map, support


@dataclass(frozen=True, slots=True)
class Digit:
    """One factor of a tensor axis.

    `blurred`: what the positions along it see has been widened to what they see together (an upper bound for each).
    """

    length: int
    source: int | None = None
    weight: int = 1
    blurred: bool = False


Axis = tuple[Digit, ...]
Layout = tuple[Axis, ...]


def anonymous(length: int, *, blurred: bool = False) -> Axis:
    """An axis that carries nothing spatial."""
    return (Digit(length, blurred=blurred),) if length != 1 or blurred else ()


def of_input(shape: Sequence[int], spatial: Sequence[int]) -> Layout:
    """The layout of an input whose axes `spatial` are its source axes 0, 1, ..."""
    source = {axis: index for index, axis in enumerate(spatial)}
    return tuple(
        (Digit(length, source[axis]),) if axis in source else anonymous(length) for axis, length in enumerate(shape)
    )


def sources(axis: Iterable[Digit]) -> set[int]:
    """The source axes that have a digit here."""
    return {digit.source for digit in axis if digit.source is not None}


def digits_of(layout: Layout, source: int) -> list[tuple[int, Digit]]:
    """(tensor axis, digit) of every digit of a source axis."""
    return [(place, digit) for place, axis in enumerate(layout) for digit in axis if digit.source == source]


def without(layout: Layout, lost: set[int]) -> Layout:
    """The layout with the digits of some source axes made anonymous."""
    return tuple(
        merged(replace(digit, source=None, weight=1) if digit.source in lost else digit for digit in axis)
        for axis in layout
    )


def merged(axis: Iterable[Digit]) -> Axis:
    """Neighbouring digits that count as one are made one; anonymous digits of length 1 are dropped."""
    found: list[Digit] = []
    for digit in axis:
        last = found[-1] if found else None
        if digit.length == 1 and digit.source is None and not digit.blurred:
            continue
        if last is not None and last.source is None and digit.source is None:
            found[-1] = Digit(last.length * digit.length, blurred=last.blurred or digit.blurred)
        elif last is not None and last.source == digit.source and last.weight == digit.weight * digit.length:
            found[-1] = replace(digit, length=last.length * digit.length)
        else:
            found.append(digit)
    return tuple(found)


def regrouped(layout: Layout, after: Sequence[int]) -> tuple[Layout, set[int]]:
    """The layout after a row-major reshape, and the source axes that it cuts where no factor is.

    A source axis of length 1 has nothing to be told apart by: merged into a longer axis it is lost as well.
    """
    stream = deque(merged(digit for axis in layout for digit in axis))
    axes: list[Axis] = []
    for place, length in enumerate(after):
        taken = _take(stream, length)
        if taken is None:
            lost = sources(stream)
            rest = tuple(anonymous(n) for n in after[place:])
            return without((*axes, *rest), lost), lost
        axes.append(taken)
    lost = {
        d.source
        for axis, n in zip(axes, after, strict=True)
        for d in axis
        if d.length == 1 != n and d.source is not None
    }
    lost |= sources(stream)
    return without(tuple(axes), lost), lost


def _take(stream: deque[Digit], length: int) -> Axis | None:
    """Digits worth `length` from the front of the stream, the last one split where need be; None when none fit.

    On failure the digit that does not fit is left in the stream.
    """
    taken: list[Digit] = []
    need = length
    while need > 1 or (length == 1 and not taken and stream and stream[0].length == 1):
        if not stream:
            return None
        digit = stream.popleft()
        if need % digit.length == 0:
            taken.append(digit)
            need //= digit.length
        elif digit.length % need == 0:
            inner = digit.length // need
            taken.append(replace(digit, length=need, weight=digit.weight * inner))
            stream.appendleft(replace(digit, length=inner))
            need = 1
        else:
            stream.extendleft([digit, *reversed(taken)])
            return None
    return merged(taken)


@lru_cache(maxsize=1 << 10)
def index_along(axis: Axis, source: int) -> IndexMap:
    """Position along a tensor axis -> index of the source axis, for an axis whose digits of it are all here."""
    outermost, inner = axis[0], axis[1:]
    q = prod(digit.length for digit in inner)
    p = outermost.weight if outermost.source == source else 0
    return index_map(p, q, [support([_value(inner, source, i)]) for i in range(q)])


def _value(digits: Axis, source: int, position: int) -> int:
    total = 0
    for digit in reversed(digits):
        position, value = divmod(position, digit.length)
        if digit.source == source:
            total += value * digit.weight
    return total


def widening(digit: Digit) -> IndexMap:
    """Index -> all indices that differ from it in one digit only: what a reduction over that digit reads."""
    q = digit.weight * digit.length
    return index_map(
        q, q, [support(i % digit.weight + value * digit.weight for value in range(digit.length)) for i in range(q)]
    )
