"""Every metric once more, straight from its definition with loops over pixels."""

import itertools
import math

import numpy as np

from tests.metrics.maps import Floats

Centre = tuple[float, ...]


def pixels(erf: Floats, centre: Centre):
    """Offset from the centre and value of every pixel."""
    for index in np.ndindex(erf.shape):
        yield tuple(i + 0.5 - c for i, c in zip(index, centre, strict=True)), float(erf[index])


def nearest(n: int, c: float) -> list[int]:
    best = min(abs(i + 0.5 - c) for i in range(n))
    return [i for i in range(n) if abs(i + 0.5 - c) == best]


def luo_pixels(erf: Floats, centre: Centre) -> int:
    around = itertools.product(*(nearest(n, c) for n, c in zip(erf.shape, centre, strict=True)))
    middle = np.mean([erf[index] for index in around])
    return sum(value >= 0.0455 * middle and value > 0 for _, value in pixels(erf, centre))


def axis_radius(erf: Floats, centre: Centre, level: float) -> int | None:
    found = []
    for axis in range(erf.ndim):
        others = [nearest(n, c) for n, c in zip(erf.shape, centre, strict=True)]
        for i in range(erf.shape[axis]):
            others[axis] = [i]
            value = np.mean([erf[index] for index in itertools.product(*others)])
            if value >= level * erf.max():
                found.append(math.floor(abs(i + 0.5 - centre[axis])))
    return max(found, default=None)


def radial_radius(erf: Floats, centre: Centre, level: float) -> float:
    return max(math.hypot(*d) for d, value in pixels(erf, centre) if value >= level * erf.max())


def energy_side(erf: Floats, centre: Centre, percent: int) -> int:
    for side in itertools.count(1):
        held = sum(v for d, v in pixels(erf, centre) if all(abs(x) + 0.5 <= side / 2 for x in d))
        if held > percent / 100 * erf.sum():
            return side
    raise AssertionError


def energy_radius(erf: Floats, centre: Centre, percent: int) -> float:
    for radius in sorted({math.hypot(*d) for d, _ in pixels(erf, centre)}):
        held = sum(v for d, v in pixels(erf, centre) if math.hypot(*d) <= radius)
        if held > percent / 100 * erf.sum():
            return radius
    raise AssertionError


def offset(erf: Floats, centre: Centre) -> list[float]:
    return [sum(d[a] * v for d, v in pixels(erf, centre)) / erf.sum() for a in range(erf.ndim)]


def radial_profile(erf: Floats, centre: Centre) -> dict[int, tuple[float, float]]:
    """Mean distance and mean value per bin."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for d, value in pixels(erf, centre):
        r = math.hypot(*d)
        bins.setdefault(math.floor(r + 0.5), []).append((r, value))
    return {k: (float(np.mean([r for r, _ in v])), float(np.mean([x for _, x in v]))) for k, v in bins.items()}
