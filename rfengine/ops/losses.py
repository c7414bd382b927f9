"""Losses that training graphs keep.

https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html, .../onnx__NegativeLogLikelihoodLoss.html
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known

if TYPE_CHECKING:
    from torch import Tensor

REDUCTIONS = ("none", "mean", "sum")


def _reduction(call: Call) -> str:
    reduction = str(call.attr("reduction", "mean"))
    if reduction not in REDUCTIONS:
        raise BadShape(f"{call.node}: reduction={reduction!r} is none of {', '.join(REDUCTIONS)}")
    return reduction


@when_known
def _reads(call: Call) -> list[Relation]:
    """Scores [N, C, D...], labels [N, D...] and class weights [C]: without a reduction N and D follow, C is whole.

    The second output, logarithms of probabilities, reads the scores alone, whole over C.
    """
    rank = len(call.shape())
    scores = Reads((AxisRead(0), *(AxisRead(axis) for axis in range(2, rank))))
    labels, weights = Reads.same(rank - 1), Reads((None,) * (rank - 1))
    if _reduction(call) != "none":
        scores = labels = weights = Reads(())
    loss: Relation = ((scores,), (labels,), (weights,))
    logs: Relation = ((Reads.same(rank).over((1,)),), (), ())
    return [relation[: len(call.inputs)] for relation in (loss, logs)][: len(call.outputs)]


def _losses(call: Call) -> "Callable[..., Tensor]":
    """From logarithms of probabilities, labels and class weights to the loss."""
    import torch

    reduction, ignored = _reduction(call), call.attr("ignore_index")

    def kernel(logs: "Tensor", labels: "Tensor", weights: "Tensor | None" = None) -> "Tensor":
        labels = labels.long()
        counted = torch.ones_like(labels, dtype=torch.bool) if ignored is None else labels != int(ignored)
        labels = torch.where(counted, labels, 0)
        scale = logs.new_ones(labels.shape) if weights is None else weights[labels]
        scale = torch.where(counted, scale, 0)
        picked = logs.gather(1, labels.unsqueeze(1)).squeeze(1)
        losses = torch.where(counted, -picked * scale, 0)
        if reduction == "none":
            return losses
        return losses.sum() / scale.sum() if reduction == "mean" else losses.sum()

    return kernel


def _softmax_cross_entropy_lower(call: Call) -> Kernel:
    loss = _losses(call)

    def kernel(scores: "Tensor", labels: "Tensor", weights: "Tensor | None" = None) -> "tuple[Tensor, ...]":
        logs = scores.log_softmax(1)
        return loss(logs, labels, weights), logs

    return kernel


register(Operator("NegativeLogLikelihoodLoss", (12, 13, 22), Nature.OTHER, _reads, _losses))
register(Operator("SoftmaxCrossEntropyLoss", (12, 13), Nature.OTHER, _reads, _softmax_cross_entropy_lower))
