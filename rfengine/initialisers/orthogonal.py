"""Orthonormal rows, or columns where there are more rows, of the weight as a matrix [out, in / groups * taps]."""

import numpy as np

from api_schemas.initialisers import Orthogonal
from rfengine.initialisers.layer import Array, Layer, per_tap, taps
from rfengine.initialisers.registry import Entry, register


def _draw(init: Orthogonal, layer: Layer, generator: np.random.Generator) -> Array:
    """Uniform among such matrices: QR of a normal one, with the diagonal of R made positive (Mezzadri 2007)."""
    rows, columns = layer.outgoing, layer.incoming * taps(layer)
    q, r = np.linalg.qr(generator.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diagonal(r))
    return (init.gain * (q if rows >= columns else q.T)).reshape(layer.shape)


def _tap_variance(init: Orthogonal, layer: Layer) -> Array:
    """gain^2 over the longer side: exact. The weights are uncorrelated, and independent in the limit of many maps."""
    return per_tap(layer, init.gain**2 / max(layer.outgoing, layer.incoming * taps(layer)))


register(Entry(Orthogonal, _draw, _tap_variance))
