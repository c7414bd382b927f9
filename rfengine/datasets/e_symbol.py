"""Seed 000, section 4: ё bears its diaeresis straight above, at an adjustable distance."""

from math import pi

from api_schemas.datasets import ESymbol
from rfengine.datasets.glyphs import DIAERESIS
from rfengine.datasets.registry import Mark, register

UP = 3 * pi / 2

register(Mark(ESymbol, DIAERESIS, lambda _: (UP, UP)))
