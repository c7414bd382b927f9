"""Reading a tensor [N, C, spatial ...] at places between its elements, for any number of spatial axes."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# What stands at an index: the index that is read in its place, and a factor that is zero where nothing is.
Landing = Callable[["Tensor", int], tuple["Tensor", "Tensor"]]

# The taps around places on one axis, each an index and a weight.
Taps = Callable[["Tensor"], "list[tuple[Tensor, Tensor]]"]


def zeros(index: "Tensor", length: int) -> tuple["Tensor", "Tensor"]:
    """Nothing stands beyond the ends."""
    return index.clamp(0, length - 1), (index >= 0) & (index < length)


def linear(x: "Tensor") -> list[tuple["Tensor", "Tensor"]]:
    """Two taps by distance."""
    base = x.floor()
    return [(base.long(), 1 - (x - base)), (base.long() + 1, x - base)]


def cubic(x: "Tensor", a: float = -0.75) -> list[tuple["Tensor", "Tensor"]]:
    """Four taps by Keys' kernel."""
    base = x.floor()
    t = x - base

    def near(d: "Tensor") -> "Tensor":
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: "Tensor") -> "Tensor":
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [(base.long() + k - 1, w) for k, w in enumerate((far(1 + t), near(t), near(1 - t), far(2 - t)))]


def nearest(x: "Tensor") -> list[tuple["Tensor", "Tensor"]]:
    """One tap, the even one of two equally near."""
    import torch

    return [(x.round().long(), torch.ones_like(x))]


def sampled(x: "Tensor", places: Sequence["Tensor"], taps: Taps, landing: Landing) -> "Tensor":
    """The values at places: one tensor [N, P] of coordinates per spatial axis gives [N, C, P]."""
    import torch

    lengths = x.shape[2:]
    flat = x.flatten(2)
    total = torch.zeros((*x.shape[:2], places[0].shape[1]), dtype=x.dtype, device=x.device)
    for corner in product(*(taps(place) for place in places)):
        index = torch.zeros_like(places[0], dtype=torch.int64)
        weight = torch.ones_like(places[0])
        for (position, share), length in zip(corner, lengths, strict=True):
            landed, exists = landing(position, length)
            index, weight = index * length + landed, weight * share * exists
        picked = flat.gather(2, index.unsqueeze(1).expand(-1, x.shape[1], -1))
        total = total + picked * weight.unsqueeze(1).to(x.dtype)
    return total
