"""The map itself: an ERF over the image plane on a linear and on a log scale, with the theoretical field drawn in."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from rfengine.plots import marks, style
from rfengine.plots.caption import caption, headline
from rfengine.plots.measured import Floats, MeasuredMap
from rfengine.plots.signal import draw_signal
from rfengine.plots.view import two_panels, view_of

LEFT, BELOW, TITLE = 0.95, 0.75, 0.32
# From a panel's right edge to its colour bar, the bar's width, and the room for its words.
BAR_GAP, BAR, BAR_WORDS = 0.14, 0.18, 0.78
NARROWEST = 9.0


def heatmap(shown: MeasuredMap, *, decades: int = 6) -> Figure:
    """An ERF map, linear and logarithmic.

    `decades`: range of the logarithmic colours below the maximum; fainter pixels get the darkest colour, pixels that
    are exactly zero none. One axis is drawn as a line; of three, the slice through the unit's centre.
    """
    if shown.values.ndim == 1:
        return draw_signal(shown, decades=decades)
    relative, field = shown.plane, shown.field[-2:]
    view = view_of(field, relative.shape)
    room = BAR_GAP + BAR + BAR_WORDS
    panels = two_panels(view, aside=room + 0.42, above=BELOW + TITLE)
    width = max(LEFT + panels.right + room + 0.1, NARROWEST)
    lines = caption(shown, width)
    columns = 3 if width > 10.5 else 2
    bottom = style.footer_height(3 + len(marks.shown_energies(shown)), columns) + BELOW
    figure = style.new_figure(width, bottom + panels.top + TITLE + style.header_height(lines))
    for (x, y), log in zip(panels.at, (False, True), strict=True):
        axes = style.box(figure, LEFT + x, bottom + y, panels.width, panels.height)
        legend = [
            marks.theoretical(axes, shown),
            *marks.squares(axes, shown),
            marks.centre(axes, shown),
            marks.ground(axes, shown.entry.canvas),
        ]
        image = paint(axes, relative, decades=decades if log else None)
        marks.frame(axes, view)
        height, wide = relative.shape
        style.dress(axes, x=f"w, px of {wide}", y="" if x > 0 else f"h, px of {height}")
        marks.beyond(axes, relative.shape, field, view)
        words = f"logarithmic, {decades} decades" if log else "linear"
        axes.set_title(words, loc="left", fontsize=style.LABEL, color=style.INK)
        place = style.box(figure, LEFT + x + panels.width + BAR_GAP, bottom + y, BAR, panels.height)
        colour_bar(figure, image, place, log=log)
    style.heading(figure, headline("Effective receptive field", shown.tensor), lines)
    style.footer(figure, legend, columns=columns)
    return figure


def paint(axes: Axes, relative: Floats, *, decades: int | None, origin: marks.Point = marks.ORIGIN) -> AxesImage:
    """The map in colours: over so many decades, or linear where `decades` is None.

    `origin`: coordinates (h, w) of the image's upper left corner.
    """
    height, width = relative.shape
    y, x = origin
    floor = 0.0 if decades is None else 10.0**-decades
    # Clipped from below, so that only what the unit does not read at all shows the ground.
    colours = np.ma.masked_equal(np.where(relative > 0, np.maximum(relative, floor), 0.0), 0.0)
    return axes.imshow(
        colours, norm=Normalize(0.0, 1.0) if decades is None else LogNorm(floor, 1.0), cmap="magma",
        extent=(x, x + width, y + height, y), interpolation="nearest", aspect="auto", zorder=1,
    )  # fmt: skip


def colour_bar(figure: Figure, image: AxesImage, place: Axes, *, log: bool) -> None:
    """The scale beside a map."""
    bar = figure.colorbar(image, cax=place, extend="min" if log else "neither", extendfrac=0.03)
    bar.set_label("share of maximum", fontsize=style.LABEL, color=style.INK)
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    bar.locator = LogLocator(base=10) if log else MaxNLocator(5)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
