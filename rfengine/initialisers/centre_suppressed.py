"""Luo et al. 2016, section 4: weights near the kernel's centre are drawn smaller, those at its rim larger.

The paper gives no formula. Here a tap at distance r from the kernel's centre (r_max: the farthest tap's) has the
standard deviation

    s(r) = sqrt(2 / fan-in) * a(r) / rms(a),    a(r) = centre + (1 - centre) * r / r_max

where rms is over the taps, so that the kernel's total variance is that of He and only its shape differs.
"""

import math

import numpy as np

from api_schemas.initialisers import CentreSuppressed
from rfengine.initialisers.layer import Array, Layer, independent
from rfengine.initialisers.registry import Entry, register


def _scale(init: CentreSuppressed, layer: Layer) -> Array:
    """Standard deviation per tap of the kernel."""
    distance: Array = np.zeros(layer.kernel)
    for axis, size in enumerate(layer.kernel):
        from_centre = np.arange(size) - (size - 1) / 2
        distance = distance + from_centre.reshape([-1 if a == axis else 1 for a in range(len(layer.kernel))]) ** 2
    distance = np.sqrt(distance)
    rim = distance.max(initial=0)
    shape = init.centre + (1 - init.centre) * distance / rim if rim else np.ones(layer.kernel)
    deviation: Array = math.sqrt(2 / layer.fan_in) * shape / np.sqrt(np.mean(shape**2))
    return deviation


def _draw(init: CentreSuppressed, layer: Layer, generator: np.random.Generator) -> Array:
    return independent(layer, generator.standard_normal) * _scale(init, layer)


def _tap_variance(init: CentreSuppressed, layer: Layer) -> Array:
    return np.asarray(_scale(init, layer) ** 2)


register(Entry(CentreSuppressed, _draw, _tap_variance))
