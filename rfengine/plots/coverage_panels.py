"""The objects that are furthest from being covered, each over its image with the field of the nearest head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from api_schemas.coverage import CoverageResult, Uncovered
from rfengine.plots import coverage_marks, marks, style
from rfengine.plots.backdrop import own
from rfengine.plots.coverage_view import Pair, Scene, crosses, scene, window
from rfengine.reports.text import shorten

MOST, COLUMNS = 6, 3
PANEL, ALONE, LEFT, GAP, RIGHT, LEAST_WIDTH = 3.3, 5.0, 0.75, 0.75, 0.3, 8.0
# Inches above a panel for its words, and below it for its ticks.
WORDS, TICKS = 1.12, 0.62
# Panels are so many times as high as wide, as the network's input is.
FLATTEST, TALLEST = 0.6, 1.4
# A picture's colours are paled by so much: lines stand out.
PALED = 0.25

Floats = NDArray[np.float64]
FIELDS = ("trf", "erf", "stride")
LOOKS: dict[str, tuple[str, Any, float, str]] = {
    "trf": (style.TRF, "-", 2.6, "theoretical field of the nearest head"),
    "erf": (style.ORANGE, (0, (1, 1.4)), 2.4, "effective field of the nearest head"),
    "stride": (style.GREEN, (0, (5, 1.5, 1, 1.5)), 2.0, "stride of the nearest head"),
    "object": (style.VERMILION, "-", 2.2, "object"),
    "centred": (style.VERMILION, style.DASHED, 2.2, "object of unknown place, in the middle"),
}


def coverage_worst(
    worst: Sequence[Uncovered],
    result: CoverageResult,
    *,
    picture: NDArray[Any] | None = None,
    pictures: Mapping[str, NDArray[Any]] | None = None,
) -> Figure:
    """At most six uncovered objects, a panel each: the object, and about its centre what the nearest head has.

    `pictures`: images by the name in `Uncovered.image`. `picture`: a sample image for all others; without it they lie
    on plain ground. Both height x width or height x width x 3, bytes or floats from 0 to 1; stretched to the size of
    the object's image.

    Raises:
        BadInput: a picture is none.
        ValueError: there is no uncovered object.
    """
    if not worst:
        raise ValueError("no uncovered object to show: every object is covered")
    proportion = float(np.clip(result.canvas[0] / result.canvas[1], FLATTEST, TALLEST))
    panels = [_Panel.of(one, result, proportion, picture, pictures or {}) for one in worst[:MOST]]
    columns = 2 if len(panels) == 4 else min(COLUMNS, len(panels))
    wide = PANEL if len(panels) > 1 else ALONE
    paper = max(LEFT + columns * (wide + GAP) - GAP + RIGHT, LEAST_WIDTH)
    lines = coverage_marks.notes(result, paper, _how(panels, len(worst)))
    seen = [name for name in LOOKS if any(name in panel.seen for panel in panels)]
    bottom = style.footer_height(len(seen), 2) + 0.1
    row, rows = wide * proportion + WORDS + TICKS, -(-len(panels) // columns)
    figure = style.new_figure(paper, bottom + rows * row + style.header_height(lines))
    names = _names(result)
    for at, panel in enumerate(panels):
        x, y = LEFT + at % columns * (wide + GAP), bottom + (rows - 1 - at // columns) * row + TICKS
        axes = style.box(figure, x, y, wide, wide * proportion)
        _draw(axes, panel)
        _words(axes, at + 1, panel, names)
    style.heading(figure, "Objects that are furthest from being covered", lines)
    style.footer(figure, [Line2D([], [], **_look(name), label=LOOKS[name][-1]) for name in seen], columns=2)
    return figure


@dataclass(frozen=True, eq=False)
class _Panel:
    """One object, where everything about it lies, what is under it, and which marks are seen."""

    one: Uncovered
    place: Scene
    view: tuple[Pair, Pair]
    ground: Floats | None
    over: str
    seen: tuple[str, ...]

    @classmethod
    def of(
        cls,
        one: Uncovered,
        result: CoverageResult,
        proportion: float,
        picture: NDArray[Any] | None,
        pictures: Mapping[str, NDArray[Any]],
    ) -> "_Panel":
        place = scene(one, result)
        view = window(place, one, proportion)
        fields = [
            name
            for name in FIELDS
            if (sides := getattr(place, name))
            and crosses(place, sides, view)
            # A stride says nothing of an object that fails for its size.
            and (name != "stride" or one.binding == "stride")
        ]
        mine = pictures.get(one.image) if one.image is not None else None
        shown = picture if mine is None else mine
        over = "its own image" if mine is not None else "a sample image" if picture is not None else "plain ground"
        ground = None if shown is None else own(shown)
        return cls(one, place, view, ground, over, (*fields, "object" if place.placed else "centred"))


def _names(result: CoverageResult) -> dict[str, str]:
    """The heads' names as there is room for them."""
    every = [head.name for head in result.heads]
    return dict(zip(every, coverage_marks.short_names(every, 12), strict=True))


