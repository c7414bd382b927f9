"""Batches of images for many trainings at once, on the device; every image by its own counter (see noise.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from api_schemas.datasets import AnyDataset
from rfengine.datasets.elastic import distorted
from rfengine.datasets.glyphs import LETTER, Bitmap
from rfengine.datasets.noise import keys, uniform
from rfengine.datasets.registry import mark_of
from rfengine.datasets.scene import Scene

Stream = Literal["training", "evaluation"]
_STREAMS: dict[str, int] = {"training": 0, "evaluation": 1}
# Numbers of an image beside its distortion: whether it bears the mark, and from which direction.
_CHOICES = 2


@dataclass(frozen=True)
class Batch:
    """`images` [steps, members, batch, 1, H, W] and `marked` [steps, members, batch], true for ё."""

    images: Tensor
    marked: Tensor


class Samples:
    """The images of some trainings of one dataset, which differ in the mark's distance and the seed.

    Args:
        dataset: which one.
        scene: the canvas of all of them.
        distances: per training, px.
        seeds: per training.
        device: where the images are made.
        dtype: their type.
    """

    def __init__(
        self,
        dataset: AnyDataset,
        scene: Scene,
        distances: Sequence[int],
        seeds: Sequence[int],
        *,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.dataset, self.scene, self.device, self.dtype = dataset, scene, device, dtype
        self._distances = torch.tensor(distances, device=device)
        self._seeds = torch.tensor(seeds, dtype=torch.int64, device=device)
        self._glyph = mark_of(dataset).glyph
        first, last = mark_of(dataset).directions(dataset)
        self._first, self._sector = first, last - first

    def draw(self, stream: Stream, steps: Sequence[int], batch: int) -> Batch:
        """The images of some steps; a step's images are the same whoever asks for them, and whatever beside them."""
        height, width = self.scene.shape
        at = torch.tensor(steps, dtype=torch.int64, device=self.device)
        key = keys([self._seeds, self._distances, _STREAMS[stream]])
        image = torch.arange(batch, device=self.device)
        key = keys([key[None, :, None], at[:, None, None], image])
        drawn = uniform(key, _CHOICES + 2 * height * width)
        marked = drawn[..., 0] < self.dataset.probability
        images = self._plain(marked, self._first + self._sector * drawn[..., 1])
        flat = images.reshape(-1, 1, height, width)
        if self.dataset.elastic is not None:
            noise = drawn[..., _CHOICES:].reshape(-1, 2, height, width)
            flat = distorted(flat, self.dataset.elastic, noise)
        return Batch(flat.reshape(images.shape).to(self.dtype), marked)

    def _plain(self, marked: Tensor, angle: Tensor) -> Tensor:
        """Letter and mark as they are drawn: [steps, members, batch, 1, H, W]."""
        distance = self._distances[None, :, None]
        y = torch.round(distance * torch.sin(angle)).long() + self.scene.row
        x = torch.round(distance * torch.cos(angle)).long() + self.scene.column
        ink_y, ink_x, ink = _ink(self._glyph, self.device)
        places = (y[..., None] + ink_y) * self.scene.width + x[..., None] + ink_x
        canvas = self._letter().expand(*marked.shape, -1).clone()
        canvas.scatter_add_(-1, places, marked[..., None] * ink)
        return canvas.reshape(*marked.shape, 1, *self.scene.shape)

    def _letter(self) -> Tensor:
        canvas = torch.zeros(self.scene.shape, device=self.device)
        y, x, ink = _ink(LETTER, self.device)
        canvas[y + self.scene.row, x + self.scene.column] = ink
        return canvas.reshape(-1)


def spot(scene: Scene, size: float, *, device: str, dtype: torch.dtype) -> Tensor:
    """What the network is to draw on the letter's map: exp(-r^2 / size^2) about its centre, [H, W]; `size` in px."""
    return torch.exp(-squared_distances(scene, device=device) / size**2).to(dtype)


def squared_distances(scene: Scene, *, device: str) -> Tensor:
    """Per pixel the squared distance from the letter's centre, px^2."""
    rows = torch.arange(scene.height, device=device, dtype=torch.float64) - scene.row
    columns = torch.arange(scene.width, device=device, dtype=torch.float64) - scene.column
    return rows[:, None] ** 2 + columns[None, :] ** 2


def _ink(glyph: Bitmap, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Where a bitmap has ink, relative to its centre pixel, and how much: rows, columns, ink."""
    height, width = glyph.shape
    values = torch.from_numpy(glyph).to(device)
    y, x = torch.nonzero(values, as_tuple=True)
    return y - height // 2, x - width // 2, values[y, x]
