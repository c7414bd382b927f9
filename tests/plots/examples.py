"""Maps with their entries, and pictures read back as pixels."""

import io
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from numpy.typing import NDArray

from api_schemas.report import ErfEntry
from rfengine.metrics import measure
from tests.metrics.maps import conv3_profile

Interval = tuple[int, int]


@dataclass(frozen=True)
class Example:
    """All that a picture of one map takes."""

    erf: NDArray[np.float64]
    entry: ErfEntry
    field: tuple[Interval, ...]

    @property
    def arguments(self) -> dict[str, object]:
        return {
            "entry": self.entry,
            "tensor": "features.7/Conv",
            "computed": "constant weights",
            "field": self.field,
        }


def example(erf: NDArray[np.float64], field: tuple[Interval, ...]) -> Example:
    centre = tuple((first + last + 1) / 2 for first, last in field)
    trf = tuple(last - first + 1 for first, last in field)
    metrics = measure(erf, centre=centre, trf=trf, levels=(0.0012, 0.04))
    entry = ErfEntry(
        unit=[3] * erf.ndim,
        centre_px=list(centre),
        canvas=list(erf.shape),
        inputs={},
        policy={},
        support_inside_trf=True,
        metrics=metrics,
    )
    return Example(erf, entry, field)


def chain(layers: int, canvas: tuple[int, ...], first: tuple[int, ...]) -> Example:
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
    "signal": chain(8, (40,), (10,)),
    "solid": chain(3, (9, 20, 20), (1, 5, 5)),
}


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Height x width x 3, 0 to 255."""
    return np.rint(imread(io.BytesIO(png), format="png")[..., :3] * 255).astype(np.uint8)


def colours(picture: NDArray[np.uint8]) -> int:
    """How many different colours it has."""
    return len(np.unique(picture.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)))


def places(picture: NDArray[np.uint8], colour: str) -> NDArray[np.intp]:
    """Rows and columns of the pixels of exactly this colour."""
    wanted = np.rint(np.array(to_rgb(colour)) * 255).astype(np.uint8)
    return np.argwhere((picture == wanted).all(axis=-1))
