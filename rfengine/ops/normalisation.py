"""Normalisation by given statistics or by a batch's own, and across channels.

https://onnx.ai/onnx/operators/onnx__BatchNormalization.html, .../onnx__LRN.html
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast, only_first
from rfengine.ops.standardisation import standardised

if TYPE_CHECKING:
    from torch import Tensor


def _is_training(call: Call) -> bool:
    """Whether the batch's own statistics are used.

    Raises:
        UnsupportedOperator: an output is asked for that exists in training only, or its old, undefined form.
    """
    training = bool(call.attr("training_mode", 0))
    if any(call.outputs[1:]) and call.node.version < 14:
        raise call.refused("the training-time outputs of an old batch normalisation are used")
    if any(call.outputs[1:]) and not training:
        raise call.refused("the running statistics are asked for while training_mode=0")
    if any(call.outputs[3:]):
        raise call.refused("it has more than three outputs")
    return training


def _batch_norm_reads(call: Call) -> Sequence[Relation]:
    rank = len(call.shape())
    # A parameter has one element per channel, or (spatial=0, version 7) one per channel and place.
    parameter = tuple(
        broadcast((*call.shape(i), *[1] * (rank - 2)) if len(call.shape(i)) == 1 else call.shape(i), call.out.shape)
        for i in range(1, 5)
    )
    if not _is_training(call):
        return [((Reads.same(rank),), *((each,) for each in parameter))]
    places = tuple(axis for axis in range(rank) if axis != 1)
    normalised = (Reads.same(rank), Reads.same(rank).over(places))
    statistic, kept = (Reads((AxisRead(1),)),), (Reads((AxisRead(0),)),)
    return [
        (normalised, (parameter[0],), (parameter[1],), (), ()),
        (statistic, (), (), kept, ()),
        (statistic, (), (), (), kept),
    ][: len(call.outputs)]


def _batch_norm_lower(call: Call) -> Kernel:
    import torch
    import torch.nn.functional as F

    rank = len(call.shape())
    epsilon, momentum = float(call.attr("epsilon", 1e-5)), float(call.attr("momentum", 0.9))
    if rank < 2:
        raise call.refused("an input without a channel axis")

    def placed(parameter: "Tensor") -> "Tensor":
        return parameter.reshape(-1, *[1] * (rank - 2)) if parameter.dim() == 1 else parameter

    def by_given(x: "Tensor", scale: "Tensor", bias: "Tensor", mean: "Tensor", var: "Tensor") -> "Tensor":
        if all(p.dim() == 1 and p.dtype == x.dtype for p in (scale, bias, mean, var)):
            return F.batch_norm(x, mean, var, scale, bias, False, 0.0, epsilon)
        wide = torch.promote_types(x.dtype, torch.float32)
        inverse = (placed(var).to(wide) + epsilon).rsqrt()
        return ((x.to(wide) - placed(mean)) * inverse * placed(scale) + placed(bias)).to(x.dtype)

    def by_batch(
        x: "Tensor", scale: "Tensor", bias: "Tensor", mean: "Tensor", var: "Tensor"
    ) -> "tuple[Tensor, Tensor, Tensor]":
        y, batch_mean, batch_var = standardised(x, tuple(axis for axis in range(rank) if axis != 1), epsilon)
        return (
            (y * placed(scale) + placed(bias)).to(x.dtype),
            (mean * momentum + batch_mean.flatten() * (1 - momentum)).to(mean.dtype),
            (var * momentum + batch_var.flatten() * (1 - momentum)).to(var.dtype),
        )

    return by_batch if _is_training(call) else by_given


def _lrn_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    size = int(call.attr("size"))
    alpha, beta, bias = float(call.attr("alpha", 1e-4)), float(call.attr("beta", 0.75)), float(call.attr("bias", 1.0))
    before = (size - 1) // 2

    def kernel(x: "Tensor") -> "Tensor":
        squares = F.pad(x.square().flatten(2).unsqueeze(1), [0, 0, before, size - 1 - before])
        mean = F.avg_pool2d(squares, (size, 1), stride=1).squeeze(1).reshape(x.shape)
        return x / (bias + alpha * mean).pow(beta)

    return kernel


def _lrn_reads(call: Call) -> list[Relation]:
    return only_first(call, Reads.same(len(call.shape())).over((1,)))


register(Operator("BatchNormalization", (7, 9, 14, 15), Nature.NORMALISES, _batch_norm_reads, _batch_norm_lower))
register(Operator("LRN", (1, 13), Nature.NORMALISES, _lrn_reads, _lrn_lower))
