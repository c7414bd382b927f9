"""What pictures of a trainability sweep have in common: colours of accuracy, the boundary, lines over depth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, withStroke
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import SweepFit, SweepRow
from rfengine.plots import style
from rfengine.plots.measured import Floats
from rfengine.reports.sweep_words import dataset_words, fit_words, networks_words, protocol_words

CHANCE, BOUNDARY = 0.5, 0.75
NORM = Normalize(CHANCE, 1.0)
ROOT_DASHES, LINE_DASHES = (0.0, (5.0, 2.0)), (0.0, (1.0, 1.4))
FITTED = {"sqrt": (style.VERMILION, ROOT_DASHES), "linear": (style.PURPLE, LINE_DASHES)}
# Estimators of a reach, by their field in `Radii`, the same in every picture.
LOOKS: dict[str, tuple[str, Any]] = {
    "constant_forward": (style.ORANGE, (0, (5, 2))),
    "closed_form": (style.GREEN, (0, (5, 1.5, 1, 1.5))),
    "clt": (style.QUIET, (0, (1, 1.3))),
    "three_sqrt_depth": (style.INK, (0, (6, 2, 1, 2))),
}
# So many columns and fewer have every depth on the axis.
FEW = 14


def accuracies() -> Colormap:
    """From guessing to all right."""
    return colormaps["viridis"]


def bar(figure: Figure, place: Axes, words: str) -> None:
    """The scale of accuracies; what is below guessing has the colour of guessing."""
    scale = figure.colorbar(ScalarMappable(NORM, accuracies()), cax=place, extend="min", extendfrac=0.03)
    scale.set_label(words, fontsize=style.LABEL, color=style.INK)
    scale.locator = FixedLocator((0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    place.yaxis.set_minor_locator(NullLocator())
    scale.outline.set_visible(False)


def with_depth(rows: Sequence[SweepRow]) -> list[tuple[int, SweepRow]]:
    """The networks whose depth is known, shallow ones first.

    Raises:
        ValueError: no network has a depth.
    """
    found = sorted(((row.depth, row) for row in rows if row.depth is not None), key=lambda pair: pair[0])
    if not found:
        raise ValueError(f"none of {len(rows)} networks has a depth: draw each by itself with sweep_row")
    return found


def notes(options: SweepOptions, rows: Sequence[SweepRow], width: float) -> list[str]:
    """The lines under a headline: which networks of several, the task, how a training went."""
    room = width - 2 * style.MARGIN
    trainings = sum(row.trainings for row in rows)
    counted = "1 training" if trainings == 1 else f"{trainings} trainings"
    often = {1: "once", 2: "twice"}.get(options.seeds, f"{options.seeds} times")
    how = "planned" if options.method == "planned" else f"every distance {often}"
    named = [networks_words(rows)] if len(rows) > 1 else []
    first = " · ".join([*named, dataset_words(options.dataset), f"{counted}, {how}"])
    return [*style.wrapped(first, room), *style.wrapped(protocol_words(options), room)]


def found_at(row: SweepRow) -> float | None:
    """The boundary in px, where it is more than a guess."""
    return row.boundary_px if row.boundary == "found" else None


def interval_of(row: SweepRow) -> tuple[float, ...]:
    """Both ends of a found boundary's interval, px; empty where there is none."""
    return row.interval_px if row.boundary == "found" and row.interval_px is not None else ()


def boundary(axes: Axes, rows: Sequence[tuple[int, SweepRow]], colour: str, *, light: bool) -> list[Artist]:
    """Boundaries with their intervals, joined where there are many; triangles where they lie beyond the range.

    `light`: outlined, for a dark ground.
    """
    found = [(depth, row, px) for depth, row in rows if (px := found_at(row)) is not None]
    legend: list[Artist] = []
    if found:
        bars = [(h - row.interval_px[0], row.interval_px[1] - h) if row.interval_px else (0, 0) for _, row, h in found]
        many = len(rows) > FEW
        look: dict[str, Any] = {"color": colour, "marker": "o", "ls": "-" if many else "none", "lw": 1.6, "mew": 0.8}
        look |= {"mec": style.INK if light else style.PAPER}
        effects: dict[str, Any] = {"path_effects": style.outlined(1.6)} if light else {}
        axes.errorbar(
            [depth for depth, _, _ in found], [height for _, _, height in found],
            yerr=np.clip(np.array(bars, float).T, 0.0, None), ms=3.5 if many else 7.5, capsize=2 if many else 5,
            elinewidth=1.2 if many else 1.8, zorder=6, **look, **effects,
        )  # fmt: skip
        words = "boundary (accuracy 0.75), 95 % interval"
        legend.append(Line2D([], [], ms=7, label=words, **look, **(effects if many else {})))
    # A dark ground is there first: what lies beyond it is shown at its edge.
    return [*legend, *_beyond(axes, rows, colour, axes.get_ylim() if light else (0.0, np.inf))]


def _beyond(axes: Axes, rows: Sequence[tuple[int, SweepRow]], colour: str, within: tuple[float, float]) -> list[Artist]:
    kinds = (("below", 0, "v", "below the range"), ("above", 1, "^", "above the range"))
    legend: list[Artist] = []
    for kind, end, marker, words in kinds:
        low, high = within[0] + 0.5, within[1] - 0.5
        at = [(depth, min(max(row.distances[end], low), high)) for depth, row in rows if row.boundary == kind]
        if at:
            x, y = zip(*at, strict=True)
            legend += axes.plot(
                x, y, ls="none", marker=marker, ms=9, color=colour, mec=style.INK, mew=1.0, zorder=7,
                label=f"boundary {words}",
            )  # fmt: skip
    return legend


def fitted(axes: Axes, fits: Sequence[SweepFit], x: Floats, *, light: bool) -> list[Artist]:
    """Fitted lines with their words; `light`: outlined, for a dark ground."""
    legend: list[Artist] = []
    for fit in fits:
        colour, dashes = FITTED[fit.kind]
        y = fit.intercept + fit.slope * (np.sqrt(x) if fit.kind == "sqrt" else x)
        effects = style.outlined(2.0) if light else None
        legend += axes.plot(
            x, y, color=colour, ls=dashes, lw=2.0, path_effects=effects, zorder=5, label=f"fit {fit_words(fit)}"
        )
    return legend


def root(axes: Axes, x: Floats, *, light: bool) -> list[Artist]:
    """The seed's 3 sqrt(N)."""
    colour, dashes = LOOKS["three_sqrt_depth"]
    effects = [withStroke(linewidth=3.6, foreground=style.PAPER), Normal()] if light else None
    return list(
        axes.plot(x, 3 * np.sqrt(x), color=colour, lw=1.8, ls=dashes, path_effects=effects, zorder=4, label="3 √N")
    )


def depth_ticks(axes: Axes, depths: Sequence[int]) -> None:
    """Every depth of a few, round numbers of many."""
    if len(depths) <= FEW:
        axes.set_xticks(list(depths))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 4, 5, 10], nbins=12))
