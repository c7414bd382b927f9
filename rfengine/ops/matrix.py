"""Matrix products.

https://onnx.ai/onnx/operators/onnx__Gemm.html, .../onnx__MatMul.html, .../onnx__MatMulInteger.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import multipliable, real
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast, stretched, when_known

if TYPE_CHECKING:
    from torch import Tensor


@when_known
def _gemm_reads(call: Call) -> list[Relation]:
    row = AxisRead(1 if call.attr("transA", 0) else 0)
    column = AxisRead(0 if call.attr("transB", 0) else 1)
    bias = (broadcast(call.shape(2), call.out.shape),) if call.has(2) else ()
    return [((Reads((row, None)),), (Reads((None, column)),), bias)[: len(call.inputs)]]


def _gemm_lower(call: Call) -> Kernel:
    alpha, beta = float(call.attr("alpha", 1.0)), float(call.attr("beta", 1.0))
    turn_a, turn_b = bool(call.attr("transA", 0)), bool(call.attr("transB", 0))

    def kernel(a: "Tensor", b: "Tensor", c: "Tensor | None" = None) -> "Tensor":
        left, right = (a.T if turn_a else a), (b.T if turn_b else b)
        product = multipliable(left) @ multipliable(right)
        product = product if alpha == 1 else alpha * real(product)
        if c is not None:
            product = product + (c if beta == 1 else beta * real(c))
        return product.to(a.dtype)

    return kernel


@when_known
def _matmul_reads(call: Call) -> list[Relation]:
    """Stack axes follow with broadcasting, each factor's free axis follows, one axis of both is summed.

    A factor of one axis has nothing but the summed one.
    """
    a, b, out = call.shape(0), call.shape(1), call.out.shape
    stack = len(out) - (len(a) > 1) - (len(b) > 1)

    def side(shape: Shape, free: int, place: int) -> Reads:
        axes: list[AxisRead | None] = [None] * len(out)
        own = max(len(shape) - 2, 0)
        for axis in range(own):
            axes[stack - own + axis] = stretched(axis, shape[axis], out[stack - own + axis])
        if len(shape) > 1:
            axes[place] = AxisRead(free)
        return Reads(tuple(axes))

    return [((side(a, len(a) - 2, stack),), (side(b, len(b) - 1, len(out) - 1),))]


def _matmul_lower(_: Call) -> Kernel:
    return lambda a, b: (multipliable(a) @ multipliable(b)).to(a.dtype)


def _integer_reads(call: Call) -> list[Relation]:
    # A zero point belongs to a row or a column; as a parameter it counts as read whole.
    zeros = tuple((Reads((None,) * len(call.out.shape)),) if call.has(i) else () for i in range(2, len(call.inputs)))
    return [(*_matmul_reads(call)[0], *zeros)]


def _integer_lower(_: Call) -> Kernel:
    import torch

    def centred(x: "Tensor", zero: "Tensor | None", place: int) -> "Tensor":
        """The factor minus its zero point: one number, one per row (place -1) or column, or laid out to broadcast."""
        x = x if x.is_floating_point() else x.to(torch.int32)
        if zero is None:
            return x
        return x - (zero.unsqueeze(place) if zero.ndim == 1 and zero.numel() > 1 else zero).to(x.dtype)

    def kernel(a: "Tensor", b: "Tensor", a_zero: "Tensor | None" = None, b_zero: "Tensor | None" = None) -> "Tensor":
        a, b = centred(a, a_zero, -1), centred(b, b_zero, 0)
        return (multipliable(a) @ multipliable(b)).to(a.dtype)

    return kernel


register(Operator("Gemm", (7, 9, 11, 13), Nature.WEIGHS, _gemm_reads, _gemm_lower, weights=(1,), biases=(2,)))
register(Operator("MatMul", (1, 9, 13), Nature.WEIGHS, _matmul_reads, _matmul_lower, weights=(0, 1)))
register(Operator("MatMulInteger", (10,), Nature.WEIGHS, _integer_reads, _integer_lower, weights=(0, 1), biases=(2, 3)))
