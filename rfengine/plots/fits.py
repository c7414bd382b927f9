"""The fits that a map's metrics carry, as curves over the distance from the unit's centre along its widest axis."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api_schemas.report import GaussianFit, ShapeFit
from rfengine.metrics.gaussian import gaussian_amplitude
from rfengine.metrics.plane import Plane
from rfengine.plots.measured import Floats, MeasuredMap
from rfengine.reports.text import extent, number

Shape = Callable[[Floats, float], Floats]
# Scales closer than the first are one figure in the legend; closer than the second, one axis is as good as another.
SAME, ALIKE = 0.02, 0.1


@dataclass(frozen=True)
class FitCurve:
    """A fit to draw: `at` takes distances in px to shares of the map's maximum; `label` is the legend's words."""

    name: str
    label: str
    at: Callable[[Floats], Floats]
    is_best: bool = False


def fit_curves(shown: MeasuredMap) -> list[FitCurve]:
    """Every fit that can be drawn: least-squares Gaussian first, then the families fitted by likelihood."""
    metrics, axis = shown.entry.metrics, widest_axis(shown)
    found = [] if metrics.gaussian is None else [_least_squares(shown, metrics.gaussian, axis)]
    if metrics.shapes is None:
        return found
    families = (
        ("gaussian", "Gaussian"),
        ("laplace", "Laplace"),
        ("generalised", "generalised Gaussian"),
        ("box", "box"),
    )
    for key, words in families:
        fit: ShapeFit = getattr(metrics.shapes, key)
        if any(scale == 0 for scale in fit.scale):
            continue
        found.append(_likelihood(shown, key, words, fit, axis))
    return found


def widest_axis(shown: MeasuredMap) -> int:
    """The axis along which the map is widest, by its fits; the last where it is about as wide on all."""
    shapes = shown.entry.metrics.shapes
    if shapes is None:
        return shown.values.ndim - 1
    scales = [math.inf if scale is None else scale for scale in shapes.gaussian.scale]
    return max(axis for axis, scale in enumerate(scales) if scale >= max(scales) * (1 - ALIKE))


def _least_squares(shown: MeasuredMap, fit: GaussianFit, axis: int) -> FitCurve:
    """A exp(-d^2 / (2 sigma^2)) with the sigma of the cut through the fitted Gaussian along one axis."""
    axes = shown.values.ndim
    if axes == 2:
        along = (math.sin(fit.theta), math.cos(fit.theta))[axis] ** 2
        sigma = (along / fit.sigma[0] ** 2 + (1 - along) / fit.sigma[1] ** 2) ** -0.5
    else:
        sigma = math.prod(fit.sigma) ** (1 / axes)
    height = gaussian_amplitude(shown.values, tuple(shown.entry.centre_px), fit) / float(np.max(shown.values))
    label = f"Gaussian, least squares: σ {_sizes(fit.sigma)} px, R² {fit.r2:.4f}"
    return FitCurve("least squares", label, lambda d: height * np.exp(-0.5 * (d / sigma) ** 2))


def _likelihood(shown: MeasuredMap, key: str, words: str, fit: ShapeFit, axis: int) -> FitCurve:
    """mass * prod_a f(d_a) / sum_canvas prod_a f(d_a), cut along one axis."""
    plane = Plane.of(shown.values, tuple(shown.entry.centre_px))
    shape = _shape(key, fit.exponent)
    on_canvas = [
        float(np.sum(shape(np.abs(plane.offsets(a)), math.inf if scale is None else scale)))
        for a, scale in enumerate(fit.scale)
    ]
    height = float(plane.values.sum() / plane.values.max()) / math.prod(on_canvas)
    along = fit.scale[axis]
    scale = math.inf if along is None else along
    is_best = shown.entry.metrics.best_shape == key
    exponent = f", b {fit.exponent:.3g}" if key == "generalised" and fit.exponent is not None else ""
    flat = [s for s in fit.scale if s is not None]
    size = f"{_sizes(flat)} px" if len(flat) == len(fit.scale) else "flat"
    what = "side" if key == "box" else "σ" if key == "gaussian" else "s"
    best = " (best)" if is_best else ""
    label = f"{words}{best}: {what} {size}{exponent}, KL {fit.kl:.2g} nats"
    return FitCurve(key, label, lambda d: height * shape(d, scale), is_best)


def _shape(key: str, exponent: float | None) -> Shape:
    """f(|d|, scale) of a family, 1 at the centre."""
    if key == "box":
        return lambda d, side: np.where(d < side / 2, 1.0, 0.0)
    if key == "gaussian":
        return lambda d, sigma: np.exp(-0.5 * (d / sigma) ** 2)
    b = 1.0 if key == "laplace" else exponent or 2.0
    return lambda d, s: np.exp(-((d / s) ** b))


def _sizes(values: list[float]) -> str:
    rounded = [float(f"{value:.3g}") for value in values]
    return number(rounded[0]) if max(values) - min(values) <= SAME * max(values) else extent(rounded)
