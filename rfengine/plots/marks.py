"""What is drawn into a map: the image's ground and border, the theoretical field, energy squares, the unit's centre.

Every mark takes an `origin`: where the image's upper left corner lies in the plot's coordinates, (h, w).
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from rfengine.plots import style
from rfengine.plots.caption import trf_label
from rfengine.plots.measured import Interval, MeasuredMap
from rfengine.plots.view import View
from rfengine.reports.text import extent

Point = tuple[float, float]
ORIGIN = (0.0, 0.0)

# Pixels of the image that the unit does not read, and what is no image at all.
NOT_READ, OUTSIDE = "#dfdfe4", "#f1f1f4"
DASHES: dict[str, Any] = {"50": "-", "90": (0, (5, 1.5, 1, 1.5)), "95": (0, (4, 2)), "99": (0, (1, 1.4))}


def ground(axes: Axes, shape: Sequence[int], origin: Point = ORIGIN) -> Artist:
    """The image as a plain rectangle, under everything else."""
    axes.set_facecolor(OUTSIDE)
    (y, x), (height, width) = origin, shape[-2:]
    axes.add_patch(Rectangle((x, y), width, height, facecolor=NOT_READ, edgecolor="none", zorder=0))
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=style.INK, lw=1.0, zorder=3))
    return Rectangle((0, 0), 1, 1, facecolor=NOT_READ, edgecolor=style.INK, lw=1.0, label=f"image {extent(shape)} px")


def theoretical(axes: Axes, shown: MeasuredMap, origin: Point = ORIGIN, line: float = 4.0) -> Artist:
    """The theoretical field as a rectangle of lines so many points wide."""
    (top, bottom), (left, right) = shown.field[-2:]
    # Wider than the energy squares, so that it shows on both sides of one that coincides with it.
    look: dict[str, Any] = {"lw": line, "path_effects": style.outlined(line)}
    size = right - left + 1, bottom - top + 1
    corner = left + origin[1], top + origin[0]
    axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=style.TRF, zorder=4, **look))
    return Line2D([], [], color=style.TRF, label=trf_label(shown), **look)


def squares(
    axes: Axes, shown: MeasuredMap, origin: Point = ORIGIN, only: Sequence[str] = tuple(DASHES)
) -> list[Artist]:
    """Energy squares about the unit's centre, of some percentages only."""
    handles: list[Artist] = []
    y, x = (c + o for c, o in zip(shown.entry.centre_px[-2:], origin, strict=True))
    for side, percents in shown_energies(shown, only):
        look: dict[str, Any] = {"lw": 1.6, "ls": DASHES[percents[0]], "path_effects": style.outlined(1.6)}
        square = Rectangle(
            (x - side / 2, y - side / 2), side, side, fill=False, edgecolor=style.PAPER, zorder=5, **look
        )
        axes.add_patch(square)
        label = f"{', '.join(percents)} % of the mass: square of {side} px"
        handles.append(Line2D([], [], color=style.PAPER, label=label, **look))
    return handles


def shown_energies(shown: MeasuredMap, only: Sequence[str] = tuple(DASHES)) -> list[tuple[int, list[str]]]:
    """Sides of the squares to draw, smallest first, with the percentages that share them: on small maps several do.

    A slice of three axes has none, since the cube's share is not the slice's.
    """
    if shown.values.ndim > 2:
        return []
    known = sorted((side, int(p)) for p, side in shown.entry.metrics.energy_side.items() if p in only)
    return [(side, [str(p) for _, p in members]) for side, members in groupby(known, key=lambda one: one[0])]


def centre(axes: Axes, shown: MeasuredMap) -> Artist:
    """The unit's centre as a cross."""
    y, x = shown.entry.centre_px[-2:]
    at = ", ".join(f"{c:g}" for c in shown.entry.centre_px)
    cross = Line2D(
        [x], [y], marker="+", markersize=13, markeredgewidth=2, color=style.GREEN, ls="none", zorder=6,
        path_effects=style.outlined(2), label=f"unit's centre ({at}) px",
    )  # fmt: skip
    axes.add_line(cross)
    return cross


def frame(axes: Axes, view: View) -> None:
    """Limits and ticks; the image's first row is at the top."""
    axes.set_ylim(view[0][::-1])
    axes.set_xlim(view[1])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for axis, (low, high) in ((axes.yaxis, view[0]), (axes.xaxis, view[1])):
        few = high - low < max(b - a for a, b in view) / 2.5
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=3 if few else 6))


def beyond(axes: Axes, shape: Sequence[int], field: Sequence[Interval], view: View) -> None:
    """Where the theoretical field leaves the view: an arrow in the margin, and by how much it leaves the image."""
    (top, bottom), (left, right) = field
    sides = (
        (top < view[0][0], -top, (0.5, 0.995), "top", 0, "↑"),
        (bottom + 1 > view[0][1], bottom + 1 - shape[0], (0.5, 0.005), "bottom", 0, "↓"),
        (left < view[1][0], -left, (0.005, 0.5), "left", 90, "↑"),
        (right + 1 > view[1][1], right + 1 - shape[1], (0.995, 0.5), "right", 90, "↓"),
    )
    for is_cut, distance, place, side, turn, arrow in sides:
        if is_cut:
            axes.text(
                *place, f"{arrow} theoretical field: {distance} px beyond {arrow}", transform=axes.transAxes,
                rotation=turn, fontsize=style.SMALL, color=style.BLUE, zorder=8, bbox=style.PLATE,
                ha=side if side in ("left", "right") else "center", va=side if side in ("top", "bottom") else "center",
            )  # fmt: skip
