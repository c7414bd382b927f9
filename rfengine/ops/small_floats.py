"""Rounding to the floating-point types of one byte or less, in torch types that hold their values exactly.

A type is a grid: `nmant` binary digits after the point, and below the smallest normal number equal steps.
https://onnx.ai/onnx/technical/float8.html, .../float4.html
"""

from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from rfengine.graph import Array

if TYPE_CHECKING:
    from torch import Tensor

# By one rule: round to the nearest, ties to even. float8_e8m0fnu has powers of two alone, and rules of its own.
_SATURATING = ("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn")
NAMES = frozenset((*_SATURATING, "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"))
POWERS = "float8_e8m0fnu"

# The pattern of a float32: sign, eight digits of exponent, 23 digits of fraction.
FRACTION_BITS, EXPONENTS, HALF, NO_NUMBER = 23, 0xFF, 1 << 22, 0xFF


def rounded(x: "Tensor", dtype: np.dtype[Any], *, saturate: bool = True) -> "Tensor":
    """The nearest values of a small float type; a type without infinity and NaN always saturates.

    Not for float8_e8m0fnu; see `powers_of_two`.
    """
    import torch

    info = ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
    wide = x if x.dtype == torch.float64 else x.float()
    exponent = (torch.frexp(wide).exponent - 1).clamp(min=int(info.minexp)) - int(info.nmant)
    top = float(info.max)
    finite = torch.ldexp(torch.round(torch.ldexp(wide.nan_to_num(), -exponent)), exponent)
    if saturate or dtype.name in _SATURATING:
        found = finite.clamp(-top, top)
    else:
        beyond = torch.inf if dtype.name == "float8_e5m2" else torch.nan
        found = torch.where((finite.abs() > top) | wide.isinf(), wide.sign() * beyond, finite)
    missing = 0.0 if dtype.name in _SATURATING else torch.nan
    return torch.where(wide.isnan(), missing, found).to(torch.float32)


def powers_of_two(x: "Tensor", *, saturate: bool = True, mode: str = "up") -> "Tensor":
    """The values of float8_e8m0fnu next to the magnitudes: up, down, or nearest with ties up."""
    import torch

    bits = x.float().contiguous().view(torch.int32)
    exponent, fraction = (bits >> FRACTION_BITS) & EXPONENTS, bits & ((1 << FRACTION_BITS) - 1)
    if mode == "nearest":
        # Zero and the numbers below the normal ones lie at exponent 0; a tie there goes down.
        grows = torch.where(exponent == 0, fraction > HALF, fraction >= HALF)
    else:
        grows = fraction > 0 if mode == "up" else torch.zeros_like(fraction, dtype=torch.bool)
    top = NO_NUMBER - 1
    raised = exponent + grows
    raised = raised.clamp(max=top) if saturate else raised
    powers = torch.ldexp(torch.ones_like(raised, dtype=torch.float32), raised - 127)
    return torch.where((exponent == EXPONENTS) | (raised > top), torch.nan, powers)


def rounded_array(x: Array, dtype: np.dtype[Any], *, saturate: bool = True, mode: str = "up") -> Array:
    """The same in numpy, in the type itself."""
    from onnx import numpy_helper

    if dtype.name == POWERS:
        return np.asarray(numpy_helper.to_float8e8m0(x, saturate, mode))
    if saturate and dtype.name not in _SATURATING:
        return np.asarray(numpy_helper.saturate_cast(x, dtype))
    return x.astype(dtype)
