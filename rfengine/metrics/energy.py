"""Energy: the smallest square and the smallest disc about the unit's centre that hold a share of the map's sum."""

from itertools import product

import numpy as np

from rfengine.metrics.plane import Floats, Plane

PERCENTAGES = (50, 90, 95, 99)


def energy_sides(plane: Plane) -> dict[str, int]:
    """Per percentage P the smallest whole s with sum_{i in Q(s)} E_i > P/100 * sum E.

    Q(s) is the square of side s centred on c, and holds the pixels that lie wholly inside it, |d_i| + 1/2 <= s/2 on
    every axis. So s is odd where c is on a pixel and even where it is between two, and where the axes differ a step
    of one widens them in turn. The square may reach beyond the image; there is nothing there to count.
    """
    shape, centre = plane.values.shape, np.array(plane.centre)
    reach = max(max(c, n - c) for c, n in zip(plane.centre, shape, strict=True))
    sides = np.arange(1, int(np.ceil(2 * reach)) + 1)
    table = _summed_area(plane.values)
    first = [np.clip(np.ceil(c - sides / 2), 0, n).astype(int) for c, n in zip(centre, shape, strict=True)]
    last = [np.clip(np.floor(c + sides / 2), 0, n).astype(int) for c, n in zip(centre, shape, strict=True)]
    last = [np.maximum(a, b) for a, b in zip(first, last, strict=True)]
    held = np.zeros(len(sides))
    for ends in product((0, 1), repeat=len(shape)):
        corner = tuple(last[a] if end else first[a] for a, end in enumerate(ends))
        held += (-1) ** (len(shape) - sum(ends)) * table[corner]
    total = table.flat[-1]
    return {str(p): int(sides[np.argmax(held > p / 100 * total)]) for p in PERCENTAGES}


def energy_radii(plane: Plane) -> dict[str, float]:
    """Per percentage P the smallest r with sum_{|d_i| <= r} E_i > P/100 * sum E; r reaches pixel centres."""
    distance = plane.distance.ravel()
    order = np.argsort(distance, kind="stable")
    held = np.cumsum(plane.values.ravel()[order])
    return {str(p): float(distance[order][np.argmax(held > p / 100 * held[-1])]) for p in PERCENTAGES}


def _summed_area(values: Floats) -> Floats:
    """T[a, b] = sum of E over pixels [0, a) x [0, b): any box is a signed sum of its corners (Crow 1984)."""
    table = np.pad(values, [(1, 0)] * values.ndim)
    for axis in range(values.ndim):
        table = table.cumsum(axis=axis)
    return table
