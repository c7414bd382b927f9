"""One network's row of a trainability sweep: accuracy over distance, every training, the fit, what theory says."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator

from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import Radii, RunResult, SweepRow
from rfengine.plots import style, sweep_marks
from rfengine.plots.measured import Floats
from rfengine.plots.sweep_marks import BOUNDARY, CHANCE, LOOKS
from rfengine.reports.sweep_words import ESTIMATORS, boundary_words, interval_words
from rfengine.reports.text import number, shorten

WIDTH, HEIGHT, LEFT, RIGHT = 10.0, 4.8, 0.95, 1.15
# Trainings without an accuracy stand below all others.
FAILED, LOWEST, HIGHEST = 0.355, 0.32, 1.04
# Theory's marks are shown up to so many times the farthest training.
FARTHEST = 1.6
# Trainings of one distance stand side by side over so many px.
SPREAD = 0.7


def sweep_row(row: SweepRow, options: SweepOptions) -> Figure:
    """Accuracy over the mark's distance, of one network.

    Raises:
        ValueError: it has no trainings.
    """
    if not row.runs:
        raise ValueError(f"{row.network}: no training to show; the row has no runs")
    lines = [*sweep_marks.notes(options, [row], WIDTH), _found(row)]
    statuses = {_status(run) for run in row.runs}
    entries = len(statuses) + (row.width_px is not None) + bool(sweep_marks.interval_of(row)) + len(_known(row.radii))
    bottom = style.footer_height(entries + (row.radii is not None), 2) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    axes = style.box(figure, LEFT, bottom, WIDTH - LEFT - RIGHT, HEIGHT)
    low, high = _limits(row)
    axes.set_xlim(low, high)
    worst = min((run.accuracy for run in row.runs if run.accuracy is not None), default=CHANCE)
    axes.set_ylim(LOWEST if "failed" in statuses else max(0.0, min(0.45, worst) - 0.04), HIGHEST)
    for level, look in ((CHANCE, ":"), (BOUNDARY, "-")):
        axes.axhline(level, color=style.FAINT, lw=1.2, ls=look, zorder=1)
    legend = [*_trainings(axes, row.runs), *_curve(axes, row, np.linspace(low, high, 400)), *_interval(axes, row)]
    legend += _theory(axes, row.radii, high)
    style.dress(axes, x="distance from letter to mark, px", y="accuracy on fresh images")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=14))
    axes.yaxis.set_major_locator(FixedLocator((0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)))
    for level, words in ((CHANCE, "guessing"), (BOUNDARY, "half-way")):
        axes.annotate(
            words, xy=(1, level), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
            ha="left", va="center", fontsize=style.SMALL, color=style.QUIET, annotation_clip=False,
        )  # fmt: skip
    style.heading(figure, f"Trainability of {shorten(row.network, 40)}", lines)
    style.footer(figure, legend, columns=2)
    return figure


def logistic(row: SweepRow, distance: Floats) -> Floats | None:
    """Accuracy by the fit, 0.5 + 0.5 / (1 + exp((d - boundary) / width)), of trainings that are not in `failures`."""
    if row.boundary_px is None or row.width_px is None:
        return None
    # A fit without a width is a step.
    scaled = (distance - row.boundary_px) / max(row.width_px, 1e-3)
    found: Floats = CHANCE + (1 - CHANCE) / (1 + np.exp(np.clip(scaled, -60, 60)))
    return found


def _found(row: SweepRow) -> str:
    low, high = row.distances
    searched = f"searched {low} to {high} px"
    if row.boundary == "open":
        return f"boundary open: too few trainings · {searched}"
    interval = f", 95 % interval {interval_words(row)} px" if row.interval_px is not None else ""
    share = "" if row.failures is None else f" · {100 * row.failures:.0f} % of trainings within reach fail"
    return f"boundary {boundary_words(row)} px{interval}{share} · {searched}"


def _known(radii: Radii | None) -> dict[str, float]:
    found = {} if radii is None else {field: getattr(radii, field) for field in ESTIMATORS}
    return {field: radius for field, radius in found.items() if radius is not None}


def _limits(row: SweepRow) -> tuple[float, float]:
    trained = [run.distance_px for run in row.runs]
    farthest = max([*trained, *sweep_marks.interval_of(row)])
    theory = [*_known(row.radii).values(), *([row.radii.trf] if row.radii else [])]
    shown = [radius for radius in theory if radius <= FARTHEST * farthest]
    nearest = min([*trained, *shown])
    margin = 0.02 * (max([farthest, *shown]) - nearest) + 0.5
    return max(0.0, nearest - margin), max([farthest, *shown]) + margin


def _status(run: RunResult) -> str:
    return "failed" if run.accuracy is None else run.status


def _trainings(axes: Axes, runs: Sequence[RunResult]) -> list[Artist]:
    """A dot per training, beside those of the same distance."""
    x: dict[str, list[float]] = {"solved": [], "ended": [], "failed": []}
    y: dict[str, list[float]] = {"solved": [], "ended": [], "failed": []}
    most = max(Counter(run.distance_px for run in runs).values())
    step = SPREAD / max(most, 4)
    for distance in sorted({run.distance_px for run in runs}):
        same = sorted((run for run in runs if run.distance_px == distance), key=lambda run: run.seed)
        for at, run in enumerate(same):
            x[_status(run)].append(distance + step * (at - (len(same) - 1) / 2))
            y[_status(run)].append(FAILED if run.accuracy is None else run.accuracy)
    size = 7.0 if len(runs) <= 80 else 5.0
    looks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("solved", "trained until solved", {"marker": "o", "mfc": style.BLUE, "mec": style.PAPER, "mew": 0.8}),
        ("ended", "trained to the end", {"marker": "o", "mfc": style.PAPER, "mec": style.BLUE, "mew": 1.6}),
        ("failed", "failed, without an accuracy", {"marker": "x", "mec": style.VERMILION, "mew": 2.0}),
    )
    legend: list[Artist] = []
    for status, words, look in looks:
        if x[status]:
            label = f"{words} ({len(x[status])})"
            legend += axes.plot(x[status], y[status], ls="none", ms=size, label=label, zorder=6, clip_on=False, **look)
    return legend


def _curve(axes: Axes, row: SweepRow, distance: Floats) -> list[Artist]:
    value = logistic(row, distance)
    if value is None:
        return []
    words = f"logistic fit, scale {number(float(f'{row.width_px:.2g}'))} px"
    if row.boundary == "found":
        return list(axes.plot(distance, value, color=style.INK, lw=2.0, label=words, zorder=5))
    look: dict[str, Any] = {"color": style.QUIET, "lw": 1.4, "ls": style.DASHED}
    return list(axes.plot(distance, value, label="a first guess at the fit", zorder=5, **look))


def _interval(axes: Axes, row: SweepRow) -> list[Artist]:
    at, ends = sweep_marks.found_at(row), sweep_marks.interval_of(row)
    if at is not None:
        axes.axvline(at, color=style.INK, lw=1.2, zorder=3)
    if not ends:
        return []
    axes.axvspan(ends[0], ends[1], color=style.SHADES[2], lw=0, zorder=0)
    return [Patch(facecolor=style.SHADES[2], label="95 % interval of the boundary")]


def _theory(axes: Axes, radii: Radii | None, right: float) -> list[Artist]:
    """Vertical marks where theory says that the network's reach ends."""
    if radii is None:
        return []
    entries = {"trf": ("theoretical field, radius", radii.trf, style.TRF, "-", 3.0)}
    for field, radius in _known(radii).items():
        entries[field] = (ESTIMATORS[field], radius, *LOOKS[field], 2.0)
    legend: list[Artist] = []
    for words, radius, colour, dashes, width in entries.values():
        beyond = ", beyond the picture" if radius > right else ""
        label = f"{words} {number(round(radius, 1))} px{beyond}"
        if not beyond:
            axes.axvline(radius, color=colour, ls=dashes, lw=width, zorder=2)
        legend.append(Line2D([], [], color=colour, ls=dashes, lw=width, label=label))
    return legend
