"""NonZero, Compress, Unique: what is kept depends on values, so the number of results does too.

https://onnx.ai/onnx/operators/onnx__NonZero.html, .../onnx__Compress.html, .../onnx__Unique.html
"""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.gather import taken
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known, whole
from rfengine.ops.tables import fixed_indices, following, single

if TYPE_CHECKING:
    from torch import Tensor


# NonZero.


def _nonzero_shape(call: Call) -> Shape:
    array = call.constants[0]
    return (len(call.shape()), UNKNOWN if array is None else int(np.count_nonzero(array)))


def _nonzero_lower(_: Call) -> Kernel:
    # One column per element, in row-major order.
    return lambda x: computable(x).nonzero().T


def _nonzero_fold(call: Call) -> Array:
    # numpy refuses the zero-dimensional, where ONNX has no row and a column if it is not zero.
    array = call.data()
    return np.stack(array.nonzero()).astype(np.int64) if array.ndim else np.zeros(_nonzero_shape(call), np.int64)


register(
    Operator("NonZero", (9, 13), Nature.OTHER, whole, _nonzero_lower, fold=_nonzero_fold, out_shape=_nonzero_shape)
)


# Compress.


def _compress_axis(call: Call) -> int | None:
    return None if call.attr("axis") is None else call.axis()


def _chosen(call: Call) -> Array | None:
    """Positions that a constant condition keeps."""
    condition = call.constants[1]
    return None if condition is None else np.flatnonzero(condition)


def _compress_shape(call: Call) -> Shape:
    axis, chosen = _compress_axis(call), _chosen(call)
    count = UNKNOWN if chosen is None else len(chosen)
    return (count,) if axis is None else tuple(count if i == axis else n for i, n in enumerate(call.shape()))


@when_known
def _compress_reads(call: Call) -> list[Relation]:
    axis, chosen, rank = _compress_axis(call), _chosen(call), len(call.shape())
    if fixed_indices(call) is None or chosen is None or (axis is None and rank > 1):
        return whole(call)
    axes = [AxisRead(i) for i in range(rank)]
    axes[axis or 0] = following(axis or 0, single(chosen))
    return [((Reads(tuple(axes)),), ())]


def _compress_lower(call: Call) -> Kernel:
    axis = _compress_axis(call)

    def kernel(x: "Tensor", condition: "Tensor") -> "Tensor":
        x = x.reshape(-1) if axis is None else x
        return taken(x, axis or 0, condition.nonzero().reshape(-1).to(x.device))

    return kernel


def _compress_fold(call: Call) -> Array:
    return call.data().compress(call.data(1), _compress_axis(call))


register(
    Operator(
        "Compress",
        (11, 28),  # before version 11 inference gives no shape
        Nature.MOVES,
        _compress_reads,
        _compress_lower,
        fold=_compress_fold,
        out_shape=_compress_shape,
    )
)


# Unique.


def _unique_shape(call: Call) -> Shape:
    axis = _compress_axis(call)
    return (UNKNOWN,) if axis is None else tuple(UNKNOWN if i == axis else n for i, n in enumerate(call.shape()))


def _unique_lower(call: Call) -> Kernel:
    import torch

    axis, is_sorted = _compress_axis(call), bool(call.attr("sorted", 1))

    def kernel(x: "Tensor") -> tuple["Tensor", ...]:
        x = x.reshape(-1) if axis is None else x
        along = axis or 0
        # Slices along the axis as rows, since torch's own `dim` gives rows in an order that ONNX's is not.
        rows = x.movedim(along, 0).reshape(x.shape[along], -1)
        found, inverse, counts = torch.unique(rows, dim=0, return_inverse=True, return_counts=True)
        place = torch.arange(len(rows), device=x.device)
        first = place.new_full((len(found),), len(rows)).scatter_reduce(0, inverse, place, "amin")
        if not is_sorted:
            order = first.argsort()
            first, counts, inverse = first[order], counts[order], order.argsort()[inverse]
        return taken(x, along, first), first, inverse, counts

    return kernel


register(Operator("Unique", (11, 28), Nature.OTHER, whole, _unique_lower, out_shape=_unique_shape))
