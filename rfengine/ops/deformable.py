"""DeformConv: a convolution whose taps are displaced by data, so that a unit may read any place.

https://onnx.ai/onnx/operators/onnx__DeformConv.html
"""

from math import prod
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops import padding, sampling
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known, whole

if TYPE_CHECKING:
    from torch import Tensor


@when_known
def _reads(call: Call) -> list[Relation]:
    spatial = len(call.shape()) - 2
    image = Reads((AxisRead(0), None, *[None] * spatial))
    at_unit = Reads((AxisRead(0), None, *(AxisRead(2 + i) for i in range(spatial))))
    weights = whole(call)[0][1]
    found = [(image,), weights, (at_unit,), weights, (at_unit,)]
    return [tuple(ways if call.has(i) else () for i, ways in enumerate(found[: len(call.inputs)]))]


def _lower(call: Call) -> Kernel:
    import torch

    rank = len(call.shape()) - 2
    kernel_shape = call.shape(1)[2:]
    if call.ints("kernel_shape", kernel_shape) != kernel_shape:
        raise BadShape(f"{call.node}: kernel_shape={call.attr('kernel_shape')} but the weight is {call.shape(1)}")
    strides, dilations = padding.spatial(call, "strides", rank, 1), padding.spatial(call, "dilations", rank, 1)
    begins = [begin for begin, _ in padding.explicit(call, rank)]
    groups, parts = int(call.attr("group", 1)), int(call.attr("offset_group", 1))
    taps = prod(kernel_shape)

    def places(offset: "Tensor") -> list["Tensor"]:
        """Coordinates [N * parts, taps * units] per spatial axis."""
        units = offset.shape[2:]
        moved = offset.reshape(-1, *kernel_shape, rank, *units).movedim(1 + rank, 0)
        found = []
        for i in range(rank):
            tap = torch.arange(kernel_shape[i], device=offset.device) * dilations[i]
            unit = torch.arange(units[i], device=offset.device) * strides[i] - begins[i]
            tap = tap.reshape([-1 if axis == i else 1 for axis in range(2 * rank)])
            unit = unit.reshape([-1 if axis == rank + i else 1 for axis in range(2 * rank)])
            found.append((moved[i] + (tap + unit)).flatten(1))
        return found

    def kernel(
        x: "Tensor", weight: "Tensor", offset: "Tensor", bias: "Tensor | None" = None, mask: "Tensor | None" = None
    ) -> "Tensor":
        n, channels, units = x.shape[0], x.shape[1], offset.shape[2:]
        split = x.reshape(n * parts, channels // parts, *x.shape[2:])
        read = sampling.sampled(split, places(offset), sampling.linear, sampling.zeros)
        if mask is not None:
            read = read * mask.reshape(n * parts, 1, -1)
        columns = read.reshape(n, groups, channels // groups * taps, prod(units))
        out = weight.reshape(groups, -1, columns.shape[2]) @ columns
        out = out.reshape(n, -1, *units)
        return out if bias is None else out + bias.reshape(-1, *[1] * rank)

    return kernel


register(Operator("DeformConv", (19, 22), Nature.WEIGHS, _reads, _lower, weights=(1,), biases=(3,)))
