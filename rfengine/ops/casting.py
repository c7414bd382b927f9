"""Casts: the same values, or the same bits, in another type.

https://onnx.ai/onnx/operators/onnx__Cast.html, .../onnx__CastLike.html, .../onnx__BitCast.html
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.graph import Array
from rfengine.ops import small_floats
from rfengine.ops.call import Call
from rfengine.ops.dtypes import CARRIERS, torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rounding import saturated
from rfengine.ops.rules import first_input_only

if TYPE_CHECKING:
    from torch import Tensor

# Digits of the whole-number types that torch lacks.
SMALL_INTEGERS = {"int4": 4, "uint4": 4, "int2": 2, "uint2": 2}


def _rounding(call: Call) -> tuple[bool, str]:
    """Whether to saturate, and the direction; both matter to the small float types alone."""
    mode = str(call.attr("round_mode", "up"))
    if mode not in ("up", "down", "nearest"):
        raise call.refused(f"round_mode={mode!r}")
    return bool(call.attr("saturate", 1)), mode


def _data(call: Call) -> Array:
    value = call.data()
    if value.dtype.kind in "OSUT" or call.out.dtype.kind in "OSUT":
        raise call.refused("text")
    return value


def _fold(call: Call) -> Array:
    saturate, mode = _rounding(call)
    value, dtype = _data(call), call.out.dtype
    with np.errstate(all="ignore"):
        if dtype.name in small_floats.NAMES or dtype.name == small_floats.POWERS:
            return small_floats.rounded_array(value, dtype, saturate=saturate, mode=mode)
        if value.size and value.ndim and not any(value.strides):
            return np.broadcast_to(value.reshape(-1)[:1].astype(dtype).reshape(()), value.shape)
        return value.astype(dtype)


def _lower(call: Call) -> Kernel:
    import torch

    source = call.inputs[0]
    if source is not None:
        torch_type(call, source.dtype)
    saturate, mode = _rounding(call)
    dtype, target = call.out.dtype, torch_type(call, call.out.dtype)

    def kernel(x: "Tensor", *_: "Tensor | None") -> "Tensor":
        if dtype.name == small_floats.POWERS:
            return small_floats.powers_of_two(x, saturate=saturate, mode=mode)
        if dtype.name in small_floats.NAMES:
            return saturated(x, None, dtype, target, saturate=saturate)
        if dtype.name in SMALL_INTEGERS:
            return _wrapped(x.to(torch.int64), dtype.name).to(target)
        # By way of int64 a negative number becomes the same whole number on every device.
        return x.to(torch.int64).to(target) if x.is_floating_point() and dtype.kind == "u" else x.to(target)

    return kernel


def _wrapped(x: "Tensor", name: str) -> "Tensor":
    """The lowest digits of int64, read as a smaller type."""
    digits = SMALL_INTEGERS[name]
    low = x & ((1 << digits) - 1)
    sign = 1 << (digits - 1)
    return low if name.startswith("u") else (low ^ sign) - sign


def _file_types(call: Call) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """The types between which the file asks to reinterpret: they are of one width, whatever type a graph runs in.

    A graph that runs in another float type than its file keeps what the bits mean.
    """
    import onnx

    source = call.inputs[0]
    assert source is not None, f"{call.node} has an input"
    target = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(int(call.attr("to"))))
    if source.dtype.itemsize == target.itemsize:
        return source.dtype, target
    if target.itemsize not in (4, 8):
        raise call.refused(f"the bits of {source.dtype.name} as {target.name}")
    return np.dtype(f"float{8 * target.itemsize}"), target


def _bits_fold(call: Call) -> Array:
    value = _data(call)
    source, target = _file_types(call)
    if any(dtype.name in SMALL_INTEGERS or dtype.name.startswith(("float4", "float6")) for dtype in (source, target)):
        raise call.refused(f"the bits of {source.name} as {target.name}")
    return value.view(target)


def _bits_lower(call: Call) -> Kernel:
    source, target = _file_types(call)
    if source.name in CARRIERS or target.name in CARRIERS:
        raise call.refused(f"the bits of {source.name} as {target.name} that depend on the data")
    before, after = torch_type(call, source), torch_type(call, target)
    result = torch_type(call, call.out.dtype)
    return lambda x: x.to(before).view(after).to(result)


register(Operator("Cast", (6, 9, 13, 19, 21, 23, 24, 25, 28), Nature.MOVES, first_input_only, _lower, fold=_fold))
register(Operator("CastLike", (15, 19, 21, 23, 24, 25), Nature.MOVES, first_input_only, _lower, fold=_fold))
register(Operator("BitCast", (26,), Nature.OTHER, first_input_only, _bits_lower, fold=_bits_fold))
