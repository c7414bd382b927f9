"""Matrix products. https://onnx.ai/onnx/operators/onnx__Gemm.html, .../onnx__MatMul.html."""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast

if TYPE_CHECKING:
    from torch import Tensor


def _gemm_reads(call: Call) -> list[Relation]:
    row = AxisRead(1 if call.attr("transA", 0) else 0)
    column = AxisRead(0 if call.attr("transB", 0) else 1)
    bias = (broadcast(call.shape(2), call.out.shape),) if call.has(2) else ()
    return [((Reads((row, None)),), (Reads((None, column)),), bias)[: len(call.inputs)]]


def _gemm_lower(call: Call) -> Kernel:
    alpha, beta = float(call.attr("alpha", 1.0)), float(call.attr("beta", 1.0))
    turn_a, turn_b = bool(call.attr("transA", 0)), bool(call.attr("transB", 0))

    def kernel(a: "Tensor", b: "Tensor", c: "Tensor | None" = None) -> "Tensor":
        product = (a.T if turn_a else a) @ (b.T if turn_b else b)
        product = product if alpha == 1 else alpha * product
        return product if c is None else product + (c if beta == 1 else beta * c)

    return kernel


def _matmul_side(shape: Shape, out_rank: int, *, left: bool) -> Reads:
    """How a product reads one factor: stack axes follow with broadcasting, its free axis follows, one is summed."""
    if len(shape) == 1:
        return Reads((None,) * out_rank)
    axes: list[AxisRead | None] = [None] * out_rank
    for axis in range(len(shape) - 2):
        place = out_rank - len(shape) + axis
        if shape[axis] != 1:
            axes[place] = AxisRead(axis)
    if left:
        axes[-2] = AxisRead(len(shape) - 2)
    else:
        axes[-1] = AxisRead(len(shape) - 1)
    return Reads(tuple(axes))


def _matmul_reads(call: Call) -> list[Relation]:
    a, b = call.shape(0), call.shape(1)
    if len(a) == 1 or len(b) == 1:
        return [((Reads((None,) * len(call.out.shape)),),) * 2]
    rank = len(call.out.shape)
    return [((_matmul_side(a, rank, left=True),), (_matmul_side(b, rank, left=False),))]


def _matmul_lower(_: Call) -> Kernel:
    return lambda a, b: a @ b


register(Operator("Gemm", (7, 9, 11, 13), Nature.WEIGHS, _gemm_reads, _gemm_lower, weights=(1,), biases=(2,)))
register(Operator("MatMul", (1, 9, 13), Nature.WEIGHS, _matmul_reads, _matmul_lower, weights=(0, 1)))
