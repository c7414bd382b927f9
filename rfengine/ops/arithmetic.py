"""Arithmetic with broadcasting. https://onnx.ai/onnx/operators/onnx__Add.html and its neighbours."""

from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable, computing, divided, ordering, reordered
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import elementwise

if TYPE_CHECKING:
    from torch import Tensor


def _given(call: Call) -> list[Array]:
    return [constant for constant in call.constants if constant is not None]


def _folded(function: Callable[[Any, Any], Any]) -> Callable[[Call], Array]:
    """Folding from the left, two at a time, in the type of the first."""

    def fold(call: Call) -> Array:
        values = _given(call)
        with np.errstate(all="ignore"):
            return np.asarray(reduce(function, values), values[0].dtype)

    return fold


def _lowered(function: Callable[[Any, Any], Any]) -> Callable[[Call], Kernel]:
    return lambda _: computing(lambda *tensors: reduce(function, tensors))


# Division.


def _divide_arrays(a: Array, b: Array) -> Array:
    """Division as ONNX defines it: whole numbers are truncated towards zero."""
    if np.issubdtype(a.dtype, np.integer):
        quotient = np.abs(a) // np.abs(b) * np.sign(a) * np.sign(b)
        return np.asarray(quotient, dtype=a.dtype)
    return np.asarray(a / b)


def _divide_lower(_: Call) -> Kernel:
    return lambda a, b: a / b if a.is_floating_point() else divided(a, b)


# Mean.


def _mean_fold(call: Call) -> Array:
    values = _given(call)
    return np.asarray(reduce(add, values) / len(values), values[0].dtype)


def _mean_lower(_: Call) -> Kernel:
    return lambda *tensors: reduce(add, tensors) / len(tensors)


# The larger and the smaller; NaN wins over both.


def _extreme_lower(name: str) -> Callable[[Call], Kernel]:
    def lower(_: Call) -> Kernel:
        import torch

        function: Callable[..., Any] = getattr(torch, name)

        def kernel(*tensors: "Tensor") -> "Tensor":
            return reordered(reduce(function, map(ordering, tensors)), tensors[0].dtype)

        return kernel

    return lower


# Powers. The result has the type of the base, whatever the exponent's.


def _power_arrays(x: Array, y: Array) -> Array:
    whole = x.dtype.kind in "iu" and y.dtype.kind in "iu" and not (y < 0).any()
    if whole or x.dtype.kind not in "iu":
        return np.power(x, y)
    return np.power(x.astype(np.float64), y.astype(np.float64))


def _power_lower(_: Call) -> Kernel:
    import torch

    def kernel(x: "Tensor", y: "Tensor") -> "Tensor":
        y = computable(y)
        if not x.is_floating_point() and y.is_floating_point():
            return torch.pow(x.double(), y.double()).to(x.dtype)
        wide = torch.promote_types(x.dtype, y.dtype)
        return torch.pow(x.to(wide), y.to(wide) if y.is_floating_point() else y).to(x.dtype)

    return kernel


# Remainders: with the sign of the divisor, or by `fmod` of the dividend.


def _remainder_fold(call: Call) -> Array:
    return _folded(np.fmod if call.attr("fmod", 0) else np.mod)(call)


def _remainder_lower(call: Call) -> Kernel:
    import torch

    truncates = bool(call.attr("fmod", 0))

    def kernel(a: "Tensor", b: "Tensor") -> "Tensor":
        if a.dtype == torch.uint64:
            return computing(lambda x, y, quotient: x - quotient * y)(a, b, divided(a, b))
        return computing(torch.fmod if truncates else torch.remainder)(a, b)

    return kernel


for _name, _versions, _nature, _function in (
    ("Add", (7, 13, 14), Nature.SUMS, add),
    ("Sub", (7, 13, 14), Nature.SUMS, sub),
    ("Sum", (6, 8, 13), Nature.SUMS, add),
    ("Mul", (7, 13, 14), Nature.MULTIPLIES, mul),
):
    register(Operator(_name, _versions, _nature, elementwise, _lowered(_function), fold=_folded(_function)))


# A maximum or a power with one operand from the image passes it through; with two there is no linear counterpart.
def _passes(
    name: str, versions: tuple[int, ...], function: Callable[[Any, Any], Any], lower: Callable[[Call], Kernel]
) -> None:
    register(Operator(name, versions, Nature.MULTIPLIES, elementwise, lower, fold=_folded(function)))


_passes("Div", (7, 13, 14), _divide_arrays, _divide_lower)
_passes("Max", (6, 8, 12, 13), np.maximum, _extreme_lower("maximum"))
_passes("Min", (6, 8, 12, 13), np.minimum, _extreme_lower("minimum"))
_passes("Pow", (7, 12, 13, 15), _power_arrays, _power_lower)

register(Operator("Mean", (6, 8, 13), Nature.SUMS, elementwise, _mean_lower, fold=_mean_fold))
register(Operator("Mod", (10, 13, 28), Nature.OTHER, elementwise, _remainder_lower, fold=_remainder_fold))
