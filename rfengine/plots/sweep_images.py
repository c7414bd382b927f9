"""Images of an e-dataset with what a network is to draw, and what it drew: after the figures of seed 000, section 4."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from numpy.typing import NDArray

from rfengine.plots import style
from rfengine.reports.text import shorten

LETTERS = ("е", "ё")
LEFT, RIGHT, GAP, TITLE = 1.25, 1.05, 0.12, 0.34
# Sides of one image in inches: at most, and what a row of them may take.
LARGEST, ACROSS = 1.6, 9.0
NARROWEST = 6.4
# Lower rows have room for one line of words.
TWO_LINES = 0.5


def sweep_samples(
    images: NDArray[Any],
    targets: NDArray[Any],
    labels: Sequence[bool | int],
    *,
    outputs: NDArray[Any] | None = None,
    answers: Sequence[bool | int] | None = None,
    title: str = "Samples",
    notes: Sequence[str] = (),
) -> Figure:
    """A column per image: the image, the spot on the map for е, the spot on the map for ё, then the network's maps.

    Args:
        images: [n, H, W].
        targets: [n, 2, H, W], the map for е first.
        labels: per image, true for ё.
        outputs: of the network, as `targets`, on their scale of colours.
        answers: what the network took each image for.
        title: the headline.
        notes: lines under it.

    Raises:
        ValueError: the shapes do not go together, or there is no image.
    """
    _check(images, targets, labels, outputs, answers)
    rows = _rows(images, targets, outputs)
    n, height, width = images.shape
    wide = min(LARGEST, ACROSS / n - GAP, LARGEST * width / height)
    tall = wide * height / width
    paper = max(LEFT + n * (wide + GAP) + RIGHT, NARROWEST)
    lines = [line for note in notes for line in style.wrapped(note, paper - 2 * style.MARGIN)]
    above = style.MARGIN + len(rows) * (tall + GAP) - GAP
    figure = style.new_figure(paper, above + TITLE * (2 if answers is not None else 1) + style.header_height(lines))
    panels = _panels(figure, rows, (wide, tall), float(np.max(targets)) or 1.0)
    for at, axes in enumerate(panels[0]):
        _head(axes, labels[at], None if answers is None else answers[at], tall)
    for number, words in enumerate(("letter", "answer")[: 1 if answers is None else 2]):
        _aside(figure, above + 0.07 + TITLE * number + 0.1, words)
    place = style.box(figure, LEFT + n * (wide + GAP) + 0.08, style.MARGIN, 0.14, (len(rows) - 1) * (tall + GAP) - GAP)
    _bar(figure, panels[1][0], place)
    style.heading(figure, shorten(title, 70), lines)
    return figure


def _panels(
    figure: Figure, rows: Sequence[tuple[str, NDArray[Any]]], size: tuple[float, float], most: float
) -> list[list[Axes]]:
    """Every image and map at its place, its row's words left of it; spots are coloured up to `most`."""
    (wide, tall), images = size, rows[0][1]
    least = float(np.min(images))
    ink, spots = Normalize(least, max(float(np.max(images)), least + 1e-9)), Normalize(0.0, most)
    found: list[list[Axes]] = []
    for at, (words, maps) in enumerate(rows):
        y = style.MARGIN + (len(rows) - 1 - at) * (tall + GAP)
        found.append([style.box(figure, LEFT + column * (wide + GAP), y, wide, tall) for column in range(len(maps))])
        for axes, values in zip(found[-1], maps, strict=True):
            _panel(axes, values, spots if at else ink, "magma" if at else "gray")
        _aside(figure, y + tall / 2, words if tall >= TWO_LINES else words.replace("\n", " "))
    return found


def _check(
    images: NDArray[Any], targets: NDArray[Any], labels: Sequence[bool | int], outputs: NDArray[Any] | None,
    answers: Sequence[bool | int] | None,
) -> None:  # fmt: skip
    n = len(images)
    wanted = (n, len(LETTERS), *images.shape[1:])
    maps = [targets.shape] + ([] if outputs is None else [outputs.shape])
    counts = {len(labels), len(labels if answers is None else answers)}
    if images.ndim != 3 or n == 0 or any(shape != wanted for shape in maps) or counts != {n}:
        raise ValueError(
            f"images {list(images.shape)}, maps {[list(shape) for shape in maps]}, {sorted(counts)} labels: expected "
            "images [n, H, W], maps [n, 2, H, W] and n labels, n at least 1"
        )


def _rows(images: NDArray[Any], targets: NDArray[Any], outputs: NDArray[Any] | None) -> list[tuple[str, NDArray[Any]]]:
    rows = [("image", images)]
    for words, maps in (("target", targets), ("output", outputs)):
        if maps is not None:
            rows += [(f"{words}\nfor {letter}", maps[:, number]) for number, letter in enumerate(LETTERS)]
    return rows


def _panel(axes: Axes, values: NDArray[Any], scale: Normalize, colours: str) -> None:
    axes.imshow(values, cmap=colours, norm=scale, interpolation="nearest", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(style.FAINT)


def _head(axes: Axes, label: bool | int, answer: bool | int | None, tall: float) -> None:
    """The letter that it is, and above it what the network took it for."""
    axes.text(
        0.5, 1 + 0.07 / tall, LETTERS[bool(label)], transform=axes.transAxes, fontsize=style.TITLE, color=style.INK,
        ha="center", va="bottom",
    )  # fmt: skip
    if answer is not None:
        right = bool(answer) == bool(label)
        axes.text(
            0.5, 1 + (0.07 + TITLE) / tall, f"{'✓' if right else '✗'} {LETTERS[bool(answer)]}",
            transform=axes.transAxes, fontsize=style.LABEL, color=style.GREEN if right else style.VERMILION,
            ha="center", va="bottom",
        )  # fmt: skip


def _aside(figure: Figure, y: float, words: str) -> None:
    """What a row shows, left of it at so many inches."""
    width, height = figure.get_size_inches()
    figure.text(
        (LEFT - 0.15) / width, y / height, words, fontsize=style.LABEL, color=style.INK, ha="right", va="center",
        linespacing=1.3,
    )  # fmt: skip


def _bar(figure: Figure, first: Axes, place: Axes) -> None:
    bar = figure.colorbar(first.images[0], cax=place)
    bar.set_label("spot", fontsize=style.LABEL, color=style.INK)
    bar.locator = FixedLocator((0.0, 0.5, 1.0))
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
