"""What a head must see of an object: in its theoretical field, its effective field, between its units, in one tile.

Every requirement gives what the head has, what the object needs, and how near the one comes to the other; an object is
covered where no ratio is below 1.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from api_schemas.coverage import Binding
from api_schemas.policy import ErfRequirement, HeadRequirements, StrideRequirement, TrfRequirement
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import Floats
from rfengine.coverage.views import View

# Fields are whole px and objects are not: what differs by rounding alone is met.
ENOUGH = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Met:
    """One requirement over all objects: `has` and `needed` in px and `ratio`, each [n]."""

    binding: Binding
    has: Floats
    needed: Floats
    ratio: Floats


def met(require: HeadRequirements, head: Head, view: View) -> Iterator[Met]:
    """Every requirement of a head that objects are measured by."""
    if require.trf is not None:
        yield _trf(require.trf, head, view)
    if require.erf is not None:
        yield _erf(require.erf, head, view)
    if require.stride is not None:
        yield _stride(require.stride, head, view)
    longest = view.side("longest")
    # What is shown whole does not come nearer by being small: it says nothing of margins.
    yield Met("cut", longest * view.whole, longest, np.where(view.whole < ENOUGH, view.whole, np.inf))


def limits(require: HeadRequirements, head: Head) -> tuple[float | None, float | None]:
    """Side of the smallest and of the largest square object that a head may cover, px; None: no limit."""
    largest = []
    if require.trf is not None and not _sees_all(require.trf, head):
        trf = require.trf
        room = [size - _beside(trf, stride) for size, stride in zip(head.trf, head.stride, strict=True)]
        largest.append(max(0.0, min(room) / trf.at_least))
    if require.erf is not None and head.erf_side is not None:
        largest.append(max(0.0, (head.erf_side - 2 * require.erf.margin_px) / require.erf.at_least))
    smallest = None if require.stride is None else max(head.stride) / require.stride.at_most
    return smallest, min(largest) if largest else None


def _sees_all(trf: TrfRequirement, head: Head) -> bool:
    return trf.global_context == "whole" and bool(head.global_context)


def _beside(trf: TrfRequirement, stride: float) -> float:
    """What the field must have beside the object's own share, px per axis."""
    return 2 * trf.margin_px + (stride if trf.off_centre else 0.0)


def _trf(trf: TrfRequirement, head: Head, view: View) -> Met:
    sides = zip((view.height, view.width), head.stride, strict=True)
    needed = [side * trf.at_least + _beside(trf, stride) for side, stride in sides]
    has = [np.full(len(view.height), np.inf if _sees_all(trf, head) else float(size)) for size in head.trf]
    return _by_axis("trf", has, needed, lambda has, needed: has / needed)


def _erf(erf: ErfRequirement, head: Head, view: View) -> Met:
    assert head.erf_side is not None, f"the effective field of {head.name} was not measured"
    needed = view.side("longest") * erf.at_least + 2 * erf.margin_px
    has = np.full(len(needed), float(head.erf_side))
    return Met("erf", has, needed, has / needed)


def _stride(stride: StrideRequirement, head: Head, view: View) -> Met:
    needed = [side * stride.at_most for side in (view.height, view.width)]
    has = [np.full(len(view.height), each) for each in head.stride]
    return _by_axis("stride", has, needed, lambda has, needed: needed / has)


def _by_axis(
    binding: Binding, has: list[Floats], needed: list[Floats], near: Callable[[Floats, Floats], Floats]
) -> Met:
    """The axis that is worse off."""
    ratios = [near(*pair) for pair in zip(has, needed, strict=True)]
    first = ratios[0] <= ratios[1]
    return Met(binding, np.where(first, *has), np.where(first, *needed), np.where(first, *ratios))
