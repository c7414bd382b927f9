"""The map over the distance from the unit's centre: radial and axis profiles, levels, fits and sizes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from rfengine.metrics.luo import TWO_SIGMA
from rfengine.metrics.plane import Plane
from rfengine.metrics.profile import Curve, profiles
from rfengine.plots import style
from rfengine.plots.caption import caption, headline
from rfengine.plots.fits import FitCurve, fit_curves
from rfengine.plots.measured import Floats, MeasuredMap
from rfengine.reports.text import number, per_axis

NAMES = {1: ("the signal",), 2: ("h", "w"), 3: ("d", "h", "w")}
# Broad under narrow: curves that coincide stay visible.
LOOKS = ((style.BLUE, 3.8), (style.ORANGE, 2.0), (style.GREEN, 1.4))
FITS = {
    "least squares": (style.PURPLE, style.DASHED),
    "gaussian": (style.PURPLE, (0, (1, 1.2))),
    "laplace": (style.GREEN, (0, (5, 1.5, 1, 1.5))),
    "generalised": (style.VERMILION, (0, (6, 2))),
    "box": (style.QUIET, (0, (3, 1.5))),
}
WIDTH, HEIGHT, LEFT, GAP, RIGHT = 13.2, 4.6, 0.95, 0.75, 2.4
PANEL = (WIDTH - LEFT - GAP - RIGHT) / 2
# Left edges of the legend's columns, inches: curves, fits, energies.
COLUMNS = (style.MARGIN, 3.45, 9.15)


def profile(shown: MeasuredMap, *, decades: int = 6) -> Figure:
    """The profiles of an ERF map with all fits of its metrics, linear and over at most so many decades."""
    curves, fits, right = axis_curves(shown), fit_curves(shown), _reach(shown)
    limits = _linear_limits(curves, fits), _log_limits(shown, curves, decades)
    lines = caption(shown, WIDTH)
    rows = max(len(curves) + 2, len(fits), len(energies(shown)))
    bottom = style.footer_height(rows, 1) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + 0.3 + style.header_height(lines))
    for panel, log in enumerate((False, True)):
        axes = style.box(figure, LEFT + panel * (PANEL + GAP), bottom, PANEL, HEIGHT)
        axes.set_yscale("log" if log else "linear")
        axes.set_ylim(limits[log])
        axes.set_xlim(-0.012 * right, right)
        groups = _spans(axes, shown), _curves(axes, curves), _fits(axes, fits, right)
        others = [_theory(axes, shown), _levels(axes, shown, words=log)]
        _dress(axes, log=log)
    style.heading(figure, headline("ERF profile", shown.tensor), lines)
    style.grouped_footer(figure, ([*groups[1], *others], groups[2], groups[0]), at=COLUMNS)
    return figure


def axis_curves(shown: MeasuredMap) -> list[tuple[str, Curve]]:
    """The profile along every axis and, of more than one, the radial one; shares of the maximum, with their names."""
    found = profiles(shown.values, tuple(shown.entry.centre_px))
    named = [
        (f"along {name}, both directions", curve)
        for curve, name in zip(found.axes, NAMES[shown.values.ndim], strict=True)
    ]
    if shown.values.ndim > 1:
        named.append(("mean of all directions", found.radial))
    peak = float(np.max(shown.values))
    return [(name, Curve(curve.distance, curve.value / peak)) for name, curve in named]


def energies(shown: MeasuredMap) -> list[tuple[float, list[str]]]:
    """Energy radii with the percentages that share them."""
    radii = shown.entry.metrics.energy_radius
    found: dict[float, list[str]] = {}
    for percent, radius in sorted(radii.items(), key=lambda one: (one[1], float(one[0]))):
        found.setdefault(radius, []).append(percent)
    return list(found.items())


def _reach(shown: MeasuredMap) -> float:
    """The farthest distance to show: the theoretical half-size, or the image's end where that comes first."""
    half = max(shown.trf) / 2
    inside = max(max(c, n - c) for c, n in zip(shown.entry.centre_px, shown.values.shape, strict=True))
    return float(max(1.1 * min(half, inside), 1.04 * shown.entry.metrics.energy_radius["95"], 1.0))


def _dress(axes: Axes, *, log: bool) -> None:
    style.dress(axes, x="distance from the unit's centre, px", y="" if log else "share of the map's maximum")
    axes.set_title("logarithmic" if log else "linear", loc="left", fontsize=style.LABEL, color=style.INK)
    if log:
        axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _linear_limits(curves: Sequence[tuple[str, Curve]], fits: Sequence[FitCurve]) -> tuple[float, float]:
    """From zero to the highest curve, or to a fit that is not far above it."""
    top = max(float(np.max(curve.value)) for _, curve in curves)
    ends = [float(fit.at(np.zeros(1))[0]) for fit in fits]
    return 0.0, 1.08 * max([top, *(end for end in ends if end <= 1.6 * top)])