def _how(panels: Sequence[_Panel], count: int) -> list[str]:
    few = f"{len(panels)} of {count} that are named" if count > MOST else coverage_marks.counted(count, "object")
    over = " or ".join(dict.fromkeys(panel.over for panel in panels))
    in_images = ["ticks in px of the image", "scale: px of the input per px of the image"]
    scales = in_images if any(panel.place.in_image for panel in panels) else []
    order = ", worst first" if count > 1 else ""
    return [f"{few}{order}", f"over {over}", *scales]


def _draw(axes: Axes, panel: _Panel) -> None:
    place = panel.place
    height, width = place.size
    axes.set_facecolor(marks.OUTSIDE)
    if panel.ground is None:
        axes.add_patch(Rectangle((0, 0), width, height, facecolor=marks.NOT_READ, edgecolor="none", zorder=0))
    else:
        axes.imshow(
            panel.ground + PALED * (1 - panel.ground), cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0),
            interpolation="antialiased", aspect="auto", zorder=0,
        )  # fmt: skip
    axes.add_patch(Rectangle((0, 0), width, height, fill=False, edgecolor=style.INK, lw=1.0, zorder=1))
    y, x = place.centre
    for name in panel.seen:
        tall, wide = getattr(place, name) if name in FIELDS else place.extent
        look = _look(name)
        colour = look.pop("color")
        axes.add_patch(
            Rectangle(
                (x - wide / 2, y - tall / 2), wide, tall, fill=False, edgecolor=colour, zorder=4, gid=name, **look
            )
        )
    _frame(axes, panel.view)


def _look(name: str) -> dict[str, Any]:
    colour, dashes, width, _ = LOOKS[name]
    return {"color": colour, "ls": dashes, "lw": width, "path_effects": style.outlined(width)}


def _frame(axes: Axes, view: tuple[Pair, Pair]) -> None:
    axes.set_ylim(view[0][::-1])
    axes.set_xlim(view[1])
    style.dress(axes)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], nbins=5))


def _words(axes: Axes, number: int, panel: _Panel, names: Mapping[str, str]) -> None:
    """Which object, what binds, how large it is and where it lies: four lines above a panel."""
    one = panel.one
    name = shorten(" ".join(filter(None, (one.label or "object", one.annotation))), 26)
    often = f" (× {one.count:,})" if one.count > 1 else ""
    size = f"object {coverage_marks.px(one.size_px[0])} × {coverage_marks.px(one.size_px[1])} px of the input"
    for row, line in enumerate([f"{number}. {name}{often}", _binding(one, names), size, _where(panel)]):
        axes.annotate(
            line, xy=(0, 1), xycoords="axes fraction", xytext=(0, 72 * (WORDS - 0.3 - 0.235 * row)),
            textcoords="offset points", ha="left", va="center", annotation_clip=False, parse_math=False,
            fontsize=style.SMALL if row else style.LABEL, color=style.INK if row < 2 else style.QUIET,
        )  # fmt: skip


def _binding(one: Uncovered, names: Mapping[str, str]) -> str:
    if one.head is None or one.has_px is None or one.needed_px is None:
        return coverage_marks.WHAT[one.binding]
    what = {"trf": "field", "erf": "effective field", "stride": "stride", "cut": "tile"}.get(one.binding, one.binding)
    limit = "at most " if one.binding == "stride" else ""
    has, needed = coverage_marks.px(one.has_px), coverage_marks.px(one.needed_px)
    return f"{names.get(one.head, one.head)}: {what} {has} px, needs {limit}{needed} px"


def _where(panel: _Panel) -> str:
    if not panel.place.in_image:
        return "place not known, ticks in px of the input"
    name = "image" if panel.one.image is None else shorten(panel.one.image, 20)
    scales = dict.fromkeys(f"{scale:.3g}" for scale in panel.place.scale)
    return f"{name}, scale {' × '.join(scales)}"
