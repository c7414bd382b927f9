"""Seed 000, section 6: only the first row of a kernel carries signal, so that every layer moves it up.

Of a 3x3 kernel all weights are normal with variance 6 / (3 Cin + 3 Cout), then rows 1 and 2 times 0.01: 3 is the number
of taps in a row. Layers without a kernel are the residual net's skips: 0.9 / Cin, every weight.
"""

import math

import numpy as np

from api_schemas.initialisers import Shifted
from rfengine.initialisers.kernels import odd_where_spatial
from rfengine.initialisers.layer import Array, Layer, fill, independent, taps
from rfengine.initialisers.registry import Entry, register

REST = 0.01  # scale of the rows below the first
SKIP_GAIN = 0.9


def _scale(layer: Layer) -> Array:
    """Standard deviation per tap of the kernel. Rows lie along the second last axis, or along the only one."""
    rows = max(len(layer.kernel) - 2, 0)
    in_a_row = taps(layer) // layer.kernel[rows]
    per_row = np.full(layer.kernel[rows], REST)
    per_row[0] = 1.0
    along_rows = per_row.reshape([-1 if axis == rows else 1 for axis in range(len(layer.kernel))])
    deviation = math.sqrt(6 / (in_a_row * (layer.incoming + layer.outgoing // layer.groups)))
    return np.broadcast_to(deviation * along_rows, layer.kernel)


def _draw(_init: Shifted, layer: Layer, generator: np.random.Generator) -> Array:
    if not layer.is_spatial:
        return fill(layer, SKIP_GAIN / layer.incoming)
    return independent(layer, generator.standard_normal) * _scale(layer)


def _tap_variance(_init: Shifted, layer: Layer) -> Array:
    return _scale(layer) ** 2


def _fixed(layer: Layer) -> str:
    return "" if layer.is_spatial else "a layer without a kernel is filled with 0.9 / Cin"


register(Entry(Shifted, _draw, _tap_variance, fixed=_fixed, misfit=odd_where_spatial))
