"""Expand and Tile. https://onnx.ai/onnx/operators/onnx__Expand.html, .../onnx__Tile.html."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.index_map import Support, index_map
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast, only_first, when_known
from rfengine.ops.tables import LONGEST_TABLE

if TYPE_CHECKING:
    from torch import Tensor


@when_known
def _expand_reads(call: Call) -> list[Relation]:
    return only_first(call, broadcast(call.shape(), call.out_shape))


def _expand_lower(call: Call) -> Kernel:
    fixed = numbers(call, 1) or () if are_fixed(call, 1) else None

    def kernel(x: "Tensor", shape: "Tensor") -> "Tensor":
        wanted = numbers(call, 1, shape) or () if fixed is None else fixed
        return x.expand(np.broadcast_shapes(tuple(x.shape), wanted))

    return kernel


def _expand_fold(call: Call) -> Array:
    array = call.data()
    return np.broadcast_to(array, np.broadcast_shapes(array.shape, call.int_list(1) or ()))


def _wrapped(axis: int, length: int, out_length: int) -> AxisRead | None:
    """Output i reads input i mod length."""
    if length == out_length:
        return AxisRead(axis)
    if length > LONGEST_TABLE:
        return None
    return AxisRead(axis, index_map(0, length, [Support(i, 1) for i in range(length)]))


@when_known
def _tile_reads(call: Call) -> list[Relation]:
    lengths = zip(call.shape(), call.out_shape, strict=True)
    return only_first(
        call, Reads(tuple(_wrapped(axis, *pair) if pair[0] else None for axis, pair in enumerate(lengths)))
    )


def _tile_lower(call: Call) -> Kernel:
    fixed = numbers(call, 1) if are_fixed(call, 1) else None
    return lambda x, repeats: x.repeat(numbers(call, 1, repeats) if fixed is None else fixed)


register(Operator("Expand", (8, 13), Nature.MOVES, _expand_reads, _expand_lower, fold=_expand_fold))
register(
    Operator(
        "Tile",
        (6, 13),
        Nature.MOVES,
        _tile_reads,
        _tile_lower,
        fold=lambda call: np.tile(call.data(), call.int_list(1) or ()),
    )
)
