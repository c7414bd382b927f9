"""The map itself: an ERF over the image plane on a log scale, with the theoretical field drawn in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from api_schemas.report import ErfEntry
from rfengine.plots import style
from rfengine.plots.caption import Interval, caption, headline, trf_label
from rfengine.plots.signal import draw_signal

Floats = NDArray[np.float64]
View = tuple[tuple[float, float], tuple[float, float]]

NOT_READ = "#e6e6ea"
WIDTH, LEFT, RIGHT = 8.4, 0.95, 1.35
LONGEST, SHORTEST = 6.1, 1.5


def heatmap(
    erf: Floats,
    *,
    entry: ErfEntry,
    tensor: str,
    computed: str,
    field: Sequence[Interval],
    decades: int = 6,
) -> bytes:
    """PNG of an ERF map.

    `erf`: the raw map over the canvas of `entry`. `tensor`: whose unit it is. `computed`: how, in a few words.
    `field`: first and last pixel of the unit's theoretical field per axis, unclipped. `decades`: range of the colours
    below the maximum; fainter pixels get the darkest colour, pixels that are exactly zero none.

    One axis is drawn as a line; of three, the slice through the unit's centre.
    """
    relative = np.asarray(erf, dtype=np.float64) / np.max(erf)
    if relative.ndim == 1:
        return draw_signal(relative, entry=entry, tensor=tensor, computed=computed, field=field, decades=decades)
    if relative.ndim == 3:
        at = int(np.clip(np.floor(entry.centre_px[0]), 0, relative.shape[0] - 1))
        relative, computed = relative[at], f"{computed} · slice {at} of the first axis"
    view = _view(relative.shape, field[-2:])
    width, height = _plot_size(view)
    lines = caption(entry, computed, field, WIDTH)
    bottom = style.footer_height(4, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + height + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, width, height)
    image = _image(axes, relative, decades)
    legend = [
        _rectangle(axes, field, entry),
        *_squares(axes, entry, planar=erf.ndim == 2),
        _centre(axes, entry),
    ]
    _frame(axes, relative.shape, view)
    _beyond(axes, relative.shape, field[-2:])
    _colour_bar(figure, image, style.box(figure, LEFT + width + 0.2, bottom, 0.2, height))
    style.heading(figure, headline("Effective receptive field", tensor), lines)
    style.footer(figure, legend, columns=2)
    return style.png(figure)


def _view(shape: Sequence[int], field: Sequence[Interval]) -> View:
    """What to show per axis: the theoretical field as far as it lies in the image, and a margin all round."""
    shown = []
    for (first, last), n in zip(field, shape, strict=True):
        low, high = max(first, 0), min(last + 1, n)
        shown.append((low, high) if low < high else (0, n))
    margin = max(0.5, 0.05 * max(high - low for low, high in shown))
    (top, bottom), (left, right) = shown
    return (top - margin, bottom + margin), (left - margin, right + margin)


def _plot_size(view: View) -> tuple[float, float]:
    """Width and height of the plot in inches: pixels are square unless the field is a very thin strip."""
    tall, wide = (high - low for low, high in view)
    per_pixel = min(LONGEST / tall, (WIDTH - LEFT - RIGHT) / wide)
    return max(wide * per_pixel, SHORTEST), max(tall * per_pixel, SHORTEST)


def _image(axes: Axes, relative: Floats, decades: int) -> AxesImage:
    floor = 10.0**-decades
    height, width = relative.shape
    axes.add_patch(Rectangle((0, 0), width, height, facecolor=NOT_READ, edgecolor=style.QUIET, lw=0.8, zorder=0))
    # Clipped from below, so that only what the unit does not read at all shows the ground.
    shown = np.ma.masked_equal(np.where(relative > 0, np.maximum(relative, floor), 0.0), 0.0)
    return axes.imshow(
        shown, norm=LogNorm(floor, 1.0), cmap="magma", extent=(0, width, height, 0), interpolation="nearest",
        aspect="auto", zorder=1,
    )  # fmt: skip


def _rectangle(axes: Axes, field: Sequence[Interval], entry: ErfEntry) -> Artist:
    (top, bottom), (left, right) = field[-2:]
    # Wider than the energy squares, so that it shows on both sides of one that coincides with it.
    look: dict[str, Any] = {"lw": 4.0, "path_effects": style.outlined(4.0)}
    size = right - left + 1, bottom - top + 1
    axes.add_patch(Rectangle((left, top), *size, fill=False, edgecolor=style.TRF, zorder=4, **look))
    label = trf_label(field, entry.canvas)
    return Line2D([], [], color=style.TRF, label=label, **look)


def _squares(axes: Axes, entry: ErfEntry, *, planar: bool) -> list[Artist]:
    """Energy squares; a slice of three axes has none, since the cube's share is not the slice's."""
    if not planar:
        return []
    handles: list[Artist] = []
    y, x = entry.centre_px
    for percent, dashes in (("50", "-"), ("95", style.DASHED)):
        side = entry.metrics.energy_side[percent]
        look: dict[str, Any] = {"lw": 1.6, "ls": dashes, "path_effects": style.outlined(1.6)}
        square = Rectangle(
            (x - side / 2, y - side / 2), side, side, fill=False, edgecolor=style.PAPER, zorder=5, **look
        )
        axes.add_patch(square)
        label = f"{percent} % of the mass: square of {side} px"
        handles.append(Line2D([], [], color=style.PAPER, label=label, **look))
    return handles


def _centre(axes: Axes, entry: ErfEntry) -> Artist:
    y, x = entry.centre_px[-2:]
    at = ", ".join(f"{c:g}" for c in entry.centre_px)
    cross = Line2D(
        [x], [y], marker="+", markersize=13, markeredgewidth=2, color=style.GREEN, ls="none", zorder=6,
        path_effects=style.outlined(2), label=f"unit's centre ({at}) px",
    )  # fmt: skip
    axes.add_line(cross)
    return cross


def _frame(axes: Axes, shape: Sequence[int], view: View) -> None:
    axes.set_ylim(view[0][::-1])
    axes.set_xlim(view[1])
    style.dress(axes, x=f"w, px of {shape[1]}", y=f"h, px of {shape[0]}")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for axis, (low, high) in ((axes.yaxis, view[0]), (axes.xaxis, view[1])):
        length = SHORTEST if high - low < max(b - a for a, b in view) / 4 else LONGEST
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=3 if length == SHORTEST else 7))


def _beyond(axes: Axes, shape: Sequence[int], field: Sequence[Interval]) -> None:
    """Where the theoretical field leaves the image: an arrow in the margin, and by how much."""
    (top, bottom), (left, right) = field
    sides = (
        (-top, (0.5, 0.995), "top", 0, "↑"),
        (bottom + 1 - shape[0], (0.5, 0.005), "bottom", 0, "↓"),
        (-left, (0.005, 0.5), "left", 90, "↑"),
        (right + 1 - shape[1], (0.995, 0.5), "right", 90, "↓"),
    )
    for distance, place, side, turn, arrow in sides:
        if distance > 0:
            axes.text(
                *place, f"{arrow} theoretical field: {distance} px beyond {arrow}", transform=axes.transAxes,
                rotation=turn, fontsize=style.SMALL, color=style.BLUE, zorder=8, bbox=style.PLATE,
                ha=side if side in ("left", "right") else "center", va=side if side in ("top", "bottom") else "center",
            )  # fmt: skip


def _colour_bar(figure: Figure, image: AxesImage, place: Axes) -> None:
    bar = figure.colorbar(image, cax=place, extend="min", extendfrac=0.03)
    bar.set_label("share of the map's maximum", fontsize=style.LABEL, color=style.INK)
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    bar.locator = LogLocator(base=10)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
