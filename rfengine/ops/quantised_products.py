"""Convolutions and matrix products of quantised tensors: sums of whole numbers, exact, then quantised again.

A product is taken of what the whole numbers stand for up to a scale, value - zero_point, in float64: sums below 2**53
are exact, as in the 32 bits that the definition asks for, and on every device. Gradients and NaN pass: see `rounding`.

https://onnx.ai/onnx/operators/onnx__QLinearConv.html, .../onnx__QLinearMatMul.html, .../onnx__ConvInteger.html
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rfengine.calculus.local import window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Shape
from rfengine.ops import matrix, padding
from rfengine.ops.call import Call
from rfengine.ops.convolution import conv_geometry
from rfengine.ops.dtypes import torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rounding import is_carried, saturated
from rfengine.ops.rules import broadcast, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def _factors(call: Call, *indices: int) -> Call:
    """The call as one of the float operator on the inputs at the given positions."""
    return replace(
        call,
        inputs=tuple(call.inputs[i] for i in indices),
        constants=tuple(call.constants[i] for i in indices),
    )


def _along(call: Call, index: int, axis: int) -> tuple[Reads, ...]:
    """Reads of a parameter: one number for all, or one per index of an output axis."""
    if not call.has(index):
        return ()
    axes: list[AxisRead | None] = [None] * len(call.out.shape)
    if call.shape(index) == (call.out.shape[axis],):
        axes[axis] = AxisRead(0)
    return (Reads(tuple(axes)),)


# Convolution.


def _conv_relation(call: Call, *, weight: int, per_channel: tuple[int, ...]) -> list[Relation]:
    """The first input by the window, weights and what belongs to them by output channel, the rest for all."""
    g = conv_geometry(_factors(call, 0, weight))
    maps = tuple(
        window(k, s, d, begin) for k, s, d, (begin, _) in zip(g.kernel, g.strides, g.dilations, g.pads, strict=True)
    )
    ways = {0: windows(call, maps, across_channels=True)[0][0]}
    ways[weight] = (Reads((None, AxisRead(0), *[None] * len(maps))),)
    ways |= {i: _along(call, i, 1) for i in per_channel}
    scalar = (Reads((None,) * len(call.out.shape)),)
    return [tuple(ways.get(i, scalar if call.has(i) else ()) for i in range(len(call.inputs)))]


def _convolution(call: Call, *, weight: int) -> "Callable[[Tensor, Tensor], Tensor]":
    """A convolution in float64 of a centred input and weight, with the geometry of the call."""
    import torch.nn.functional as F

    g = conv_geometry(_factors(call, 0, weight))
    function: Any = (F.conv1d, F.conv2d, F.conv3d)[len(g.kernel) - 1]
    groups, pads = int(call.attr("group", 1)), padding.for_torch(g.pads)

    def convolved(x: "Tensor", w: "Tensor") -> "Tensor":
        # Padding stands for zero: it is the zero point of the input.
        out: Tensor = function(F.pad(x, pads), w, None, list(g.strides), 0, list(g.dilations), groups)
        return out

    return convolved


def _centred(x: "Tensor", zero: "Tensor | None") -> "Tensor":
    return x.double() if zero is None else x.double() - zero.double()


def _by_filter(parameter: "Tensor | None", rank: int) -> "Tensor | None":
    """A parameter of the weights, one number or one per filter, as it is broadcast to them."""
    return None if parameter is None else parameter.reshape(-1, *[1] * (rank - 1))


def _conv_integer_lower(call: Call) -> Kernel:
    convolved, rank = _convolution(call, weight=1), len(call.shape())
    target = torch_type(call, call.out.dtype)

    def kernel(x: "Tensor", w: "Tensor", x_zero: "Tensor | None" = None, w_zero: "Tensor | None" = None) -> "Tensor":
        total = convolved(_centred(x, x_zero), _centred(w, _by_filter(w_zero, rank)))
        return total if is_carried(total) else total.round().to(target)

    return kernel


def _qlinear_conv_lower(call: Call) -> Kernel:
    convolved, rank = _convolution(call, weight=3), len(call.shape())
    dtype, target = call.out.dtype, torch_type(call, call.out.dtype)

    def kernel(
        x: "Tensor", x_scale: "Tensor", x_zero: "Tensor | None",
        w: "Tensor", w_scale: "Tensor", w_zero: "Tensor | None",
        y_scale: "Tensor", y_zero: "Tensor | None", bias: "Tensor | None" = None,
    ) -> "Tensor":  # fmt: skip
        total = convolved(_centred(x, x_zero), _centred(w, _by_filter(w_zero, rank)))
        if bias is not None:
            total = total + bias.double().reshape(-1, *[1] * (rank - 2))
        # Scales are multiplied first and in their own type, as onnxruntime does: that decides how a tie is rounded.
        scale = x_scale.reshape(()) * w_scale.reshape(-1, *[1] * (rank - 2)) / y_scale.reshape(())
        return saturated(total.to(scale.dtype) * scale, y_zero, dtype, target)

    return kernel


# Matrix product.


def _rows(shape: Shape) -> Shape:
    """The shape to which a parameter of the first factor is brought: one number, one per row, or as it is."""
    return (*shape, 1) if len(shape) == 1 and shape != (1,) else shape


def _qlinear_matmul_reads(call: Call) -> list[Relation]:
    a, b = matrix._matmul_reads(_factors(call, 0, 3))[0]
    shapes = {1: _rows(call.shape(1)), 2: _rows(call.shape(2))} | {i: call.shape(i) for i in (4, 5, 6, 7)}
    ways = {0: a, 3: b} | {i: (broadcast(shape, call.out.shape),) for i, shape in shapes.items()}
    return [tuple(ways[i] for i in range(8))]


def _qlinear_matmul_lower(call: Call) -> Kernel:
    import torch

    dtype, target = call.out.dtype, torch_type(call, call.out.dtype)
    rows, zero_rows = _rows(call.shape(1)), _rows(call.shape(2))

    def kernel(
        a: "Tensor", a_scale: "Tensor", a_zero: "Tensor",
        b: "Tensor", b_scale: "Tensor", b_zero: "Tensor",
        y_scale: "Tensor", y_zero: "Tensor",
    ) -> "Tensor":  # fmt: skip
        total = _centred(a, a_zero.reshape(zero_rows)) @ _centred(b, b_zero)
        scale = a_scale.reshape(rows) * b_scale / y_scale
        scale = scale.to(torch.promote_types(scale.dtype, torch.float32))
        return saturated(total.to(scale.dtype) * scale, y_zero, dtype, target)

    return kernel


register(
    Operator(
        "ConvInteger",
        (10,),
        Nature.WEIGHS,
        lambda call: _conv_relation(call, weight=1, per_channel=(3,)),
        _conv_integer_lower,
        weights=(1,),
        biases=(2, 3),
    )
)
# Weights alone do not make these linear: their scales, and rounding, are part of them.
register(
    Operator(
        "QLinearConv",
        (10,),
        Nature.OTHER,
        lambda call: _conv_relation(call, weight=3, per_channel=(4, 5, 8)),
        _qlinear_conv_lower,
    )
)
register(Operator("QLinearMatMul", (10, 21), Nature.OTHER, _qlinear_matmul_reads, _qlinear_matmul_lower))
