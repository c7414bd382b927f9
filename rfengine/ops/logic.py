"""What is true of numbers and of truth values. https://onnx.ai/onnx/operators/onnx__Equal.html and its neighbours.

A truth value has no linear counterpart, so a linearised network is refused here by name.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import ordering, torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import elementwise

if TYPE_CHECKING:
    from torch import Tensor


def _folded(function: Callable[..., Any]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(*call.constants), bool)

    return fold


def _broadcast_shape(call: Call) -> Shape:
    """The shape of the output, of which ONNX's inference says nothing for LessOrEqual and GreaterOrEqual version 12."""
    shapes = [value.shape for value in call.inputs if value is not None]
    rank = max(map(len, shapes))
    lengths = [set(axis) - {1} for axis in zip(*((1,) * (rank - len(s)) + s for s in shapes), strict=True)]
    if any(len(axis - {UNKNOWN}) > 1 for axis in lengths):
        raise BadShape(f"{call.node}: input shapes {[list(s) for s in shapes]} do not fit")
    return tuple(max(axis, default=1) for axis in lengths)


def _register(
    name: str, versions: tuple[int, ...], function: Callable[..., Any], lower: Callable[[Call], Kernel]
) -> None:
    register(
        Operator(name, versions, Nature.OTHER, elementwise, lower, fold=_folded(function), out_shape=_broadcast_shape)
    )


def _compared(name: str) -> Callable[[Call], Kernel]:
    """Lowering of a comparison to the method of a name."""

    def lower(call: Call) -> Kernel:
        for value in call.inputs:
            if value is not None:
                torch_type(call, value.dtype)

        def kernel(a: "Tensor", b: "Tensor") -> "Tensor":
            result: Tensor = getattr(ordering(a), name)(ordering(b))
            return result

        return kernel

    return lower


def _combined(name: str) -> Callable[[Call], Kernel]:
    """Lowering of a connective to torch's function of a name."""

    def lower(_: Call) -> Kernel:
        import torch

        function: Kernel = getattr(torch, name)
        return function

    return lower


def _is_infinite(call: Call) -> Kernel:
    import torch

    up, down = bool(call.attr("detect_positive", 1)), bool(call.attr("detect_negative", 1))

    def kernel(x: "Tensor") -> "Tensor":
        found = torch.zeros_like(x, dtype=torch.bool)
        found = found | torch.isposinf(x) if up else found
        return found | torch.isneginf(x) if down else found

    return kernel


def _is_infinite_fold(call: Call) -> Array:
    value = call.data()
    up, down = bool(call.attr("detect_positive", 1)), bool(call.attr("detect_negative", 1))
    return np.asarray(np.isinf(value) & ((value > 0) & up | (value < 0) & down))


_register("Equal", (7, 11, 13, 19), np.equal, _compared("eq"))
_register("Less", (7, 9, 13), np.less, _compared("lt"))
_register("LessOrEqual", (12, 16), np.less_equal, _compared("le"))
_register("Greater", (7, 9, 13), np.greater, _compared("gt"))
_register("GreaterOrEqual", (12, 16), np.greater_equal, _compared("ge"))
_register("Not", (1,), np.logical_not, _combined("logical_not"))
_register("And", (7,), np.logical_and, _combined("logical_and"))
_register("Or", (7,), np.logical_or, _combined("logical_or"))
_register("Xor", (7,), np.logical_xor, _combined("logical_xor"))
_register("IsNaN", (9, 13, 20), np.isnan, _combined("isnan"))
register(Operator("IsInf", (10, 20), Nature.OTHER, elementwise, _is_infinite, fold=_is_infinite_fold))


def _where_lower(call: Call) -> Kernel:
    import torch

    torch_type(call, call.out.dtype)
    return torch.where


def _where_fold(call: Call) -> Array:
    condition, x, y = (np.asarray(constant) for constant in call.constants)
    return np.where(condition, x, y)


# With a condition known beforehand a selection is a rearrangement; a condition that depends on data comes from one of
# the operators above, which have refused by then.
register(Operator("Where", (9, 16), Nature.MOVES, elementwise, _where_lower, fold=_where_fold))
