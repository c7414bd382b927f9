"""The seed's picture of trainability: accuracy over distance and depth, with the boundary drawn over it."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from api_schemas.sweep_result import RunResult, SweepResult, SweepRow
from rfengine.plots import marks, style, sweep_marks

WIDTH, HEIGHT, LEFT, RIGHT = 10.0, 5.4, 0.95, 1.35
# Narrower than so many inches, a cell's trainings cannot be shown one by one.
DOT = 0.075
# More cells than these become pixels in an SVG.
VECTORS = 300

# From this accuracy on a cell is so bright that its dots have dark rims.
BRIGHT = 0.8

Columns = Sequence[tuple[int, SweepRow]]
_Trainings = tuple[int, float, list[RunResult], float]  # of one cell: depth, width, trainings, their mean


def sweep_heatmap(shown: SweepResult) -> Figure:
    """Accuracy over distance (y) and depth (x): the mean over the seeds, a dot per training where there are several.

    Raises:
        ValueError: no network has a depth, or none was trained.
    """
    rows = sweep_marks.with_depth(shown.rows)
    runs = [run for _, row in rows for run in row.runs]
    if not runs:
        raise ValueError("no training to show: the sweep has no runs")
    lines = sweep_marks.notes(shown.options, [row for _, row in rows], WIDTH)
    bottom = style.footer_height(4, 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, WIDTH - LEFT - RIGHT, HEIGHT)
    widths = column_widths([depth for depth, _ in rows])
    low, high = _distances(rows)
    axes.set_xlim(rows[0][0] - widths[0] / 2, rows[-1][0] + widths[-1] / 2)
    axes.set_ylim(low, high)
    legend = [*_ground(axes, rows, widths), *_cells(axes, rows, widths)]
    x = np.linspace(max(0.0, axes.get_xlim()[0]), axes.get_xlim()[1], 200)
    over = sweep_marks.boundary(axes, rows, style.PAPER, light=True)
    over += sweep_marks.fitted(axes, shown.fits, x, light=True)
    if any(row.radii and row.radii.three_sqrt_depth for _, row in rows):
        over += sweep_marks.root(axes, x, light=True)
    style.dress(axes, x="depth, convolutions", y="distance from letter to mark, px")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    sweep_marks.depth_ticks(axes, [depth for depth, _ in rows])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=10))
    sweep_marks.bar(figure, style.box(figure, WIDTH - RIGHT + 0.15, bottom, 0.2, HEIGHT), "accuracy, mean of the seeds")
    style.heading(figure, "Trainability: accuracy over distance and depth", lines)
    style.footer(figure, [*over, *legend], columns=2)
    return figure


def column_widths(depths: Sequence[int]) -> list[float]:
    """As wide as it is to the nearer neighbour, so that columns stand about their depths and never overlap."""
    gaps = [float(after - before) for before, after in pairwise(depths)]
    return [min([*gaps[max(i - 1, 0) : i], *gaps[i : i + 1]], default=1.0) or 1.0 for i in range(len(depths))]


def _distances(rows: Columns) -> tuple[float, float]:
    """Edges of the picture: all trainings, and the intervals."""
    reached = [float(run.distance_px) for _, row in rows for run in row.runs]
    for _, row in rows:
        reached += [min(max(end, row.distances[0]), row.distances[1]) for end in sweep_marks.interval_of(row)]
    return min(reached) - 0.5, max(reached) + 0.5


def _ground(axes: Axes, rows: Columns, widths: Sequence[float]) -> list[Artist]:
    """Where nothing was trained, in the grey of what is not read."""
    axes.set_facecolor(marks.OUTSIDE)
    for (depth, row), width in zip(rows, widths, strict=True):
        low, high = row.distances
        place = (depth - width / 2, low - 0.5)
        axes.add_patch(Rectangle(place, width, high - low + 1, facecolor=marks.NOT_READ, edgecolor="none", zorder=1))
    low, high = (round(edge) for edge in axes.get_ylim())
    trained = {(depth, run.distance_px) for depth, row in rows for run in row.runs}
    complete = len(trained) == len(rows) * (high - low)
    return [] if complete else [Patch(facecolor=marks.NOT_READ, label="not trained")]


def _cells(axes: Axes, rows: Columns, widths: Sequence[float]) -> list[Artist]:
    """One cell per depth and distance, and its trainings as dots where there are several and room for them."""
    cells: list[Rectangle] = []
    means: list[float] = []
    failed: list[tuple[int, int]] = []
    trainings: list[_Trainings] = []
    for (depth, row), width in zip(rows, widths, strict=True):
        for distance in sorted({run.distance_px for run in row.runs}):
            runs = [run for run in row.runs if run.distance_px == distance]
            known = [run.accuracy for run in runs if run.accuracy is not None]
            if not known:
                failed.append((depth, distance))
                continue
            cells.append(Rectangle((depth - width / 2, distance - 0.5), width, 1.0))
            means.append(fmean(known))
            trainings.append((depth, width, runs, means[-1]))
    few = len(cells) <= VECTORS
    drawn = PatchCollection(
        cells, cmap=sweep_marks.accuracies(), norm=sweep_marks.NORM, edgecolor=style.PAPER if few else "face",
        linewidth=0.5 if few else 0.1, rasterized=not few, zorder=2,
    )  # fmt: skip
    drawn.set_array(np.array(means))
    axes.add_collection(drawn)
    return [*_dots(axes, trainings), *_failed(axes, failed)]


def _dots(axes: Axes, trainings: Sequence[_Trainings]) -> list[Artist]:
    most = max((len(runs) for _, _, runs, _ in trainings), default=1)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    per_depth, per_px = (WIDTH - LEFT - RIGHT) / (right - left), HEIGHT / (high - low)
    narrowest = min((width for _, width, _, _ in trainings), default=1.0) * per_depth
    if most == 1 or narrowest < most * DOT or per_px < DOT:
        return []
    step = min(narrowest / (most + 1), 0.16) / per_depth
    size = min(0.4 * step * per_depth, 0.28 * per_px, 0.08) * 72
    x, y, shades, edges = [], [], [], []
    for depth, width, runs, mean in trainings:
        for number, run in enumerate(sorted(runs, key=lambda run: run.seed)):
            # At the cell's left: the boundary stands in its middle.
            x.append(depth - width / 2 + step * (number + 0.8))
            y.append(run.distance_px)
            shades.append(0.0 if run.accuracy is None else run.accuracy)
            edges.append(style.PAPER if mean < BRIGHT else style.INK)
    axes.scatter(
        x, y, c=shades, s=size**2, cmap=sweep_marks.accuracies(), norm=sweep_marks.NORM, edgecolor=edges,
        linewidth=0.6, zorder=3,
    )  # fmt: skip
    shade = sweep_marks.accuracies()(0.55)
    return [
        Line2D(
            [], [], ls="none", marker="o", ms=5, mfc=shade, mec=style.QUIET, mew=0.7, label="each training of a cell"
        )
    ]


def _failed(axes: Axes, failed: Sequence[tuple[int, int]]) -> list[Artist]:
    if not failed:
        return []
    x, y = zip(*failed, strict=True)
    return list(axes.plot(x, y, ls="none", marker="x", ms=6, mew=1.6, color=style.VERMILION, zorder=3, label="failed"))
