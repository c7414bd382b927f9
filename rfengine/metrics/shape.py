"""Which shape a map has: box, Laplace, Gaussian or what lies between, by likelihood.

The map, divided by its sum, is a distribution p over the pixels of the canvas. Every family is a product over the axes,

    q(d) = prod_a f(d_a; s_a) / sum_canvas(...),    d = pixel centre - unit's centre,    one scale s_a per axis,

    box          f = 1 for |d| < s/2, else 0              Gaussian     f = exp(-d^2 / (2 s^2))
    Laplace      f = exp(-|d| / s)                        generalised  f = exp(-|d / s|^b), one b for all axes

evaluated at the pixel centres, so that a sampled Gaussian of any width is one exactly, and normalised over the canvas,
so that a field the border cuts is fitted by what is inside. The parameters are those of maximum likelihood:

    KL(p || q) = sum_i p_i log(p_i / q_i) = KL(p || prod_a p_a) + sum_a KL(p_a || q_a),    p_a the marginals.

The first term, the dependence between the axes, is the same for every family: the marginals alone decide, and each axis
is a problem of its own. A Gaussian at an angle to the axes has Gaussian marginals and is still told. Products, not
functions of the radius, since kernels are rectangles: the box of one layer and the limit of many are both products.
A floor under the map (global context) is not taken off: it counts as tails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from api_schemas.report import BestShape, ShapeFit, ShapeFits
from rfengine.metrics.plane import Floats, Plane

# The box spreads this share of its mass over the whole canvas: one pixel of rounding must not cost it everything.
LEAK = 1e-6
# Nats per axis. A Gaussian and the Laplace nearest to it are 0.048 apart: below a fiftieth of that, shapes are one.
TIE = 1e-3
# Nats per axis by which the free exponent must improve on the best named shape: a fifth of the same distance.
GAIN = 1e-2
# Exponents to start from; the ends bound the search, and the upper one is a box for every canvas in use.
EXPONENTS = tuple(2.0**k for k in range(-2, 7))
GOLDEN = (5**0.5 - 1) / 2


def shape_fits(plane: Plane) -> ShapeFits:
    """The four families fitted to one map."""
    axes = [_Axis.of(plane, axis) for axis in range(plane.values.ndim)]
    dependence = max(0.0, sum(axis.entropy for axis in axes) - _entropy(plane.values.ravel()))

    def fit(of_axis: "Callable[[_Axis], _Fit]", to_scale: float = 1.0, exponent: float | None = None) -> ShapeFit:
        found = [of_axis(axis) for axis in axes]
        scale = [None if one.scale is None else one.scale * to_scale for one in found]
        kl = dependence + sum(max(0.0, one.cross_entropy - axis.entropy) for one, axis in zip(found, axes, strict=True))
        return ShapeFit(scale=scale, exponent=exponent, kl=kl)

    b = _best_exponent(axes)
    return ShapeFits(
        gaussian=fit(partial(_fit_exponential, exponent=2.0), to_scale=0.5**0.5),
        box=fit(_fit_box),
        laplace=fit(partial(_fit_exponential, exponent=1.0)),
        generalised=fit(partial(_fit_exponential, exponent=b or 2.0), exponent=b),
        dependence=dependence,
    )


def best_shape(fits: ShapeFits) -> BestShape | None:
    """The shape with the smallest KL; None where the map does not tell the two best apart.

    Gaussian, box and Laplace compete. The generalised Gaussian contains all three, so it wins only where it explains
    more than half of what the best of them leaves unexplained (its KL less the dependence) and more than GAIN nats per
    axis. The map is no sample of a known size, so no information criterion says where to draw this line.
    """
    named: dict[BestShape, float] = {"gaussian": fits.gaussian.kl, "box": fits.box.kl, "laplace": fits.laplace.kl}
    (best, kl), (_, second), _ = sorted(named.items(), key=lambda item: item[1])
    axes = len(fits.gaussian.scale)
    gain = kl - fits.generalised.kl
    if gain > GAIN * axes and gain > (kl - fits.dependence) / 2:
        return "generalised"
    return best if second - kl > TIE * axes else None


@dataclass(frozen=True, eq=False)
class _Axis:
    """A marginal by distance: `mass` of the map and `count` of pixels at every distance |d|, increasing."""

    distance: Floats
    mass: Floats
    count: Floats
    entropy: float

    @classmethod
    def of(cls, plane: Plane, axis: int) -> "_Axis":
        marginal = plane.values.sum(axis=tuple(a for a in range(plane.values.ndim) if a != axis))
        distance, group = np.unique(np.abs(plane.offsets(axis)), return_inverse=True)
        mass = np.bincount(group, marginal) / marginal.sum()
        return cls(distance, mass, np.bincount(group).astype(float), _entropy(marginal))


@dataclass(frozen=True)
class _Fit:
    """One family on one axis: -sum_i p_i log q_i in nats, and its scale, px (0: one core; None: flat)."""

    cross_entropy: float
    scale: float | None


def _fit_box(axis: _Axis) -> _Fit:
    """The side 2|d| + 1 about the centre with the least -P log q_in - (1 - P) log q_out, P the mass inside."""
    inside = np.minimum(np.cumsum(axis.mass), 1.0)
    pixels = np.cumsum(axis.count)
    outside = LEAK / pixels[-1]
    cost = -inside * np.log((1 - LEAK) / pixels + outside) - (1 - inside) * np.log(outside)
    best = int(np.argmin(cost))
    return _Fit(float(cost[best]), float(2 * axis.distance[best] + 1))


def _fit_exponential(axis: _Axis, exponent: float) -> _Fit:
    """The scale a of exp(-|d/a|^b) by maximum likelihood, where the mean of |d|^b under q is that under p.

    With v = |d/D|^b - |d_0/D|^b and q ~ exp(-k v) the likelihood is concave in k; Newton's method runs on log k, in
    which the logarithm of the mean is nearly straight. a = D k^(-1/b), D the largest distance.
    """
    furthest = float(axis.distance[-1])
    power = (axis.distance / furthest) ** exponent if furthest > 0 else np.zeros_like(axis.distance)
    v = power - power[0]
    mean, flat = float(axis.mass @ v), float(axis.count @ v / axis.count.sum())
    if mean >= flat * (1 - 1e-12):
        return _Fit(float(np.log(axis.count.sum())), None)
    if mean <= 0:
        return _Fit(float(np.log(axis.count[0])), 0.0)
    k = _matching(axis.count, v, mean, start=1 / (exponent * mean))
    cross_entropy = k * mean + float(np.log(axis.count @ np.exp(-k * v)))
    return _Fit(cross_entropy, float(furthest * k ** (-1 / exponent)))


def _matching(count: Floats, v: Floats, mean: float, start: float) -> float:
    """The k > 0 for which the mean of v under q ~ count exp(-k v) is `mean`: a falling function of k."""
    x, low, high = float(np.log(start)), -np.inf, np.inf
    for _ in range(100):
        k = np.exp(x)
        q = count * np.exp(-k * v)
        q /= q.sum()
        found = float(q @ v)
        low, high = (x, high) if found > mean else (low, x)
        if abs(found - mean) <= 1e-12 * mean or high - low <= 1e-13 * abs(x):
            break
        slope = k * float(q @ (v - found) ** 2) / found if found > 0 else 0.0
        step = np.log(found / mean) / slope if slope > 0 else -np.inf
        trial = x + float(np.clip(step, -2.0, 2.0))
        x = trial if low < trial < high else (low + high) / 2
    return float(np.exp(x))


def _best_exponent(axes: list[_Axis]) -> float | None:
    """The b with the least cross-entropy over all axes: the best of a coarse grid, then golden section on log b.

    None where all exponents fit alike: a flat map, or one with all mass at its centre.
    """

    def cost(log_b: float) -> float:
        return sum(_fit_exponential(axis, float(np.exp(log_b))).cross_entropy for axis in axes)

    grid = np.log(EXPONENTS)
    costs = [cost(x) for x in grid]
    best = int(np.argmin(costs))
    if max(costs) - costs[best] <= 1e-12:
        return None
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    x, y = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_x, at_y = cost(x), cost(y)
    while high - low > 1e-4:
        if at_x <= at_y:
            high, y, at_y = y, x, at_x
            x = high - GOLDEN * (high - low)
            at_x = cost(x)
        else:
            low, x, at_x = x, y, at_y
            y = low + GOLDEN * (high - low)
            at_y = cost(y)
    return float(min((costs[best], float(np.exp(grid[best]))), (at_x, float(np.exp(x))), (at_y, float(np.exp(y))))[1])


def _entropy(values: Floats) -> float:
    """-sum_i p_i log p_i of values divided by their sum, in nats: log S - sum_i E_i log E_i / S."""
    positive = values[values > 0]
    total = float(positive.sum())
    return float(np.log(total) - positive @ np.log(positive) / total)
