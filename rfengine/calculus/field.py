"""The receptive field of a whole tensor relative to one input, and how it passes through operators."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from rfengine.calculus.clean import Range, everything, intersect, preimage
from rfengine.calculus.index_map import (
    IDENTITY,
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
    """Two paths that meet at `node` with equal stride and centres apart; `offsets` in px per source axis."""

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
        clean = preimage(read.map, carried.clean, in_shape[read.axis], length, clamped=read.clamped)
        axes.append(AxisField(carried.source, compose(read.map, carried.map), clean))
    lost = any(axis is not None and i not in followed for i, axis in enumerate(field.axes))
    found = replace(field, axes=tuple(axes), whole=_merged(field.whole, (node,)) if lost else field.whole)
    return found if reads.status is Status.EXACT else _with_status(found, reads.status, f"{node}: {reads.reason}")


def meet(fields: Sequence[Field], paths: Sequence[str], shape: Sequence[int], node: str) -> Field:
    """The field of a tensor in which several paths meet: the union per axis, with disagreements named.

    A path without a local field (a gate, a pooled context) leaves the others' local field as it is.
    """
    if len(fields) == 1:
        return fields[0]
    joined = Field(
        axes=(),
        whole=_merged(*(f.whole for f in fields)),
        misaligned=_merged(*(f.misaligned for f in fields), _misalignments(fields, paths, node)),
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


def _join_on(first: IndexMap, second: IndexMap, length: int) -> tuple[IndexMap, bool]:
    """Union of two maps, and whether it holds on the canvas only."""
    try:
        return join(first, second), False
    except (SlopesDifferError, PeriodTooLongError):
        return tabulate([union((first.at(i), second.at(i))) for i in range(length)]), True


def _misalignments(fields: Sequence[Field], paths: Sequence[str], node: str) -> tuple[Misaligned, ...]:
    """Neighbouring paths of equal stride whose centres lie apart on some axis."""
    found = []
    local = [(f, path) for f, path in zip(fields, paths, strict=True) if any(f.axes)]
    for (first, a), (second, b) in pairwise(local):
        offsets = []
        for one, other in zip(first.axes, second.axes, strict=True):
            if one is None or other is None or one.source != other.source or one.map.slope != other.map.slope:
                continue
            from_, to = one.map.trend, other.map.trend
            offsets.append(to - from_ if from_ is not None and to is not None else Fraction(0))
        if any(offsets):
            found.append(Misaligned(node, (a, b), tuple(offsets)))
    return tuple(found)


def _merged(*parts: tuple[_T, ...]) -> tuple[_T, ...]:
    """The parts one after the other, each element once, in order."""
    return tuple(dict.fromkeys(element for part in parts for element in part))
