"""Quantisation: q = saturate(round(x / scale) + zero_point), and back: x = (q - zero_point) * scale.

Rounding is to the nearest, ties to even, and in the type of the scale, as in onnxruntime. A pair of the two passes the
data through, and the gradient too: see `rounding`.

https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html, .../onnx__DequantizeLinear.html,
.../onnx__DynamicQuantizeLinear.html
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.local import repeated
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rounding import saturated, saturated_array

if TYPE_CHECKING:
    from torch import Tensor

UINT8 = np.dtype(np.uint8)


# Which element of a scale or zero point belongs to which of the tensor: one for all, one per index along an axis, or
# one per block of indices along an axis.


def _axis(call: Call) -> int:
    return 0 if len(call.shape()) == 1 else call.axis(default=1)


def _block(call: Call, index: int) -> int:
    """Elements per block along the axis: 0 where there is one parameter for all, 1 where there is one per index."""
    shape, parameter = call.shape(), call.shape(index)
    if prod(parameter) == 1:
        return 0
    axis, block = _axis(call), int(call.attr("block_size", 0))
    if not block and len(parameter) == 1 and shape[axis] in (*parameter, UNKNOWN):
        return 1
    if block > 0 and shape[axis] == UNKNOWN:
        raise call.refused(f"blocks along axis {axis}, whose length depends on the data")
    if block > 0 and parameter == (*shape[:axis], -(-shape[axis] // block), *shape[axis + 1 :]):
        return block
    raise BadShape(
        f"{call.node}: input {index} of shape {list(parameter)} is no scale of {list(shape)} at axis={axis}, "
        f"block_size={block}: it must be one number, one per index of the axis, or one per block"
    )


def _placed(call: Call, index: int) -> Callable[[Any], Any]:
    """Brings a parameter, as an array or a tensor, to a shape that is broadcast to the tensor's."""
    block = _block(call, index)
    if not block:
        return lambda parameter: parameter.reshape(())
    axis, shape = _axis(call), call.shape()
    if len(call.shape(index)) == 1 and block == 1:
        return lambda parameter: parameter.reshape(-1, *[1] * (len(shape) - 1 - axis))
    owner = (slice(None),) * axis + ([i // block for i in range(shape[axis])],)
    return lambda parameter: parameter[owner]


def _parameter_reads(call: Call, index: int) -> tuple[Reads, ...]:
    if not call.has(index):
        return ()
    block, rank, own = _block(call, index), len(call.shape()), len(call.shape(index))
    axes: list[AxisRead | None] = [None] * rank
    if block:
        axis = _axis(call)
        axes = [AxisRead(i) for i in range(rank)] if own == rank else axes
        axes[axis] = AxisRead(axis if own == rank else 0, repeated(block))
    return (Reads(tuple(axes)),)


def _reads(call: Call) -> list[Relation]:
    parameters = (_parameter_reads(call, index) for index in range(1, len(call.inputs)))
    return [((Reads.same(len(call.shape())),), *parameters)]


# There.


def _division(call: Call) -> np.dtype[Any]:
    """The type in which the tensor is divided by the scale: `precision`, else the scale's own."""
    import onnx

    scale = call.inputs[1]
    assert scale is not None, f"{call.node} has a scale"
    if call.attr("precision"):
        asked = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(int(call.attr("precision"))))
        return np.promote_types(asked, np.float64) if scale.dtype == np.float64 else asked
    return scale.dtype if scale.dtype.name in ("float16", "bfloat16", "float32", "float64") else np.dtype(np.float32)


def _quantize_lower(call: Call) -> Kernel:
    dtype, target, division = call.out.dtype, torch_type(call, call.out.dtype), torch_type(call, _division(call))
    place_scale, place_zero = _placed(call, 1), _placed(call, 2) if call.has(2) else None
    saturate = bool(call.attr("saturate", 1))

    def kernel(x: "Tensor", scale: "Tensor", zero: "Tensor | None" = None) -> "Tensor":
        ratio = x.to(division) / place_scale(scale).to(division)
        offset = None if zero is None or place_zero is None else place_zero(zero)
        return saturated(ratio, offset, dtype, target, saturate=saturate)

    return kernel


def _quantize_fold(call: Call) -> Array:
    x, scale, zero = call.constant(0), call.constant(1), call.constant(2)
    assert x is not None, f"{call.node} folds only with a constant input"
    division = _division(call)
    with np.errstate(all="ignore"):
        ratio = x.astype(division) / _placed(call, 1)(scale).astype(division)
    offset = None if zero is None else _placed(call, 2)(zero)
    return saturated_array(np.asarray(ratio), offset, call.out.dtype, saturate=bool(call.attr("saturate", 1)))


# And back.


def _dequantize_lower(call: Call) -> Kernel:
    import torch

    target = torch_type(call, call.out.dtype)
    wide = torch.promote_types(target, torch.float32)
    place_scale, place_zero = _placed(call, 1), _placed(call, 2) if call.has(2) else None

    def kernel(x: "Tensor", scale: "Tensor", zero: "Tensor | None" = None) -> "Tensor":
        exact = x if x.is_floating_point() else x.to(torch.int32)
        centred = exact if zero is None or place_zero is None else exact - place_zero(zero).to(exact.dtype)
        product: Tensor = centred.to(wide) * place_scale(scale).to(wide)
        return product.to(target)

    return kernel


def _dequantize_fold(call: Call) -> Array:
    x, scale, zero = call.constant(0), call.constant(1), call.constant(2)
    assert x is not None, f"{call.node} folds only with a constant input"
    exact = x.astype(np.float32 if x.dtype.name.startswith("float") else np.int32)
    if zero is not None:
        exact = exact - _placed(call, 2)(zero).astype(exact.dtype)
    product = exact.astype(np.float32) * _placed(call, 1)(scale).astype(np.float32)
    return np.asarray(product.astype(call.out.dtype))


# With a scale and zero point of the tensor's own, so that its range fits eight bits.


def _dynamic_reads(call: Call) -> Sequence[Relation]:
    own = Reads.same(len(call.shape()))
    nowhere = Reads(())
    return [((own, own.over(tuple(range(len(own.axes))))),), ((nowhere,),), ((nowhere,),)][: len(call.outputs)]


def _dynamic_lower(call: Call) -> Kernel:
    import torch

    if 0 in call.shape():
        raise call.refused("an empty tensor, which has no range")

    def kernel(x: "Tensor") -> "tuple[Tensor, Tensor, Tensor]":
        low, high = x.amin().clamp(max=0), x.amax().clamp(min=0)
        scale = torch.where(high == low, 1, (high - low) / 255)
        zero = saturated(-low / scale, None, UINT8, torch.uint8)
        return saturated(x / scale, zero, UINT8, torch.uint8), scale, zero

    return kernel


register(
    Operator(
        "QuantizeLinear",
        (10, 13, 19, 21, 23, 24, 25, 28),
        Nature.ACTIVATES,
        _reads,
        _quantize_lower,
        fold=_quantize_fold,
    )
)
register(
    Operator(
        "DequantizeLinear",
        (10, 13, 19, 21, 23, 24, 25, 28),
        Nature.MULTIPLIES,
        _reads,
        _dequantize_lower,
        fold=_dequantize_fold,
    )
)
register(Operator("DynamicQuantizeLinear", (11,), Nature.NORMALISES, _dynamic_reads, _dynamic_lower))
