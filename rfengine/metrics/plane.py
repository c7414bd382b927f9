"""The map every metric reads: values over the image plane, and where the unit's own centre lies in it.

Coordinates follow the edge convention: pixel i spans [i, i + 1), its centre is i + 1/2. A unit's centre c is the middle
of a run of whole pixels, so it falls on a pixel (c = 3.5) or between two (c = 4.0).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rfengine.errors import NotEstimable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plane:
    """A non-negative map E over 1 to 3 axes and the unit's centre c; `E_raw = values * scale`.

    `scale` is a power of two that brings the maximum into [1, 2): no square can overflow, and no comparison changes
    by a rounding.
    """

    values: Floats
    centre: tuple[float, ...]
    scale: float

    @classmethod
    def of(cls, erf: ArrayLike, centre: tuple[float, ...]) -> "Plane":
        """Check and scale a map.

        Raises NotEstimable where the map is zero or not finite, and ValueError where it is no map at all: a negative
        value, or a centre with another number of axes.
        """
        raw = np.asarray(erf, dtype=np.float64)
        if not 1 <= raw.ndim <= 3 or raw.ndim != len(centre) or raw.size == 0:
            raise ValueError(f"map of shape {raw.shape}, centre {centre}: give 1 to 3 axes and one centre for each")
        bad = ~np.isfinite(raw)
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            raise NotEstimable(
                f"the map has {int(bad.sum())} of {raw.size} values that are not finite, the first at pixel {place}: "
                "the arithmetic overflowed or the model divides by zero; use dtype float64, or constant_forward, "
                "which rescales layer by layer"
            )
        if (raw < 0).any():
            raise ValueError("the map has negative values; take absolute values before averaging, signed maps cancel")
        peak = float(raw.max())
        if peak == 0:
            raise NotEstimable(
                f"the map of {' x '.join(map(str, raw.shape))} pixels is zero everywhere: no pixel moves the unit, and "
                "nothing can be measured; measure another unit, or a map by another estimator"
            )
        exponent = int(np.frexp(peak)[1]) - 1
        values: Floats = np.ldexp(raw, -exponent)
        return cls(values, tuple(map(float, centre)), float(np.ldexp(1.0, exponent)))

    def offsets(self, axis: int) -> Floats:
        """Signed distance of every pixel's centre from the unit's centre along one axis: d_i = i + 1/2 - c."""
        return np.arange(self.values.shape[axis], dtype=np.float64) + 0.5 - self.centre[axis]

    def core(self, axis: int) -> slice:
        """The one or two pixels nearest to the centre along one axis; the border pixel where c lies outside."""
        d = np.abs(self.offsets(axis))
        nearest = np.flatnonzero(d == d.min())
        return slice(int(nearest[0]), int(nearest[-1]) + 1)

    @cached_property
    def core_value(self) -> float:
        """The value at the centre: of the pixel there, or the mean of the 2, 4 or 8 pixels around it."""
        return float(self.values[tuple(self.core(a) for a in range(self.values.ndim))].mean())

    @cached_property
    def distance(self) -> Floats:
        """Euclidean distance of every pixel's centre from the unit's centre, in the shape of the map."""
        total = np.square(self.offsets(0))
        for axis in range(1, self.values.ndim):
            total = total[..., None] + np.square(self.offsets(axis))
        distance: Floats = np.sqrt(total)
        return distance

    def line(self, axis: int) -> Floats:
        """The values along one axis through the centre; between two lines, their mean."""
        others = tuple(a for a in range(self.values.ndim) if a != axis)
        at = tuple(slice(None) if a == axis else self.core(a) for a in range(self.values.ndim))
        line: Floats = self.values[at].mean(axis=others)
        return line
