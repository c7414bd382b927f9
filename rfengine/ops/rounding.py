"""Rounding to types of few bits, by values that a gradient or a NaN can pass.

Whole numbers pass neither. So where either comes in, quantised values are carried in floating point: the same values,
through which the gradient goes straight (rounding counts as the identity, saturation stops it:
https://arxiv.org/abs/1308.3432), and by which a probe's NaN is seen on the other side.
"""

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from rfengine.graph import Array
from rfengine.ops import small_floats

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def bounds(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Least and greatest value of a type of few bits."""
    if dtype.name in small_floats.NAMES:
        top = float(ml_dtypes.finfo(dtype).max)  # type: ignore[no-untyped-call]
        return -top, top
    info = ml_dtypes.iinfo(dtype)  # type: ignore[no-untyped-call]
    return int(info.min), int(info.max)


def is_carried(x: "Tensor") -> bool:
    """Whether something passes through a tensor that whole numbers cannot hold: a gradient, or a NaN."""
    return x.is_floating_point() and (x.requires_grad or bool(x.isnan().any()))


def saturated(
    x: "Tensor", zero: "Tensor | None", dtype: np.dtype[Any], target: "torch.dtype", *, saturate: bool = True
) -> "Tensor":
    """round(x) + zero within the bounds of a type of few bits, as tensors of the target type.

    Small floats are rounded after the zero point is added; they alone may go out of bounds without `saturate`.
    """
    import torch

    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    offset = torch.zeros((), dtype=wide.dtype, device=wide.device) if zero is None else zero.to(wide.dtype)
    low, high = bounds(dtype)
    if dtype.name in small_floats.NAMES:
        moved = wide + offset
        rounded = small_floats.rounded(moved, dtype, saturate=saturate)
        if not moved.requires_grad:
            return rounded.to(target)
        within = moved.clamp(low, high)
        return within + (rounded - within).detach()
    # The bounds are whole: cut off before or after rounding is the same.
    within = torch.clamp(wide, low - offset, high - offset)
    moved = within + (within.round() - within).detach() + offset
    return moved if is_carried(moved) else moved.to(target)


def saturated_array(x: Array, zero: Array | None, dtype: np.dtype[Any], *, saturate: bool = True) -> Array:
    """The same in numpy, in the type itself."""
    wide = x.astype(np.promote_types(x.dtype, np.float32)) if x.dtype.kind == "f" else x.astype(np.float32)
    offset = np.zeros((), wide.dtype) if zero is None else zero.astype(wide.dtype)
    if dtype.name in small_floats.NAMES:
        return small_floats.rounded_array(wide + offset, dtype, saturate=saturate)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip(np.rint(wide) + offset, *bounds(dtype)).astype(dtype))
