"""TopK and ReverseSequence. https://onnx.ai/onnx/operators/onnx__TopK.html, .../onnx__ReverseSequence.html."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known
from rfengine.ops.tables import fixed_indices, following, single

if TYPE_CHECKING:
    from torch import Tensor


@when_known
def _top_reads(call: Call) -> list[Relation]:
    return only_first(call, Reads.same(len(call.shape())).over((call.axis(default=-1),)))


def _top_lower(call: Call) -> Kernel:
    axis = call.axis(default=-1)
    largest = bool(call.attr("largest", 1))
    by_attribute = call.node.version < 10
    fixed = int(call.attr("k")) if by_attribute else (numbers(call, 1) or (0,))[0] if are_fixed(call, 1) else None

    def kernel(x: "Tensor", given: "Tensor | None" = None) -> tuple["Tensor", ...]:
        k = (numbers(call, 1, given) or (0,))[0] if fixed is None else fixed
        if not 0 <= k <= x.shape[axis]:
            raise BadShape(f"{call.node}: k={k} elements of an axis of {x.shape[axis]}")
        # Stable, since of equal elements the one with the lower index comes first.
        values, indices = x.sort(dim=axis, descending=largest, stable=True)
        return values.narrow(axis, 0, k), indices.narrow(axis, 0, k)

    return kernel


register(Operator("TopK", (1, 10, 11, 24), Nature.OTHER, _top_reads, _top_lower))


def _time_and_batch(call: Call) -> tuple[int, int]:
    return call.axis("time_axis", 0), call.axis("batch_axis", 1)


def _reverse_reads(call: Call) -> list[Relation]:
    time, batch = _time_and_batch(call)
    shape, lengths = call.shape(), call.constants[1]
    axes: list[AxisRead | None] = [AxisRead(i) for i in range(len(shape))]
    if lengths is None or fixed_indices(call) is None or len(np.unique(lengths)) != 1:
        axes[time] = None
    else:
        length = int(lengths.flat[0])
        axes[time] = following(time, single(np.r_[np.arange(length)[::-1], np.arange(length, shape[time])]))
    own = Reads(tuple(AxisRead(0) if i == batch else None for i in range(len(shape))))
    return [((Reads(tuple(axes)),), (own,))]


def _reverse_lower(call: Call) -> Kernel:
    import torch

    time, batch = _time_and_batch(call)

    def kernel(x: "Tensor", lengths: "Tensor") -> "Tensor":
        place = torch.arange(x.shape[time], device=x.device).reshape([-1 if i == time else 1 for i in range(x.ndim)])
        ends = lengths.to(x.device).reshape([-1 if i == batch else 1 for i in range(x.ndim)])
        source = torch.where(place < ends, ends - 1 - place, place)
        return computable(x).gather(time, source.expand(x.shape)).to(x.dtype)

    return kernel


register(Operator("ReverseSequence", (10, 28), Nature.MOVES, when_known(_reverse_reads), _reverse_lower))
