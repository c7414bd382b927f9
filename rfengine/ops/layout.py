"""Layout: what moves elements without changing them. https://onnx.ai/onnx/operators/onnx__Reshape.html and others."""

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import repeated, strided, window
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only, only_first

if TYPE_CHECKING:
    from torch import Tensor


def _data(call: Call) -> Array:
    """The first input of a call whose inputs are all constant."""
    value = call.constant(0)
    assert value is not None, f"{call.node} folds only with a constant input"
    return value


# Reshape and its special cases.


def reshaped(before: Shape, after: Shape) -> Reads:
    """Reads of a row-major reshape: axes that keep their place and length follow, what is split or merged does not."""
    axes: list[AxisRead | None] = []
    i = 0
    for start, length in enumerate(after):
        while i < len(before) and before[i] == 1 != length and prod(before[:i]) == prod(after[:start]):
            i += 1
        in_step = i < len(before) and prod(before[:i]) == prod(after[:start])
        if in_step and before[i] == length:
            axes.append(AxisRead(i))
            i += 1
            continue
        axes.append(None)
        while i < len(before) and prod(before[:i]) < prod(after[: start + 1]):
            i += 1
    return Reads(tuple(axes))


def _reshape_reads(call: Call) -> list[Relation]:
    return only_first(call, reshaped(call.shape(), call.out_shape))


def _reshape_lower(call: Call) -> Kernel:
    shape = call.out_shape
    return lambda x, *_: x.reshape(shape)


def _reshape_fold(call: Call) -> Array:
    return _data(call).reshape(call.out_shape)


for _name, _versions in (
    ("Reshape", (5, 13, 14, 19, 21, 23, 24, 25)),
    ("Flatten", (1, 9, 11, 13, 21, 23, 24, 25)),
    ("Squeeze", (1, 11, 13, 21, 23, 24, 25)),
    ("Unsqueeze", (1, 11, 13, 21, 23, 24, 25)),
):
    register(Operator(_name, _versions, Nature.MOVES, _reshape_reads, _reshape_lower, fold=_reshape_fold))


# Transpose.


def _permutation(call: Call) -> tuple[int, ...]:
    return call.ints("perm", tuple(reversed(range(len(call.shape())))))


def _transpose_reads(call: Call) -> list[Relation]:
    return only_first(call, Reads(tuple(AxisRead(axis) for axis in _permutation(call))))


def _transpose_lower(call: Call) -> Kernel:
    permutation = _permutation(call)
    return lambda x: x.permute(permutation)


register(
    Operator(
        "Transpose",
        (1, 13, 21, 23, 24, 25),
        Nature.MOVES,
        _transpose_reads,
        _transpose_lower,
        fold=lambda call: _data(call).transpose(_permutation(call)),
    )
)


# Concat.


def _concat_reads(call: Call) -> list[Relation]:
    axis, rank = call.axis(), len(call.out_shape)
    # Each part is read on its own stretch only; the map cannot say that, so along a spatial axis it is a bound.
    bound = (Status.UPPER_BOUND, f"concatenated along axis {axis}")
    reads: list[tuple[Reads, ...]] = []
    offset = 0
    for index in range(len(call.inputs)):
        axes: list[AxisRead | None] = [AxisRead(i) for i in range(rank)]
        axes[axis] = AxisRead(axis, strided(-offset, 1), Border.NOTHING, *bound)
        reads.append((Reads(tuple(axes)),))
        offset += call.shape(index)[axis]
    return [tuple(reads)]


def _concat_lower(call: Call) -> Kernel:
    import torch

    axis = call.axis()
    return lambda *tensors: torch.cat(tensors, axis)


register(
    Operator(
        "Concat",
        (4, 11, 13),
        Nature.MOVES,
        _concat_reads,
        _concat_lower,
        fold=lambda call: np.concatenate([c for c in call.constants if c is not None], axis=call.axis()),
    )
)


# Slice and Pad.


def _slices(call: Call) -> tuple[tuple[int, int], ...]:
    """(start, step) per axis of the input, whatever form the version gives them in."""
    shape = call.shape()
    if call.node.version < 10:
        starts, axes, steps = call.ints("starts", ()), call.attr("axes"), None
    else:
        starts, axes, steps = call.int_list(1) or (), call.int_list(3), call.int_list(4)
    axes = tuple(range(len(starts))) if axes is None else tuple(int(a) % len(shape) for a in axes)
    steps = (1,) * len(starts) if steps is None else steps
    found = [(0, 1)] * len(shape)
    for start, axis, step in zip(starts, axes, steps, strict=True):
        n = shape[axis]
        start = start + n if start < 0 else start
        found[axis] = (min(max(start, 0), n - 1 if step < 0 else n), step)
    return tuple(found)


def _slice_reads(call: Call) -> list[Relation]:
    axes = tuple(AxisRead(i, strided(start, step)) for i, (start, step) in enumerate(_slices(call)))
    return only_first(call, Reads(axes))


def _slice_lower(call: Call) -> Kernel:
    # Axes that stay whole are left alone, so that a batch may be larger than the one the shapes were settled for.
    whole = [(0, 1, n) for n in call.shape()]
    taken = [(start, step, n) for (start, step), n in zip(_slices(call), call.out_shape, strict=True)]
    cuts = [(axis, *cut) for axis, cut in enumerate(taken) if cut != whole[axis]]

    def kernel(x: "Tensor", *_: "Tensor | None") -> "Tensor":
        for axis, start, step, length in cuts:
            if step > 0:
                x = x[
                    (slice(None),) * axis + (slice(start, start + (length - 1) * step + 1 if length else start, step),)
                ]
            else:
                last = start + (length - 1) * step
                flipped = x.flip(axis)
                n = x.shape[axis]
                x = flipped[(slice(None),) * axis + (slice(n - 1 - start, n - last, -step),)]
        return x

    return kernel


