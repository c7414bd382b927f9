"""Slice and Split. https://onnx.ai/onnx/operators/onnx__Slice.html, .../onnx__Split.html."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import strided
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Array
from rfengine.ops.call import Call
from rfengine.ops.parameters import are_fixed, numbers, on_axes
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known

if TYPE_CHECKING:
    from torch import Tensor


def _slices(call: Call, *given: "Tensor | None") -> dict[int, slice]:
    """Slice per axis, in Python's terms: both count from the end and clamp alike. `given` are run-time parameters."""
    axes: tuple[int, ...] | None
    steps: tuple[int, ...] | None
    if call.node.version < 10:
        starts, ends, steps = call.ints("starts", ()), call.ints("ends", ()), None
        axes = call.ints("axes", tuple(range(len(starts))))
    else:
        found = [numbers(call, 1 + i, tensor) for i, tensor in enumerate((*given, *[None] * 4)[:4])]
        starts, ends, axes, steps = found[0] or (), found[1] or (), found[2], found[3]
    axes = on_axes(call, tuple(range(len(starts))) if axes is None else axes, len(call.shape()))
    steps = (1,) * len(starts) if steps is None else steps
    if 0 in steps or not len(starts) == len(ends) == len(axes) == len(steps):
        raise BadShape(f"{call.node}: starts={starts}, ends={ends}, axes={axes}, steps={steps} do not fit each other")
    return {axis: slice(start, end, step) for start, end, axis, step in zip(starts, ends, axes, steps, strict=True)}


def picked(cut: slice, length: int) -> range:
    """The positions that a slice takes of an axis."""
    return range(*cut.indices(length))


@when_known
def _slice_reads(call: Call) -> list[Relation]:
    shape, cuts = call.shape(), _slices(call)
    taken = [picked(cuts.get(axis, slice(None)), length) for axis, length in enumerate(shape)]
    return only_first(call, Reads(tuple(AxisRead(i, strided(each.start, each.step)) for i, each in enumerate(taken))))


def _slice_lower(call: Call) -> Kernel:
    if not are_fixed(call, 1, 2, 3, 4):
        return lambda x, *parameters: _sliced(x, _slices(call, *parameters))
    # Axes that stay whole are left alone, so that a batch may be larger than the one the shapes were settled for.
    shape = call.shape()
    cuts = {
        axis: cut
        for axis, cut in _slices(call).items()
        if shape[axis] == UNKNOWN or picked(cut, shape[axis]) != range(shape[axis])
    }
    return lambda x, *_: _sliced(x, cuts)


def _sliced(x: "Tensor", cuts: dict[int, slice]) -> "Tensor":
    for axis, cut in cuts.items():
        n = x.shape[axis]
        taken = picked(cut, n)
        if not taken:
            x = x.narrow(axis, 0, 0)
            continue
        if taken.step < 0:
            # torch has no negative steps: the same positions, counted from the end of the flipped axis.
            x, taken = x.flip(axis), range(n - 1 - taken.start, n - taken[-1], -taken.step)
        x = x[(slice(None),) * axis + (slice(taken.start, taken[-1] + 1, taken.step),)]
    return x


def _slice_fold(call: Call) -> Array:
    array = call.data()
    for axis, cut in _slices(call).items():
        array = array.take(list(picked(cut, array.shape[axis])), axis)
    return array


register(Operator("Slice", (1, 10, 11, 13), Nature.MOVES, _slice_reads, _slice_lower, fold=_slice_fold))


def _parts(call: Call, length: int, given: "Tensor | None" = None) -> list[int]:
    """Lengths of the outputs: as given, or equal, the last one smaller where num_outputs does not divide the axis."""
    listed = numbers(call, 1, given) if call.node.version >= 13 else call.attr("split")
    if listed is not None:
        parts = [int(part) for part in listed]
    else:
        part = -(-length // len(call.outputs))
        parts = [min(part, length - part * i) for i in range(len(call.outputs))]
    if sum(parts) != length or min(parts) < 0 or len(parts) < len(call.outputs):
        raise BadShape(
            f"{call.node}: parts of {parts} do not make up an axis of {length} in {len(call.outputs)} outputs"
        )
    return parts


@when_known
def _split_reads(call: Call) -> list[Relation]:
    axis, rank = call.axis(), len(call.shape())
    relations: list[Relation] = []
    offset = 0
    for part in _parts(call, call.shape()[axis]):
        axes = [AxisRead(i, strided(offset, 1)) if i == axis else AxisRead(i) for i in range(rank)]
        relations += [only_first(call, Reads(tuple(axes)))[0]]
        offset += part
    return relations


def _split_lower(call: Call) -> Kernel:
    axis = call.axis()
    if are_fixed(call, 1):
        return lambda x, *_: x.split(_parts(call, x.shape[axis]), axis)
    return lambda x, parts: x.split(_parts(call, x.shape[axis], parts), axis)


def _split_fold(call: Call) -> tuple[Array, ...]:
    axis = call.axis()
    ends = np.cumsum(_parts(call, call.shape()[axis]))
    return tuple(np.split(call.data(), ends[:-1], axis))


register(
    Operator(
        "Split",
        (2, 11, 13, 18),
        Nature.MOVES,
        _split_reads,
        _split_lower,
        fold=_split_fold,
        folds_every_output=True,
    )
)
