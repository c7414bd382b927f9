"""Several maps of one unit side by side: on one scale of space, their profiles in one plot, and their sizes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from rfengine.metrics.profile import profiles
from rfengine.plots import marks, style
from rfengine.plots.caption import headline, policy, unit
from rfengine.plots.fits import widest_axis
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.plane import colour_bar, paint
from rfengine.plots.view import View, panel, view_of
from rfengine.reports.text import extent, number, shorten

WIDTH, LEFT, GAP, RIGHT = 13.2, 0.95, 0.3, 1.15
HEIGHT = 3.9
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE)
WIDTHS = (2.6, 2.2, 1.7, 1.3)
AXES = {1: ("",), 2: ("h", "w"), 3: ("d", "h", "w")}


def estimators(maps: Sequence[MeasuredMap], *, decades: int = 6) -> Figure:
    """Maps of one unit by different estimators, one to four, over so many decades.

    Space is counted from the unit's centre, so that maps on different canvases stand on one scale. Of maps with one
    axis only the profiles are drawn.

    Raises:
        ValueError: no map, or more than there are colours.
    """
    if not 1 <= len(maps) <= len(COLOURS):
        raise ValueError(f"{len(maps)} maps to compare: give 1 to {len(COLOURS)}")
    first = maps[0]
    lines = [f"{unit(first)} · theoretical field {extent(first.trf)} px", *_how(maps)]
    return side_by_side(maps, headline("Estimators of the receptive field", first.tensor), lines, decades=decades)


def side_by_side(
    maps: Sequence[MeasuredMap],
    title: str,
    lines: Sequence[str],
    *,
    decades: int = 6,
    axis: int | None = None,
    reach: float = 0.0,
    more: Sequence[Artist] = (),
) -> Figure:
    """Maps of one unit, each under its `estimator`.

    `axis`: of the profiles, by default that along which the first map is widest. `reach`: px from the centre that are
    shown at least. `more`: entries of the legend.
    """
    first = maps[0]
    row = _row(maps, reach) if first.values.ndim > 1 else None
    lower = style.footer_height(1, 1) + 0.7
    above = lower + HEIGHT + (1.0 if row else 0.0)
    figure = style.new_figure(WIDTH, above + (row[2] if row else 0.0) + 0.32 + style.header_height(lines))
    if row:
        _maps(figure, maps, row, above, decades)
    for left, log in ((LEFT, False), (LEFT + 4.15, True)):
        axes = style.box(figure, left, lower, 3.4, HEIGHT)
        _profiles(axes, maps, axis, decades if log else None)
        axes.set_xlim(right=max(axes.get_xlim()[1], 1.08 * reach))
    _table(style.box(figure, LEFT + 7.85, lower, WIDTH - LEFT - 8.2, HEIGHT), maps)
    style.heading(figure, title, lines)
    style.footer(figure, [*_legend(planar=first.values.ndim == 2), *more], columns=4)
    return figure


def _how(maps: Sequence[MeasuredMap]) -> list[str]:
    """How each map was got, and under which policy; a line or two each."""
    words = (" · ".join(filter(None, (f"{m.estimator}: {m.computed}", policy(m)))) for m in maps)
    return [line for how in words for line in style.wrapped(how, WIDTH - 2 * style.MARGIN)]


def _legend(*, planar: bool) -> list[Artist]:
    """What the lines are that all maps share; the squares' sides stand in the table."""
    field = Line2D([], [], color=style.TRF, lw=4.0, path_effects=style.outlined(4.0), label="theoretical field")
    squares = [
        Line2D([], [], color=style.PAPER, lw=1.6, ls=marks.DASHES[p], path_effects=style.outlined(1.6), label=words)
        for p, words in (("50", "square with 50 % of the mass"), ("95", "square with 95 % of the mass"))
    ]
    return [field, *(squares if planar else [])]


def _row(maps: Sequence[MeasuredMap], reach: float) -> tuple[View, float, float]:
    """The common view, px from the unit's centre, and the panels' size in inches."""
    views = [_centred(shown) for shown in maps]
    if reach:
        views.append(((-1.05 * reach, 1.05 * reach),) * 2)
    view = tuple((min(one[axis][0] for one in views), max(one[axis][1] for one in views)) for axis in range(2))
    room = (WIDTH - LEFT - RIGHT - GAP * (max(len(maps), 2) - 1)) / max(len(maps), 2)
    width, height = panel((view[0], view[1]), width=room, height=4.2)
    return (view[0], view[1]), width, height


def _centred(shown: MeasuredMap) -> View:
    (top, bottom), (left, right) = view_of(shown.field[-2:], shown.values.shape[-2:])
    y, x = shown.entry.centre_px[-2:]
    return (top - y, bottom - y), (left - x, right - x)


