"""How values and slopes are distributed at initialisation, on a grid of quadrature points.

Before an activation a unit is taken as Gaussian over draws of the weights, channels and images. Its channel's mean is
itself Gaussian over channels, so that the grid has two axes: that mean, and the value about it.
"""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]


def _normal(count: int, reach: float) -> tuple[Grid, Grid]:
    """Points and weights that integrate against the standard normal density.

    Evenly spaced: it converges as fast as Gauss-Hermite for smooth functions, and does not jump at a kink. The count is
    even, so that no point lies on the kink at zero.
    """
    points = np.linspace(-reach, reach, count)
    weights = np.exp(-(points**2) / 2)
    return points, weights / weights.sum()


MEANS, MEAN_WEIGHTS = _normal(16, 4.5)
INNER, INNER_WEIGHTS = _normal(400, 6.5)


@dataclass(frozen=True)
class Moments:
    """Of one tensor, away from its borders: `mean`, mean square of the `channel` means, mean `square` of the elements.

    `average` is the mean square over the whole map as a share of that: zero padding makes it smaller than one.
    """

    mean: float
    channel: float
    square: float
    average: float = 1.0

    @property
    def within(self) -> float:
        """Variance inside one channel, over space and images."""
        return max(self.square - self.channel, 0.0)

    @property
    def total(self) -> float:
        """Variance over channels too."""
        return max(self.square - self.mean**2, 0.0)

    def scaled(self, factor: float) -> "Moments":
        """Of the tensor times a number."""
        return replace(self, mean=self.mean * factor, channel=self.channel * factor**2, square=self.square * factor**2)

    def averaged(self, share: float) -> "Moments":
        """With the variance inside a channel times a share of it."""
        return replace(self, square=self.channel + self.within * share)


NOISE = Moments(0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Signal:
    """A tensor as an element-by-element function of a base tensor.

    `values` and `slopes` (its derivative by the base) lie on the grid [channel means, values about them]; `average` is
    that of its moments.
    """

    base: str
    values: Grid
    slopes: Grid
    average: float = 1.0

    @classmethod
    def gaussian(cls, base: str, moments: Moments) -> "Signal":
        """The base itself."""
        centre = moments.mean + sqrt(max(moments.channel - moments.mean**2, 0.0)) * MEANS[:, None]
        values = centre + sqrt(moments.within) * INNER[None, :]
        return cls(base, values, np.ones_like(values), moments.average)

    def moments(self) -> Moments:
        """Of the tensor."""
        return self._moments(self.values, np.broadcast_to(INNER_WEIGHTS, self.values.shape))

    def slope_square(self) -> float:
        """Mean square of the derivative."""
        return float(MEAN_WEIGHTS @ (self.slopes**2 @ INNER_WEIGHTS))

    def largest_of(self, count: int) -> tuple[Moments, float]:
        """The largest of so many independent elements of one channel: its moments, and its mean squared derivative."""
        order = np.argsort(self.values, axis=1, kind="stable")
        below = np.cumsum(INNER_WEIGHTS[order], axis=1).clip(0, 1)
        chance = np.diff(below**count, axis=1, prepend=0.0)
        slopes = np.take_along_axis(self.slopes, order, axis=1)
        moments = self._moments(np.take_along_axis(self.values, order, axis=1), chance)
        return moments, float(MEAN_WEIGHTS @ (slopes**2 * chance).sum(1))

    def _moments(self, values: Grid, chance: Grid) -> Moments:
        by_channel = (values * chance).sum(1)
        square = float(MEAN_WEIGHTS @ (values**2 * chance).sum(1))
        return Moments(float(MEAN_WEIGHTS @ by_channel), float(MEAN_WEIGHTS @ by_channel**2), square, self.average)
