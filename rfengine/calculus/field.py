"""The receptive field of a whole tensor relative to one input, and how it passes through operators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from rfengine.calculus.clean import Range, everything, intersect, preimage
from rfengine.calculus.index_map import (
    IDENTITY,
    MAX_PERIOD,
    IndexMap,
    PeriodTooLongError,
    SlopesDifferError,
    compose,
    join,
    tabulate,
    union,
)
from rfengine.calculus.reads import Reads, Status

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Misaligned:
    """Two paths that meet at `node` with their centres apart.

    `offsets` are from the first path's centre to the second's, px per axis; where the strides differ, at the unit of
    the canvas where they lie farthest apart.
    """

    node: str
    paths: tuple[str, str]
    offsets: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class AxisField:
    """What one tensor axis carries: a spatial axis of the input, seen through a map.

    `clean` is the range of units whose reads never touch padding on the way.
    """

    source: int
    map: IndexMap
    clean: Range


@dataclass(frozen=True, slots=True)
class Field:
    """What the units of one tensor see of one input.

    `axes` has one entry per tensor axis; None where the axis carries no spatial axis of the input. `whole` names the
    nodes through which the entire image enters.
    """

    axes: tuple[AxisField | None, ...]
    whole: tuple[str, ...] = ()
    misaligned: tuple[Misaligned, ...] = ()
    status: Status = Status.EXACT
    reasons: tuple[str, ...] = ()

    def spatial(self, count: int) -> tuple[AxisField, ...] | None:
        """The `count` spatial axes in the input's order, or None unless the tensor carries each exactly once."""
        carried = sorted((axis for axis in self.axes if axis is not None), key=lambda axis: axis.source)
        return tuple(carried) if [axis.source for axis in carried] == list(range(count)) else None


def of_input(shape: Sequence[int], spatial: Sequence[int]) -> Field:
    """The field of an input in itself: every unit sees its own pixel. `spatial` lists the spatial tensor axes."""
    source = {axis: index for index, axis in enumerate(spatial)}
    return Field(
        tuple(
            AxisField(source[axis], IDENTITY, everything(length)) if axis in source else None
            for axis, length in enumerate(shape)
        )
    )


def through(field: Field, reads: Reads, in_shape: Sequence[int], out_shape: Sequence[int], node: str) -> Field:
    """The field of an operator's output that reads a tensor with the given field."""
    axes: list[AxisField | None] = []
    followed = set()
    for read, length in zip(reads.axes, out_shape, strict=True):
        carried = field.axes[read.axis] if read is not None else None
        if read is None or carried is None:
            axes.append(None)
            continue
        followed.add(read.axis)
        clean = preimage(read.map, carried.clean, in_shape[read.axis], length, border=read.border)
        seen, on_canvas = _seen_through(read.map, carried.map, length)
        axes.append(AxisField(carried.source, seen, clean))
        if read.status is not Status.EXACT:
            field = _with_status(field, read.status, f"{node}: {read.reason}")
        if on_canvas:
            field = _with_status(field, Status.CANVAS, f"{node}: no period below {MAX_PERIOD} units fits")
    lost = any(axis is not None and i not in followed for i, axis in enumerate(field.axes))
    return replace(field, axes=tuple(axes), whole=_merged(field.whole, (node,)) if lost else field.whole)


def meet(fields: Sequence[Field], paths: Sequence[str], shape: Sequence[int], node: str) -> Field:
    """The field of a tensor in which several paths meet: the union per axis, with disagreements named.

    A path without a local field (a gate, a pooled context) leaves the others' local field as it is.
    """
    if len(fields) == 1:
        return fields[0]
    joined = Field(
        axes=(),
        whole=_merged(*(f.whole for f in fields)),
        misaligned=_merged(*(f.misaligned for f in fields), _misalignments(fields, paths, shape, node)),
        status=_worst(f.status for f in fields),
        reasons=_merged(*(f.reasons for f in fields)),
    )
    axes: list[AxisField | None] = []
    for index, length in enumerate(shape):
        carried = [(f.axes[index], path) for f, path in zip(fields, paths, strict=True) if f.axes[index] is not None]
        if len({axis.source for axis, _ in carried if axis is not None}) > 1:
            joined = replace(joined, whole=_merged(joined.whole, (node,)))
            axes.append(None)
            continue
        merged: AxisField | None = None
        for axis, path in carried:
            if merged is None or axis is None:
                merged = axis
                continue
            both, on_canvas = _join_on(merged.map, axis.map, length)
            if on_canvas:
                reason = f"{node}: {carried[0][1]} and {path} meet at strides {merged.map.slope} and {axis.map.slope}"
                joined = _with_status(joined, Status.CANVAS, reason)
            merged = AxisField(axis.source, both, intersect(merged.clean, axis.clean))
        axes.append(merged)
    return replace(joined, axes=tuple(axes))


def _worst(statuses: Iterable[Status]) -> Status:
    return max(statuses, key=list(Status).index)


def _with_status(field: Field, status: Status, reason: str) -> Field:
    """The field with its status lowered for a reason."""
    return replace(field, status=_worst((field.status, status)), reasons=_merged(field.reasons, (reason,)))


def _seen_through(outer: IndexMap, inner: IndexMap, length: int) -> tuple[IndexMap, bool]:
    """Composition of two maps, and whether it holds on the canvas only."""
    try:
        return compose(outer, inner), False
    except PeriodTooLongError:
        return tabulate([union(inner.at(k) for k in outer.at(i).elements()) for i in range(length)]), True


def _join_on(first: IndexMap, second: IndexMap, length: int) -> tuple[IndexMap, bool]:
    """Union of two maps, and whether it holds on the canvas only."""
    try:
        return join(first, second), False
    except (SlopesDifferError, PeriodTooLongError):
        return tabulate([union((first.at(i), second.at(i))) for i in range(length)]), True


def _misalignments(
    fields: Sequence[Field], paths: Sequence[str], shape: Sequence[int], node: str
) -> tuple[Misaligned, ...]:
    """Neighbouring paths whose centres lie apart on some axis."""
    found = []
    local = [(f, path) for f, path in zip(fields, paths, strict=True) if any(f.axes)]
    for (first, a), (second, b) in pairwise(local):
        offsets = tuple(
            _offset(one.map, other.map, length)
            for one, other, length in zip(first.axes, second.axes, shape, strict=True)
            if one is not None and other is not None and one.source == other.source
        )
        if any(offsets):
            found.append(Misaligned(node, (a, b), offsets))
    return tuple(found)


def _offset(first: IndexMap, second: IndexMap, length: int) -> Fraction:
    """How far the centres of the second map lie from those of the first, where they lie farthest apart."""
    from_, to = first.trend, second.trend
    # A path that sees the same pixels from everywhere is a context; it has no grid to be off.
    if from_ is None or to is None or first.slope == 0 or second.slope == 0:
        return Fraction(0)
    at_first = to - from_
    return max(at_first, at_first + (second.slope - first.slope) * (length - 1), key=abs)


def _merged(*parts: tuple[_T, ...]) -> tuple[_T, ...]:
    """The parts one after the other, each element once, in order."""
    return tuple(dict.fromkeys(element for part in parts for element in part))
