"""A study's figure: series with error bars, fitted laws through them, and guides."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from rfengine.plots import style
from rfengine.plots.series import Law, LinearLaw, Scale, Series, Study
from rfengine.reports.text import number, shorten

WIDTH, HEIGHT, LEFT = 10.0, 5.2, 1.05
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.VERMILION, style.PURPLE, style.INK, style.SKY)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GUIDES = ((0, (1, 1.6)), (0, (6, 2, 1, 2)), (0, (3, 3)))


def study(shown: Study) -> Figure:
    """The figure of a study; a fitted law stands in the legend.

    Raises:
        ValueError: a series whose x, y or error differ in length, or a value that a log axis cannot show.
    """
    for series in shown.series:
        _check(series, shown)
    lines = [line for note in shown.notes for line in style.wrapped(note, WIDTH - 2 * style.MARGIN)]
    entries = len(shown.series) + sum(series.fit is not None for series in shown.series) + len(shown.guides)
    columns = 1 if any(len(series.label) > 44 for series in shown.series) else 2
    bottom = style.footer_height(entries, columns) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, WIDTH - LEFT - 0.4, HEIGHT)
    legend = plot_series(axes, shown)
    style.heading(figure, shorten(shown.title, 70), lines)
    style.footer(figure, legend, columns=columns)
    return figure


def plot_series(axes: Axes, shown: Study) -> list[Artist]:
    """Everything but the words around; the legend's entries, fits after their series."""
    axes.set_xscale(shown.x_scale)
    axes.set_yscale(shown.y_scale)
    legend: list[Artist] = []
    for i, series in enumerate(shown.series):
        # Where colours begin again, markers go on by one: no two series look alike.
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[(i + i // len(COLOURS)) % len(MARKERS)]
        legend += _series(axes, series, colour, marker, shown.x_scale)
    _limits(axes, shown)
    reach = _positive(shown)
    for i, (label, law) in enumerate(shown.guides.items()):
        legend.append(_law(axes, law, reach, label, style.QUIET, GUIDES[i % len(GUIDES)]))
    style.dress(axes, x=shown.x, y=shown.y)
    _ticks(axes, shown)
    axes.grid(color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)
    return legend


def _check(series: Series, shown: Study) -> None:
    lengths = {len(series.x), len(series.y), len(series.y if series.error is None else series.error)}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(
            f"series '{series.label}': x, y and error have lengths {sorted(lengths)}; give as many of each"
        )
    for name, values, scale in (("x", series.x, shown.x_scale), ("y", series.y, shown.y_scale)):
        if scale == "log" and min(values) <= 0:
            raise ValueError(
                f"series '{series.label}': {name} = {min(values):g} cannot stand on a log axis; use linear"
            )


def _series(axes: Axes, series: Series, colour: str, marker: str, scale: Scale) -> list[Artist]:
    order = np.argsort(series.x, kind="stable")
    x, y = np.asarray(series.x, float)[order], np.asarray(series.y, float)[order]
    joined = "" if series.fit is not None else "-"
    bars = axes.errorbar(
        x, y, yerr=None if series.error is None else np.asarray(series.error, float)[order], color=colour,
        marker=marker, ms=6.5, mec=style.PAPER, mew=0.8, ls=joined, lw=1.8, elinewidth=1.4, capsize=3.5,
        label=shorten(series.label, 60), zorder=4,
    )  # fmt: skip
    if series.fit is None:
        return [bars]  # type: ignore[list-item]
    positive = x[x > 0]
    ends = (float(positive.min()), float(positive.max())) if scale == "log" else (float(x.min()), float(x.max()))
    return [bars, _law(axes, series.fit, ends, series.fit.words, colour, style.DASHED)]  # type: ignore[list-item]


def _law(axes: Axes, law: Law, ends: tuple[float, float], label: str, colour: str, dashes: object) -> Artist:
    log = axes.get_xscale() == "log"
    x = np.geomspace(*ends, 200) if log else np.linspace(*ends, 200)
    if not isinstance(law, LinearLaw):
        x = x[x > 0]
    (line,) = axes.plot(x, law.at(x), color=colour, ls=dashes, lw=1.6, label=label, zorder=2)
    return line


def _positive(shown: Study) -> tuple[float, float]:
    """From the least positive x to the largest."""
    every = [x for series in shown.series for x in series.x if x > 0] or [1.0]
    return min(every), max(every)


def _limits(axes: Axes, shown: Study) -> None:
    """Fixed by the points, so that a guide or a fit that runs away does not press them flat."""
    for values, errors, scale, set_limits in (
        ([x for s in shown.series for x in s.x], 0.0, shown.x_scale, axes.set_xlim),
        ([y for s in shown.series for y in s.y], _largest_error(shown.series), shown.y_scale, axes.set_ylim),
    ):
        low, high = min(values), max(values)
        if scale == "log":
            room = (high / low) ** 0.06 if high > low else 2.0
            set_limits(low / room, high * room)
        else:
            room = 0.05 * (high - low) + errors or 0.5
            set_limits(low - room if low < 0 or low > 0.4 * high else min(0.0, low) - 0.02 * (high - low), high + room)


def _largest_error(series: Sequence[Series]) -> float:
    return max((max(one.error) for one in series if one.error is not None), default=0.0)


def _ticks(axes: Axes, shown: Study) -> None:
    for axis, scale in ((axes.xaxis, shown.x_scale), (axes.yaxis, shown.y_scale)):
        if scale == "linear":
            axis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
            continue
        low, high = axis.get_view_interval()
        # Over a decade or two, powers of ten alone would leave the axis without figures.
        few = high / low < 300
        axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0) if few else (1.0,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(float(value))))
        axis.set_minor_formatter(NullFormatter())
