"""Normalisation. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html, .../onnx__LRN.html."""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import Reads
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only, only_first

if TYPE_CHECKING:
    from torch import Tensor


def _batch_norm_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    epsilon = float(call.attr("epsilon", 1e-5))
    training = bool(call.attr("training_mode", 0))
    if call.node.version < 14 and any(call.outputs[1:]):
        raise call.refused("the training-time outputs of an old batch normalisation are used")
    if training:
        raise call.refused("training_mode=1")

    def kernel(x: "Tensor", scale: "Tensor", bias: "Tensor", mean: "Tensor", var: "Tensor") -> "Tensor":
        return F.batch_norm(x, mean, var, scale, bias, False, 0.0, epsilon)

    return kernel


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


register(Operator("BatchNormalization", (7, 9, 14, 15), Nature.NORMALISES, first_input_only, _batch_norm_lower))
register(Operator("LRN", (1, 13), Nature.NORMALISES, _lrn_reads, _lrn_lower))
