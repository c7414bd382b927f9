"""Interpolation along one axis: where each output sits, what it reads with which coefficient, and how torch does it.

Output i sits at x = i * step + offset, exactly, and reads taps of x. A filter stretched by the scale (antialiasing)
reads more of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.local import Taps
from rfengine.graph import Array

if TYPE_CHECKING:
    from torch import Tensor

# Weight of an element at a distance, in elements of the stretched filter.
Filter = Callable[[float], float]

# Above this many taps a product with a matrix is faster than a sum of selections.
FEW_TAPS = 4


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

    @property
    def has_aligned_centres(self) -> bool:
        """Whether both grids span the same length, as torch resizes by default."""
        step = Fraction(self.n_in, self.n_out)
        return not self.crops and self.step == step and self.offset == step / 2 - Fraction(1, 2)

    @property
    def has_aligned_corners(self) -> bool:
        """Whether first and last elements fall together."""
        step = Fraction(self.n_in - 1, self.n_out - 1) if self.n_out > 1 else self.step
        return not self.crops and self.step == step and self.offset == 0


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

    Taps beyond the ends repeat the first or last element, or (`only_inside`) count for nothing.
    """
    rows = [[(k, weight(float((k - x) * axis.stretch))) for k in within(x, radius / axis.stretch)] for x in axis.places]
    count = max(map(len, rows))
    indices, weights = np.zeros((count, axis.n_out), np.int64), np.zeros((count, axis.n_out))
    for i, row in enumerate(rows):
        inside = [(k, w) for k, w in row if 0 <= k < axis.n_in]
        used = inside if only_inside and any(w for _, w in inside) else row
        total = sum(w for _, w in used)
        for t, (k, w) in enumerate(used):
            indices[t, i], weights[t, i] = min(max(k, 0), axis.n_in - 1), w / total
    return indices, weights


# How torch does it.

Step = Callable[["Tensor"], "Tensor"]


def copying(axis: int, indices: Array, n_in: int) -> Step:
    """Nearest neighbours: repetition or a slice where the indices are such, else a selection."""
    import torch

    n_out = len(indices)
    factor, stride = n_out // n_in, n_in // n_out
    before = (slice(None),) * axis
    if n_out == factor * n_in and np.array_equal(indices, np.arange(n_out) // factor):
        return lambda x: (
            x.unsqueeze(axis + 1).expand(*x.shape[: axis + 1], factor, *x.shape[axis + 1 :]).flatten(axis, axis + 1)
        )
    if stride and np.array_equal(indices, np.arange(n_out) * stride + indices[0]):
        cut = slice(int(indices[0]), int(indices[-1]) + 1, stride)
        return lambda x: x[(*before, cut)]
    chosen = torch.from_numpy(indices)
    return lambda x: x.index_select(axis, chosen.to(x.device))


def weighing(axis: int, indices: Array, weights: Array, n_in: int) -> Step:
    """A weighted sum of taps: of selections where they are few, else a product with a matrix."""
    import torch

    if len(indices) > FEW_TAPS:
        matrix = np.zeros((indices.shape[1], n_in))
        np.add.at(matrix, (np.arange(indices.shape[1])[None, :], indices), weights)
        dense = torch.from_numpy(matrix)
        return lambda x: (x.movedim(axis, -1) @ dense.to(x).T).movedim(-1, axis)
    chosen, shares = torch.from_numpy(indices), torch.from_numpy(weights)

    def step(x: "Tensor") -> "Tensor":
        place = [-1 if i == axis else 1 for i in range(x.ndim)]
        rows = zip(chosen.to(x.device), shares.to(x), strict=True)
        total = torch.zeros((), dtype=x.dtype, device=x.device)
        for row, share in rows:
            total = total + x.index_select(axis, row) * share.reshape(place)
        return total

    return step


def replacing(axis: int, outside: Sequence[bool], value: float) -> Step:
    """A given value in place of the outputs that lie outside."""
    import torch

    chosen = torch.tensor(outside)

    def step(x: "Tensor") -> "Tensor":
        return x.masked_fill(chosen.to(x.device).reshape([-1 if i == axis else 1 for i in range(x.ndim)]), value)

    return step


def interpolating(axes: Sequence[Axis], mode: str) -> Step | None:
    """torch's own interpolation in one pass, or None where it means something else by these axes."""
    import torch.nn.functional as F

    spatial = axes[2:]
    names = {("linear", 1): "linear", ("linear", 2): "bilinear", ("linear", 3): "trilinear", ("cubic", 2): "bicubic"}
    name = names.get((mode, len(spatial)))
    if name is None or not all(axis.is_identity for axis in axes[:2]) or any(axis.stretch != 1 for axis in axes):
        return None
    centres = all(axis.has_aligned_centres for axis in spatial)
    if not centres and not all(axis.has_aligned_corners for axis in spatial):
        return None
    sizes = [axis.n_out for axis in spatial]
    function: Any = F.interpolate
    return lambda x: function(x, size=sizes, mode=name, align_corners=not centres)
