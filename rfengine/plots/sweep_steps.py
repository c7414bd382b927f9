"""How the trainings of one network went: accuracy over steps, those that were solved beside those that were not."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import RunResult, SweepRow
from rfengine.plots import style, sweep_marks
from rfengine.plots.sweep_marks import CHANCE
from rfengine.reports.sweep_words import is_solved
from rfengine.reports.text import shorten

WIDTH, HEIGHT, LEFT, RIGHT, GAP = 11.0, 4.2, 0.95, 1.25, 0.35
# The ramp's light end would not be seen on paper.
RAMP = (0.0, 0.9)
# So many distances and fewer are all named beside the colours.
MOST_NAMED = 16


def sweep_learning(row: SweepRow, options: SweepOptions) -> Figure:
    """Accuracy over steps; the colour is the mark's distance.

    Raises:
        ValueError: no training of the row has looked at its accuracy.
    """
    looked = [run for run in row.runs if run.accuracies]
    if not looked:
        raise ValueError(f"{row.network}: no accuracy over steps to show; none of {len(row.runs)} runs has a look")
    lines = sweep_marks.notes(options, [row], WIDTH)
    bottom = 0.95
    figure = style.new_figure(WIDTH, bottom + HEIGHT + 0.32 + style.header_height(lines))
    ranks = _ranks(looked)
    ramp = _ramp(ranks)
    most = max(step for run in looked for step, _ in run.accuracies)
    worst = min(accuracy for run in looked for _, accuracy in run.accuracies)
    width = (WIDTH - LEFT - RIGHT - GAP) / 2
    groups = [[run for run in looked if is_solved(run)], [run for run in looked if not is_solved(run)]]
    for number, (words, runs) in enumerate(zip(("solved", "not solved"), groups, strict=True)):
        axes = style.box(figure, LEFT + number * (width + GAP), bottom, width, HEIGHT)
        axes.set_xlim(0, 1.02 * most)
        axes.set_ylim(min(0.4, worst) - 0.03, 1.03)
        axes.axhline(CHANCE, color=style.FAINT, lw=1.2, ls=":", zorder=1)
        _curves(axes, runs, ranks, ramp)
        failed = sum(run.status == "failed" for run in runs)
        crossed = f", {failed} of them failed (crosses)" if failed else ""
        _dress(axes, f"{words}: {len(runs)}{crossed}", first=number == 0)
    _bar(figure, ramp, style.box(figure, WIDTH - RIGHT + 0.15, bottom, 0.18, HEIGHT), ranks)
    style.heading(figure, f"Accuracy in training of {shorten(row.network, 40)}", lines)
    return figure


def _ranks(runs: Sequence[RunResult]) -> dict[int, int]:
    """The trained distances in their order: most of them lie close to each other, a few far away."""
    return {distance: rank for rank, distance in enumerate(sorted({run.distance_px for run in runs}))}


def _ramp(ranks: Mapping[int, int]) -> ScalarMappable:
    colours = ListedColormap(colormaps["viridis"](np.linspace(*RAMP, len(ranks))))
    return ScalarMappable(Normalize(-0.5, len(ranks) - 0.5), colours)


def _curves(axes: Axes, runs: Sequence[RunResult], ranks: Mapping[int, int], ramp: ScalarMappable) -> None:
    """A line per training, and a mark at its end: a cross where it failed."""
    for run in runs:
        x, y = zip(*run.accuracies, strict=True)
        colour = tuple(ramp.to_rgba(np.array(ranks[run.distance_px])))
        axes.plot(x, y, color=colour, lw=1.4, marker=".", ms=3, zorder=3)
        failed = run.status == "failed"
        axes.plot(
            x[-1], y[-1], marker="X" if failed else "o", ms=8 if failed else 6, color=colour,
            mec=style.VERMILION if failed else style.PAPER, mew=1.2 if failed else 0.8, zorder=4, clip_on=False,
        )  # fmt: skip


def _dress(axes: Axes, words: str, *, first: bool) -> None:
    style.dress(axes, x="step", y="accuracy on fresh images" if first else "")
    axes.set_title(words, loc="left", fontsize=style.LABEL, color=style.INK)
    axes.tick_params(labelleft=first)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_locator(FixedLocator((0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _bar(figure: Figure, ramp: ScalarMappable, place: Axes, ranks: Mapping[int, int]) -> None:
    bar = figure.colorbar(ramp, cax=place)
    bar.set_label("distance from letter to mark, px", fontsize=style.LABEL, color=style.INK)
    shown = list(ranks)[:: -(-len(ranks) // MOST_NAMED)]
    bar.set_ticks([ranks[distance] for distance in shown], labels=[str(distance) for distance in shown])
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
