"""Boxes in layers by their longest way from an input, and long graphs in columns like a newspaper's.

A line that runs past layers has a spot in each of them, and all lines that leave one box share it: a skip that many
read is one trunk. Columns break where few lines cross from layer to layer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

BOX_WIDTH, BOX_HEIGHT = 224.0, 52.0
LINE_GAP, SIDE_GAP, BOX_GAP = 11.0, 16.0, 26.0
ASPECT = 1.5
# The height of a layer with its gap, and the width between columns, as they come out on average.
TYPICAL_LAYER, TYPICAL_GUTTER = 78.0, 70.0
MOST_COLUMNS, LEAST_LAYERS, MOST_CARRIED = 24, 10, 8
# What is bad about a page: lines carried over to the next column, and paper left empty.
CARRIED, EMPTY = 0.12, 0.7


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a layer: a box, or (`is_line`) where the line that leaves the box passes."""

    box: int
    is_line: bool

    @property
    def width(self) -> float:
        """How wide it is, px."""
        return 0.0 if self.is_line else BOX_WIDTH


@dataclass(frozen=True)
class Sheet:
    """One column. `layers` list indices of spots; `below` gives the spots of the next layer that each leads to."""

    spots: tuple[Spot, ...]
    layers: tuple[tuple[int, ...], ...]
    below: tuple[tuple[int, ...], ...]

    @property
    def above(self) -> tuple[tuple[int, ...], ...]:
        """The spots of the layer before that lead to each."""
        found: list[list[int]] = [[] for _ in self.spots]
        for upper, lowers in enumerate(self.below):
            for lower in lowers:
                found[lower].append(upper)
        return tuple(tuple(uppers) for uppers in found)


def separation(left: Spot, right: Spot) -> float:
    """Least distance between the centres of two neighbours of a layer."""
    gap = LINE_GAP if left.is_line and right.is_line else SIDE_GAP if left.is_line or right.is_line else BOX_GAP
    return (left.width + right.width) / 2 + gap


def layers_of(readers: Sequence[Sequence[int]]) -> list[int]:
    """The layer of every box: one below the lowest box it reads. What reads nothing goes as low as it can."""
    layer = [0] * len(readers)
    has_source = [False] * len(readers)
    for box, below in enumerate(readers):
        for reader in below:
            layer[reader] = max(layer[reader], layer[box] + 1)
            has_source[reader] = True
    for box, below in enumerate(readers):
        if below and not has_source[box]:
            layer[box] = min(layer[reader] for reader in below) - 1
    return layer


def spots_needed(readers: Sequence[Sequence[int]], layer: Sequence[int]) -> int:
    """How many spots all lines and boxes take together: what a picture costs."""
    return len(readers) + sum(max(layer[r] for r in below) - layer[b] - 1 for b, below in enumerate(readers) if below)


def columns(readers: Sequence[Sequence[int]], layer: Sequence[int]) -> list[Sheet]:
    """The boxes as columns, from left to right; a column after the first begins with the line that enters it.

    Where a line goes on in the next column, the last spot of the one and the first of the other are that line's.
    """
    end = [max((layer[reader] for reader in below), default=layer[box]) for box, below in enumerate(readers)]
    edges = _broken(layer, end)
    return [_sheet(readers, layer, end, first, last) for first, last in pairwise(edges)]


def _sheet(readers: Sequence[Sequence[int]], layer: Sequence[int], end: Sequence[int], first: int, last: int) -> Sheet:
    """The layers first ... last - 1, with the lines that come in above and go out below."""
    sheet = _Unfinished(first, last)
    for box in range(len(readers)):
        if first <= layer[box] < last:
            sheet.put(box, layer[box], is_line=False)
    for box in range(len(readers)):
        if layer[box] < last and end[box] >= first:
            begin = first - 1 if layer[box] < first else layer[box] + 1
            for at in range(begin, last + 1 if end[box] >= last else end[box]):
                sheet.put(box, at, is_line=True)
    below: list[tuple[int, ...]] = []
    for (box, at), _ in sheet.found.items():
        lower = [sheet.found.get((box, at + 1))]
        lower += [sheet.found[reader, at + 1] for reader in readers[box] if layer[reader] == at + 1 < last]
        below.append(tuple(spot for spot in lower if spot is not None))
    rows = tuple(tuple(sheet.rows[at]) for at in sorted(sheet.rows))
    return Sheet(tuple(sheet.spots), rows, tuple(below))


class _Unfinished:
    """A sheet while its spots are put down: which spot a box, or the line that leaves it, has in a layer."""

    def __init__(self, first: int, last: int) -> None:
        self.rows: dict[int, list[int]] = {at: [] for at in range(first, last)}
        self.spots: list[Spot] = []
        self.found: dict[tuple[int, int], int] = {}

    def put(self, box: int, at: int, *, is_line: bool) -> None:
        self.found[box, at] = len(self.spots)
        self.rows.setdefault(at, []).append(len(self.spots))
        self.spots.append(Spot(box, is_line))


def _broken(layer: Sequence[int], end: Sequence[int]) -> list[int]:
    """The first layer of each column, and one past the last, for a sheet of about the wanted aspect."""
    total = max(layer, default=0) + 1
    if total <= LEAST_LAYERS:
        return [0, total]
    boxes, lines = _counts(layer, end, total)
    widths = [b * (BOX_WIDTH + BOX_GAP) + n * LINE_GAP for b, n in zip(boxes, lines, strict=True)]
    carried = _counts(layer, end, total, past=True)[1]
    tried = {tuple(_broken_at(carried, total / n)) for n in range(1, MOST_COLUMNS)}
    best = min(sorted(tried), key=lambda edges: _badness(edges, widths, carried))
    return list(best)


def _counts(layer: Sequence[int], end: Sequence[int], total: int, *, past: bool = False) -> tuple[list[int], list[int]]:
    """Boxes in each layer, and lines that pass through it, or (`past`) that leave it for the next."""
    boxes, change = [0] * total, [0] * (total + 2)
    for start, stop in zip(layer, end, strict=True):
        boxes[start] += 1
        if stop > start:
            change[start if past else start + 1] += 1
            change[stop] -= 1
    lines, now = [], 0
    for at in range(total):
        now += change[at]
        lines.append(now)
    return boxes, lines


def _broken_at(carried: Sequence[int], height: float) -> Iterator[int]:
    """Columns of about a height: each ends near it, where few lines are carried over."""
    total, start = len(carried), 0
    yield start
    while total - start > 1.3 * height:
        later = range(start + max(LEAST_LAYERS // 2, int(0.6 * height)), min(total - 2, start + int(1.5 * height)))
        free = [at for at in later if carried[at - 1] <= MOST_CARRIED]
        if not free:
            break
        start = min(free, key=lambda at: abs(at - start - height) / height + CARRIED * max(carried[at - 1] - 1, 0))
        yield start
    yield total


def _badness(edges: Sequence[int], widths: Sequence[float], carried: Sequence[int]) -> float:
    parts = list(pairwise(edges))
    heights = [TYPICAL_LAYER * (last - first) for first, last in parts]
    wide = [max(widths[first:last]) + TYPICAL_GUTTER for first, last in parts]
    empty = max(heights) * sum(wide) / sum(h * w for h, w in zip(heights, wide, strict=True))
    extra = sum(max(carried[at - 1] - 1, 0) for at in edges[1:-1])
    return abs(log(sum(wide) / max(heights) / ASPECT)) + EMPTY * log(empty) + CARRIED * extra
