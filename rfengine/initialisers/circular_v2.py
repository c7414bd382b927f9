"""Seed 000, section 9: Xavier times a factor, and per ray a fresh Xavier kernel moved one step along it.

In every layer but the last kernel [m, m] takes a further draw moved by ray m's step; taps that would come from outside
keep theirs. The last layer is plain Xavier. Layers without a kernel are zero.
"""

import numpy as np

from api_schemas.initialisers import CircularV2
from rfengine.initialisers.layer import Array, Layer, fill
from rfengine.initialisers.rays import misfit, rays
from rfengine.initialisers.registry import Entry, register
from rfengine.initialisers.xavier import xavier


def _draw(init: CircularV2, layer: Layer, generator: np.random.Generator) -> Array:
    if layer.index is None:
        return fill(layer, 0.0)
    drawn = xavier(layer, generator)
    if layer.is_last:
        return drawn
    weight, fresh = drawn * np.float32(init.factor), xavier(layer, generator)
    for target, source, (dy, dx) in rays(init, layer):
        (to_y, from_y), (to_x, from_x) = _moved(dy), _moved(dx)
        weight[target, source, to_y, to_x] = fresh[target, source, from_y, from_x]
    return weight


def _moved(step: int) -> tuple[slice, slice]:
    """Where taps go to and where they come from, along one axis."""
    return slice(max(step, 0), min(step, 0) or None), slice(max(-step, 0), min(-step, 0) or None)


register(
    Entry(
        CircularV2,
        _draw,
        fixed=lambda _: "the kernels along its rays vary more than the others",
        misfit=misfit,
        by_place=True,
        silences=True,
    )
)
