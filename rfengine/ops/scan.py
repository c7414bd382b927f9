"""Running sums and products. https://onnx.ai/onnx/operators/onnx__CumSum.html, .../onnx__CumProd.html."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.local import every
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known, whole

if TYPE_CHECKING:
    from torch import Tensor


def _axis(call: Call, given: "Tensor | None" = None) -> int:
    axes, rank = numbers(call, 1, given), len(call.shape())
    if not axes or len(axes) != 1 or not -rank <= axes[0] < rank:
        raise BadShape(f"{call.node}: axis={list(axes or ())} must be one axis of a tensor of {rank} axes")
    return axes[0] % rank


def one_sided(axis: int, length: int) -> AxisRead:
    """An axis of which every unit reads all that lies before it, or all behind.

    No period fits a reach that grows along the axis, so that the whole axis is the bound.
    """
    return AxisRead(axis, every(length), Border.NOTHING, Status.UPPER_BOUND, f"axis {axis} is read on one side only")


@when_known
def _reads(call: Call) -> list[Relation]:
    if not are_fixed(call, 1):
        return whole(call)
    axis, shape = _axis(call), call.shape()
    return only_first(call, Reads(tuple(one_sided(i, n) if i == axis else AxisRead(i) for i, n in enumerate(shape))))


def _lowered(neutral: int) -> Callable[[Call], Kernel]:
    """`neutral` is what an exclusive scan begins with: the sum or product of no elements."""

    def lower(call: Call) -> Kernel:
        import torch

        fixed = _axis(call) if are_fixed(call, 1) else None
        exclusive, reverse = bool(call.attr("exclusive", 0)), bool(call.attr("reverse", 0))
        scan = torch.cumsum if call.node.op == "CumSum" else torch.cumprod

        def kernel(x: "Tensor", given: "Tensor") -> "Tensor":
            axis = _axis(call, given) if fixed is None else fixed
            y = computable(x)
            y = y.flip(axis) if reverse else y
            if exclusive:
                first = y.narrow(axis, 0, min(1, y.shape[axis]))
                y = torch.cat([torch.full_like(first, neutral), y], axis).narrow(axis, 0, y.shape[axis])
            y = scan(y, axis, dtype=y.dtype)
            return (y.flip(axis) if reverse else y).to(x.dtype)

        return kernel

    return lower


def _folded(function: Callable[..., Any], neutral: int) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        x, axis = call.data(), _axis(call)
        y = x if x.dtype.kind in "iu" else x.astype(np.float64)
        y = np.flip(y, axis) if call.attr("reverse", 0) else y
        if call.attr("exclusive", 0):
            index = np.arange(y.shape[axis])
            y = np.concatenate([np.full_like(y.take(index[:1], axis), neutral), y], axis).take(index, axis)
        with np.errstate(all="ignore"):
            y = function(y, axis=axis)
            return np.asarray(np.flip(y, axis) if call.attr("reverse", 0) else y).astype(x.dtype)

    return fold


for _name, _versions, _nature, _function, _neutral in (
    ("CumSum", (11, 14), Nature.AVERAGES, np.cumsum, 0),
    ("CumProd", (26,), Nature.OTHER, np.cumprod, 1),
):
    register(Operator(_name, _versions, _nature, _reads, _lowered(_neutral), fold=_folded(_function, _neutral)))
