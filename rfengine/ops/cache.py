"""TensorScatter: new keys or values written into a cache, at a place per batch.

https://onnx.ai/onnx/operators/onnx__TensorScatter.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads, Status
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register

if TYPE_CHECKING:
    from torch import Tensor

PLACES = 2


def _reads(call: Call) -> list[Relation]:
    rank, axis = len(call.shape()), call.axis(default=-2)
    cache = list(Reads.same(rank).axes)
    cache[axis] = AxisRead(axis, status=Status.UPPER_BOUND, reason="some places are overwritten")
    # Without places all begin at the first one, with them it depends.
    update = Reads.same(rank).over((axis,)) if call.has(PLACES) else Reads.same(rank)
    places = (Reads((AxisRead(0), *[None] * (rank - 1))),) if call.has(PLACES) else ()
    return [((Reads(tuple(cache)),), (update,), places)[: len(call.inputs)]]


def _lower(call: Call) -> Kernel:
    import torch

    axis, mode = call.axis(default=-2), str(call.attr("mode", "linear"))
    if mode not in ("linear", "circular"):
        raise BadShape(f"{call.node}: mode={mode!r} is neither linear nor circular")
    if axis == 0:
        raise BadShape(f"{call.node}: axis=0 is the batch, which cannot be written along")

    def kernel(cache: "Tensor", update: "Tensor", places: "Tensor | None" = None) -> "Tensor":
        length, count = cache.shape[axis], update.shape[axis]
        start = torch.zeros(1, dtype=torch.int64, device=cache.device) if places is None else places
        index = start.reshape(-1, 1) + torch.arange(count, device=cache.device)
        if mode == "circular":
            index = index % length
        elif bool((index < 0).any() | (index >= length).any()):
            raise BadShape(f"{call.node}: {count} elements do not fit a cache of {length} from {start.tolist()}")
        index = index.reshape(-1, *[1] * (axis - 1), count, *[1] * (cache.dim() - axis - 1)).expand(update.shape)
        return computable(cache).scatter(axis, index, computable(update)).to(cache.dtype)

    return kernel


register(Operator("TensorScatter", (24,), Nature.OTHER, _reads, _lower))
