"""The x of every spot: lines and the longest chains run straight down, the rest stands close by.

Spots that stand under one another make a stack, which is never torn. Stacks are packed from the left; then each moves,
as far as its neighbours let it, to the middle of those it is joined to, as in Gansner et al. (1993), section 4.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import pairwise
from math import floor
from statistics import median

from rfengine.plots.graph.order import Layers
from rfengine.plots.graph.sheet import Sheet, separation

Segment = tuple[int, int]  # upper spot, lower spot
Neighbours = list[dict[int, float]]  # stack -> the stacks beside it, and how far off at least

SWEEPS = 12
INFINITY = float("inf")


def placed(sheet: Sheet, layers: Layers) -> list[float]:
    """The x of the middle of every spot; the leftmost edge of the sheet is at 0."""
    stack_of = _stacks(sheet, layers)
    left, right = _beside(sheet, layers, stack_of)
    joined = _joined(sheet, stack_of)
    order = _from_left(left, right)
    x = [0.0] * len(order)
    for stack in order:
        x[stack] = max((x[other] + gap for other, gap in left[stack].items()), default=0.0)
    for sweep in range(SWEEPS):
        for stack in order if sweep % 2 else reversed(order):
            if joined[stack]:
                low = max((x[other] + gap for other, gap in left[stack].items()), default=-INFINITY)
                high = min((x[other] - gap for other, gap in right[stack].items()), default=INFINITY)
                x[stack] = max(low, min(high, median(x[other] for other in joined[stack])))
    # Whole px: what is nearly upright is upright; distances are whole, so none becomes too small.
    found = [float(floor(x[stack] + 0.5)) for stack in stack_of]
    edge = min((at - sheet.spots[spot].width / 2 for spot, at in enumerate(found)), default=0.0)
    return [at - edge for at in found]


def _stacks(sheet: Sheet, layers: Layers) -> list[int]:
    """The stack of every spot; stacks are numbered from 0."""
    under = _upright(sheet, layers)
    found: dict[int, int] = {}
    count = 0
    for layer in layers:
        for spot in layer:
            if spot not in found:
                found[spot], count = count, count + 1
            if spot in under:
                found[under[spot]] = found[spot]
    return [found[spot] for spot in range(len(sheet.spots))]


def _upright(sheet: Sheet, layers: Layers) -> dict[int, int]:
    """Upper spot -> the spot straight below it: at most one, and no two such segments cross."""
    left = _boxes_left(sheet, layers)
    tall = [0] * len(sheet.spots)
    under: dict[int, int] = {}
    standing: set[int] = set()
    for number, (upper_layer, lower_layer) in enumerate(pairwise(layers)):
        place = {spot: at for layer in (upper_layer, lower_layer) for at, spot in enumerate(layer)}
        segments = [(upper, lower) for upper in upper_layer for lower in sheet.below[upper]]
        aside = _aside(segments, place)
        kept: list[Segment] = []
        for upper, lower in sorted(
            segments,
            key=lambda s: (_rank(sheet, s, number), -left[s[1]], -tall[s[0]], aside[s], place[s[0]], place[s[1]]),
        ):
            at = bisect_left(kept, (place[upper], place[lower]))
            crosses = (at and kept[at - 1][1] > place[lower]) or (at < len(kept) and kept[at][1] < place[lower])
            if upper in under or lower in standing or crosses:
                continue
            insort(kept, (place[upper], place[lower]))
            under[upper], tall[lower] = lower, tall[upper] + (not sheet.spots[upper].is_line)
            standing.add(lower)
    return under


def _rank(sheet: Sheet, segment: Segment, layer: int) -> int:
    """What should be upright first: lines, then boxes under boxes, then where a line begins or ends.

    The line that comes into a column counts as a box.
    """
    upper, lower = (sheet.spots[spot].is_line for spot in segment)
    upper = upper and layer > 0
    return 0 if upper and lower else 2 if upper or lower else 1


def _aside(segments: Sequence[Segment], place: dict[int, int]) -> dict[Segment, float]:
    """How far a segment is from the middle of those that begin or end with it."""
    begin: dict[int, list[int]] = {}
    end: dict[int, list[int]] = {}
    for upper, lower in segments:
        begin.setdefault(upper, []).append(place[lower])
        end.setdefault(lower, []).append(place[upper])
    return {
        (upper, lower): abs(place[lower] - sum(begin[upper]) / len(begin[upper]))
        + abs(place[upper] - sum(end[lower]) / len(end[lower]))
        for upper, lower in segments
    }


def _boxes_left(sheet: Sheet, layers: Layers) -> list[int]:
    """How many boxes come after each spot, along the way with most of them."""
    found = [0] * len(sheet.spots)
    for layer in reversed(layers):
        for spot in layer:
            found[spot] = max((found[lower] for lower in sheet.below[spot]), default=0)
            found[spot] += not sheet.spots[spot].is_line
    return found


def _beside(sheet: Sheet, layers: Layers, stack_of: Sequence[int]) -> tuple[Neighbours, Neighbours]:
    """Which stacks stand directly left and right of each."""
    left: Neighbours = [{} for _ in range(max(stack_of, default=-1) + 1)]
    right: Neighbours = [{} for _ in left]
    for layer in layers:
        for one, other in pairwise(layer):
            first, second = stack_of[one], stack_of[other]
            gap = max(separation(sheet.spots[one], sheet.spots[other]), right[first].get(second, 0.0))
            right[first][second] = left[second][first] = gap
    return left, right


def _joined(sheet: Sheet, stack_of: Sequence[int]) -> list[list[int]]:
    """The stacks that lines lead to from each, once for every line."""
    found: list[list[int]] = [[] for _ in range(max(stack_of, default=-1) + 1)]
    for upper, lowers in enumerate(sheet.below):
        for lower in lowers:
            if stack_of[upper] != stack_of[lower]:
                found[stack_of[upper]].append(stack_of[lower])
                found[stack_of[lower]].append(stack_of[upper])
    return found


def _from_left(left: Neighbours, right: Neighbours) -> list[int]:
    """The stacks so that each comes after those left of it; there is always such an order, since no two cross."""
    missing = [len(others) for others in left]
    ready = [stack for stack, count in enumerate(missing) if count == 0]
    for stack in ready:
        for other in right[stack]:
            missing[other] -= 1
            if missing[other] == 0:
                ready.append(other)
    return ready
