"""Reductions: kept axes follow, reduced ones are read whole. https://onnx.ai/onnx/operators/onnx__ReduceSum.html."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable, ordering, real
from rfengine.ops.parameters import are_fixed, numbers, on_axes
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known, whole

if TYPE_CHECKING:
    from torch import Tensor

Axes = tuple[int, ...]


def _axes(call: Call, given: "Tensor | None" = None) -> Axes:
    """The reduced axes, whatever form the version gives them in; none given means all, or none by `noop_...`."""
    rank = len(call.shape())
    as_input = call.node.version >= (13 if call.node.op == "ReduceSum" else 18)
    axes = numbers(call, 1, given) if as_input else call.ints("axes", ())
    if not axes and call.attr("noop_with_empty_axes", 0):
        return ()
    return tuple(sorted(on_axes(call, axes or None, rank)))


def _out_shape(call: Call) -> Shape:
    """Output shape; axes computed from data leave open which lengths remain, though not how many."""
    shape, keep = call.shape(), bool(call.attr("keepdims", 1))
    if are_fixed(call, 1):
        axes = _axes(call)
        return tuple(1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes)
    count = call.shape(1)[0]
    if count in (0, UNKNOWN) and not keep:
        raise call.refused("how many axes it reduces depends on the data")
    return (UNKNOWN,) * (len(shape) - (0 if keep else count))


@when_known
def _reads(call: Call) -> list[Relation]:
    if not are_fixed(call, 1):
        return whole(call)
    axes, rank = _axes(call), len(call.shape())
    if call.attr("keepdims", 1):
        return only_first(call, Reads.same(rank).over(axes))
    return only_first(call, Reads(tuple(AxisRead(axis) for axis in range(rank) if axis not in axes)))


# Each operator twice: in torch, keeping the reduced axes as axes of one element, and in numpy.


def _sum(x: "Tensor", axes: Axes) -> "Tensor":
    return computable(x).sum(axes, keepdim=True)


def _mean(x: "Tensor", axes: Axes) -> "Tensor":
    return real(x).mean(axes, keepdim=True)


def _product(x: "Tensor", axes: Axes) -> "Tensor":
    x = computable(x)
    for axis in axes:
        x = x.prod(axis, keepdim=True)
    return x


def _max(x: "Tensor", axes: Axes) -> "Tensor":
    if _reduces_nothing(x, axes):
        return _filled(x, axes, lowest=True)
    return ordering(ordering(x).amax(axes, keepdim=True).to(x.dtype))


def _min(x: "Tensor", axes: Axes) -> "Tensor":
    if _reduces_nothing(x, axes):
        return _filled(x, axes, lowest=False)
    return ordering(ordering(x).amin(axes, keepdim=True).to(x.dtype))


def _reduces_nothing(x: "Tensor", axes: Axes) -> bool:
    return any(x.shape[axis] == 0 for axis in axes)


def _filled(x: "Tensor", axes: Axes, *, lowest: bool) -> "Tensor":
    """The maximum (`lowest`) or minimum of no elements: the end of the type's range."""
    import torch

    fill: float
    if x.dtype == torch.bool:
        fill = not lowest
    elif x.is_floating_point():
        fill = float("-inf" if lowest else "inf")
    else:
        fill = torch.iinfo(x.dtype).min if lowest else torch.iinfo(x.dtype).max
    return x.new_full([1 if axis in axes else length for axis, length in enumerate(x.shape)], fill)


def _l1(x: "Tensor", axes: Axes) -> "Tensor":
    return computable(x).abs().sum(axes, keepdim=True)


def _l2(x: "Tensor", axes: Axes) -> "Tensor":
    import torch

    norm: Tensor = torch.linalg.vector_norm(real(x), 2, axes, keepdim=True)
    return norm


def _square_sum(x: "Tensor", axes: Axes) -> "Tensor":
    return computable(x).square().sum(axes, keepdim=True)


