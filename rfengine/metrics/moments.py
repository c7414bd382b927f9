"""Mass, first and second moments of a map, and its size as a share of the theoretical field."""

import math
from itertools import combinations_with_replacement

import numpy as np

from rfengine.metrics.plane import Plane


def mass(plane: Plane) -> float:
    """Sum of the raw map, sum E_i, before any normalisation or clipping."""
    return float(plane.values.sum()) * plane.scale


def offset(plane: Plane) -> list[float]:
    """Centre of mass less the unit's centre, px per axis: sum E_i d_i / sum E_i."""
    total = plane.values.sum()
    axes = range(plane.values.ndim)
    marginals = [plane.values.sum(axis=tuple(b for b in axes if b != a)) for a in axes]
    return [float(np.dot(marginal, plane.offsets(a)) / total) for a, marginal in enumerate(marginals)]


def anisotropy(plane: Plane) -> float | None:
    """Largest over smallest principal standard deviation: sqrt(l_max / l_min), at least 1, and 1 on one axis.

    l are the eigenvalues of the second moments about the unit's centre, M_ab = sum E_i d_ia d_ib / sum E_i: of the map
    itself, tails and offset included, not of a fit. None where the map has no width in some direction.
    """
    axes, total = range(plane.values.ndim), plane.values.sum()
    moments = np.zeros((len(axes), len(axes)))
    for a, b in combinations_with_replacement(axes, 2):
        marginal = plane.values.sum(axis=tuple(c for c in axes if c not in (a, b)))
        d, e = plane.offsets(a), plane.offsets(b)
        moments[a, b] = moments[b, a] = (marginal @ d**2 if a == b else d @ marginal @ e) / total
    eigenvalues = np.linalg.eigvalsh(moments)
    if eigenvalues[0] <= 1e-12 * eigenvalues[-1]:
        return None
    return math.sqrt(eigenvalues[-1] / eigenvalues[0])


def share_of_trf(size: float, trf: tuple[int, ...]) -> float:
    """An effective size over the theoretical one, the geometric mean of its axes: size / (prod_a trf_a)^(1/n)."""
    return float(size / math.prod(trf) ** (1 / len(trf)))
