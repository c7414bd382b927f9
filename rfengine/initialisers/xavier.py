"""Xavier: uniform, variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010, equation 16)."""

import math

import numpy as np

from api_schemas.initialisers import Xavier
from rfengine.initialisers.layer import Array, Layer, independent, per_tap
from rfengine.initialisers.registry import Entry, register


def xavier(layer: Layer, generator: np.random.Generator) -> Array:
    """Uniform between -b and b, b = sqrt(6 / (fan-in + fan-out))."""
    bound = np.float32(math.sqrt(6 / (layer.fan_in + layer.fan_out)))
    return independent(layer, lambda shape: (generator.random(shape, np.float32) * 2 - 1) * bound)


def _draw(_init: Xavier, layer: Layer, generator: np.random.Generator) -> Array:
    return xavier(layer, generator)


def _tap_variance(_init: Xavier, layer: Layer) -> Array:
    return per_tap(layer, 2 / (layer.fan_in + layer.fan_out))


register(Entry(Xavier, _draw, _tap_variance))
