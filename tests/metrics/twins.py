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


def anisotropy(erf: Floats, centre: Centre) -> float | None:
    moments = np.zeros((erf.ndim, erf.ndim))
    for d, value in pixels(erf, centre):
        moments += value * np.outer(d, d) / erf.sum()
    variances = np.linalg.svd(moments, compute_uv=False)
    return None if variances[-1] <= 1e-12 * variances[0] else math.sqrt(variances[0] / variances[-1])


def area_ratio(erf: Floats, share: float) -> float:
    """RepLKNet's, from its definition: odd squares from 3 on about pixel n // 2, cut at the image's border."""
    raised = np.vectorize(lambda value: math.log10(value + 1))(erf)
    raised /= raised.max()
    for reach in itertools.count(1):
        inside = [v for d, v in pixels(raised, tuple(n // 2 + 0.5 for n in erf.shape)) if max(map(abs, d)) <= reach]
        if sum(inside) > share * raised.sum():
            return math.prod(min(2 * reach + 1, n) / n for n in erf.shape)
    raise AssertionError


def log_density(family: str, d: Floats, scale: float | None, exponent: float | None) -> Floats:
    """One axis of a family of shapes at offsets d, normalised over them."""
    d = np.abs(d)
    if scale is None:
        return np.full(len(d), -math.log(len(d)))
    if family == "box":
        inside = d < scale / 2
        return np.log((1 - 1e-6) * inside / inside.sum() + 1e-6 / len(d))
    if scale == 0:
        return np.array([-math.log((d == d.min()).sum()) if x == d.min() else -math.inf for x in d])
    power = {"gaussian": 2.0, "laplace": 1.0, "generalised": exponent or 2.0}[family]
    depth = (d / (math.sqrt(2) * scale if family == "gaussian" else scale)) ** power
    depth = depth - depth.min()
    return -depth - math.log(np.exp(-depth).sum())


def shape_kl(
    erf: Floats, centre: Centre, family: str, scale: list[float | None], exponent: float | None = None
) -> float:
    """KL(p || q) by a loop over all pixels, q a product over the axes, normalised over the canvas."""
    axes = [
        log_density(family, np.arange(n) + 0.5 - c, s, exponent)
        for n, c, s in zip(erf.shape, centre, scale, strict=True)
    ]
    total = 0.0
    for index in np.ndindex(erf.shape):
        p = erf[index] / erf.sum()
        if p > 0:
            total += p * (math.log(p) - sum(axis[i] for axis, i in zip(axes, index, strict=True)))
    return total


def radial_profile(erf: Floats, centre: Centre) -> dict[int, tuple[float, float]]:
    """Mean distance and mean value per bin."""
    bins: dict[int, list[tuple[float, float]]] = {}
    for d, value in pixels(erf, centre):
        r = math.hypot(*d)
        bins.setdefault(math.floor(r + 0.5), []).append((r, value))
    return {k: (float(np.mean([r for r, _ in v])), float(np.mean([x for _, x in v]))) for k, v in bins.items()}
