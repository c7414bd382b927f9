"""The map of a model over one axis: values as steps, one per sample, on a linear and on a log scale."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from rfengine.plots import marks, style
from rfengine.plots.caption import caption, headline, trf_label
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.view import view_of

WIDTH, HEIGHT, GAP, LEFT = 10.0, 2.5, 0.35, 1.0


def draw_signal(shown: MeasuredMap, *, decades: int) -> Figure:
    """A one-dimensional map; `decades`: range of the log scale below the maximum."""
    lines = caption(shown, WIDTH)
    bottom = style.footer_height(2 + len(marks.shown_energies(shown)), 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + 2 * HEIGHT + GAP + style.header_height(lines) + 0.1)
    lower = style.box(figure, LEFT, bottom, WIDTH - 1.4, HEIGHT)
    upper = style.box(figure, LEFT, bottom + HEIGHT + GAP, WIDTH - 1.4, HEIGHT, sharex=lower)
    floor = 10.0**-decades
    for axes, low, high in ((upper, 0.0, 1.06), (lower, floor, 2.0)):
        legend = _signal(axes, shown, low)
        if axes is lower:
            axes.set_yscale("log")
            axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(low, high)
        style.dress(axes, y="share of maximum")
    upper.tick_params(labelbottom=False)
    n = shown.entry.canvas[0]
    lower.set_xlabel(f"px of {n}", fontsize=style.LABEL, color=style.INK)
    lower.set_xlim(view_of((shown.field[0], shown.field[0]), (n, n))[0])
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    style.heading(figure, headline("Effective receptive field", shown.tensor), lines)
    style.footer(figure, legend, columns=2)
    return figure


def _signal(axes: Axes, shown: MeasuredMap, floor: float) -> list[Artist]:
    relative, (first, last), centre = shown.relative, shown.field[0], shown.entry.centre_px[0]
    legend: list[Artist] = []
    found = marks.shown_energies(shown)
    for shade, (side, percents) in zip(style.SHADES[-len(found) :], reversed(found), strict=True):
        label = f"{', '.join(percents)} % of the mass: {side} px about the centre"
        legend.insert(0, axes.axvspan(centre - side / 2, centre + side / 2, color=shade, lw=0, zorder=0, label=label))
    axes.stairs(
        np.maximum(relative, floor), np.arange(len(relative) + 1), baseline=floor, fill=True, color=style.BLUE, zorder=2
    )
    edges: list[Artist] = [axes.axvline(edge, color=style.TRF, lw=2.2, zorder=3) for edge in (first, last + 1)]
    edges[0].set_label(trf_label(shown))
    for edge in (0, len(relative)):
        axes.axvline(edge, color=style.INK, lw=1.0, zorder=3)
    middle = axes.axvline(
        centre, color=style.INK, lw=1.6, ls=style.DASHED, zorder=3, label=f"unit's centre {centre:g} px"
    )
    return [edges[0], middle, *legend]
