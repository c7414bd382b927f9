"""He: normal, variance 2 / fan-in (He et al. 2015, equation 10)."""

import math

import numpy as np

from api_schemas.initialisers import He
from rfengine.initialisers.layer import Array, Layer, independent, per_tap
from rfengine.initialisers.registry import Entry, register


def _draw(_init: He, layer: Layer, generator: np.random.Generator) -> Array:
    deviation = np.float32(math.sqrt(2 / layer.fan_in))
    return independent(layer, lambda shape: generator.standard_normal(shape, np.float32) * deviation)


def _tap_variance(_init: He, layer: Layer) -> Array:
    return per_tap(layer, 2 / layer.fan_in)


register(Entry(He, _draw, _tap_variance))
