"""Luo's size: how many pixels stand above two sigma (Luo et al. 2016, section 3.1)."""

import numpy as np

from rfengine.metrics.plane import Plane

# 1 - 95.45 %: what the paper calls two standard deviations.
TWO_SIGMA = 0.0455


def luo_pixels(plane: Plane) -> int:
    """Number of pixels at or above 4.55 % of the centre's value: #{i : E_i >= 0.0455 E(c), E_i > 0}.

    E(c) is the pixel at the centre, or the mean of the pixels around it where the centre falls between them. Where
    E(c) is zero (a kernel with a hole in its middle) every pixel that is read at all stands above it.
    """
    values = plane.values
    return int(np.count_nonzero((values >= TWO_SIGMA * plane.core_value) & (values > 0)))


def luo_size(pixels: int, axes: int) -> float:
    """Side of the square of as many pixels: sqrt(pixels) on two axes, the n-th root on n."""
    return float(pixels ** (1 / axes))
