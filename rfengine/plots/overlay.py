"""A map over the user's image: what a unit sees and how much it cares, after `plot_gradient_at` of `receptivefield`."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, NullLocator
from numpy.typing import NDArray

from rfengine.plots import marks, style
from rfengine.plots.backdrop import own, texture
from rfengine.plots.caption import caption, headline
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.view import READABLE, View, panel

WIDTH, LEFT, RIGHT = 8.8, 0.95, 1.35
# What lies outside the theoretical field is darkened by so much; at the map's maximum the heat covers so much.
DIMMED, COVERED = 0.62, 0.8
# Square root: an amplitude falls like a Gaussian, and half of its mass would not be seen.
GAMMA = 0.5
TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)


def on_image(shown: MeasuredMap, *, picture: NDArray[Any] | None = None) -> Figure:
    """An ERF map of two or three axes over an image; of three, the slice through the unit's centre.

    `picture`: scaled to the canvas, height x width or height x width x 3, bytes or floats from 0 to 1; a texture by
    default. Grey in the drawing, so that its colours and the map's do not mix.

    Raises:
        BadInput: the picture is none.
        ValueError: a map of one axis has no image to lie on.
    """
    if shown.values.ndim == 1:
        raise ValueError(f"the map of '{shown.tensor}' has one axis: draw it with heatmap, there is no image under it")
    relative = shown.plane
    backdrop = _grey(texture(relative.shape) if picture is None else own(picture))
    view = _view(shown)
    width, height = panel(view, width=WIDTH - LEFT - RIGHT, height=6.6, least=0.9)
    lines = caption(shown, WIDTH)
    bottom = style.footer_height(4, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + height + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, width, height)
    axes.set_facecolor(marks.OUTSIDE)
    rows, columns = relative.shape
    axes.imshow(
        backdrop, cmap="gray", vmin=0, vmax=1, extent=(0, columns, rows, 0), interpolation="antialiased",
        aspect="auto", zorder=1,
    )  # fmt: skip
    legend = [marks.theoretical(axes, shown, line=2.2), *marks.squares(axes, shown, only=("95",)), _point(axes, shown)]
    legend += _veil(axes, shown)
    heat = _heat(axes, relative)
    axes.add_patch(Rectangle((0, 0), columns, rows, fill=False, edgecolor=style.INK, lw=1.0, zorder=3))
    marks.frame(axes, view)
    style.dress(axes, x=f"w, px of {columns}", y=f"h, px of {rows}")
    marks.beyond(axes, relative.shape, shown.field[-2:], view)
    _bar(figure, heat, style.box(figure, LEFT + width + 0.2, bottom, 0.2, height))
    style.heading(figure, headline("Seen and used by a unit", shown.tensor), lines)
    style.footer(figure, legend, columns=2)
    return figure


def _view(shown: MeasuredMap) -> View:
    """The whole image, and the theoretical field in full where the image stays readable."""
    edges = []
    for (first, last), n in zip(shown.field[-2:], shown.values.shape[-2:], strict=True):
        low, high = min(first, 0), max(last + 1, n)
        edges.append((low, high) if n >= READABLE * (high - low) else (0, n))
    margin = 0.03 * max(high - low for low, high in edges)
    (top, bottom), (left, right) = edges
    return (top - margin, bottom + margin), (left - margin, right + margin)


def _grey(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Luma of an image (ITU-R BT.601)."""
    return image if image.ndim == 2 else image @ np.array([0.299, 0.587, 0.114])


def _veil(axes: Axes, shown: MeasuredMap) -> list[Artist]:
    """The image outside the theoretical field, darkened; nothing where the field covers it."""
    rows, columns = shown.values.shape[-2:]
    (top, bottom), (left, right) = (
        (max(a, 0), min(b + 1, n)) for (a, b), n in zip(shown.field[-2:], (rows, columns), strict=True)
    )
    strips = [(0, 0, columns, top), (0, bottom, columns, rows), (0, top, left, bottom), (right, top, columns, bottom)]
    drawn = [(x0, y0, x1, y1) for x0, y0, x1, y1 in strips if x1 > x0 and y1 > y0]
    for x0, y0, x1, y1 in drawn:
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, facecolor="#000000", alpha=DIMMED, lw=0, zorder=2))
    return [Patch(facecolor="#000000", alpha=DIMMED, lw=0, label="outside the theoretical field")] if drawn else []


def _heat(axes: Axes, relative: NDArray[np.float64]) -> ScalarMappable:
    """The map as colours whose opacity grows with it."""
    steps = np.linspace(0, 1, 256)
    colours = colormaps["inferno"](0.25 + 0.7 * steps)
    colours[:, 3] = COVERED * np.minimum(1.0, 1.6 * steps)
    rows, columns = relative.shape
    return axes.imshow(
        relative, cmap=ListedColormap(colours), norm=PowerNorm(GAMMA, 0, 1), extent=(0, columns, rows, 0),
        interpolation="nearest", aspect="auto", zorder=2,
    )  # fmt: skip


def _point(axes: Axes, shown: MeasuredMap) -> Artist:
    y, x = shown.entry.centre_px[-2:]
    at = ", ".join(f"{c:g}" for c in shown.entry.centre_px)
    point = Line2D(
        [x], [y], marker="o", markersize=7.5, color=style.GREEN, mec=style.PAPER, mew=1.6, ls="none", zorder=6,
        label=f"unit's centre ({at}) px",
    )  # fmt: skip
    axes.add_line(point)
    return point


def _bar(figure: Figure, heat: ScalarMappable, place: Axes) -> None:
    bar = figure.colorbar(heat, cax=place)
    bar.set_label("share of maximum", fontsize=style.LABEL, color=style.INK)
    bar.locator = FixedLocator(TICKS)
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_edgecolor(style.FAINT)