def _maps(figure: Figure, maps: Sequence[MeasuredMap], row: tuple[View, float, float], y: float, decades: int) -> None:
    view, width, height = row
    for i, shown in enumerate(maps):
        axes = style.box(figure, LEFT + i * (width + GAP), y, width, height)
        centre = shown.entry.centre_px[-2:]
        marks.ground(axes, shown.values.shape[-2:], origin=(-centre[0], -centre[1]))
        image = paint(axes, shown.plane, decades=decades, origin=(-centre[0], -centre[1]))
        marks.theoretical(axes, shown, origin=(-centre[0], -centre[1]))
        marks.squares(axes, shown, origin=(-centre[0], -centre[1]), only=("50", "95"))
        marks.frame(axes, view)
        style.dress(axes, x="w, px from centre", y="h, px from centre" if i == 0 else "")
        axes.tick_params(labelleft=i == 0)
        _title(axes, i, shorten(shown.estimator, max(int((width - 0.4) / 0.11), 8)), (width, height))
    place = style.box(figure, LEFT + len(maps) * (width + GAP) - GAP + 0.14, y, 0.18, height)
    colour_bar(figure, image, place, log=True)


def _title(axes: Axes, i: int, words: str, size: tuple[float, float]) -> None:
    """A name over a panel of so many inches, after a stroke in the colour of its curve."""
    width, height = size
    y = 1 + 0.12 / height
    axes.plot(
        [0.0, 0.28 / width], [y, y], color=COLOURS[i], lw=4.0, transform=axes.transAxes, clip_on=False,
        solid_capstyle="butt",
    )  # fmt: skip
    axes.text(
        0.36 / width, y, words, transform=axes.transAxes, fontsize=style.LABEL, color=style.INK, va="center",
        parse_math=False,
    )  # fmt: skip


def _profiles(axes: Axes, maps: Sequence[MeasuredMap], along: int | None, decades: int | None) -> None:
    axis = widest_axis(maps[0]) if along is None else along
    lowest, farthest = 1.0, 1.0
    for i, shown in enumerate(maps):
        curve = profiles(shown.values, tuple(shown.entry.centre_px)).axes[axis]
        value = curve.value / float(np.max(shown.values))
        positive = value > 0
        axes.plot(curve.distance, np.where(positive, value, np.nan), color=COLOURS[i], lw=WIDTHS[i])
        lowest = min(lowest, float(value[positive].min(initial=1.0)))
        farthest = max(farthest, float(curve.distance[positive].max(initial=1.0)))
    half = maps[0].trf[axis] / 2
    axes.axvline(half, color=style.TRF, lw=2.4, zorder=1)
    axes.set_xlim(-0.012 * farthest, min(1.08 * farthest, max(1.08 * half, 1.0)))
    if decades is not None:
        axes.set_yscale("log")
        axes.set_ylim(min(max(lowest / 3, 10.0**-decades), 0.05), 2.0)
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, 1.06)
    name = AXES[maps[0].values.ndim][axis]
    words = f"px from the unit's centre along {name}" if name else "px from the unit's centre"
    style.dress(axes, x=words, y="share of maximum" if decades is None else "")
    title = "linear" if decades is None else "logarithmic"
    axes.set_title(title, loc="left", fontsize=style.LABEL, color=style.INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=6))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _table(axes: Axes, maps: Sequence[MeasuredMap]) -> None:
    """One row of sizes per estimator."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(HEIGHT, 0)
    levels = _levels(maps)
    heads = ("Luo\nsize", "95 %\nside", *(f"radius\n{number(float(level))}" for level in levels))
    columns = np.linspace(1.0 - 0.148 * (len(heads) - 1), 1.0, len(heads))
    axes.text(0, 0.45, "px", fontsize=style.SMALL, color=style.QUIET, va="bottom")
    _cells(axes, columns, heads, 0.45, style.QUIET)
    for i, shown in enumerate(maps):
        y, metrics = 0.9 + 0.4 * i, shown.entry.metrics
        axes.axhline(y - 0.34, color=style.FAINT, lw=0.8)
        axes.plot([0, 0.07], [y - 0.085, y - 0.085], color=COLOURS[i], lw=4.0, solid_capstyle="butt")
        axes.text(0.09, y, shorten(shown.estimator, 18), fontsize=style.SMALL, color=style.INK, va="bottom")
        radii = [metrics.radius_px.axis.get(level) for level in levels]
        sizes = (
            f"{metrics.luo_size:.1f}",
            number(metrics.energy_side["95"]),
            *("–" if r is None else str(r) for r in radii),
        )
        _cells(axes, columns, sizes, y, style.INK)
    notes = (
        "Luo size: side of the square of as many pixels as\n"
        "stand above 4.55 % of the centre. 95 % side: of the\n"
        "square with so much of the mass. Radius: on an axis,\n"
        "at a share of the maximum."
    )
    axes.text(0, 0.8 + 0.4 * len(maps), notes, fontsize=style.SMALL - 1, color=style.QUIET, va="top", linespacing=1.4)


def _cells(axes: Axes, columns: NDArray[np.float64], words: Sequence[str], y: float, colour: str) -> None:
    for x, cell in zip(columns, words, strict=True):
        axes.text(x, y, cell, fontsize=style.SMALL, color=colour, va="bottom", ha="right")


def _levels(maps: Sequence[MeasuredMap]) -> list[str]:
    """Up to two levels that all maps were measured at."""
    measured = [shown.entry.metrics.radius_px.radial for shown in maps]
    return [level for level in measured[0] if all(level in one for one in measured)][:2]
