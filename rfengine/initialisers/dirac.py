"""The identity: map i of every group passes to map i of the group's outputs, through the centre tap."""

import numpy as np

from api_schemas.initialisers import Dirac
from rfengine.initialisers.kernels import odd
from rfengine.initialisers.layer import Array, Layer
from rfengine.initialisers.registry import Entry, register


def _draw(_init: Dirac, layer: Layer, _generator: np.random.Generator) -> Array:
    weight = np.zeros(layer.shape, np.float32)
    centre = tuple(size // 2 for size in layer.kernel)
    outgoing = layer.outgoing // layer.groups
    for group in range(layer.groups):
        for place in range(min(outgoing, layer.incoming)):
            weight[(group * outgoing + place, place, *centre)] = 1
    return weight


register(Entry(Dirac, _draw, fixed=lambda _: "its weights are zeros and ones", misfit=odd))
