"""The least-squares Gaussian of a map, centred on the unit.

    g(d) = A exp(-1/2 d^T P d),    P = Sigma^-1,    d = pixel centre - unit's centre
    minimise  SSE = sum_i (E_i - g(d_i))^2  over A and the symmetric P;    R^2 = 1 - SSE / sum_i (E_i - mean E)^2

The sums run over all pixels of the map. A is linear and drops out: A = <E, f> / <f, f> with f = g / A (variable
projection, Golub and Pereyra 1973); P is found by Levenberg-Marquardt.
"""

import math
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike

from api_schemas.report import GaussianFit
from rfengine.metrics.luo import luo_pixels, luo_size
from rfengine.metrics.plane import Floats, Plane

STEPS = 200
TOLERANCE = 1e-11
# A sampled Gaussian with sigma 0.2 falls to e^-12.5 at the next pixel: below that the pixels do not determine it.
SMALLEST_SIGMA = 0.2
# Above so many pixels the fit starts on a part of them.
FEW_PIXELS = 1 << 16
# Luo's size of a two-dimensional Gaussian: sqrt(pi * 2 ln(1 / 0.0455)) sigma.
LUO_PER_SIGMA = 4.4056


def gaussian_fit(plane: Plane) -> GaussianFit | None:
    """The fit, or None where the map has none.

    None where fewer pixels are positive than there are parameters, where they lie on one line, where the map is flat
    over its canvas, or where the best Gaussian is narrower than the pixels resolve or flat over the map.
    """
    if np.count_nonzero(plane.values) <= _parameters(plane.values.ndim):
        return None
    spread = np.array([math.sqrt(_second_moment(plane, axis)) for axis in range(plane.values.ndim)])
    total = float(((plane.values - plane.values.mean()) ** 2).sum())
    if spread.min() == 0 or total <= 1e-12 * float((plane.values**2).sum()):
        return None
    problem = _Problem.of(plane, spread)
    isotropic = luo_size(luo_pixels(plane), 2) / LUO_PER_SIGMA if plane.values.ndim == 2 else float(spread.min())
    # Two starts, since a narrow peak on broad flanks has two minima: the map's second moments, and Luo's size.
    starts = [np.eye(len(spread)), np.diag((spread / isotropic) ** 2)]
    if len(problem.e) > FEW_PIXELS:
        # A part of the pixels finds the way; all of them then take the last steps.
        starts = [min((_minimise(problem.thinned(), start) for start in starts), key=lambda found: found[0])[1]]
    sse, precision = min((_minimise(problem, start) for start in starts), key=lambda found: found[0])
    covariance = np.linalg.inv(precision) * np.outer(spread, spread)
    variances, vectors = np.linalg.eigh(covariance)
    if variances.min() < SMALLEST_SIGMA**2 or variances.max() > (4 * max(plane.values.shape)) ** 2:
        return None
    sigma = np.sqrt(variances[::-1])
    return GaussianFit(sigma=sigma.tolist(), theta=_theta(sigma, vectors[:, -1]), r2=1 - sse / total)


def gaussian_amplitude(erf: ArrayLike, centre: tuple[float, ...], fit: GaussianFit) -> float:
    """The A of a fit to this map, which the fit itself leaves out, in the map's units: <E, f> / <f, f>."""
    plane = Plane.of(erf, centre)
    f = np.exp(-0.5 * _quadratic(plane, _precision(fit, plane.values.ndim)))
    return float((plane.values * f).sum() / (f * f).sum() * plane.scale)


def _parameters(axes: int) -> int:
    return 1 + axes * (axes + 1) // 2


def _second_moment(plane: Plane, axis: int) -> float:
    """sum E_i d_i^2 / sum E_i along one axis."""
    others = tuple(a for a in range(plane.values.ndim) if a != axis)
    marginal = plane.values.sum(axis=others)
    return float(np.dot(marginal, plane.offsets(axis) ** 2) / marginal.sum())


