"""Where an uncovered object, its head's fields and the window around them lie. Numbers only, no matplotlib."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from api_schemas.coverage import CoverageResult, HeadCoverage, Uncovered

Pair = tuple[float, float]  # h, w; px

# Room about what is looked at, as a share of it; and the smallest window, px.
MARGIN, NARROWEST = 0.12, 16.0
# Room about a whole image, as a share of it.
EDGE = 0.03
# The image is shown whole where that makes the window at most so many times as long.
NEARLY = 3.0
# Windows about an object that is too small for a stride, in strides.
STRIDES = 4.0
# What has no head is shown with so much around it.
AROUND = 2.0


@dataclass(frozen=True)
class Scene:
    """One object in px of its image, or of the network's input where its image is not known.

    Args:
        size: height and width of the image.
        corner: the object's upper left corner, (y, x).
        extent: its height and width.
        placed: whether its place is known; else it stands in the middle.
        scale: px of the network's input per px here, h before w.
        in_image: whether px are those of the image.
        trf, erf, stride: height and width of the head's fields and its stride, as far as they are known.
    """

    size: Pair
    corner: Pair
    extent: Pair
    placed: bool
    scale: Pair
    in_image: bool
    trf: Pair | None
    erf: Pair | None
    stride: Pair | None

    @property
    def centre(self) -> Pair:
        """The object's centre, (y, x)."""
        (y, x), (height, width) = self.corner, self.extent
        return y + height / 2, x + width / 2


def scene(worst: Uncovered, result: CoverageResult) -> Scene:
    """Everything about one object in one system of px."""
    head = next((head for head in result.heads if head.name == worst.head), None)
    height, width = worst.size_px
    canvas = float(result.canvas[0]), float(result.canvas[1])
    if worst.box is None or min(worst.box[2:]) <= 0 or not all(map(math.isfinite, worst.box)):
        return _scene(canvas, ((canvas[0] - height) / 2, (canvas[1] - width) / 2), (height, width), (1.0, 1.0), head)
    x, y, wide, tall = worst.box
    scale = height / tall, width / wide
    if worst.image_size is not None:
        size = worst.image_size[0], worst.image_size[1]
    else:
        size = max(canvas[0] / scale[0], y + tall), max(canvas[1] / scale[1], x + wide)
    return _scene(size, (y, x), (tall, wide), scale, head, placed=True)


def _scene(
    size: Pair, corner: Pair, extent: Pair, scale: Pair, head: HeadCoverage | None, *, placed: bool = False
) -> Scene:
    def here(sides: Sequence[float] | None) -> Pair | None:
        return None if sides is None else (sides[0] / scale[0], sides[1] / scale[1])

    erf = None if head is None or head.erf_side is None else [head.erf_side] * 2
    trf, stride = (None, None) if head is None else (head.trf, head.stride)
    return Scene(size, corner, extent, placed, scale, placed, here(trf), here(erf), here(stride))


def window(shown: Scene, worst: Uncovered, proportion: float) -> tuple[Pair, Pair]:
    """From and to, h before w, of what a panel so many times as high as wide shows: object and what binds, in full."""
    needs = {"trf": shown.trf, "erf": shown.erf, "stride": shown.stride and _times(shown.stride, STRIDES)}
    around = needs.get(worst.binding) or _times(shown.extent, AROUND)
    reach = [max(NARROWEST, own, other) * (1 + 2 * MARGIN) for own, other in zip(shown.extent, around, strict=True)]
    edges = [(c - side / 2, c + side / 2) for c, side in zip(shown.centre, reach, strict=True)]
    whole = [(min(low, 0.0), max(high, n)) for (low, high), n in zip(edges, shown.size, strict=True)]
    if worst.binding == "cut" or all(b - a <= NEARLY * (d - c) for (a, b), (c, d) in zip(whole, edges, strict=True)):
        edges = [(low - EDGE * (high - low), high + EDGE * (high - low)) for low, high in whole]
    tall, wide = (high - low for low, high in edges)
    height, width = shown.size
    return (
        _lengthened(edges[0], max(tall, wide * proportion), height),
        _lengthened(edges[1], max(wide, tall / proportion), width),
    )


def _lengthened(edges: Pair, length: float, image: float) -> Pair:
    """A window of such a length about its edges, moved towards the image where it would show what is beyond it."""
    first, last = min(edges[0], 0.0), max(edges[1], image)
    low = (edges[0] + edges[1] - length) / 2
    low = min(max(low, first), last - length) if length < last - first else (first + last - length) / 2
    return low, low + length


def crosses(shown: Scene, sides: Pair, view: tuple[Pair, Pair]) -> bool:
    """Whether the outline of so high and wide a box about the object's centre is seen in a window."""
    inside = [(low < c - side / 2 < high, low < c + side / 2 < high, c - side / 2 < high and c + side / 2 > low)
              for c, side, (low, high) in zip(shown.centre, sides, view, strict=True)]  # fmt: skip
    (top, bottom, rows), (left, right, columns) = inside
    return ((top or bottom) and columns) or ((left or right) and rows)


def _times(sides: Pair, factor: float) -> Pair:
    return sides[0] * factor, sides[1] * factor
