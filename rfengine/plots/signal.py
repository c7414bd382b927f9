"""The map of a model over one axis: values as steps, one per sample."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from api_schemas.report import ErfEntry
from rfengine.plots import style
from rfengine.plots.caption import Interval, caption, headline, trf_label

WIDTH, HEIGHT = 9.0, 3.2


def draw_signal(
    relative: NDArray[np.float64],
    *,
    entry: ErfEntry,
    tensor: str,
    computed: str,
    field: Sequence[Interval],
    decades: int,
) -> bytes:
    """PNG of a one-dimensional map that is 1 at its maximum; the parameters are `heatmap`'s."""
    lines = caption(entry, computed, field, WIDTH)
    bottom = style.footer_height(2, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, 1.0, bottom, WIDTH - 1.4, HEIGHT)
    floor = 10.0**-decades
    (first, last), centre = field[0], entry.centre_px[0]
    axes.stairs(np.maximum(relative, floor), np.arange(len(relative) + 1), baseline=floor, fill=True, color=style.BLUE)
    edges: list[Artist] = [axes.axvline(edge, color=style.TRF, lw=2.2) for edge in (first, last + 1)]
    edges[0].set_label(trf_label(field, entry.canvas))
    middle = axes.axvline(centre, color=style.GREEN, lw=1.6, ls=style.DASHED, label=f"unit's centre {centre:g} px")
    low, high = max(first, 0), min(last + 1, len(relative))
    margin = max(1.0, 0.06 * (high - low))
    axes.set_xlim(low - margin, high + margin)
    axes.set_yscale("log")
    axes.set_ylim(floor, 2)
    style.dress(axes, x=f"px of {len(relative)}", y="share of the map's maximum")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    style.heading(figure, headline("Effective receptive field", tensor), lines)
    style.footer(figure, [edges[0], middle], columns=2)
    return style.png(figure)
