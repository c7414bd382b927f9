"""Concrete tracks: the pixels that each unit really reads on one canvas, every layer clipped to its own size.

A position in padding reads nothing, so clipping only at the image would be wrong after a crop or an asymmetric slice.
Pixels are kept as bits: bit p of an index's mask says that it reads pixel p of its source axis.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from rfengine.calculus import layout
from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.placement import Placement
from rfengine.calculus.reads import AxisRead, Border

Masks = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AxisSight:
    """What the indices of one source axis read of it: a bit mask of pixels each."""

    source: int
    masks: Masks

    @property
    def length(self) -> int:
        """Number of indices."""
        return len(self.masks)

    def through(self, reads: IndexMap, length: int, border: Border, node: str) -> Self:
        """What `length` new indices read that read the old ones."""
        del node  # a concrete canvas has nothing to explain
        return replace(self, masks=_gathered(reads, self.masks, length, border))

    def noted(self, read: AxisRead, node: str) -> Self:
        """The same: what is read on a canvas has no status."""
        del read, node
        return self

    def in_blocks(self) -> Self:
        """The same: a block is read as any other indices are."""
        return self

    def meet(self, other: Self, node: str, paths: tuple[str, str]) -> Self:
        """What two paths read together."""
        del node, paths
        return replace(self, masks=tuple(a | b for a, b in zip(self.masks, other.masks, strict=True)))


Sight = Placement[AxisSight]


def of_input(shape: Sequence[int], spatial: Sequence[int]) -> Sight:
    """An input in itself: every unit sees its own pixel."""
    tracks = tuple(AxisSight(s, tuple(1 << i for i in range(shape[axis]))) for s, axis in enumerate(spatial))
    return Placement(layout.of_input(shape, spatial), tracks)


@lru_cache(maxsize=1 << 12)
def _gathered(reads: IndexMap, masks: Masks, out_length: int, border: Border) -> Masks:
    def seen(i: int) -> int:
        landings = (border.landing(k, len(masks)) for k in reads.at(i).elements())
        return _union(masks[k] for k in landings if k is not None)

    return tuple(seen(i) for i in range(out_length))


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
