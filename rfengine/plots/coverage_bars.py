"""Sizes of the objects over the sizes that each head may cover: which fall outside all heads."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import Normal, withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from api_schemas.coverage import CoverageResult, HeadCoverage
from rfengine.coverage.checked import Checked
from rfengine.plots import coverage_marks as marks
from rfengine.plots import style
from rfengine.reports.text import percent

WIDTH, HEIGHT, RIGHT = 10.0, 3.1, 1.75
RIBBON, ROW, BETWEEN, LEAST_LEFT = 0.17, 0.3, 0.1, 1.1
CHARACTER, LONGEST_NAME = 0.082, 24
# Bars per doubling of the size: quarter octaves tell 4 px from 5 px.
PER_OCTAVE = 4
# Any head's bar, in the legend.
BAR = "#a9a9a9"
# Of a ribbon's cell with a single uncovered object.
FAINTEST = 0.3

Floats = NDArray[np.float64]


def coverage_sizes(result: CoverageResult, checked: Checked) -> Figure:
    """How many objects there are of each longest side, by the head that covers them; below, what each head may cover.

    Raises:
        ValueError: there is no object.
    """
    longest = np.maximum(*marks.sides(checked))
    edges, limits = _bins(longest), _limits(longest, result.heads)
    heads = [result.heads[at] for at in marks.ordered(result.heads)]
    lines = marks.notes(result, WIDTH, ["colours: the head that covers the objects", marks.gap_words(heads)])
    legend = _legend(heads, result.uncovered)
    bottom = style.footer_height(len(legend), 2) + 0.75
    strip = ROW * len(heads) + 0.1
    above = bottom + strip + BETWEEN + RIBBON + BETWEEN
    figure = style.new_figure(WIDTH, above + HEIGHT + style.header_height(lines))
    names = marks.short_names([head.name for head in heads], LONGEST_NAME)
    left = max(LEAST_LEFT, 0.35 + CHARACTER * max(map(len, names)))
    places = ((above, HEIGHT), (above - BETWEEN - RIBBON, RIBBON), (bottom, strip))
    panels = [style.box(figure, left, y, WIDTH - left - RIGHT, height) for y, height in places]
    for axes in panels:
        axes.set_xscale("log", base=2)
        axes.set_xlim(limits)
        marks.size_ticks(axes.xaxis, *limits)
    for axes in (panels[0], panels[2]):
        _no_head(axes, heads, limits)
    counts = _counts(longest, checked, edges, len(result.heads))
    _bars(panels[0], counts, edges, result.heads)
    _ribbon(panels[1], counts, edges)
    _strip(panels[2], heads, names)
    style.heading(figure, "Sizes of the objects, and what each head may cover", lines)
    style.footer(figure, legend, columns=2)
    return figure


def _bins(longest: Floats) -> Floats:
    low, high = (PER_OCTAVE * math.log2(float(edge)) for edge in (longest.min(), longest.max()))
    return 2.0 ** (np.arange(math.floor(low), math.floor(high) + 2) / PER_OCTAVE)


def _limits(longest: Floats, heads: Sequence[HeadCoverage]) -> marks.Span:
    """All objects, and all that is known of the heads."""
    shown = [float(longest.min()), float(longest.max())]
    for head in heads:
        shown += [max(head.stride), min(head.trf), *filter(None, (head.smallest_px, head.largest_px, head.erf_side))]
    shown = [max(each, marks.SMALLEST) for each in shown]
    return min(shown) / 1.3, max(shown) * 1.3


def _counts(longest: Floats, checked: Checked, edges: Floats, heads: int) -> Floats:
    """Objects per bin: [heads + 1, bins]; those that are covered by each head, and the uncovered."""
    who = np.where(checked.covered, checked.head, heads).astype(np.int64)
    bins = len(edges) - 1
    at = np.clip(np.searchsorted(edges, longest, side="right") - 1, 0, bins - 1)
    found = np.bincount(who * bins + at, checked.count, (heads + 1) * bins)
    return np.asarray(found, np.float64).reshape(heads + 1, bins)


def _bars(axes: Axes, counts: Floats, edges: Floats, heads: Sequence[HeadCoverage]) -> None:
    """Finest head at the bottom, what is not covered on top."""
    colours = marks.head_colours(heads)
    below = np.zeros(len(edges) - 1)
    for at, colour in [*((at, colours[at]) for at in marks.ordered(heads)), (len(heads), marks.UNCOVERED)]:
        if counts[at].any():
            axes.bar(
                edges[:-1], counts[at], np.diff(edges), bottom=below, align="edge", color=colour,
                edgecolor=style.PAPER, linewidth=0.6, zorder=3, gid="uncovered" if at == len(heads) else heads[at].name,
            )  # fmt: skip
        below += counts[at]
    style.dress(axes, y="objects")
    axes.tick_params(labelbottom=False)
    axes.set_ylim(0, 1.06 * below.max())
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _ribbon(axes: Axes, counts: Floats, edges: Floats) -> None:
    """Share of each bin that is uncovered: a few of many would not be seen in the bars."""
    total, uncovered = counts.sum(axis=0), counts[-1]
    corners, shades = [], []
    for low, high, objects, missed in zip(edges[:-1], edges[1:], total, uncovered, strict=True):
        if objects:
            corners.append([(low, 0), (high, 0), (high, 1), (low, 1)])
            strength = FAINTEST + (1 - FAINTEST) * missed / objects if missed else 0.0
            shades.append(_blend(strength))
    axes.add_collection(PolyCollection(corners, facecolors=shades, edgecolors=style.PAPER, linewidths=0.6, zorder=3))
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], ["uncovered"])
    axes.tick_params(length=0, labelcolor=style.INK, labelsize=style.SMALL, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _aside(axes, 0.5, "covered", style.QUIET)


def _blend(strength: float) -> tuple[float, ...]:
    """From the grey of nothing missed to the colour of what is not covered."""
    ground, full = np.array(to_rgba(style.SHADES[1])), np.array(to_rgba(marks.UNCOVERED))
    return tuple(ground + strength * (full - ground))


def _strip(axes: Axes, heads: Sequence[HeadCoverage], names: Sequence[str]) -> None:
    """A row per head: a bar over the squares that it may cover, its stride and its fields."""
    low, high = axes.get_xlim()
    for row, (head, colour, span) in enumerate(zip(heads, marks.head_colours(heads), marks.spans(heads), strict=True)):
        if span is not None:
            start, end = max(span[0], low), min(span[1], high)
            axes.add_patch(Rectangle((start, row - 0.3), end - start, 0.6, facecolor=colour, lw=0, zorder=3))
        for value, look in zip((max(head.stride), head.erf_side, min(head.trf)), _looks(), strict=True):
            if value is not None:
                axes.add_line(Line2D([value], [row], zorder=5, **look))
        covered = "no objects" if head.share is None else f"{percent(head.share)} of {head.objects:,}"
        failed = head.verdict == "fail"
        _aside(axes, row, covered, style.QUIET if head.share is None else marks.UNCOVERED if failed else style.INK)
    axes.set_ylim(len(heads) - 0.5, -0.5)
    style.dress(axes, x="longest side, px of the network's input")
    axes.set_yticks(range(len(heads)), names, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _aside(axes: Axes, y: float, words: str, colour: str) -> None:
    axes.annotate(
        words, xy=(1, y), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points", ha="left",
        va="center", fontsize=style.SMALL, color=colour, annotation_clip=False,
    )  # fmt: skip


def _no_head(axes: Axes, heads: Sequence[HeadCoverage], limits: marks.Span) -> None:
    for low, high in marks.gaps(heads):
        start, end = max(low, limits[0]), min(high, limits[1])
        if start < end:
            axes.axvspan(start, end, color=marks.NO_HEAD, lw=0, zorder=0)


def _looks() -> tuple[dict[str, Any], ...]:
    """Marks of a stride, an effective field and a theoretical field."""
    halo = [withStroke(linewidth=3, foreground=style.PAPER), Normal()]
    common: dict[str, Any] = {"ls": "none", "mec": style.INK, "path_effects": halo}
    return (
        common | {"marker": "|", "ms": 13, "mew": 2.2},
        common | {"marker": "D", "ms": 7, "mfc": style.ORANGE, "mew": 1.0},
        common | {"marker": "s", "ms": 8, "mfc": style.TRF, "mew": 1.0},
    )


def _legend(heads: Sequence[HeadCoverage], uncovered: int) -> list[Artist]:
    stride, erf, trf = _looks()
    energies = sorted({head.erf_energy for head in heads if head.erf_side is not None and head.erf_energy is not None})
    square = f"effective field, square of {' or '.join(map(str, energies))} %"
    missed = [Patch(facecolor=marks.UNCOVERED, label="not covered; in the ribbon, share of the bar")]
    empty = [Patch(facecolor=marks.NO_HEAD, label="squares that no head may cover")]
    return [
        *(missed if uncovered else []),
        *(empty if marks.gaps(heads) else []),
        *([Patch(facecolor=BAR, label="squares that a head may cover")] if any(marks.spans(heads)) else []),
        Line2D([], [], label="stride", **stride),
        *([Line2D([], [], label=square, **erf)] if energies else []),
        Line2D([], [], label="theoretical field", **trf),
    ]