def _log_limits(shown: MeasuredMap, curves: Sequence[tuple[str, Curve]], decades: int) -> tuple[float, float]:
    """From below the lowest point and level, over at most so many decades."""
    lowest = min(float(np.min(curve.value, where=curve.value > 0, initial=1.0)) for _, curve in curves)
    levels = [float(level) for level in shown.entry.metrics.radius_px.radial]
    return min(max(lowest / 3, 10.0**-decades), *(level / 10 for level in levels)), 4.0


def _curves(axes: Axes, curves: Sequence[tuple[str, Curve]]) -> list[Artist]:
    looks = [*LOOKS[: max(len(curves) - 1, 1)], (style.INK, 1.2)]
    # Markers carry curves of a few points; of more they would only thicken them.
    marker = "o" if all(np.count_nonzero(curve.value) <= 40 for _, curve in curves) else ""
    drawn: list[Artist] = []
    for (name, curve), (colour, width) in zip(curves, looks, strict=False):
        # A zero is a gap, not a depth.
        value = np.where(curve.value > 0, curve.value, np.nan)
        drawn += axes.plot(
            curve.distance, value, color=colour, lw=width, marker=marker, markersize=width + 2.5, label=name,
            solid_capstyle="round", zorder=3,
        )  # fmt: skip
    return drawn


def _fits(axes: Axes, fits: Sequence[FitCurve], right: float) -> list[Artist]:
    if not fits:
        return [Line2D([], [], ls="none", label="no shape fits this map")]
    distance = np.linspace(0, right, 600)
    return [_fit(axes, fit, distance) for fit in fits]


def _fit(axes: Axes, fit: FitCurve, distance: Floats) -> Artist:
    """One fit: a name for its look, and a function of the distance."""
    colour, dashes = FITS[fit.name]
    value = fit.at(distance)
    (line,) = axes.plot(
        distance, np.where(value > 0, value, np.nan), color=colour, ls=dashes, lw=2.4 if fit.is_best else 1.5,
        label=fit.label, zorder=4,
    )  # fmt: skip
    return line


def _spans(axes: Axes, shown: MeasuredMap) -> list[Artist]:
    """Energy radii as nested shades under the curves, smallest first."""
    found = energies(shown)
    handles: list[Artist] = []
    for shade, (radius, percents) in zip(style.SHADES[-len(found) :], reversed(found), strict=True):
        label = f"{', '.join(percents)} % of the mass within {radius:.1f} px"
        handles.insert(0, axes.axvspan(axes.get_xlim()[0], radius, color=shade, lw=0, zorder=0, label=label))
    return handles


def _theory(axes: Axes, shown: MeasuredMap) -> Artist:
    """Theoretical half-sizes as vertical lines, or where they lie off the plot in words."""
    halves = [n / 2 for n in shown.trf]
    for half in sorted(set(halves)):
        line = axes.axvline(half, color=style.TRF, lw=2.4, zorder=2)
    line.set_label(f"theoretical half-size {per_axis(halves)} px")
    if half > axes.get_xlim()[1]:
        axes.annotate(
            f"theoretical half-size {number(half)} px →", xy=(0.992, 0.985), xycoords="axes fraction", ha="right",
            va="top", fontsize=style.SMALL, color=style.BLUE, bbox=style.PLATE, zorder=6,
        )  # fmt: skip
    return line


def _levels(axes: Axes, shown: MeasuredMap, *, words: bool) -> Artist:
    """Levels as lines with a dot at their radius; their words stand in the right margin, spread apart."""
    metrics = shown.entry.metrics
    plane = Plane.of(shown.values, tuple(shown.entry.centre_px))
    two_sigma = TWO_SIGMA * plane.core_value / float(plane.values.max())
    # Nothing stands at the centre of a map with a hole: then the level is no line on a log scale.
    named = [(two_sigma, f"Luo size {metrics.luo_size:.1f} px (4.55 %)")] if two_sigma > axes.get_ylim()[0] else []
    for level in metrics.radius_px.radial:
        on_axis = metrics.radius_px.axis.get(level)
        named.append(
            (float(level), f"level {number(float(level))}: {'off axis' if on_axis is None else f'{on_axis} px'}")
        )
    for height, _ in named:
        axes.axhline(height, color=style.QUIET, lw=1.1, ls=":", zorder=2)
    if words:
        _level_words(axes, sorted(named))
    at = [(radius, float(level)) for level, radius in metrics.radius_px.axis.items()]
    (dots,) = axes.plot(
        [x for x, _ in at], [y for _, y in at], ls="none", marker="D", ms=6, color=style.INK, mec=style.PAPER,
        zorder=7, label="axis radius at the levels",
    )  # fmt: skip
    return dots


def _level_words(axes: Axes, levels: Sequence[tuple[float, str]]) -> None:
    to_fraction = axes.transData + axes.transAxes.inverted()
    heights = [float(to_fraction.transform((0.0, height))[1]) for height, _ in levels]
    for (_, words), height, place in zip(levels, heights, style.spread(heights, gap=0.052), strict=True):
        axes.annotate(
            words, xy=(1.0, height), xytext=(1.03, place), xycoords="axes fraction",
            textcoords="axes fraction", va="center", fontsize=style.SMALL, color=style.INK, annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": style.QUIET, "lw": 0.8, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)
            },
        )  # fmt: skip