def _slice_fold(call: Call) -> Array:
    index = tuple(
        [start + step * i for i in range(length)]
        for (start, step), length in zip(_slices(call), call.out_shape, strict=True)
    )
    return _data(call)[np.ix_(*index)]


register(Operator("Slice", (1, 10, 11, 13), Nature.MOVES, _slice_reads, _slice_lower, fold=_slice_fold))


def _pads(call: Call) -> tuple[tuple[int, int], ...]:
    """(begin, end) per axis of the input; negative is a crop."""
    rank = len(call.shape())
    pads = call.ints("pads", ()) if call.node.version < 11 else call.int_list(1) or ()
    axes = call.int_list(3) if call.node.version >= 18 else None
    axes = tuple(range(rank)) if axes is None else tuple(a % rank for a in axes)
    found = [(0, 0)] * rank
    half = len(pads) // 2
    for axis, begin, end in zip(axes, pads[:half], pads[half:], strict=True):
        found[axis] = (begin, end)
    return tuple(found)


def _pad_reads(call: Call) -> list[Relation]:
    mode = str(call.attr("mode", "constant"))
    border = Border.NOTHING if mode == "constant" else Border(mode)
    axes = tuple(AxisRead(i, strided(-begin, 1), border) for i, (begin, _) in enumerate(_pads(call)))
    return only_first(call, Reads(axes))


def _pad_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    mode = str(call.attr("mode", "constant"))
    pairs = _pads(call)
    flat = [end for pair in reversed(pairs) for end in pair]
    if mode == "constant":
        given = float(call.attr("value", 0.0)) if call.node.version < 11 else call.constant(2)
        fill = 0.0 if given is None else float(np.asarray(given).reshape(-1)[0])
        return lambda x, *_: F.pad(x, flat, value=fill)
    torch_mode = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}.get(mode)
    spatial = len(pairs) - 2
    if torch_mode is None or spatial not in (1, 2, 3) or any(any(pair) for pair in pairs[:2]):
        raise call.refused(f"mode={mode!r} with pads {[list(p) for p in pairs]}")
    return lambda x, *_: F.pad(x, flat[: 2 * spatial], mode=torch_mode)


register(Operator("Pad", (2, 11, 13, 18, 19, 21, 23, 24, 25), Nature.MOVES, _pad_reads, _pad_lower))


# Space and depth.


def _to_depth_reads(call: Call) -> list[Relation]:
    block = int(call.attr("blocksize"))
    return only_first(call, Reads((AxisRead(0), None, *(AxisRead(i, window(block, block)) for i in (2, 3)))))


def _to_depth_lower(call: Call) -> Kernel:
    block = int(call.attr("blocksize"))

    def kernel(x: "Tensor") -> "Tensor":
        n, c, h, w = x.shape
        tiles = x.reshape(n, c, h // block, block, w // block, block)
        return tiles.permute(0, 3, 5, 1, 2, 4).reshape(n, c * block * block, h // block, w // block)

    return kernel


def _to_space_reads(call: Call) -> list[Relation]:
    block = int(call.attr("blocksize"))
    return only_first(call, Reads((AxisRead(0), None, *(AxisRead(i, repeated(block)) for i in (2, 3)))))


def _to_space_lower(call: Call) -> Kernel:
    block, mode = int(call.attr("blocksize")), str(call.attr("mode", "DCR"))

    def kernel(x: "Tensor") -> "Tensor":
        n, c, h, w = x.shape
        depth = c // (block * block)
        if mode == "DCR":
            tiles = x.reshape(n, block, block, depth, h, w).permute(0, 3, 4, 1, 5, 2)
        else:
            tiles = x.reshape(n, depth, block, block, h, w).permute(0, 1, 4, 2, 5, 3)
        return tiles.reshape(n, depth, h * block, w * block)

    return kernel


register(Operator("SpaceToDepth", (1, 13), Nature.MOVES, _to_depth_reads, _to_depth_lower))
register(Operator("DepthToSpace", (1, 11, 13), Nature.MOVES, _to_space_reads, _to_space_lower))


# What passes through at inference.


def _identity_lower(_: Call) -> Kernel:
    return lambda x: x


def _dropout_reads(call: Call) -> list[Relation]:
    # The mask does not depend on the data at inference.
    return [*only_first(call, Reads.same(len(call.shape())))[:1], ((),) * len(call.inputs)][: len(call.outputs)]


def _dropout_lower(call: Call) -> Kernel:
    import torch

    if len(call.inputs) > 2 and call.has(2) and bool(call.constant(2)):
        raise call.refused("training_mode is true")
    # At inference the mask keeps everything; before version 12 it has the data's type.
    mask_dtype = torch.bool if call.node.version >= 10 else None
    return lambda x, *_: (x, torch.ones_like(x, dtype=mask_dtype))


register(
    Operator(
        "Identity", (1, 13, 14, 16, 19, 21, 23, 24, 25), Nature.MOVES, first_input_only, _identity_lower, fold=_data
    )
)
register(Operator("Dropout", (7, 10, 12, 13, 22), Nature.MOVES, _dropout_reads, _dropout_lower))
