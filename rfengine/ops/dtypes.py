"""Types that torch stores but hardly computes with, and types that it lacks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.ops.call import Call

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Types of ONNX that torch has by the same name.
_SHARED = frozenset(
    (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "bfloat16", "float32", "float64"),
    )
)

# Types that torch lacks, or lacks arithmetic for, and the type whose tensors hold the same values in their place.
CARRIERS = {
    **dict.fromkeys(("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"), "float32"),
    **dict.fromkeys(("float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn"), "float32"),
    **{"int4": "int8", "uint4": "uint8", "int2": "int8", "uint2": "uint8"},
}


def torch_type(call: Call, dtype: np.dtype[Any]) -> "torch.dtype":
    """The torch type that holds values of a numpy type.

    Raises:
        UnsupportedOperator: there is none (text, complex numbers).
    """
    import torch

    name = CARRIERS.get(dtype.name, dtype.name)
    if name not in _SHARED:
        raise call.refused(f"values of type {dtype.name} that depend on the data")
    found: torch.dtype = getattr(torch, name)
    return found


def computable(x: "Tensor") -> "Tensor":
    """The tensor, as int64 where torch has no arithmetic on its type (uint16, uint32, uint64).

    Sums and products of int64 wrap as those of uint64 do, so that cast back they are the same.
    """
    import torch

    return x.to(torch.int64) if x.dtype in (torch.uint16, torch.uint32, torch.uint64) else x


def real(x: "Tensor") -> "Tensor":
    """The tensor as floating point: whole numbers as float64, so that roots and logarithms of them can be taken."""
    return x if x.is_floating_point() else x.double()


def multipliable(x: "Tensor") -> "Tensor":
    """The tensor in a type in which its device has matrix products: whole numbers on a GPU as float64.

    That is exact for sums below 2**53.
    """
    if x.is_floating_point():
        return x
    return x.double() if x.is_cuda else computable(x)


def ordering(x: "Tensor") -> "Tensor":
    """The tensor in a type that torch compares, in the same order."""
    import torch

    wide = computable(x)
    return wide ^ torch.iinfo(torch.int64).min if x.dtype == torch.uint64 else wide


def reordered(x: "Tensor", dtype: "torch.dtype") -> "Tensor":
    """What `ordering` was taken of: a tensor of the given type."""
    import torch

    return (x ^ torch.iinfo(torch.int64).min if dtype == torch.uint64 else x).to(dtype)


def computing(function: "Callable[..., Tensor]") -> "Callable[..., Tensor]":
    """The function, made to take the types that torch only stores: computed in int64, and cast back.

    A truth value stays one.
    """

    def computed(x: "Tensor", *others: "Tensor") -> "Tensor":
        import torch

        result = function(computable(x), *map(computable, others))
        return result if result.dtype in (x.dtype, torch.bool) else result.to(x.dtype)

    return computed


def divided(x: "Tensor", y: "Tensor") -> "Tensor":
    """The quotient of whole numbers, truncated towards zero."""
    import torch

    if x.dtype != torch.uint64:
        return torch.div(computable(x), computable(y), rounding_mode="trunc").to(x.dtype)
    # By half the dividend, which fits int64; a divisor of 2**63 or more goes in once or not at all.
    a, b = computable(x), computable(y)
    large = b < 0
    divisor = torch.where(large, 1, b)
    halved = (a >> 1) & torch.iinfo(torch.int64).max
    guess = torch.div(halved, divisor, rounding_mode="trunc") << 1
    guess = torch.where(large, 0, guess)
    rest = a - guess * b
    return (guess + (ordering(rest.to(torch.uint64)) >= ordering(y))).to(torch.uint64)
