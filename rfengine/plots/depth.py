"""Receptive-field growth over depth: one dot per tensor, in the order of computation, and the stride below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from api_schemas.report import FieldReport, TensorField, TensorFields
from rfengine.plots import style
from rfengine.plots.families import FAMILIES, REST, colour, family
from rfengine.reports.text import extent, number, per_axis, shorten

MARKERS = ("o", "^", "s")
LABELLED_TARGETS = 10
WIDTH, UPPER, LOWER, GAP, LEFT, COLUMN = 12.0, 4.4, 0.9, 0.22, 0.95, 2.75


@dataclass(frozen=True)
class _Point:
    """One tensor of the picture; `at` is its place in the order of computation."""

    at: int
    name: str
    op: str
    axes: tuple[str, ...]
    field: FieldReport


def growth(
    tensors: Mapping[str, TensorField | TensorFields],
    *,
    targets: Sequence[str],
    image: Sequence[int],
    model: str,
    source: str | None = None,
    least: Sequence[int] | None = None,
) -> Figure:
    """The theoretical receptive-field size of every tensor.

    `tensors`: of a report's `analytic`. `targets`: names to mark. `image`: input size per axis, px. `source`: which
    input the sizes are relative to, for models with several; tensors that do not depend on it are left out. `least`:
    smallest image that leaves no layer unproductive, px per axis (`Advice.resolutions`).
    """
    points = _points(tensors, source)
    relative = f" · relative to input {shorten(source, 32)}" if source else ""
    counted = "1 tensor" if len(points) == 1 else f"{len(points)} tensors"
    lines = [f"theoretical size of {counted} · image {extent(image)} px{relative}"]
    bottom = style.footer_height(1, 1) + 0.7
    figure = style.new_figure(WIDTH, bottom + LOWER + GAP + UPPER + style.header_height(lines))
    marked = [point for point in points if point.name in set(targets)]
    width = WIDTH - LEFT - (COLUMN if marked else 0.35)
    lower = style.box(figure, LEFT, bottom, width, LOWER)
    upper = style.box(figure, LEFT, bottom + LOWER + GAP, width, UPPER, sharex=lower)
    last = max((point.at for point in points), default=0)
    lower.set_xlim(-0.015 * last - 0.6, last * 1.015 + 0.6)
    legend = _sizes(upper, points, image)
    _image_lines(upper, image)
    if least is not None:
        _least_line(upper, least)
    _targets(upper, marked)
    _strides(lower, points)
    style.heading(figure, f"Receptive-field growth of {shorten(model, 48)}", lines)
    style.footer(figure, legend, columns=len(legend))
    return figure


def _points(tensors: Mapping[str, TensorField | TensorFields], source: str | None) -> list[_Point]:
    found = []
    for at, (name, tensor) in enumerate(tensors.items()):
        field: FieldReport | None
        if isinstance(tensor, TensorField):
            field = tensor
        else:
            field = tensor.by_input.get(source) if source else next(iter(tensor.by_input.values()), None)
        if field is not None:
            found.append(_Point(at, name, tensor.op, tuple(tensor.axes), field))
    return found


def _sizes(axes: Axes, points: list[_Point], image: Sequence[int]) -> list[Artist]:
    """Dots, a line along the largest size so far, and the legend's entries; axes that differ get marks of their own."""
    largest = [max(point.field.size) for point in points]
    legend: list[Artist] = []
    legend += axes.step(
        [p.at for p in points], np.maximum.accumulate(largest or [0])[: len(points)], where="post", color="#bbbbbb",
        lw=1.6, zorder=1, label="largest so far",
    )  # fmt: skip
    square = all(len(set(point.field.size)) == 1 for point in points)
    look: dict[str, Any] = {
        "s": float(np.clip(9000 / max(len(points), 1), 10, 46)),
        "edgecolor": style.PAPER,
        "linewidth": 0.4,
    }
    for name in (*FAMILIES, REST[0]):
        members = [point for point in points if family(point.op) == name]
        for axis in range(max((1 if square else len(p.field.size) for p in members), default=0)):
            group = [point for point in members if axis < len(point.field.size)]
            x, y = [point.at for point in group], [point.field.size[axis] for point in group]
            axes.scatter(x, y, marker=MARKERS[axis], color=colour(name), zorder=2 if name == REST[0] else 3, **look)
        if members:
            legend.append(Line2D([], [], ls="none", marker="o", ms=7, color=colour(name), label=name))
    if not square:
        for axis, letter in enumerate(max(points, key=lambda point: len(point.axes)).axes):
            legend.append(
                Line2D([], [], ls="none", marker=MARKERS[axis], ms=7, color=style.INK, mfc="none", label=letter)
            )
    style.dress(axes, y="receptive field, px")
    axes.tick_params(labelbottom=False)
    axes.grid(axis="y", color=style.FAINT, lw=0.6)
    axes.set_axisbelow(True)
    _scale(axes, largest, image)
    return legend


