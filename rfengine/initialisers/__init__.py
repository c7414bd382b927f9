"""Initialisers: what the weights of a network are drawn from. One file each; numpy alone.

layer.py      what a weight is drawn for, and how it lies in memory
registry.py   every initialiser: its draw, its variance per tap, the layers that it fits
rays.py       the rays that the circular initialisers send their signal along

The package imports its own folder, so that a further initialiser is one new file and its model in
`api_schemas.initialisers`.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.initialisers.layer import Layer, generator_of, placed
from rfengine.initialisers.registry import depends_on_place, draw, initialisers, silences, tap_variance

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "Layer",
    "depends_on_place",
    "draw",
    "generator_of",
    "initialisers",
    "placed",
    "silences",
    "tap_variance",
]
