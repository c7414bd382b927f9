"""Interpolation along one axis: where each output sits, what it reads with which coefficient, and how torch does it.

Output i sits at x = i * step + offset, exactly, and reads taps of x. A filter stretched by the scale (antialiasing)
reads more of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import Taps
from rfengine.graph import Array

if TYPE_CHECKING:
    from torch import Tensor

# Weight of an element at a distance, in elements of the stretched filter.
Filter = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a resize: n_out elements from n_in, output i at x = i * step + offset.

    `stretch` (at most 1) is what antialiasing multiplies distances by. Where `crops`, an output beyond the first or
    last element is no interpolation but a given value.
    """

    n_in: int
    n_out: int
    step: Fraction
    offset: Fraction
    stretch: Fraction = Fraction(1)
    crops: bool = False

    @property
    def is_identity(self) -> bool:
        """Whether every output is the input element at its place."""
        return self.n_in == self.n_out and self.step == 1 and self.offset == 0

    @property
    def places(self) -> list[Fraction]:
        """Where the outputs sit."""
        return [i * self.step + self.offset for i in range(self.n_out)]

    @property
    def outside(self) -> list[bool]:
        """Which outputs are given values."""
        return [self.crops and not 0 <= x <= self.n_in - 1 for x in self.places]


def linear(distance: float) -> float:
    """The triangle of linear interpolation."""
    return max(0.0, 1 - abs(distance))


def cubic(distance: float, a: float) -> float:
    """Keys' kernel of cubic interpolation."""
    d = abs(distance)
    if d < 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a if d < 2 else 0.0


def within(x: Fraction, radius: Fraction) -> Iterable[int]:
    """The whole numbers less than `radius` from x."""
    return range(floor(x - radius) + 1, ceil(x + radius))


def stretched_taps(radius: int, stretch: Fraction, weight: Filter) -> Taps:
    """Taps of a stretched filter with a coefficient other than zero."""

    def taps(x: Fraction) -> Iterable[int]:
        return [k for k in within(x, radius / stretch) if weight(float((k - x) * stretch)) != 0]

    return taps


def nearest_table(axis: Axis, taps: Taps) -> Array:
    """The index that every output copies."""
    return np.asarray([min(max(k, 0), axis.n_in - 1) for x in axis.places for k in taps(x)], np.int64)


def table(axis: Axis, radius: int, weight: Filter, *, only_inside: bool) -> tuple[Array, Array]:
    """Indices and coefficients of every tap: two arrays of shape [taps, n_out].

    Taps beyond the ends repeat the first or last element, or (`only_inside`) count for nothing. A tap whose coefficient
    is zero repeats another of its output, so that nothing is read in vain: 0 * NaN is NaN.
    """
    rows = [[(k, weight(float((k - x) * axis.stretch))) for k in within(x, radius / axis.stretch)] for x in axis.places]
    count = max(map(len, rows))
    indices, weights = np.zeros((count, axis.n_out), np.int64), np.zeros((count, axis.n_out))
    for i, row in enumerate(rows):
        inside = [(k, w) for k, w in row if 0 <= k < axis.n_in]
        used = [(k, w) for k, w in (inside if only_inside and any(w for _, w in inside) else row) if w]
        total = sum(w for _, w in used)
        indices[:, i] = min(max(used[0][0], 0), axis.n_in - 1)
        for t, (k, w) in enumerate(used):
            indices[t, i], weights[t, i] = min(max(k, 0), axis.n_in - 1), w / total
    return indices, weights


# How torch does it.

Step = Callable[["Tensor"], "Tensor"]


def repetition(indices: Array, n_in: int) -> int | None:
    """How often each element of an axis stands in a nearest-neighbour table that only repeats; None for any other."""
    factor = len(indices) // n_in
    repeats = len(indices) == factor * n_in and np.array_equal(indices, np.arange(len(indices)) // factor)
    return factor if repeats else None


def repeating(factors: Sequence[int]) -> Step:
    """Every element repeated along every axis, in one copy."""

    def step(x: "Tensor") -> "Tensor":
        split = [length for n in x.shape for length in (n, 1)]
        blocks = [length for pair in zip(x.shape, factors, strict=True) for length in pair]
        lengths = [n * factor for n, factor in zip(x.shape, factors, strict=True)]
        return x.reshape(split).expand(blocks).reshape(lengths)

    return step


def copying(axis: int, indices: Array) -> Step:
    """Any other nearest neighbours: a slice where the indices are one, else a selection."""
    import torch

    stride = int(indices[1] - indices[0]) if len(indices) > 1 else 1
    if stride > 0 and np.array_equal(indices, np.arange(len(indices)) * stride + indices[0]):
        cut = slice(int(indices[0]), int(indices[-1]) + 1, stride)
        return lambda x: x[(*(slice(None),) * axis, cut)]
    chosen = torch.from_numpy(indices)
    return lambda x: x.index_select(axis, chosen.to(x.device))


def weighing(axis: int, indices: Array, weights: Array) -> Step:
    """A weighted sum of taps."""
    import torch

    chosen, shares = torch.from_numpy(indices), torch.from_numpy(weights)

    def step(x: "Tensor") -> "Tensor":
        # Rows are copied several times faster than single elements, so the last axis is brought forward first.
        moved = axis == x.ndim - 1 and axis > 0
        x = x.transpose(-1, -2).contiguous() if moved else x
        place = [-1 if i == axis - moved else 1 for i in range(x.ndim)]
        total: Tensor | None = None
        for row, share in zip(chosen.to(x.device), shares.to(x), strict=True):
            tap, factor = x.index_select(axis - moved, row), share.reshape(place)
            total = tap * factor if total is None else torch.addcmul(total, tap, factor)
        assert total is not None
        return total.transpose(-1, -2) if moved else total

    return step


def replacing(axis: int, outside: Sequence[bool], value: float) -> Step:
    """A given value in place of the outputs that lie outside."""
    import torch

    chosen = torch.tensor(outside)

    def step(x: "Tensor") -> "Tensor":
        return x.masked_fill(chosen.to(x.device).reshape([-1 if i == axis else 1 for i in range(x.ndim)]), value)

    return step