def _log_sum(x: "Tensor", axes: Axes) -> "Tensor":
    return real(x).sum(axes, keepdim=True).log()


def _log_sum_exp(x: "Tensor", axes: Axes) -> "Tensor":
    return real(x).logsumexp(axes, keepdim=True)


def _max_of_array(x: Array, axis: Axes, keepdims: bool) -> Array:
    return np.asarray(np.max(x, axis=axis, keepdims=keepdims, initial=_end(x, lowest=True)))


def _min_of_array(x: Array, axis: Axes, keepdims: bool) -> Array:
    return np.asarray(np.min(x, axis=axis, keepdims=keepdims, initial=_end(x, lowest=False)))


def _end(x: Array, *, lowest: bool) -> Any:
    if x.dtype.kind == "b":
        return not lowest
    if x.dtype.kind == "f":
        return -np.inf if lowest else np.inf
    return np.iinfo(x.dtype).min if lowest else np.iinfo(x.dtype).max


def _log_sum_exp_of_array(x: Array, axis: Axes, keepdims: bool) -> Array:
    top = np.where(np.isfinite(top := _max_of_array(x.astype(np.float64), axis, True)), top, 0.0)
    logs = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return np.asarray(logs if keepdims else np.squeeze(logs, axis))


def _lowered(function: Callable[["Tensor", Axes], "Tensor"]) -> Callable[[Call], Kernel]:
    def lower(call: Call) -> Kernel:
        fixed = _axes(call) if are_fixed(call, 1) else None
        keep = bool(call.attr("keepdims", 1))

        def kernel(x: "Tensor", given: "Tensor | None" = None) -> "Tensor":
            axes = _axes(call, given) if fixed is None else fixed
            if not axes:
                # No axis to reduce: torch would take all. Over a new axis of one element the rest is computed.
                return function(x[None], (0,)).to(x.dtype)[0]
            y = function(x, axes).to(x.dtype)
            return y if keep else y.squeeze(axes)

        return kernel

    return lower


def _folded(function: Callable[..., Any]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        x = call.data()
        wide = x if x.dtype.kind in "iub" else x.astype(np.float64)
        with np.errstate(all="ignore"):
            y = function(wide, axis=_axes(call), keepdims=bool(call.attr("keepdims", 1)))
            return np.asarray(y).astype(x.dtype)

    return fold


# Linear with fixed coefficients are only the sum and the mean.
_OLD, _NEW = (1, 11, 13), (1, 11, 13, 18)
for _name, _versions, _nature, _function, _of_array in (
    ("ReduceSum", _OLD, Nature.AVERAGES, _sum, np.sum),
    ("ReduceMean", _NEW, Nature.AVERAGES, _mean, np.mean),
    ("ReduceMax", (1, 11, 12, 13, 18, 20), Nature.OTHER, _max, _max_of_array),
    ("ReduceMin", (1, 11, 12, 13, 18, 20), Nature.OTHER, _min, _min_of_array),
    ("ReduceProd", _NEW, Nature.OTHER, _product, np.prod),
    ("ReduceL1", _NEW, Nature.OTHER, _l1, lambda x, **how: np.sum(np.abs(x), **how)),
    ("ReduceL2", _NEW, Nature.OTHER, _l2, lambda x, **how: np.sqrt(np.sum(np.square(x), **how))),
    ("ReduceLogSum", (*_NEW, 28), Nature.OTHER, _log_sum, lambda x, **how: np.log(np.sum(x, **how))),
    ("ReduceLogSumExp", (*_NEW, 28), Nature.OTHER, _log_sum_exp, _log_sum_exp_of_array),
    ("ReduceSumSquare", _NEW, Nature.OTHER, _square_sum, lambda x, **how: np.sum(np.square(x), **how)),
):
    register(
        Operator(_name, _versions, _nature, _reads, _lowered(_function), fold=_folded(_of_array), out_shape=_out_shape)
    )
