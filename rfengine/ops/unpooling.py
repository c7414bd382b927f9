"""MaxUnpool. https://onnx.ai/onnx/operators/onnx__MaxUnpool.html."""

from math import prod
from typing import TYPE_CHECKING

from rfengine.calculus.reads import Reads
from rfengine.graph import UNKNOWN, Shape
from rfengine.ops import padding
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known

if TYPE_CHECKING:
    from torch import Tensor


def _unpooled(call: Call, shape: Shape, wanted: "Tensor | None" = None) -> Shape:
    """The given output shape, else the smallest input of the pooling that is undone."""
    given = numbers(call, 2, wanted)
    if given is not None:
        return given
    rank = len(shape) - 2
    kernel, strides = padding.spatial(call, "kernel_shape", rank, 1), padding.spatial(call, "strides", rank, 1)
    rows = zip(shape[2:], kernel, strides, padding.explicit(call, rank), strict=True)
    return (*shape[:2], *((n - 1) * s + k - begin - end for n, k, s, (begin, end) in rows))


def _shape(call: Call) -> Shape:
    shape = call.shape()
    return _unpooled(call, shape) if are_fixed(call, 2) and UNKNOWN not in shape else (UNKNOWN,) * len(shape)


@when_known
def _reads(call: Call) -> list[Relation]:
    # Where a value goes is data: any place of the whole tensor, batch and channel included, as the indices count it.
    elsewhere = Reads((None,) * len(call.out_shape))
    return [((elsewhere,), (elsewhere,), ())[: len(call.inputs)]]


def _lower(call: Call) -> Kernel:
    fixed = are_fixed(call, 2)

    def kernel(x: "Tensor", indices: "Tensor", wanted: "Tensor | None" = None) -> "Tensor":
        shape = _unpooled(call, tuple(x.shape), None if fixed else wanted)
        flat = computable(x).new_zeros(prod(shape))
        return flat.scatter(0, indices.reshape(-1), computable(x).reshape(-1)).reshape(shape).to(x.dtype)

    return kernel


register(Operator("MaxUnpool", (9, 11, 22), Nature.OTHER, _reads, _lower, out_shape=_shape))
