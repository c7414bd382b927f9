"""Arithmetics to multiply kernels in: floating point of several lengths, pairs of doubles, integers in fixed point.

Each grows an image by one convolution at a time, from a single one, by a pixel on every side: nothing is clipped.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import mpmath
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Pair = tuple[Array, Array]
SPLIT = float(2**27 + 1)


class Arithmetic(Protocol):
    """Coefficients, images and the convolution of one by the other."""

    @property
    def start(self) -> Any:
        """The image that is a single one."""

    def layer(self, image: Any, line: Array) -> Any:
        """The image after the factor outer(v, v) of a line v of three mpf."""

    def error(self, image: Any) -> float:
        """The largest distance from one along the axis through the image's centre."""


def _grown(image: Array, kernel: Array, empty: Array) -> Array:
    """Full correlation with a kernel of three taps per axis, summed into `empty`."""
    for taps in product(range(3), repeat=image.ndim):
        inside = tuple(slice(2 - tap, 2 - tap + length) for tap, length in zip(taps, image.shape, strict=True))
        empty[inside] += kernel[taps] * image
    return empty


def _square(line: Array) -> Array:
    """The factor's kernel, exactly."""
    kernel: Array = np.multiply.outer(line, line)
    return kernel


def _as(values: Array, dtype: Any) -> Array:
    """Exact numbers rounded to a type; the longest has fewer bits than two doubles."""
    high = np.array([float(value) for value in values.flat])
    low = np.array([float(value - mpmath.mpf(part)) for value, part in zip(values.flat, high, strict=True)])
    return (high.astype(np.longdouble) + low).astype(dtype).reshape(values.shape)


@dataclass(frozen=True)
class Floating:
    """One number per pixel. What a layer sums, it sums in `summed`, and rounds to `stored` once."""

    stored: Any
    summed: Any
    weights: Any

    @property
    def start(self) -> Array:
        return np.ones((1, 1), self.stored)

    def layer(self, image: Array, line: Array) -> Array:
        kernel = _as(_square(line), self.weights).astype(self.summed)
        empty = np.zeros([length + 2 for length in image.shape], self.summed)
        return _grown(image.astype(self.summed), kernel, empty).astype(self.stored)

    def error(self, image: Array) -> float:
        return _largest(image[len(image) // 2] - 1)


@dataclass(frozen=True)
class ByAxes:
    """All factors along one axis, then the outer product: a profile is the line times its value at the centre."""

    stored: Any

    @property
    def start(self) -> Array:
        return np.ones(1, self.stored)

    def layer(self, image: Array, line: Array) -> Array:
        return _grown(image, _as(line, self.stored), np.zeros(len(image) + 2, self.stored))

    def error(self, image: Array) -> float:
        return _largest(image * image[len(image) // 2] - 1)


@dataclass(frozen=True)
class Doubles:
    """Two doubles per pixel (Dekker 1971), 106 bits; with `kept` 1 a layer's sum is rounded to one at its end."""

    kept: int = 2

    @property
    def start(self) -> Pair:
        return np.ones((1, 1)), np.zeros((1, 1))

    def layer(self, image: Pair, line: Array) -> Pair:
        kernel = _square(line)
        total = np.zeros([length + 2 for length in image[0].shape]), np.zeros([n + 2 for n in image[0].shape])
        for taps in product(range(3), repeat=2):
            inside = tuple(slice(2 - tap, 2 - tap + length) for tap, length in zip(taps, image[0].shape, strict=True))
            high = float(kernel[taps])
            low = float(kernel[taps] - mpmath.mpf(high)) if self.kept == 2 else 0.0
            total[0][inside], total[1][inside] = _sum((total[0][inside], total[1][inside]), _product(image, high, low))
        return total if self.kept == 2 else (total[0], np.zeros_like(total[1]))

    def error(self, image: Pair) -> float:
        centre = len(image[0]) // 2
        return _largest((image[0][centre] - 1) + image[1][centre])


def _two_sum(a: Array, b: Array) -> Pair:
    total = a + b
    rest = total - a
    return total, (a - (total - rest)) + (b - rest)


def _split(a: Any) -> Any:
    c = SPLIT * a
    high = c - (c - a)
    return high, a - high


def _product(image: Pair, high: float, low: float) -> Pair:
    whole = image[0] * high
    (a, b), (c, d) = _split(image[0]), _split(high)
    rest = ((a * c - whole) + a * d + b * c) + b * d + (image[0] * low + image[1] * high)
    return _two_sum(whole, rest)


def _sum(one: Pair, other: Pair) -> Pair:
    high, rest = _two_sum(one[0], other[0])
    return _two_sum(high, rest + one[1] + other[1])


@dataclass(frozen=True)
class FixedPoint:
    """Whole numbers of 2^-bits, products exact, a layer's sum rounded once."""

    bits: int

    @property
    def start(self) -> Array:
        return np.array([[1 << self.bits]], object)

    def layer(self, image: Array, line: Array) -> Array:
        kernel = np.vectorize(lambda value: int(mpmath.nint(mpmath.ldexp(value, self.bits))), otypes=[object])
        empty = np.zeros([length + 2 for length in image.shape], object)
        half = 1 << (self.bits - 1)
        return (_grown(image, kernel(_square(line)), empty) + half) >> self.bits

    def error(self, image: Array) -> float:
        return float(mpmath.ldexp(int(abs(image[len(image) // 2] - (1 << self.bits)).max()), -self.bits))


def _largest(differences: Array) -> float:
    """Infinite where an image overflowed."""
    return float(np.nan_to_num(np.abs(differences).astype(np.float64), nan=np.inf).max())
