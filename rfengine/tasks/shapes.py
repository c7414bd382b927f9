"""One shape per picture, somewhere and turned: circle, square, triangle or cross, full or as an outline."""

from math import pi

import torch
from torch import Tensor

from api_schemas.tasks import Shapes
from rfengine.tasks.raster import KINDS, distances, ink, outline, plane
from rfengine.tasks.registry import Task, drawn, register

LEAST, LARGEST = 0.3, 0.5  # root of the area as a share of the picture's shorter side
THICKNESS = 1.5  # px
# From the centre to the farthest point of any shape of area 1: the triangle's corner.
REACH = 2 / 27**0.25

_KINDS = tuple(KINDS)


def _names(_: Shapes) -> tuple[str, ...]:
    return tuple(f"{fill} {kind}" for kind in _KINDS for fill in ("full", "outlined"))


def _draw(task: Shapes, size: tuple[int, int], numbers: Tensor, random: Tensor) -> tuple[Tensor, Tensor]:
    labels = numbers % len(_names(task))
    side = (LEAST + (LARGEST - LEAST) * random[:, 0]) * min(size)
    y, x = (_place(length, side, random[:, 1 + axis]) for axis, length in enumerate(size))
    distance = distances(_KINDS, labels // 2, *plane(size, y, x, 2 * pi * random[:, 3]), side)
    lined = (labels % 2 == 1)[:, None, None]
    return ink(torch.where(lined, outline(distance, THICKNESS), distance)), labels


def _place(length: int, side: Tensor, random: Tensor) -> Tensor:
    """A coordinate at which the whole shape lies on the picture, if it can."""
    room = (length - 2 * REACH * side).clamp(min=0)
    return length / 2 + room * (random - 0.5)


register(Task(Shapes, drawn(_draw, _names, lambda _: 4)))
