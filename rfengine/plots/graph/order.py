"""The order of the spots in each layer, so that few lines cross: barycentre sweeps, down and up (Sugiyama 1981)."""

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from rfengine.plots.graph.sheet import Sheet

Layers = list[list[int]]

SWEEPS = 10


def ordered(sheet: Sheet, entering: Sequence[int] = ()) -> Layers:
    """The layers of a sheet, sorted: the best of some sweeps, the first of equally good ones.

    `entering`: the boxes whose lines come in from the column before, from left to right; they stay so.
    """
    above, below = sheet.above, sheet.below
    layers = [sorted(layer, key=lambda spot: (sheet.spots[spot].is_line, spot)) for layer in sheet.layers]
    if entering:
        layers[0].sort(key=lambda spot: entering.index(sheet.spots[spot].box))
    best, fewest = layers, _crossings(layers, below)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        if sweep % 2 == 0:
            layers = _swept(layers, above)
        else:
            head = [layers[0]] if entering else []
            layers = head + _swept(layers[len(head) :][::-1], below)[::-1]
        crossed = _crossings(layers, below)
        if crossed < fewest:
            best, fewest = layers, crossed
    return best


def _swept(layers: Layers, neighbours: Sequence[Sequence[int]]) -> Layers:
    """Every layer after the first sorted by the mean place of its neighbours in the one before."""
    found = [list(layers[0])]
    for layer in layers[1:]:
        place = {spot: at for at, spot in enumerate(found[-1])}
        # In units of this layer, so that a spot without neighbours can stay where it is.
        scale = len(layer) / max(len(place), 1)
        keys = {}
        for at, spot in enumerate(layer):
            seen = [place[n] for n in neighbours[spot]]
            keys[spot] = (sum(seen) / len(seen) + 0.5) * scale if seen else at + 0.5
        found.append(sorted(layer, key=keys.__getitem__))
    return found


def _crossings(layers: Layers, below: Sequence[Sequence[int]]) -> int:
    """How often two lines between the same layers cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {spot: at for at, spot in enumerate(lower)}
        ends: list[int] = []
        for spot in upper:
            mine = sorted(place[reader] for reader in below[spot])
            total += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return total
