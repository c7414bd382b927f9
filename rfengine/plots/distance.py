"""The map over the distance from the unit's centre: radial and axis profiles, levels, fit and sizes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from api_schemas.report import ErfEntry
from rfengine.metrics.gaussian import gaussian_amplitude
from rfengine.metrics.luo import TWO_SIGMA
from rfengine.metrics.plane import Plane
from rfengine.metrics.profile import profiles
from rfengine.plots import style
from rfengine.plots.caption import Interval, caption, headline, trf
from rfengine.reports.text import extent, number, per_axis

Floats = NDArray[np.float64]

NAMES = {1: ("the signal",), 2: ("h", "w"), 3: ("d", "h", "w")}
# Broad under narrow: curves that coincide stay visible.
LOOKS = ((style.BLUE, 3.8), (style.ORANGE, 2.0), (style.GREEN, 1.4))
WIDTH, HEIGHT = 10.0, 4.6


def profile(
    erf: Floats, *, entry: ErfEntry, tensor: str, computed: str, field: Sequence[Interval], decades: int = 6
) -> bytes:
    """PNG of the profiles of an ERF map; the parameters are `heatmap`'s."""
    peak, centre = float(np.max(erf)), tuple(entry.centre_px)
    right = _reach(erf.shape, field, entry)
    floor = min(10.0**-decades, *(float(level) / 10 for level in entry.metrics.radius_px.radial))
    lines = caption(entry, computed, field, WIDTH)
    bottom = style.footer_height(9, 3) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, 1.0, bottom, WIDTH - 1.4, HEIGHT)
    legend = [*_curves(axes, erf, centre, peak), *_fit(axes, erf, centre, peak, right, entry)]
    axes.set_yscale("log")
    axes.set_ylim(floor, 4)
    axes.set_xlim(-0.012 * right, right)
    legend += _sizes(axes, entry, field)
    style.dress(axes, x="distance from the unit's centre, px", y="share of the map's maximum")
    _levels(axes, entry, TWO_SIGMA * Plane.of(erf, centre).core_value * Plane.of(erf, centre).scale / peak)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)
    style.heading(figure, headline("ERF profile", tensor), lines)
    style.footer(figure, legend, columns=3)
    return style.png(figure)


def _reach(shape: Sequence[int], field: Sequence[Interval], entry: ErfEntry) -> float:
    """The farthest distance to show: the theoretical half-size, or the image's end where that comes first."""
    half = max(trf(field)) / 2
    inside = max(max(c, n - c) for c, n in zip(entry.centre_px, shape, strict=True))
    return max(1.1 * min(half, inside), 1.04 * entry.metrics.energy_radius["95"], 1.0)


def _curves(axes: Axes, erf: Floats, centre: tuple[float, ...], peak: float) -> list[Artist]:
    found = profiles(erf, centre)
    names, looks = NAMES[erf.ndim], LOOKS[: erf.ndim]
    named = [
        (curve, f"along {name}, both directions", colour, width)
        for curve, name, (colour, width) in zip(found.axes, names, looks, strict=True)
    ]
    if erf.ndim > 1:
        named.append((found.radial, "mean of all directions", style.INK, 1.2))
    # Markers carry curves of a few points; of more they would only thicken them.
    marker = "o" if all(np.count_nonzero(curve.value) <= 40 for curve, *_ in named) else ""
    drawn: list[Artist] = []
    for curve, label, colour, width in named:
        # A zero is a gap, not a depth.
        value = np.where(curve.value > 0, curve.value / peak, np.nan)
        drawn += axes.plot(
            curve.distance, value, color=colour, lw=width, marker=marker, markersize=width + 2.5, label=label,
            solid_capstyle="round", zorder=3,
        )  # fmt: skip
    return drawn


def _fit(
    axes: Axes, erf: Floats, centre: tuple[float, ...], peak: float, right: float, entry: ErfEntry
) -> list[Artist]:
    fit = entry.metrics.gaussian
    if fit is None:
        return [Line2D([], [], ls="none", label="no Gaussian fits this map")]
    sigma = float(np.prod(fit.sigma)) ** (1 / len(fit.sigma))
    distance = np.linspace(0, right, 400)
    value = gaussian_amplitude(erf, centre, fit) / peak * np.exp(-0.5 * (distance / sigma) ** 2)
    label = f"Gaussian, σ {extent([float(f'{s:.3g}') for s in fit.sigma])} px, R² {fit.r2:.4f}"
    return [*axes.plot(distance, value, color=style.PURPLE, lw=2.0, ls=style.DASHED, zorder=4, label=label)]


def _sizes(axes: Axes, entry: ErfEntry, field: Sequence[Interval]) -> list[Artist]:
    """Energy radii and theoretical half-sizes as vertical lines."""
    handles: list[Artist] = []
    for percent, dashes in (("50", "-"), ("95", style.DASHED)):
        radius = entry.metrics.energy_radius[percent]
        label = f"{percent} % of the mass within {radius:.1f} px"
        handles.append(axes.axvline(radius, color=style.VERMILION, lw=1.5, ls=dashes, zorder=2, label=label))
    for half in sorted({n / 2 for n in trf(field)}):
        line = axes.axvline(half, color=style.TRF, lw=2.4, zorder=2)
    line.set_label(f"theoretical half-size {per_axis([n / 2 for n in trf(field)])} px")
    if half > axes.get_xlim()[1]:
        axes.annotate(
            f"theoretical half-size {number(half)} px →", xy=(0.992, 0.985), xycoords="axes fraction", ha="right",
            va="top", fontsize=style.SMALL, color=style.BLUE, bbox=style.PLATE, zorder=6,
        )  # fmt: skip
    return [*handles, line]


def _levels(axes: Axes, entry: ErfEntry, two_sigma: float) -> None:
    """Levels as lines, their words on the side where the curves are not: right of a steep map, left of a broad one."""
    metrics = entry.metrics
    marks = [(two_sigma, f"4.55 % of the centre: Luo size {metrics.luo_size:.1f} px", metrics.luo_size * 0.56)]
    for level, radial in metrics.radius_px.radial.items():
        on_axis = metrics.radius_px.axis.get(level)
        reached = f"axis radius {on_axis} px" if on_axis is not None else "not reached on the axes"
        marks.append((float(level), f"level {number(float(level))}: {reached}", radial))
    to_fraction = axes.transData + axes.transAxes.inverted()
    for side, x, align in ((True, 0.992, "right"), (False, 0.02, "left")):
        chosen = sorted(mark for mark in marks if (mark[2] < 0.45 * axes.get_xlim()[1]) == side)
        heights = [float(to_fraction.transform((0.0, height))[1]) for height, _, _ in chosen]
        for (height, words, _), place in zip(chosen, style.spread(heights, gap=0.055), strict=True):
            axes.axhline(height, color=style.QUIET, lw=1.1, ls=":", zorder=2)
            axes.annotate(
                words, xy=(x, place), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points", ha=align,
                va="bottom", fontsize=style.SMALL, color=style.INK, zorder=6,
                bbox=style.PLATE,
            )  # fmt: skip
