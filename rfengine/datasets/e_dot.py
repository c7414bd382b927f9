"""Seed 000, section 4, the harder one: the mark is a dot, anywhere on a circle or a sector of it about straight up."""

from math import pi, radians

from api_schemas.datasets import EDot
from rfengine.datasets.glyphs import DOT
from rfengine.datasets.registry import Mark, register

UP = 3 * pi / 2


def _sector(dataset: EDot) -> tuple[float, float]:
    half = radians(dataset.range_degrees) / 2
    return UP - half, UP + half


register(Mark(EDot, DOT, _sector))
