"""What units really read on one canvas: the same maps on concrete indices, every layer clipped to its own size.

A position in padding reads nothing, so clipping only at the image would be wrong after a crop or an asymmetric slice.
Pixels are kept as bits: bit p of a unit's mask says that it reads pixel p of its axis.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.reads import Border, Reads

Masks = tuple[int, ...]  # per unit of an axis


@dataclass(frozen=True, slots=True)
class AxisSight:
    """One tensor axis on a canvas: the spatial axis of the input that it carries, and a mask per unit."""

    source: int
    masks: Masks


@dataclass(frozen=True, slots=True)
class Sight:
    """What one tensor's units see of one input on its canvas; `whole` says that the entire image enters besides."""

    axes: tuple[AxisSight | None, ...]
    whole: bool = False


def of_input(shape: Sequence[int], spatial: Sequence[int]) -> Sight:
    """An input in itself: every unit sees its own pixel."""
    source = {axis: index for index, axis in enumerate(spatial)}
    return Sight(
        tuple(
            AxisSight(source[axis], tuple(1 << i for i in range(length))) if axis in source else None
            for axis, length in enumerate(shape)
        )
    )


def through(sight: Sight, reads: Reads, in_shape: Sequence[int], out_shape: Sequence[int]) -> Sight:
    """What is seen through an operator that reads a tensor."""
    axes: list[AxisSight | None] = []
    followed = set()
    for read, length in zip(reads.axes, out_shape, strict=True):
        carried = sight.axes[read.axis] if read is not None else None
        if read is None or carried is None:
            axes.append(None)
            continue
        followed.add(read.axis)
        masks = _gathered(read.map, carried.masks, in_shape[read.axis], length, read.border)
        axes.append(AxisSight(carried.source, masks))
    lost = any(axis is not None and i not in followed for i, axis in enumerate(sight.axes))
    return Sight(tuple(axes), sight.whole or lost)


def meet(sights: Sequence[Sight]) -> Sight:
    """Paths that meet: the union per axis. An axis on which they carry different spatial axes is lost."""
    axes: list[AxisSight | None] = []
    lost = False
    for places in zip(*(sight.axes for sight in sights), strict=True):
        carried = [place for place in places if place is not None]
        sources = {place.source for place in carried}
        lost = lost or len(sources) > 1
        if len(sources) != 1:
            axes.append(None)
            continue
        masks = tuple(_union(unit) for unit in zip(*(place.masks for place in carried), strict=True))
        axes.append(AxisSight(carried[0].source, masks))
    return Sight(tuple(axes), lost or any(sight.whole for sight in sights))


@lru_cache(maxsize=1 << 12)
def _gathered(reads: IndexMap, masks: Masks, in_length: int, out_length: int, border: Border) -> Masks:
    def seen(i: int) -> int:
        landings = (border.landing(k, in_length) for k in reads.at(i).elements())
        return _union(masks[k] for k in landings if k is not None)

    return tuple(seen(i) for i in range(out_length))


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
