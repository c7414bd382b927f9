"""Arithmetic with broadcasting. https://onnx.ai/onnx/operators/onnx__Add.html and its neighbours."""

from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub
from typing import Any

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import elementwise


def _divide_arrays(a: Array, b: Array) -> Array:
    """Division as ONNX defines it: whole numbers are truncated towards zero."""
    if np.issubdtype(a.dtype, np.integer):
        quotient = np.abs(a) // np.abs(b) * np.sign(a) * np.sign(b)
        return np.asarray(quotient, dtype=a.dtype)
    return np.asarray(a / b)


def _divide_tensors(a: Any, b: Any) -> Any:
    import torch

    return a / b if a.is_floating_point() else torch.div(a, b, rounding_mode="trunc")


def _folded(function: Callable[[Any, Any], Any]) -> Callable[[Call], Array]:
    return lambda call: np.asarray(reduce(function, (c for c in call.constants if c is not None)))


def _lowered(function: Callable[[Any, Any], Any]) -> Callable[[Call], Kernel]:
    return lambda _: lambda *tensors: reduce(function, tensors)


for _name, _versions, _nature, _function in (
    ("Add", (7, 13, 14), Nature.SUMS, add),
    ("Sub", (7, 13, 14), Nature.SUMS, sub),
    ("Sum", (6, 8, 13), Nature.SUMS, add),
    ("Mul", (7, 13, 14), Nature.MULTIPLIES, mul),
):
    register(Operator(_name, _versions, _nature, elementwise, _lowered(_function), fold=_folded(_function)))

register(
    Operator(
        "Div",
        (7, 13, 14),
        Nature.MULTIPLIES,
        elementwise,
        _lowered(_divide_tensors),
        fold=_folded(_divide_arrays),
    )
)