def _scale(axes: Axes, sizes: list[int], image: Sequence[int]) -> None:
    """Linear while half of the tensors use the lower eighth of the axis or more; else powers of two."""
    top = max([*sizes, *image])
    if top <= 8 * float(np.median(sizes or [1])):
        axes.set_ylim(0, top * 1.08)
        return
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_locator(LogLocator(base=4 if top > 256 else 2))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.set_ylim(0.8, top * 1.6)


def _image_lines(axes: Axes, image: Sequence[int]) -> None:
    words = (
        {image[0]: "image"}
        if len(set(image)) == 1
        else {n: f"image {'hw'[a] if len(image) == 2 else a}" for a, n in enumerate(image)}
    )
    for size, word in words.items():
        axes.axhline(size, color=style.INK, lw=1.2, ls=(0, (6, 4)), zorder=1)
        axes.annotate(
            f"{word} {size} px", xy=(0, size), xycoords=("axes fraction", "data"), xytext=(6, 3),
            textcoords="offset points", ha="left", va="bottom", fontsize=style.SMALL, color=style.INK, bbox=style.PLATE,
        )  # fmt: skip


def _least_line(axes: Axes, least: Sequence[int]) -> None:
    """Where the design's own threshold lies; its words stand at the right, the image's at the left."""
    axes.axhline(max(least), color=style.QUIET, lw=1.0, ls=(0, (1, 3)), zorder=1)
    axes.annotate(
        f"least image without unproductive layers {per_axis(least)} px", xy=(1, max(least)),
        xycoords=("axes fraction", "data"), xytext=(-6, -3), textcoords="offset points", ha="right", va="top",
        fontsize=style.SMALL, color=style.QUIET, bbox=style.PLATE,
    )  # fmt: skip


def _targets(axes: Axes, targets: list[_Point]) -> None:
    """Rings around the targets, and their names in a column at the right, spread so that none touches another."""
    if not targets:
        return
    axes.scatter(
        [p.at for p in targets], [max(p.field.size) for p in targets], s=120, facecolor="none",
        edgecolor=style.INK, linewidth=1.8, zorder=5,
    )  # fmt: skip
    named = sorted(targets, key=lambda point: max(point.field.size))[-LABELLED_TARGETS:]
    transform = axes.transData + axes.transAxes.inverted()
    wanted = [float(transform.transform((0, max(p.field.size)))[1]) for p in named]
    for point, height in zip(named, style.spread(wanted, gap=0.1), strict=True):
        text = f"{shorten(point.name, 26)}\n{extent(point.field.size)} px, stride {per_axis(point.field.stride)}"
        axes.annotate(
            text, xy=(point.at, max(point.field.size)), xytext=(1.035, height), textcoords="axes fraction",
            fontsize=style.SMALL, color=style.INK, va="center", ha="left", linespacing=1.25,
            parse_math=False, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": style.QUIET, "lw": 0.8, "shrinkA": 2, "shrinkB": 6},
        )  # fmt: skip
    if len(targets) > len(named):
        axes.annotate(
            f"and {len(targets) - len(named)} more targets", xy=(1.035, -0.03), xycoords="axes fraction",
            fontsize=style.SMALL, color=style.QUIET, va="top", annotation_clip=False,
        )  # fmt: skip


def _strides(axes: Axes, points: list[_Point]) -> None:
    """The stride as a line, its value over every run that is long enough to carry it."""
    strides = [float(max(p.field.stride)) for p in points]
    axes.step(
        [p.at for p in points],
        strides,
        where="mid",
        color=style.INK,
        lw=1.6,
        marker="o" if len(points) == 1 else "",
    )
    low, high = min([1.0, *strides]), max([2.0, *strides])
    style.dress(axes, x="tensor, in order of computation", y="stride, px")
    axes.set_yscale("log", base=2)
    axes.set_ylim(low / 1.5, high * (high / low) ** 0.4)
    axes.yaxis.set_major_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    for stride, run in groupby(zip(strides, points, strict=True), key=lambda pair: pair[0]):
        at = [point.at for _, point in run]
        if len(at) >= 0.025 * len(points):
            axes.annotate(
                number(stride), xy=((at[0] + at[-1]) / 2, stride), xytext=(0, 2), textcoords="offset points",
                ha="center", va="bottom", fontsize=style.SMALL, color=style.INK,
            )  # fmt: skip
