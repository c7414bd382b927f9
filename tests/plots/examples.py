"""Maps with their entries, and pictures read back as artists and as pixels."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from api_schemas.report import ErfEntry
from rfengine.metrics import measure
from rfengine.plots import MeasuredMap, style
from tests.metrics.maps import conv3_profile

Interval = tuple[int, int]


def example(erf: NDArray[np.float64], field: tuple[Interval, ...]) -> MeasuredMap:
    centre = tuple((first + last + 1) / 2 for first, last in field)
    trf = tuple(last - first + 1 for first, last in field)
    metrics = measure(erf, centre=centre, trf=trf, levels=(0.0012, 0.04))
    entry = ErfEntry(
        unit=[3] * erf.ndim,
        centre_px=list(centre),
        canvas=list(erf.shape),
        inputs={"kind": "noise", "images": 4, "seed": 0},
        policy={"weights": {"kind": "he", "gain": 1.5}, "max_pool": "average", "seed": None},
        support_inside_trf=True,
        metrics=metrics,
    )
    return MeasuredMap(erf, entry, "features.7/Conv", "constant_forward", "constant weights", field)


def chain(layers: int, canvas: tuple[int, ...], first: tuple[int, ...]) -> MeasuredMap:
    """A chain of conv3 layers of ones whose field begins at `first`, cut off where the canvas ends."""
    line, n = conv3_profile(layers), 2 * layers + 1
    lines = [
        [line[i - start] if 0 <= i - start < n else 0.0 for i in range(size)]
        for size, start in zip(canvas, first, strict=True)
    ]
    erf = np.array(lines[0])
    for other in lines[1:]:
        erf = erf[..., None] * np.array(other)
    return example(erf, tuple((start, start + n - 1) for start in first))


EXAMPLES = {
    "inside": chain(10, (64, 64), (22, 22)),
    "between pixels": example(np.pad(np.ones((4, 4)), 6), ((6, 9), (6, 9))),
    "corner": chain(10, (64, 48), (-10, -8)),
    "larger than the image": chain(40, (32, 32), (-20, -24)),
    "one pixel": example(np.pad(np.ones((1, 1)), 8), ((8, 8), (8, 8))),
    "one pixel in all": example(np.ones((1, 1)), ((0, 0), (0, 0))),
    "strip": example(np.pad(np.ones((1, 31)), 5), ((5, 5), (5, 35))),
    "gridded": example(np.pad(np.kron(np.ones((3, 3)), [[1.0, 0], [0, 0]])[:5, :5], 4), ((4, 8), (4, 8))),
    "hole": example(np.pad(np.array([[1.0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 1]]), 2), ((2, 5), (2, 5))),
    "far larger than the image": example(np.pad(np.ones((5, 5)), 14), ((-400, 430), (-500, 530))),
    "oblong": chain(6, (24, 120), (5, 40)),
    "tall": chain(6, (120, 16), (40, 2)),
    "tiny": chain(1, (7, 7), (2, 2)),
    "signal": chain(8, (40,), (10,)),
    "signal larger than the image": chain(30, (40,), (-10,)),
    "solid": chain(3, (9, 20, 20), (1, 5, 5)),
}


def pixels(picture: Figure | bytes) -> NDArray[np.uint8]:
    """Height x width x 3, 0 to 255."""
    png = style.png(picture) if isinstance(picture, Figure) else picture
    return np.rint(imread(io.BytesIO(png), format="png")[..., :3] * 255).astype(np.uint8)


def rectangles(axes: Axes) -> list[tuple[float, float, float, float]]:
    """All outlines in a plot: left, top, width, height."""
    outlines = [p for p in axes.patches if isinstance(p, Rectangle) and not p.get_fill()]
    return [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in outlines]


def legends(figure: Figure) -> list[str]:
    """The words of all legends."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def words(figure: Figure) -> list[str]:
    """All words outside the plots, headline first."""
    return [text.get_text() for text in figure.texts]


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of words that lie on one another, and words that leave the picture (paired with nothing)."""
    figure.canvas.draw()
    texts = [text for text in _texts(figure) if text.get_text().strip() and text.get_visible()]
    # Not an annotation's own extent, which holds its arrow too.
    boxes = [(t.get_text(), Text.get_window_extent(t)) for t in texts]
    width, height = figure.canvas.get_width_height()
    outside = [(one, "") for one, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > width or b.y1 > height]
    pairs = [
        (one, other)
        for i, (one, a) in enumerate(boxes)
        for other, b in boxes[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    return outside + pairs


def _texts(figure: Figure) -> list[Text]:
    """All words that are drawn; tick labels beyond the limits exist and are not."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        found += axes.texts
        if axes.axison:
            found += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
            ticks = [tick for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]
            found += [label for tick in ticks for label in (tick.label1, tick.label2)]
    return found


def colours(picture: NDArray[np.uint8]) -> int:
    """How many different colours it has."""
    return len(np.unique(picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)))


def places(picture: NDArray[np.uint8], colour: str) -> NDArray[np.intp]:
    """Rows and columns of the pixels of exactly this colour."""
    wanted = np.rint(np.array(to_rgb(colour)) * 255).astype(np.uint8)
    return np.argwhere((picture == wanted).all(axis=-1))
