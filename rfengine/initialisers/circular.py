"""Seed 000, section 9: Xavier, and one weight per ray that moves the signal outwards.

In every layer but the last the tap of kernel [m, m] that lies one step along ray m is the amplitude; in the last all
centre taps are 1. Layers without a kernel are zero.
"""

import numpy as np

from api_schemas.initialisers import Circular
from rfengine.initialisers.layer import Array, Layer, fill
from rfengine.initialisers.rays import misfit, rays
from rfengine.initialisers.registry import Entry, register
from rfengine.initialisers.xavier import xavier


def _draw(init: Circular, layer: Layer, generator: np.random.Generator) -> Array:
    if layer.index is None:
        return fill(layer, 0.0)
    weight = xavier(layer, generator).copy()
    y, x = (size // 2 for size in layer.kernel)
    if layer.is_last:
        weight[:, :, y, x] = 1
        return weight
    for target, source, (dy, dx) in rays(init, layer):
        weight[target, source, y + dy, x + dx] = init.amplitude
    return weight


register(
    Entry(
        Circular,
        _draw,
        fixed=lambda _: "the weights along its rays are fixed and positive",
        misfit=misfit,
        by_place=True,
        silences=True,
    )
)
