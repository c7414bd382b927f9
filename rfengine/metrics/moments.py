"""Mass and first moment of a map, and its size as a share of the theoretical field."""

import math

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


def share_of_trf(size: float, trf: tuple[int, ...]) -> float:
    """An effective size over the theoretical one, the geometric mean of its axes: size / (prod_a trf_a)^(1/n)."""
    return float(size / math.prod(trf) ** (1 / len(trf)))
