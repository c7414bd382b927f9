"""Where the largest or smallest element is. https://onnx.ai/onnx/operators/onnx__ArgMax.html, .../onnx__ArgMin.html."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import ordering
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known

if TYPE_CHECKING:
    from torch import Tensor


def _axis(call: Call) -> int:
    axis = call.axis()
    if call.shape()[axis] == 0:
        raise BadShape(
            f"{call.node}: axis {axis} of {list(call.shape())} is empty; no element of it is the extreme one"
        )
    return axis


@when_known
def _reads(call: Call) -> list[Relation]:
    axis, rank = _axis(call), len(call.shape())
    if call.attr("keepdims", 1):
        return only_first(call, Reads.same(rank).over((axis,)))
    return only_first(call, Reads(tuple(AxisRead(i) for i in range(rank) if i != axis)))


def _lower(call: Call) -> Kernel:
    import torch

    axis, keep, last = _axis(call), bool(call.attr("keepdims", 1)), bool(call.attr("select_last_index", 0))
    find = torch.argmax if call.node.op == "ArgMax" else torch.argmin

    def kernel(x: "Tensor") -> "Tensor":
        x = ordering(x)
        found: Tensor = find(x.flip(axis) if last else x, axis, keepdim=keep)
        return x.shape[axis] - 1 - found if last else found

    return kernel


def _fold(call: Call) -> Array:
    x, axis, last = call.data(), _axis(call), call.attr("select_last_index", 0)
    find = np.argmax if call.node.op == "ArgMax" else np.argmin
    found = np.asarray(find(np.flip(x, axis) if last else x, axis, keepdims=bool(call.attr("keepdims", 1))))
    return np.asarray(x.shape[axis] - 1 - found if last else found, np.int64)


for _name in ("ArgMax", "ArgMin"):
    register(Operator(_name, (1, 11, 12, 13), Nature.OTHER, _reads, _lower, fold=_fold))
