"""Outlines of circles, squares and triangles, one per cell: what is within belongs to the outline's kind.

The picture shows lines alone. Most pixels of a class are paper as far as they see, until they see the whole outline.
"""

from math import pi

import torch
from torch import Tensor

from api_schemas.tasks import Segments
from rfengine.errors import BadInput
from rfengine.tasks.raster import distances, ink, outline, plane
from rfengine.tasks.registry import Task, drawn, register

LEAST, LARGEST = 0.42, 0.56  # root of the area as a share of the cell's shorter side
THICKNESS = 1.5  # px
LEAST_CELL = 12  # px
# From the centre to the farthest point of any kind of area 1: the triangle's corner.
REACH = 2 / 27**0.25
_PER_CELL = 6

_KINDS = ("circle", "square", "triangle")


def _names(_: Segments) -> tuple[str, ...]:
    return ("paper", *_KINDS)


def _draw(task: Segments, size: tuple[int, int], numbers: Tensor, random: Tensor) -> tuple[Tensor, Tensor]:
    cell = (size[0] // task.across, size[1] // task.across)
    if min(cell) < LEAST_CELL:
        raise BadInput(
            f"task segments: {task.across} x {task.across} cells on {size[0]} x {size[1]} px have {cell[0]} x "
            f"{cell[1]} px, less than {LEAST_CELL} px; lower across, or give a larger input"
        )
    lines = torch.zeros(len(numbers), *size)
    labels = torch.zeros(len(numbers), *size, dtype=torch.int64)
    for place in range(task.across**2):
        corner = (place // task.across * cell[0], place % task.across * cell[1])
        drawn, own = _cell(task, cell, random[:, _PER_CELL * place : _PER_CELL * (place + 1)])
        rows, columns = (slice(start, start + length) for start, length in zip(corner, cell, strict=True))
        lines[:, rows, columns], labels[:, rows, columns] = drawn, own
    return lines, labels


def _cell(task: Segments, cell: tuple[int, int], random: Tensor) -> tuple[Tensor, Tensor]:
    """Lines and labels of one cell of all pictures."""
    kind = (len(_KINDS) * random[:, 0]).long()
    there = (random[:, 1] >= task.empty)[:, None, None]
    side = (LEAST + (LARGEST - LEAST) * random[:, 2]) * min(cell)
    y, x = (
        length / 2 + (length - 2 * REACH * side).clamp(min=0) * (random[:, 3 + axis] - 0.5)
        for axis, length in enumerate(cell)
    )
    distance = distances(_KINDS, kind, *plane(cell, y, x, 2 * pi * random[:, 5]), side)
    within = there & (distance < 0)
    return ink(outline(distance, THICKNESS)) * there, within * (kind + 1)[:, None, None]


register(Task(Segments, drawn(_draw, _names, lambda task: _PER_CELL * task.across**2)))
