"""Softmax, its logarithm, and the one-hot vector of its maximum. https://onnx.ai/onnx/operators/onnx__Softmax.html."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rfengine.calculus.reads import Reads
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first

if TYPE_CHECKING:
    from torch import Tensor

Along = Callable[["Tensor", int], "Tensor"]


def _axes(call: Call) -> tuple[int, ...]:
    """Before version 13 the tensor counts as a matrix split at `axis` (default 1); since then one axis (default -1)."""
    rank = len(call.shape())
    if call.node.version < 13:
        return tuple(range(call.axis(default=1), rank))
    return (call.axis(default=-1),)


def _reads(call: Call) -> list[Relation]:
    return only_first(call, Reads.same(len(call.shape())).over(_axes(call)))


def _lowered(along: Along) -> Callable[[Call], Kernel]:
    """The kernel of a function along one axis: several axes are taken for one."""

    def lower(call: Call) -> Kernel:
        axes = _axes(call)
        if len(axes) == 1:
            return lambda x: along(x, axes[0])
        return lambda x: along(x.flatten(axes[0]), axes[0]).reshape(x.shape)

    return lower


def _softmax(x: "Tensor", axis: int) -> "Tensor":
    return x.softmax(axis)


def _log_softmax(x: "Tensor", axis: int) -> "Tensor":
    return x.log_softmax(axis)


def _hardmax(x: "Tensor", axis: int) -> "Tensor":
    """One at the first of the largest elements."""
    import torch

    return torch.zeros_like(x).scatter(axis, x.argmax(axis, keepdim=True), 1)


for _name, _function in (("Softmax", _softmax), ("LogSoftmax", _log_softmax), ("Hardmax", _hardmax)):
    register(Operator(_name, (1, 11, 13), Nature.NORMALISES, _reads, _lowered(_function)))
