"""Shapes by their signed distance, and ink from it. All shapes of one size cover the same area: size^2.

The distance is that to the nearest edge (for triangle and cross to the nearest line that an edge lies on), px, negative
inside. Ink falls from 1 to 0 over the pixel that the edge crosses.
"""

from collections.abc import Callable, Mapping
from math import pi, sqrt
from types import MappingProxyType

import torch
from torch import Tensor

# From coordinates v (down) and u (right), px from the shape's centre, and the root of its area, px.
Distance = Callable[[Tensor, Tensor, Tensor], Tensor]

# Of a cross whose arms are three times as long as wide: half an arm's length, for area 1.
_ARM = sqrt(9 / 20)


def _circle(v: Tensor, u: Tensor, size: Tensor) -> Tensor:
    return torch.hypot(v, u) - size / sqrt(pi)


def _square(v: Tensor, u: Tensor, size: Tensor) -> Tensor:
    return torch.maximum(v.abs(), u.abs()) - size / 2


def _triangle(v: Tensor, u: Tensor, size: Tensor) -> Tensor:
    """Equilateral, one corner up; its inner circle has the radius size / 27^(1/4)."""
    slope = sqrt(3) / 2
    lines = torch.maximum(v, torch.maximum(slope * u - v / 2, -slope * u - v / 2))
    return torch.sub(lines, size / 27**0.25)


def _cross(v: Tensor, u: Tensor, size: Tensor) -> Tensor:
    length, width = size * _ARM, size * _ARM / 3
    upright = torch.maximum(v.abs() - length, u.abs() - width)
    level = torch.maximum(v.abs() - width, u.abs() - length)
    return torch.minimum(upright, level)


KINDS: Mapping[str, Distance] = MappingProxyType(
    {"circle": _circle, "square": _square, "triangle": _triangle, "cross": _cross}
)


def plane(size: tuple[int, int], y: Tensor, x: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates v and u [n, H, W] of every pixel's centre, px from (y, x), in a frame turned by `angle`, radians."""
    rows = torch.arange(size[0])[:, None] + 0.5 - y[:, None, None]
    columns = torch.arange(size[1]) + 0.5 - x[:, None, None]
    cos, sin = torch.cos(angle)[:, None, None], torch.sin(angle)[:, None, None]
    return cos * rows - sin * columns, sin * rows + cos * columns


def distances(kinds: tuple[str, ...], which: Tensor, v: Tensor, u: Tensor, size: Tensor) -> Tensor:
    """The distance [n, H, W] to a shape each: `which` [n] of the kinds, root of its area `size` [n], px."""
    found = torch.stack([KINDS[kind](v, u, size[:, None, None]) for kind in kinds])
    return found[which, torch.arange(len(which))]


def ink(distance: Tensor) -> Tensor:
    """How much of a pixel a shape covers, by the distance of its centre, px."""
    return (0.5 - distance).clamp(0, 1)


def outline(distance: Tensor, thickness: float) -> Tensor:
    """The distance to a line of so many px along the inside of the edge."""
    return (distance + thickness / 2).abs() - thickness / 2
