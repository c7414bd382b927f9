"""The look that all pictures share: colours, type, frame, and the way to PNG and SVG bytes.

Only matplotlib's object interface is used: no figure is ever registered globally, so pictures can be drawn in any
thread. Places are in inches from the lower left corner, so that words and frames keep their size and distance whatever
is drawn.
"""

import io
import textwrap
from collections.abc import Sequence
from threading import Lock
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, withStroke

from rfengine.plots.palette import BLUE, FAINT, GREEN, INK, ORANGE, PAPER, PURPLE, QUIET, SKY, TRF, VERMILION

__all__ = [
    "BLUE", "DASHED", "DPI", "FAINT", "GREEN", "HEADLINE", "INK", "LABEL", "LINE", "MARGIN", "ORANGE", "PAPER", "PLATE",
    "PURPLE", "QUIET", "SHADES", "SKY", "SMALL", "TITLE", "TRF", "VERMILION", "box", "dress", "footer",
    "footer_height", "grouped_footer", "header_height", "heading", "new_figure", "outlined", "png", "spread",
    "svg", "wrapped",
]  # fmt: skip

DPI = 150

DASHED = (0.0, (4.0, 2.0))
# Nested spans of growing shares of the mass, widest first.
SHADES = ("#f6f6f4", "#eeeeeb", "#e4e4e0", "#d6d6d1")
# Behind words that a line may cross.
PLATE = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.85}

TITLE, LABEL, SMALL = 15.0, 12.0, 10.5

MARGIN = 0.3
HEADLINE = 0.33
LINE = 0.235


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of width x height inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def box(figure: Figure, left: float, bottom: float, width: float, height: float, **options: Any) -> Axes:
    """A pair of axes at a place in inches; `options` are `Figure.add_axes`'s own."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h), **options)


def dress(axes: Axes, *, x: str = "", y: str = "") -> None:
    """Type, spines and ticks of one pair of axes."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
    axes.tick_params(colors=QUIET, labelcolor=INK, labelsize=SMALL)
    axes.set_xlabel(x, fontsize=LABEL, color=INK)
    axes.set_ylabel(y, fontsize=LABEL, color=INK)


def wrapped(line: str, width: float) -> list[str]:
    """A line of small type as the lines that fit into `width` inches."""
    return textwrap.wrap(line, width=int(width / (SMALL * 0.0083)), max_lines=2, placeholder=" …")


def header_height(lines: Sequence[str]) -> float:
    """Inches from the top edge to where the picture may begin."""
    return MARGIN + HEADLINE + LINE * len(lines) + 0.14


def heading(figure: Figure, headline: str, lines: Sequence[str]) -> None:
    """A bold headline and quieter lines under it, flush left in the upper corner."""
    width, height = figure.get_size_inches()
    x, y = MARGIN / width, height - MARGIN
    # No mathematics: a dollar sign in a tensor's name is a dollar sign.
    figure.text(x, y / height, headline, fontsize=TITLE, fontweight="bold", color=INK, va="top", parse_math=False)
    for i, line in enumerate(lines):
        place = (y - HEADLINE - LINE * i) / height
        figure.text(x, place, line, fontsize=SMALL, color=QUIET, va="top", parse_math=False)


def footer_height(entries: int, columns: int) -> float:
    """Inches from the bottom edge that a legend of so many entries takes."""
    return MARGIN * 0.6 + LINE * -(-entries // columns)


Corner = Literal["lower left", "upper left"]


def footer(figure: Figure, handles: Sequence[Artist], columns: int) -> None:
    """The legend, flush left in the lower corner."""
    _, height = figure.get_size_inches()
    _legend(figure, handles, MARGIN, MARGIN * 0.4 / height, "lower left", columns)


def grouped_footer(figure: Figure, groups: Sequence[Sequence[Artist]], at: Sequence[float]) -> None:
    """One column of the legend per group, their left edges at so many inches; `footer_height(longest, 1)` high."""
    _, height = figure.get_size_inches()
    top = footer_height(max(map(len, groups)), 1) / height
    for handles, left in zip(groups, at, strict=True):
        _legend(figure, handles, left, top, "upper left", 1)


def _legend(figure: Figure, handles: Sequence[Artist], left: float, y: float, corner: Corner, columns: int) -> None:
    figure.legend(
        handles=handles, ncols=columns, loc=corner, bbox_to_anchor=(left / figure.get_figwidth(), y),
        fontsize=SMALL, frameon=False, labelcolor=INK, handlelength=2.6, borderpad=0, borderaxespad=0,
        labelspacing=0.45, columnspacing=2.0,
    )  # fmt: skip


def outlined(width: float) -> list[Any]:
    """Path effects that keep a line visible on light and dark ground alike."""
    return [withStroke(linewidth=width + 1.6, foreground="#000000", alpha=0.75), Normal()]


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Rising heights moved apart to at least `gap`, the whole column inside [0, 1] while it fits."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap if placed else 0.0))
    ceiling = 1.0
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def png(figure: Figure) -> bytes:
    """The figure as PNG; equal figures give equal bytes, so no software or date is written into them."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor=PAPER, bbox_inches=None, metadata={"Software": None})
    return buffer.getvalue()


_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_svg_settings = Lock()


def svg(figure: Figure) -> bytes:
    """The figure as SVG with words as text and maps as pixels; equal figures give equal bytes."""
    buffer = io.BytesIO()
    # matplotlib takes these two from its global settings only; nothing but this function reads them.
    with _svg_settings, rc_context({"svg.hashsalt": "rfengine", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", dpi=DPI, facecolor=PAPER, bbox_inches=None, metadata=_NO_METADATA)
    return buffer.getvalue()
