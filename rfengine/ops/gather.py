"""Gather, GatherElements, GatherND. https://onnx.ai/onnx/operators/onnx__Gather.html, .../onnx__GatherND.html.

With constant indices each of these is a table of positions, followed along the one index axis on which it depends.
Indices computed from data select anything: their axis is then read whole.
"""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import UNKNOWN, Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known
from rfengine.ops.tables import along, counted, fixed_indices, following, single, varying

if TYPE_CHECKING:
    from torch import Tensor


def _positions(call: Call, length: int) -> Array | None:
    """The constant indices along an axis of that length, counted from the front; None where they are data."""
    indices = fixed_indices(call)
    return None if indices is None else counted(call, indices, length)


def from_front(indices: "Tensor", length: int) -> "Tensor":
    """Indices at run time, counted from the front of an axis."""
    import torch

    indices = indices.to(torch.int64)
    return torch.where(indices < 0, indices + length, indices)


def taken(x: "Tensor", axis: int, index: "Tensor") -> "Tensor":
    """The elements at positions of one axis, in every type (torch cannot select from a vector of unsigned numbers)."""
    return computable(x).index_select(axis, index).to(x.dtype)


# Gather: one axis of the data becomes the axes of the indices.


def picked_by(positions: Array | None, axis: int, rank: int) -> list[AxisRead | None]:
    """What `rank` index axes read along a data axis of which they hold the positions."""
    axes: list[AxisRead | None] = [None] * rank
    if positions is not None and positions.size and rank:
        places = varying(positions) or [0]
        if len(places) == 1:
            axes[places[0]] = following(axis, single(along(positions, places[0])))
    return axes


@when_known
def _gather_reads(call: Call) -> list[Relation]:
    axis, shape, chosen = call.axis(), call.shape(), len(call.shape(1))
    before = [AxisRead(i) for i in range(axis)]
    after = [AxisRead(i) for i in range(axis + 1, len(shape))]
    data = Reads((*before, *picked_by(_positions(call, shape[axis]), axis, chosen), *after))
    indices = Reads((*[None] * len(before), *(AxisRead(i) for i in range(chosen)), *[None] * len(after)))
    return [((data,), (indices,))]


def _gather_lower(call: Call) -> Kernel:
    axis = call.axis()
    if call.constants[1] is not None and call.shape()[axis] != UNKNOWN:
        counted(call, call.constants[1], call.shape()[axis])

    def kernel(x: "Tensor", indices: "Tensor") -> "Tensor":
        rows = taken(x, axis, from_front(indices.reshape(-1), x.shape[axis]))
        return rows.reshape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))

    return kernel


def _gather_fold(call: Call) -> Array:
    axis = call.axis()
    return call.data().take(counted(call, call.data(1), call.shape()[axis]), axis)


register(Operator("Gather", (1, 11, 13), Nature.MOVES, _gather_reads, _gather_lower, fold=_gather_fold))


# GatherElements: every output element has an index of its own along one axis.


@when_known
def _elements_reads(call: Call) -> list[Relation]:
    axis, rank = call.axis(), len(call.shape())
    axes: list[AxisRead | None] = [AxisRead(i) for i in range(rank)]
    positions = _positions(call, call.shape()[axis])
    fixed = positions is not None and positions.size and set(varying(positions)) <= {axis}
    axes[axis] = following(axis, single(along(positions, axis))) if fixed and positions is not None else None
    return [((Reads(tuple(axes)),), (Reads.same(rank),))]


def _elements_lower(call: Call) -> Kernel:
    axis = call.axis()

    def kernel(x: "Tensor", indices: "Tensor") -> "Tensor":
        return computable(x).gather(axis, from_front(indices, x.shape[axis])).to(x.dtype)

    return kernel


def _elements_fold(call: Call) -> Array:
    axis, array, indices = call.axis(), call.data(), call.data(1)
    # The other axes of the indices may be shorter than the data's.
    others = tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(indices.shape))
    return np.take_along_axis(array[others], counted(call, indices, array.shape[axis]), axis)


register(Operator("GatherElements", (11, 13), Nature.MOVES, _elements_reads, _elements_lower, fold=_elements_fold))


# GatherND: the last axis of the indices holds a position on several data axes.


def columns(call: Call, indices: Array, lengths: Sequence[int]) -> list[Array]:
    """Per indexed data axis, the positions on it, counted from the front."""
    return [counted(call, indices[..., i], length) for i, length in enumerate(lengths)]


@when_known
def _nd_reads(call: Call) -> list[Relation]:
    batch, shape, chosen = int(call.attr("batch_dims", 0)), call.shape(), call.shape(1)
    depth, mid = chosen[-1], len(chosen) - 1
    axes: list[AxisRead | None] = [AxisRead(i) for i in range(batch)] + [None] * (mid - batch)
    indices = fixed_indices(call)
    if indices is not None and indices.size:
        found = columns(call, indices, shape[batch : batch + depth])
        # Where several data axes depend on one index axis, that follows the last of them; the others are read whole.
        for i, positions in sorted(enumerate(found), key=lambda each: len(varying(each[1]))):
            places = varying(positions) or [place for place in range(batch, mid) if axes[place] is None][-1:]
            if len(places) == 1 and places[0] >= batch:
                axes[places[0]] = following(batch + i, single(along(positions, places[0])))
    rest = [AxisRead(i) for i in range(batch + depth, len(shape))]
    own = Reads((*(AxisRead(i) for i in range(mid)), *[None] * len(rest)))
    return [((Reads((*axes, *rest)),), (own,))]


def _nd_lower(call: Call) -> Kernel:
    import torch

    batch = int(call.attr("batch_dims", 0))

    def kernel(x: "Tensor", indices: "Tensor") -> "Tensor":
        depth = indices.shape[-1]
        lengths, rest = x.shape[batch : batch + depth], x.shape[batch + depth :]
        rows = x.reshape(prod(x.shape[:batch]), prod(lengths), *rest)
        flat = indices.new_zeros(indices.shape[:-1], dtype=torch.int64)
        for i, length in enumerate(lengths):
            flat = flat * length + from_front(indices[..., i], length)
        each = torch.arange(rows.shape[0], device=x.device).unsqueeze(1)
        return rows[each, flat.reshape(rows.shape[0], -1)].reshape((*indices.shape[:-1], *rest))

    return kernel


def _nd_fold(call: Call) -> Array:
    batch, array, indices = int(call.attr("batch_dims", 0)), call.data(), call.data(1)
    lengths = array.shape[batch : batch + indices.shape[-1]]
    mid = indices.ndim - 1
    own = [
        np.arange(n).reshape([-1 if i == axis else 1 for i in range(mid)]) for axis, n in enumerate(array.shape[:batch])
    ]
    return np.asarray(array[(*own, *columns(call, indices, lengths))])


register(Operator("GatherND", (11, 12, 13), Nature.MOVES, _nd_reads, _nd_lower, fold=_nd_fold))
