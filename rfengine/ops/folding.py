"""Col2Im: overlapping blocks added up to an image. https://onnx.ai/onnx/operators/onnx__Col2Im.html."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import transposed_window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops import padding
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Folding:
    """How blocks lie on an image, one entry per spatial axis."""

    image: tuple[int, ...]
    block: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[padding.Pair, ...]

    @property
    def padded(self) -> tuple[int, ...]:
        """Lengths of the padded image."""
        return tuple(n + begin + end for n, (begin, end) in zip(self.image, self.pads, strict=True))

    @property
    def positions(self) -> Array:
        """Flat index in the padded image of every block's every element: [elements of a block, blocks]."""
        flat = np.zeros((1, 1), np.int64)
        for n, k, s, d in zip(self.padded, self.block, self.strides, self.dilations, strict=True):
            count = (n - d * (k - 1) - 1) // s + 1
            along = np.arange(k)[:, None] * d + np.arange(count)[None, :] * s
            flat = (flat[:, None, :, None] * n + along[None, :, None, :]).reshape(len(flat) * k, -1)
        return flat


def _folding(call: Call) -> Folding:
    image, block = call.int_list(1) or (), call.int_list(2) or ()
    rank = len(image)
    if len(block) != rank:
        raise BadShape(f"{call.node}: image_shape={list(image)} and block_shape={list(block)} differ in length")
    strides, dilations = padding.spatial(call, "strides", rank, 1), padding.spatial(call, "dilations", rank, 1)
    folding = Folding(image, block, strides, dilations, padding.explicit(call, rank))
    if folding.positions.shape[1] != call.shape()[2]:
        raise BadShape(f"{call.node}: {folding.positions.shape[1]} blocks fit, but the input holds {call.shape()[2]}")
    return folding


def _shape(call: Call) -> Shape:
    image = call.int_list(1) or ()
    return (call.shape()[0], call.shape()[1] // max(prod(call.int_list(2) or ()), 1), *image)


@when_known
def _reads(call: Call) -> list[Relation]:
    f = _folding(call)
    # The blocks of several axes stand on one axis of the input; that of a single one can be followed.
    spatial: list[AxisRead | None] = [None] * len(f.image)
    if len(f.image) == 1:
        spatial = [AxisRead(2, transposed_window(f.block[0], f.strides[0], f.dilations[0], f.pads[0][0]))]
    return only_first(call, Reads((AxisRead(0), None, *spatial)))


def _lower(call: Call) -> Kernel:
    import torch

    f = _folding(call)
    positions = torch.from_numpy(f.positions.reshape(-1))
    inside = tuple(slice(begin, begin + n) for n, (begin, _) in zip(f.image, f.pads, strict=True))

    def kernel(x: "Tensor", *_: "Tensor") -> "Tensor":
        columns = computable(x).reshape(x.shape[0], -1, len(positions))
        empty = columns.new_zeros((*columns.shape[:2], prod(f.padded)))
        added = empty.index_add(2, positions.to(x.device), columns)
        return added.reshape(*columns.shape[:2], *f.padded)[(slice(None), slice(None), *inside)].to(x.dtype)

    return kernel


register(Operator("Col2Im", (18,), Nature.AVERAGES, _reads, _lower, out_shape=_shape))
