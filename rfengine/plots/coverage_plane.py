"""Width and height of every object, by the head that covers it; what is not covered lies on top."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from api_schemas.coverage import CoverageResult, HeadCoverage
from rfengine.coverage.checked import Checked
from rfengine.plots import coverage_marks as marks
from rfengine.plots import style
from rfengine.reports.text import limit_px

WIDTH, SIDE, LEFT = 9.2, 6.1, 0.95
# Cells along each axis; rows up to so many are drawn one by one.
CELLS, FEW = 140, 400
# Opacity of a cell with one object, and with one that is not covered.
FAINTEST, FAINTEST_UNCOVERED = 0.4, 0.7
# Largest size shown over the smallest, at least: a few ticks are seen.
NARROWEST = 8.0
# Longest name beside the plot.
MOST_NAMED = 10
# A limit is shown up to so many times the largest object.
FARTHEST = 8.0

Floats = NDArray[np.float64]


def coverage_scatter(result: CoverageResult, checked: Checked) -> Figure:
    """Width x height of the objects in the network's input, coloured by head, each head's limits as a box.

    Many objects are counted in a fine grid; one with any that are not covered shows it.

    Raises:
        ValueError: there is no object.
    """
    height, width = marks.sides(checked)
    limits = _limits(height, width, result.heads)
    legend = _legend(result)
    bottom = style.footer_height(len(legend), 2) + 0.75
    few = len(width) <= FEW
    counts = None if few else _counts(height, width, checked, limits, len(result.heads))
    lines = marks.notes(result, WIDTH, [_how(counts, checked)])
    figure = style.new_figure(WIDTH, bottom + SIDE + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, SIDE, SIDE)
    for set_scale, set_limits, axis in (
        (axes.set_xscale, axes.set_xlim, axes.xaxis), (axes.set_yscale, axes.set_ylim, axes.yaxis)
    ):  # fmt: skip
        set_scale("log", base=2)
        set_limits(limits)
        marks.size_ticks(axis, *limits)
    axes.plot(limits, limits, color=style.FAINT, lw=1.0, zorder=1)
    if counts is None:
        _dots(axes, height, width, checked, result.heads)
    else:
        _cells(axes, counts, result.heads)
    _boxes(axes, result.heads, limits)
    style.dress(axes, x="width, px of the network's input", y="height, px of the network's input")
    style.heading(figure, "Which head covers which object", lines)
    style.footer(figure, legend, columns=2)
    return figure


def _limits(height: Floats, width: Floats, heads: Sequence[HeadCoverage]) -> marks.Span:
    """All objects on both axes, and what heads may cover as far as it lies near them."""
    low, high = float(min(height.min(), width.min())), float(max(height.max(), width.max()))
    ends = [end for span in marks.spans(heads) if span is not None for end in span]
    near = [end for end in ends if low / FARTHEST <= end <= high * FARTHEST]
    low, high = min([low, *near]) / 1.25, max([high, *near]) * 1.25
    room = max(1.0, math.sqrt(NARROWEST * low / high))
    return low / room, high * room


def _counts(height: Floats, width: Floats, checked: Checked, limits: marks.Span, heads: int) -> Floats:
    """Objects per cell: [heads + 1, CELLS, CELLS], rows of rising height; covered by each head, and the uncovered."""
    low, high = np.log2(limits)
    row, column = (
        np.clip((CELLS * (np.log2(side) - low) / (high - low)).astype(np.int64), 0, CELLS - 1)
        for side in (height, width)
    )
    who = np.where(checked.covered, checked.head, heads).astype(np.int64)
    found = np.bincount((who * CELLS + row) * CELLS + column, checked.count, (heads + 1) * CELLS * CELLS)
    return np.asarray(found, np.float64).reshape(heads + 1, CELLS, CELLS)


def _cells(axes: Axes, counts: Floats, heads: Sequence[HeadCoverage]) -> None:
    """Covered objects in the colour of the head that has most of a cell, of equals the finest; uncovered on top."""
    order, shades_of = marks.ordered(heads), marks.head_colours(heads)
    covered, uncovered = counts[order], counts[-1]
    colours = np.array([to_rgb(shades_of[at]) for at in order])
    edges = np.geomspace(*axes.get_xlim(), CELLS + 1)
    most = float(counts.sum(axis=0).max())
    opacity = _opacity(covered.sum(axis=0), most, FAINTEST)
    shades = np.concatenate([colours[covered.argmax(axis=0)], opacity[..., None]], axis=-1)
    axes.pcolormesh(edges, edges, shades, rasterized=True, zorder=2, gid="covered")
    # Where most of a cell is covered, what is not lies in its middle.
    whole = uncovered >= covered.sum(axis=0)
    shades = np.full((CELLS, CELLS, 4), (*to_rgb(marks.UNCOVERED), 0.0))
    shades[..., 3] = np.where(whole, _opacity(uncovered, most, FAINTEST_UNCOVERED), 0.0)
    axes.pcolormesh(edges, edges, shades, rasterized=True, zorder=4, gid="uncovered")
    row, column = np.nonzero((uncovered > 0) & ~whole)
    middle = np.sqrt(edges[:-1] * edges[1:])
    axes.scatter(
        middle[column], middle[row], s=(0.6 * SIDE / CELLS * 72) ** 2, marker="s", color=marks.UNCOVERED, linewidth=0,
        rasterized=True, zorder=5, gid="uncovered among covered",
    )  # fmt: skip


def _opacity(counts: Floats, most: float, faintest: float) -> Floats:
    """Of cells by their counts on a log scale up to `most`; nothing where there are none."""
    strength = np.log(np.maximum(counts, 1)) / math.log(max(most, 2.0))
    return np.where(counts > 0, faintest + (1 - faintest) * strength, 0.0)


def _dots(axes: Axes, height: Floats, width: Floats, checked: Checked, heads: Sequence[HeadCoverage]) -> None:
    """A dot per row, larger where it stands for many objects; crosses for what is not covered."""
    colours = np.array(marks.head_colours(heads))
    size = 75 + 50 * np.log10(np.maximum(checked.count, 1))
    covered = checked.covered
    axes.scatter(
        width[covered], height[covered], s=size[covered], c=colours[checked.head[covered]].tolist(),
        edgecolor=style.PAPER, linewidth=0.7, zorder=4,
    )  # fmt: skip
    axes.scatter(
        width[~covered], height[~covered], s=1.5 * size[~covered], c=marks.UNCOVERED, marker="X", edgecolor=style.PAPER,
        linewidth=0.7, zorder=7,
    )  # fmt: skip


def _boxes(axes: Axes, heads: Sequence[HeadCoverage], limits: marks.Span) -> None:
    """From the smallest square that a head may cover to the largest, its name beside the upper edge."""
    colours, spans = marks.head_colours(heads), marks.spans(heads)
    # Without room for names colours must do.
    named = max(len(head.name) for head in heads) <= MOST_NAMED
    low, high = limits
    shown = []
    for at in marks.ordered(heads):
        span = spans[at]
        if span is None:
            continue
        start, end = max(span[0], low / 2), min(span[1], high * 2)
        axes.add_patch(
            Rectangle((start, start), end - start, end - start, fill=False, edgecolor=colours[at], lw=1.8, zorder=6)
        )
        place = math.log(min(end, high) / low) / math.log(high / low)
        shown.append((place, at, span[1]))
    shown.sort(key=lambda one: (one[0], one[2]))
    heights = style.spread([place for place, _, _ in shown], 0.2 / SIDE)
    for (place, at, largest), y in zip(shown, heights, strict=True):
        limit = "no limit" if math.isinf(largest) else f"≤ {limit_px(largest, up=False)}"
        words = f"{heads[at].name} {limit}" if named else limit
        axes.annotate(
            words, xy=(1, place), xycoords="axes fraction", xytext=(1.055, y), textcoords="axes fraction", ha="left",
            va="center", fontsize=style.SMALL, color=style.INK, annotation_clip=False, parse_math=False,
            arrowprops={"arrowstyle": "-", "color": colours[at], "lw": 2.0, "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip


def _how(counts: Floats | None, checked: Checked) -> str:
    if counts is None:
        dots = "a dot per object" if checked.count.max() == 1 else "a dot per size, larger where it has more objects"
        return f"{dots}, a cross where it is not covered"
    return f"cells of a fine grid, paler with fewer objects; up to {counts.sum(axis=0).max():,.0f} objects in a cell"


def _legend(result: CoverageResult) -> list[Artist]:
    colours = marks.head_colours(result.heads)
    names = marks.short_names([head.name for head in result.heads], 18)
    found: list[Artist] = []
    for at in marks.ordered(result.heads):
        head = result.heads[at]
        label = f"{names[at]}, stride {marks.px(max(head.stride))}: {head.covered:,} covered"
        found.append(Patch(facecolor=colours[at], label=label))
    if result.uncovered:
        found.append(Patch(facecolor=marks.UNCOVERED, label=f"not covered: {result.uncovered:,}"))
    if any(span is not None and span != (0.0, math.inf) for span in marks.spans(result.heads)):
        look: dict[str, Any] = {"ls": "none", "marker": "s", "ms": 10, "mfc": "none", "mec": style.QUIET, "mew": 1.8}
        found.append(Line2D([], [], label="smallest to largest square of a head", **look))
    return found
