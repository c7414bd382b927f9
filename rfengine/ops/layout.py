"""Transpose, Concat, and what passes through. https://onnx.ai/onnx/operators/onnx__Transpose.html and others."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import strided
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only, only_first, when_known

# Transpose.


if TYPE_CHECKING:
    from torch import Tensor


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
        fold=lambda call: call.data().transpose(_permutation(call)),
    )
)


# Concat.


@when_known
def _concat_reads(call: Call) -> list[Relation]:
    axis, rank = call.axis(), len(call.out_shape)
    reads: list[tuple[Reads, ...]] = []
    offset = 0
    for index in range(len(call.inputs)):
        axes: list[AxisRead | None] = [AxisRead(i) for i in range(rank)]
        part = call.shape(index)[axis]
        own = (offset, offset + part - 1)
        axes[axis] = AxisRead(axis, strided(-offset, 1), Border.NOTHING, Status.CANVAS, "concatenated", own)
        reads.append((Reads(tuple(axes)),))
        offset += part
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


# What passes through at inference.


def _identity_lower(_: Call) -> Kernel:
    return lambda x: x


def _dropout_reads(call: Call) -> list[Relation]:
    # The mask does not depend on the data at inference.
    return [*only_first(call, Reads.same(len(call.shape())))[:1], ((),) * len(call.inputs)][: len(call.outputs)]


def _dropout_lower(call: Call) -> Kernel:
    import torch

    training = call.constant(2)
    ratio = call.constant(1)
    share = 0.5 if ratio is None else float(ratio.reshape(()))
    if training is not None and bool(training) and share > 0:
        return _dropping(call, share)
    # At inference the mask keeps everything; before version 12 it has the data's type.
    mask_dtype = torch.bool if call.node.version >= 10 else None
    return lambda x, *_: (x, torch.ones_like(x, dtype=mask_dtype))


def _dropping(call: Call, share: float) -> Kernel:
    """Dropout in training mode, by the generator that ONNX's reference uses; the seed defaults to 0."""
    import torch

    kept = np.random.RandomState(int(call.attr("seed", 0))).uniform(0, 1.0, call.shape()) >= share

    def kernel(x: "Tensor", *_: "Tensor | None") -> "tuple[Tensor, ...]":
        mask = torch.from_numpy(kept).to(x.device)
        return torch.where(mask, x / (1.0 - share), torch.zeros_like(x)), mask

    return kernel


register(
    Operator(
        "Identity", (1, 13, 14, 16, 19, 21, 23, 24, 25), Nature.MOVES, first_input_only, _identity_lower, fold=Call.data
    )
)
register(Operator("Dropout", (7, 10, 12, 13, 22), Nature.MOVES, _dropout_reads, _dropout_lower))
