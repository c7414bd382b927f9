"""Uniform between -bound and bound; sqrt(3 / fan-in) has variance 1 / fan-in, which keeps the variance of the data."""

import math

import numpy as np

from api_schemas.initialisers import Uniform
from rfengine.initialisers.layer import Array, Layer, independent, per_tap
from rfengine.initialisers.registry import Entry, register


def _bound(init: Uniform, layer: Layer) -> float:
    return math.sqrt(3 / layer.fan_in) if init.bound is None else init.bound


def _draw(init: Uniform, layer: Layer, generator: np.random.Generator) -> Array:
    bound = np.float32(_bound(init, layer))
    return independent(layer, lambda shape: (generator.random(shape, np.float32) * 2 - 1) * bound)


def _tap_variance(init: Uniform, layer: Layer) -> Array:
    return per_tap(layer, _bound(init, layer) ** 2 / 3)


register(Entry(Uniform, _draw, _tap_variance))