@dataclass(frozen=True, eq=False)
class _Problem:
    """Pixels as rows: E, and the features (1, q_k) with d^T P d = sum_k P_k q_k, in units of the map's spread."""

    e: Floats
    features: Floats

    @classmethod
    def of(cls, plane: Plane, spread: Floats) -> "_Problem":
        """Only pixels that can matter: the support, and six times its spread about the centre."""
        window, axes = [], []
        for axis in range(plane.values.ndim):
            others = tuple(a for a in range(plane.values.ndim) if a != axis)
            d = plane.offsets(axis)
            used = np.flatnonzero(plane.values.any(axis=others) | (np.abs(d) <= 6 * spread[axis]))
            window.append(slice(int(used[0]), int(used[-1]) + 1))
            axes.append(d[window[-1]] / spread[axis])
        grid = [g.ravel() for g in np.meshgrid(*axes, indexing="ij")]
        pairs = combinations_with_replacement(range(len(grid)), 2)
        q = [grid[i] * grid[j] * (1 if i == j else 2) for i, j in pairs]
        return cls(plane.values[tuple(window)].ravel(), np.stack([np.ones_like(grid[0]), *q], axis=1))

    def thinned(self) -> "_Problem":
        """About FEW_PIXELS of the pixels, spread over the map: their distance has no factor in common with its rows."""
        step = next(k for k in range(len(self.e) // FEW_PIXELS, len(self.e)) if math.gcd(k, len(self.e)) == 1)
        return _Problem(self.e[::step], self.features[::step])


@dataclass(frozen=True, eq=False)
class _Point:
    """One P: its error, and the gradient and Gauss-Newton matrix of the error there."""

    sse: float
    gradient: Floats
    curvature: Floats


def _evaluate(problem: _Problem, p: Floats) -> _Point:
    """All that a step needs, from the sums G = sum f^2 q q^T and h = sum E f q (q_0 = 1).

    A = h_0 / G_00, SSE = sum E^2 - A h_0; J_k = -A/2 q_k f less its part along f, and the residual is orthogonal to f.
    """
    f = np.exp(-0.5 * np.maximum(problem.features[:, 1:] @ p, 0))
    G = problem.features.T @ (problem.features * (f * f)[:, None])
    h = problem.features.T @ (problem.e * f)
    A = h[0] / G[0, 0]
    gradient = -0.5 * A * (h[1:] - A * G[0, 1:])
    curvature = 0.25 * A * A * (G[1:, 1:] - np.outer(G[0, 1:], G[0, 1:]) / G[0, 0])
    return _Point(float(problem.e @ problem.e - A * h[0]), gradient, curvature)


def _minimise(problem: _Problem, start: Floats) -> tuple[float, Floats]:
    """Levenberg-Marquardt from one start; a step that is not uphill for SSE and keeps P positive definite is taken."""
    n = len(start)
    upper = list(combinations_with_replacement(range(n), 2))
    p = np.array([start[i, j] for i, j in upper])
    here, damping = _evaluate(problem, p), 1e-3
    for _ in range(STEPS):
        matrix = here.curvature + damping * np.diag(np.diag(here.curvature) + 1e-30)
        step = np.linalg.lstsq(matrix, here.gradient, rcond=None)[0]
        trial = p + step
        there = _evaluate(problem, trial) if _positive_definite(_symmetric(trial, n)) else None
        if there is None or not there.sse <= here.sse:
            damping *= 10
            if damping > 1e12:
                break
            continue
        gain, p, here, damping = here.sse - there.sse, trial, there, max(damping / 10, 1e-9)
        if gain <= TOLERANCE * here.sse or np.abs(step).max() <= TOLERANCE * np.abs(p).max():
            break
    return here.sse, _symmetric(p, n)


def _symmetric(p: Floats, n: int) -> Floats:
    P = np.zeros((n, n))
    for value, (i, j) in zip(p, combinations_with_replacement(range(n), 2), strict=True):
        P[i, j] = P[j, i] = value
    return P


def _positive_definite(P: Floats) -> bool:
    return bool(np.isfinite(P).all() and np.linalg.eigvalsh(P)[0] > 1e-9)


def _theta(sigma: Floats, first: Floats) -> float:
    """Angle of the first principal axis from w towards h, in (-pi/2, pi/2]; 0 where no axis is longer."""
    if len(sigma) < 2 or sigma[0] - sigma[1] <= 1e-6 * sigma[0]:
        return 0.0
    h, w = float(first[-2]), float(first[-1])
    theta = math.atan2(h, w)
    if theta <= -math.pi / 2:
        return theta + math.pi
    return theta - math.pi if theta > math.pi / 2 else theta


def _precision(fit: GaussianFit, axes: int) -> Floats:
    """P of a fit on one or two axes; on three, the in-plane angle does not say it: the mean sigma stands for all."""
    if axes == 2:
        u = np.array([math.sin(fit.theta), math.cos(fit.theta)])
        v = np.array([u[1], -u[0]])
        return np.outer(u, u) / fit.sigma[0] ** 2 + np.outer(v, v) / fit.sigma[1] ** 2
    return np.eye(axes) / math.prod(fit.sigma) ** (2 / axes)


def _quadratic(plane: Plane, P: Floats) -> Floats:
    grid = np.meshgrid(*(plane.offsets(a) for a in range(plane.values.ndim)), indexing="ij")
    d = np.stack(grid, axis=-1)
    quadratic: Floats = np.einsum("...i,ij,...j->...", d, P, d)
    return quadratic
