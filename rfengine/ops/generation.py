"""Range, Size, OneHot, Trilu: numbers and masks made from a few parameters.

https://onnx.ai/onnx/operators/onnx__Range.html, .../onnx__Size.html, .../onnx__OneHot.html, .../onnx__Trilu.html
"""

from math import ceil, isfinite, prod
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.index_map import IDENTITY
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known, whole

if TYPE_CHECKING:
    from torch import Tensor


# Range.


def _count(call: Call, start: float, limit: float, delta: float) -> int:
    """Number of elements; whole numbers are counted as such, since a float has no room for the largest."""
    if delta == 0 or not all(isfinite(number) for number in (start, limit, delta)):
        raise BadShape(f"{call.node}: a range from {start} to {limit} in steps of {delta} never ends")
    steps = (limit - start) / delta if isinstance(delta, float) else -((start - limit) // delta)
    return max(ceil(steps), 0)


def _range_shape(call: Call) -> tuple[int]:
    if not are_fixed(call, 0, 1, 2):
        return (UNKNOWN,)
    return (_count(call, *(call.data(i).reshape(-1)[0].item() for i in range(3))),)


def _range_fold(call: Call) -> Array:
    start, limit, delta = (call.data(i).reshape(-1)[0] for i in range(3))
    # Small floats count in float32 (stash_type 1, the default) or in their own type: then each step is rounded.
    own = call.attr("stash_type", 1) != 1 or start.dtype.itemsize > 2 or start.dtype.kind not in "fV"
    dtype = start.dtype if own else np.dtype(np.float32)
    count = np.arange(_count(call, start.item(), limit.item(), delta.item())).astype(dtype)
    return np.asarray((start.astype(dtype) + count * delta.astype(dtype)).astype(start.dtype))


def _range_lower(call: Call) -> Kernel:
    import torch

    def kernel(start: "Tensor", limit: "Tensor", delta: "Tensor") -> "Tensor":
        start, limit, delta = (each.reshape(()) for each in (start, limit, delta))
        small = start.dtype in (torch.float16, torch.bfloat16) and call.attr("stash_type", 1) == 1
        dtype = torch.float32 if small else start.dtype
        count = torch.arange(_count(call, start.item(), limit.item(), delta.item()), device=start.device).to(dtype)
        return (start.to(dtype) + count * delta.to(dtype)).to(start.dtype)

    return kernel


register(Operator("Range", (11, 27), Nature.OTHER, whole, _range_lower, fold=_range_fold, out_shape=_range_shape))


# Size.


@when_known
def _reads_nothing(call: Call) -> list[Relation]:
    return [((),) * len(call.inputs) for _ in call.outputs]


def _size_lower(_: Call) -> Kernel:
    import torch

    return lambda x: torch.tensor(x.numel(), dtype=torch.int64, device=x.device)


register(
    Operator(
        "Size",
        (1, 13, 19, 21, 23, 24, 25),
        Nature.OTHER,
        _reads_nothing,
        _size_lower,
        fold=lambda call: np.asarray(prod(call.shape()), np.int64),
        folds_from_shape=True,
    )
)


# OneHot.


def _hot_axis(call: Call) -> int:
    return call.axis(default=-1, rank=len(call.shape()) + 1)


def _hot_shape(call: Call) -> Shape:
    axis, shape = _hot_axis(call), call.shape()
    depth = (numbers(call, 1) or (UNKNOWN,))[0] if are_fixed(call, 1) else UNKNOWN
    return (*shape[:axis], depth, *shape[axis:])


@when_known
def _hot_reads(call: Call) -> list[Relation]:
    axis, rank = _hot_axis(call), len(call.shape())
    axes: list[AxisRead | None] = [AxisRead(i) for i in range(rank)]
    axes.insert(axis, None)
    return [((Reads(tuple(axes)),), (), (Reads((None,) * (rank + 1)),))]


def _hot_lower(call: Call) -> Kernel:
    import torch

    axis = _hot_axis(call)

    def kernel(indices: "Tensor", depth: "Tensor", values: "Tensor") -> "Tensor":
        classes = torch.arange(int(depth.item()), device=indices.device)
        index = indices.to(torch.int64).unsqueeze(axis)
        index = torch.where(index < 0, index + len(classes), index)
        hot = index == classes.reshape([-1 if i == axis else 1 for i in range(index.ndim)])
        off, on = values.to(indices.device).unbind()
        return torch.where(hot, on, off)

    return kernel


def _hot_fold(call: Call) -> Array:
    axis, (off, on) = _hot_axis(call), call.data(2)
    depth = int(call.data(1).reshape(-1)[0])
    index = np.expand_dims(call.data().astype(np.int64), axis)
    classes = np.arange(depth).reshape([-1 if i == axis else 1 for i in range(index.ndim)])
    hot = np.where(index < 0, index + depth, index) == classes
    return np.asarray(np.where(hot, on, off).astype(call.data(2).dtype))


register(Operator("OneHot", (9, 11, 28), Nature.OTHER, _hot_reads, _hot_lower, fold=_hot_fold, out_shape=_hot_shape))


# Trilu.


def _kept(call: Call, shape: Shape) -> Array:
    """Which elements of the last two axes stay, by a constant k."""
    k = (call.int_list(1) or (0,))[0]
    rows, columns = np.ogrid[: shape[-2], : shape[-1]]
    return np.asarray(columns - rows >= k if call.attr("upper", 1) else columns - rows <= k)


@when_known
def _trilu_reads(call: Call) -> list[Relation]:
    shape = call.shape()
    rank = len(shape)
    fixed = are_fixed(call, 1)
    bound = (Status.UPPER_BOUND, "a triangle of it is zero")
    axes = (AxisRead(i, IDENTITY, Border.NOTHING, *bound) if i >= rank - 2 else AxisRead(i) for i in range(rank))
    kept = () if fixed and not _kept(call, shape).any() else (Reads(tuple(axes)),)
    diagonal = () if fixed else (Reads((None,) * rank),)
    return [(kept, diagonal)[: len(call.inputs)]]


def _trilu_lower(call: Call) -> Kernel:
    upper = bool(call.attr("upper", 1))

    def kernel(x: "Tensor", k: "Tensor | None" = None) -> "Tensor":
        diagonal = 0 if k is None else int(k.item())
        # Beyond the corners nothing changes any more, and torch's diagonal is a machine word.
        diagonal = min(max(diagonal, -x.shape[-2] - 1), x.shape[-1] + 1)
        part = computable(x).triu(diagonal) if upper else computable(x).tril(diagonal)
        return part.to(x.dtype)

    return kernel


def _trilu_fold(call: Call) -> Array:
    array = call.data()
    return np.asarray(np.where(_kept(call, array.shape), array, np.zeros((), array.dtype)))


register(Operator("Trilu", (14,), Nature.MOVES, _trilu_reads, _trilu_lower, fold=_trilu_fold))
