"""The boundary of trainability over depth: with its intervals, fitted lines, and what theory says beside it."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from api_schemas.sweep_result import SweepResult
from rfengine.plots import style, sweep_marks
from rfengine.plots.sweep_grid import Columns
from rfengine.reports.sweep_words import ESTIMATORS

WIDTH, HEIGHT, LEFT, RIGHT = 10.0, 5.2, 0.95, 0.4
MARKERS = {"constant_forward": "s", "closed_form": "^", "clt": "D"}
# The theoretical field is shown whole where it is at most so many times as high as all else.
ROOM = 1.7


def sweep_boundary(shown: SweepResult) -> Figure:
    """Boundary over depth.

    Raises:
        ValueError: no network has a depth.
    """
    rows = sweep_marks.with_depth(shown.rows)
    lines = sweep_marks.notes(shown.options, [row for _, row in rows], WIDTH)
    bottom = style.footer_height(8, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, WIDTH - LEFT - RIGHT, HEIGHT)
    first, last = rows[0][0], rows[-1][0]
    room = 0.05 * (last - first) + 0.5
    axes.set_xlim(max(0.0, first - room), last + room)
    x = np.linspace(*axes.get_xlim(), 200)
    legend = sweep_marks.boundary(axes, rows, style.BLUE, light=False)
    legend += sweep_marks.fitted(axes, shown.fits, x, light=False)
    if any(row.radii and row.radii.three_sqrt_depth for _, row in rows):
        legend += sweep_marks.root(axes, x, light=False)
    legend += _theory(axes, rows)
    _limits(axes, rows)
    style.dress(axes, x="depth, convolutions", y="distance from letter to mark, px")
    sweep_marks.depth_ticks(axes, [depth for depth, _ in rows])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=9))
    axes.grid(color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)
    style.heading(figure, "Trainability: the boundary over depth", lines)
    style.footer(figure, legend, columns=2)
    return figure


def _theory(axes: Axes, rows: Columns) -> list[Artist]:
    """The theoretical field as a line, estimated radii as small marks on thin ones."""
    known = [(depth, row.radii) for depth, row in rows if row.radii is not None]
    if not known:
        return []
    depths, sizes = zip(*((depth, radii.trf) for depth, radii in known), strict=True)
    legend = list(axes.plot(depths, sizes, color=style.TRF, lw=3.0, zorder=1, label="theoretical field, radius"))
    for field, marker in MARKERS.items():
        found = [(depth, getattr(radii, field)) for depth, radii in known if getattr(radii, field) is not None]
        if found:
            x, y = zip(*found, strict=True)
            size, colour = 5 if len(x) <= sweep_marks.FEW else 3.5, sweep_marks.LOOKS[field][0]
            legend += axes.plot(
                x, y, color=colour, marker=marker, ms=size, mec=style.PAPER, mew=0.6, lw=1.0, zorder=3,
                label=f"{ESTIMATORS[field]}, radius at 0.0012",
            )  # fmt: skip
    return list(legend)


def _limits(axes: Axes, rows: Columns) -> None:
    """By all but the theoretical field, which grows faster; it is shown whole where there is room."""
    heights = [end for _, row in rows for end in sweep_marks.interval_of(row)]
    heights += [px for _, row in rows if (px := sweep_marks.found_at(row)) is not None]
    heights += [
        row.distances[0 if row.boundary == "below" else 1] for _, row in rows if row.boundary in ("below", "above")
    ]
    fields = [row.radii.trf for _, row in rows if row.radii]
    for _, row in rows:
        found = [] if row.radii is None else [getattr(row.radii, field) for field in ESTIMATORS]
        heights += [radius for radius in found if radius is not None]
    top, trf = max(heights, default=1.0), max(fields, default=0.0)
    axes.set_ylim(0, 1.06 * (max(top, trf) if trf <= ROOM * top else top))
