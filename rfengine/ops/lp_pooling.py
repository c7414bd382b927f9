"""Pooling by the Lp norm, (sum of |x|^p)^(1/p).

https://onnx.ai/onnx/operators/onnx__LpPool.html, .../onnx__GlobalLpPool.html
"""

from typing import TYPE_CHECKING

from rfengine.errors import BadShape
from rfengine.graph import Shape
from rfengine.ops import padding
from rfengine.ops.call import Call
from rfengine.ops.pooling import geometry, global_reads, local_reads, pooled_shape, summed
from rfengine.ops.registry import Kernel, Nature, Operator, register

if TYPE_CHECKING:
    from torch import Tensor


def _power(call: Call) -> float:
    p = float(call.attr("p", 2))
    if p <= 0:
        raise BadShape(f"{call.node}: p={p:g} must be positive")
    return p


def _root(sums: "Tensor", p: float) -> "Tensor":
    """The p-th root of sums that are not negative; its gradient at zero is zero, where the root itself has none."""
    import torch

    nothing = sums == 0
    return torch.where(nothing, sums, torch.where(nothing, 1.0, sums).to(sums.dtype).pow(1 / p))


def _lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    g, p = geometry(call), _power(call)
    window_sum, pads = summed(g), padding.for_torch(g.pads)
    return lambda x: _root(window_sum(F.pad(x.abs().pow(p), pads)), p)


def _global_shape(call: Call) -> Shape:
    shape = call.shape()
    return (*shape[:2], *[1] * (len(shape) - 2))


def _global_lower(call: Call) -> Kernel:
    p, axes = _power(call), tuple(range(2, len(call.shape())))
    return lambda x: _root(x.abs().pow(p).sum(axes, keepdim=True), p)


register(Operator("LpPool", (1, 2, 11, 18, 22), Nature.OTHER, local_reads, _lower, out_shape=pooled_shape))
register(Operator("GlobalLpPool", (1, 2, 22), Nature.OTHER, global_reads, _global_lower, out_shape=_global_shape))
