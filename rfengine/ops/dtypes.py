"""Arithmetic on the types that torch stores but hardly computes with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


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
