"""Functions of one number, element by element. https://onnx.ai/onnx/operators/onnx__Abs.html and its neighbours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import first_input_only

if TYPE_CHECKING:
    from torch import Tensor


def _absolute(x: "Tensor") -> "Tensor":
    return x.abs() if x.dtype.is_signed else x


def _sign(x: "Tensor") -> "Tensor":
    """The sign; NaN stays NaN, as in numpy and onnxruntime."""
    import torch

    if not x.dtype.is_signed:
        return (x != 0).to(x.dtype)
    return torch.where(x.isnan(), x, x.sign()) if x.is_floating_point() else x.sign()


def _named(name: str) -> Callable[[Call], Kernel]:
    """Lowering to torch's function of a name."""

    def lower(_: Call) -> Kernel:
        import torch

        function: Kernel = getattr(torch, name)
        return function

    return lower


def _folded(function: Callable[[Array], Any]) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        value = call.data()
        with np.errstate(all="ignore"):
            return np.asarray(function(value), value.dtype)

    return fold


def _register(
    name: str, versions: tuple[int, ...], function: Callable[[Array], Any], lower: Callable[[Call], Kernel]
) -> None:
    # Negation is linear; the others bend or break the line.
    nature = Nature.AVERAGES if name == "Neg" else Nature.ACTIVATES
    register(Operator(name, versions, nature, first_input_only, lower, fold=_folded(function)))


_register("Abs", (6, 13), np.abs, lambda _: _absolute)
_register("Sign", (9, 13), np.sign, lambda _: _sign)

for _name, _versions, _function, _torch_name in (
    ("Neg", (6, 13), np.negative, "neg"),
    ("Sqrt", (6, 13), np.sqrt, "sqrt"),
    ("Reciprocal", (6, 13), np.reciprocal, "reciprocal"),
    ("Exp", (6, 13), np.exp, "exp"),
    ("Log", (6, 13), np.log, "log"),
    ("Floor", (6, 13), np.floor, "floor"),
    ("Ceil", (6, 13), np.ceil, "ceil"),
    ("Round", (11, 22), np.round, "round"),
    ("Sin", (7, 22), np.sin, "sin"),
    ("Cos", (7, 22), np.cos, "cos"),
    ("Tan", (7, 22), np.tan, "tan"),
    ("Asin", (7, 22), np.arcsin, "asin"),
    ("Acos", (7, 22), np.arccos, "acos"),
    ("Atan", (7, 22), np.arctan, "atan"),
    ("Sinh", (9, 22), np.sinh, "sinh"),
    ("Cosh", (9, 22), np.cosh, "cosh"),
    ("Asinh", (9, 22), np.arcsinh, "asinh"),
    ("Acosh", (9, 22), np.arccosh, "acosh"),
    ("Atanh", (9, 22), np.arctanh, "atanh"),
):
    _register(_name, _versions, _function, _named(_torch_name))
