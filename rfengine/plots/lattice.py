"""The grid of receptive fields over an image: what the first, the centre and the last unit see, and all centres.

After the picture of the package `receptivefield` (`plot_rf_grid`), in colours that everyone can tell apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from api_schemas.report import AxisMap, FieldReport
from rfengine.plots import style
from rfengine.plots.backdrop import own, texture
from rfengine.plots.caption import headline
from rfengine.plots.measured import Interval
from rfengine.reports.text import extent

WIDTH, LEFT, RIGHT = 8.4, 0.95, 0.35
LONGEST, SHORTEST = 6.6, 1.5
OUTSIDE = "#f1f1f4"
# As red, blue and green in the original.
COLOURS = {"first": style.VERMILION, "centre": style.BLUE, "last": style.GREEN}
WIDTHS = {"first": 4.4, "centre": 3.2, "last": 2.0}
# Inches between two dots that can be told apart.
APART = 0.11
# Fields are shown so many image sides beyond the image; what is farther off cannot be related to it.
FARTHEST = 4.0


Edges = tuple[float, float]  # from, to; px
Box = tuple[Edges, Edges]  # h, w


@dataclass(frozen=True)
class _Plane:
    """The two axes that are drawn: their maps, numbers of units and sizes, h before w.

    A map of one axis is a strip: its rows are no pixels, and what units see takes a third of them each.
    """

    maps: tuple[AxisMap, ...]
    units: tuple[int, ...]
    canvas: tuple[float, float]

    @property
    def is_strip(self) -> bool:
        return len(self.maps) == 1

    def seen(self, unit: Sequence[int], third: int) -> Box | None:
        """From and to which edge a unit sees, per axis; None where it reads nothing."""
        found: list[Edges] = []
        for axis, index in zip(self.maps, unit, strict=True):
            interval = interval_of(axis, index)
            if interval is None:
                return None
            found.append((interval[0], interval[1] + 1))
        if self.is_strip:
            part = self.canvas[0] / 3
            found.insert(0, (third * part + 0.12 * part, (third + 1) * part - 0.12 * part))
        return found[0], found[1]


def grid(
    field: FieldReport,
    *,
    units: Sequence[int],
    canvas: Sequence[int],
    tensor: str,
    picture: NDArray[Any] | None = None,
) -> Figure:
    """The fields of a tensor's first, centre and last unit over the image, and of all units' centres.

    `units` and `canvas`: numbers of units and of pixels per axis. `picture`: an image to draw on, scaled to the canvas:
    height x width or height x width x 3, bytes or floats from 0 to 1; a texture by default.

    Raises:
        BadInput: the picture is none.
    """
    plane = _plane(field, units, canvas)
    ground = texture([max(1, round(n)) for n in plane.canvas]) if picture is None else own(picture)
    corners = {
        "first": tuple(0 for _ in units),
        "centre": tuple(n // 2 for n in units),
        "last": tuple(n - 1 for n in units),
    }
    shown = {name: plane.seen(unit[-len(plane.maps) :], third) for third, (name, unit) in enumerate(corners.items())}
    boxes = [box for box in shown.values() if box]
    view = _view(plane, boxes)
    width, height = _size(view)
    lines = _lines(field, units, canvas, cut=any(_is_cut(box, view) for box in boxes))
    bottom = style.footer_height(4, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + height + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, width, height)
    _ground(axes, ground, plane)
    dots = _dots(axes, plane, (height / (view[0][1] - view[0][0]), width / (view[1][1] - view[1][0])))
    legend = [_field(axes, name, corners[name], box) for name, box in shown.items()]
    _frame(axes, canvas, view, plane)
    style.heading(figure, headline("Receptive-field grid", tensor), lines)
    style.footer(figure, [*legend, dots], columns=2)
    return figure


def interval_of(axis: AxisMap, unit: int) -> Interval | None:
    """First and last pixel of a unit along one axis, unclipped; None where it reads nothing."""
    periods, phase = divmod(unit, axis.q)
    interval = axis.intervals[phase]
    return None if interval is None else (interval[0] + periods * axis.p, interval[1] + periods * axis.p)


def _plane(field: FieldReport, units: Sequence[int], canvas: Sequence[int]) -> _Plane:
    if len(canvas) == 1:
        return _Plane(tuple(field.map), tuple(units), (max(1.0, canvas[0] / 5), float(canvas[0])))
    return _Plane(tuple(field.map[-2:]), tuple(units[-2:]), (float(canvas[-2]), float(canvas[-1])))


def _view(plane: _Plane, boxes: Sequence[Box]) -> list[Edges]:
    """What to show per axis: the image and the fields."""
    view = []
    for axis, size in enumerate(plane.canvas):
        low = max(min([0.0, *(box[axis][0] for box in boxes)]), -FARTHEST * size)
        high = min(max([size, *(box[axis][1] for box in boxes)]), (1 + FARTHEST) * size)
        view.append((low, high))
    margin = 0.03 * max(high - low for low, high in view)
    return [(low - margin, high + margin) for low, high in view]


def _is_cut(box: Box, view: Sequence[Edges]) -> bool:
    return any(low < first or high > last for (low, high), (first, last) in zip(box, view, strict=True))


def _size(view: Sequence[Edges]) -> tuple[float, float]:
    tall, wide = (high - low for low, high in view)
    per_pixel = min(LONGEST / tall, (WIDTH - LEFT - RIGHT) / wide)
    return max(wide * per_pixel, SHORTEST), max(tall * per_pixel, SHORTEST)


def _lines(field: FieldReport, units: Sequence[int], canvas: Sequence[int], *, cut: bool) -> list[str]:
    counted = "1 unit" if np.prod(units) == 1 else f"{extent(units)} units"
    size = f"theoretical field {extent(field.size)} px, stride {extent(field.stride)} px"
    lines = [f"{size} · {counted} · image {extent(canvas)} px"]
    if len(canvas) == 3:
        lines.append("the last two axes, through the middle of the first")
    if cut:
        lines.append("the fields reach beyond this picture")
    if field.global_context:
        count = len(field.global_context)
        lines.append(f"the whole image enters besides, through {count} node{'s' * (count > 1)}")
    return lines


def _ground(axes: Axes, ground: NDArray[np.float64], plane: _Plane) -> None:
    height, width = plane.canvas
    axes.set_facecolor(OUTSIDE)
    axes.imshow(
        ground, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0), interpolation="antialiased", aspect="auto",
        zorder=1,
    )  # fmt: skip
    axes.add_patch(Rectangle((0, 0), width, height, fill=False, edgecolor=style.INK, lw=1.2, zorder=2))


def _dots(axes: Axes, plane: _Plane, per_pixel: Sequence[float]) -> Artist:
    """The centres of all units, or of every n-th along an axis where they would run together."""
    along, steps, gaps = [], [], []
    for axis, n, inches in zip(plane.maps, plane.units, per_pixel[-len(plane.maps) :], strict=True):
        gap = abs(axis.p / axis.q) * inches
        step = min(n, max(1, ceil(APART / gap))) if gap else 1
        # Counted from the centre unit, so that its own dot is one of them.
        found = (interval_of(axis, unit) for unit in range((n // 2) % step, n, step))
        along.append([(first + last + 1) / 2 for first, last in filter(None, found)])
        steps.append(step)
        gaps.append(gap * step if n > step else inf)
    if plane.is_strip:
        along.insert(0, [plane.canvas[0] / 2])
    y, x = np.meshgrid(*along, indexing="ij")
    diameter = float(np.clip(0.3 * 72 * min(gaps), 2.2, 6.5))
    axes.scatter(x.ravel(), y.ravel(), s=diameter**2, color=style.INK, edgecolor=style.PAPER, linewidth=0.7, zorder=3)
    every = " × ".join(map(_ordinal, steps if len(set(steps)) > 1 else steps[:1]))
    label = "centres of the units" + (f", every {every}" if max(steps) > 1 else "")
    return Line2D([], [], marker="o", ms=6.5, color=style.INK, mec=style.PAPER, ls="none", label=label)


def _ordinal(n: int) -> str:
    ending = "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _field(axes: Axes, name: str, unit: Sequence[int], box: Box | None) -> Artist:
    place = f"{name} unit ({', '.join(map(str, unit))})"
    if box is None:
        return Line2D([], [], ls="none", label=f"{place}: reads no pixel")
    (top, bottom), (left, right) = box
    colour, width = COLOURS[name], WIDTHS[name]
    halo = [withStroke(linewidth=width + 2, foreground=style.PAPER), Normal()]
    axes.add_patch(
        Rectangle(
            (left, top), right - left, bottom - top, fill=False, edgecolor=colour, lw=width, zorder=5, path_effects=halo
        )
    )
    axes.scatter(
        [(left + right) / 2], [(top + bottom) / 2], s=70, color=colour, edgecolor=style.PAPER, linewidth=1.2, zorder=6
    )
    return Line2D([], [], color=colour, marker="o", ms=8, mec=style.PAPER, lw=width, label=place)


def _frame(axes: Axes, canvas: Sequence[int], view: Sequence[Edges], plane: _Plane) -> None:
    axes.set_ylim(view[0][::-1])
    axes.set_xlim(view[1])
    style.dress(axes, x=f"w, px of {canvas[-1]}", y="" if plane.is_strip else f"h, px of {canvas[-2]}")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=7))
    if plane.is_strip:
        axes.set_yticks([])
