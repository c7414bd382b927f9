"""A ring and a cross far apart: the class is the direction in which the cross lies as seen from the ring.

Neither mark alone says so: a unit must see both, or where each of them lies on the picture.
"""

from math import pi

import torch
from torch import Tensor

from api_schemas.tasks import Relations
from rfengine.errors import BadInput
from rfengine.tasks.raster import distances, ink, outline, plane
from rfengine.tasks.registry import Task, drawn, register

MARK = 0.15  # root of a mark's area as a share of the picture's shorter side
THICKNESS = 1.5  # of the ring, px
# Share of a direction's sector that angles come from, so that none lies between two.
WITHIN = 0.7
LEAST = 16  # px: on less the marks cannot be told apart
_ROOM = 0.75  # from a mark's centre to its farthest point, of the root of its area, and a little air


def _names(task: Relations) -> tuple[str, ...]:
    return tuple(f"{360 * k / task.directions:g} degrees" for k in range(task.directions))


def _draw(task: Relations, size: tuple[int, int], numbers: Tensor, random: Tensor) -> tuple[Tensor, Tensor]:
    shorter = min(size)
    if shorter < LEAST:
        raise BadInput(f"task relations: pictures of {size[0]} x {size[1]} px cannot show it; give {LEAST} px or more")
    labels = numbers % task.directions
    angle = 2 * pi / task.directions * (labels + WITHIN * (random[:, 0] - 0.5))
    least, largest = task.distance
    apart = (least + (largest - least) * random[:, 1]) * shorter
    # Angles count from right to up; rows count down.
    offset = (-apart * torch.sin(angle), apart * torch.cos(angle))
    side = torch.full_like(apart, MARK * shorter)
    ring, cross = [], []
    for axis, length in enumerate(size):
        room = (length - offset[axis].abs() - 2 * _ROOM * side).clamp(min=0)
        middle = length / 2 + room * (random[:, 2 + axis] - 0.5)
        ring.append(middle - offset[axis] / 2)
        cross.append(middle + offset[axis] / 2)
    level = torch.zeros_like(apart)
    return torch.maximum(
        ink(outline(_mark("circle", size, ring, level, side), THICKNESS)), ink(_mark("cross", size, cross, level, side))
    ), labels


def _mark(kind: str, size: tuple[int, int], place: list[Tensor], angle: Tensor, side: Tensor) -> Tensor:
    which = torch.zeros(len(side), dtype=torch.int64)
    return distances((kind,), which, *plane(size, place[0], place[1], angle), side)


register(Task(Relations, drawn(_draw, _names, lambda _: 4)))
