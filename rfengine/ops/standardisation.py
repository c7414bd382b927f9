"""Normalisation by statistics of the tensor itself: y = (x - mean) / deviation, or x / norm.

Every element keeps its place and besides lets in all that its statistics run over, so there are two ways of reading:
where the statistics run over space the image enters whole, where they run over channels alone it does not. Statistics
are taken in float32 at least, as `stash_type` asks and as runtimes do.

https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html, .../onnx__GroupNormalization.html,
.../onnx__LayerNormalization.html, .../onnx__RMSNormalization.html, .../onnx__LpNormalization.html,
.../onnx__MeanVarianceNormalization.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.index_map import index_map, support
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast

if TYPE_CHECKING:
    from torch import Tensor

# What MeanVarianceNormalization adds to the deviation, by its function body.
MVN_EPSILON = 1e-9


def widened(x: "Tensor") -> "Tensor":
    """The tensor in float32, or in its own type where that is wider."""
    import torch

    return x.to(torch.promote_types(x.dtype, torch.float32))


def standardised(x: "Tensor", axes: tuple[int, ...], epsilon: float) -> "tuple[Tensor, Tensor, Tensor]":
    """(x - mean) / sqrt(var + epsilon), mean and var over the given axes, all widened; var of the population."""
    import torch

    x = widened(x)
    if not axes:  # torch takes no axes for all of them
        return torch.zeros_like(x), x, torch.zeros_like(x)
    var, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    return (x - mean) * (var + epsilon).rsqrt(), mean, var


def _reads(call: Call, axes: tuple[int, ...], parameters: tuple[Shape, ...] = ()) -> list[Relation]:
    """Element by element and whole along the axes of the statistics; parameters are broadcast to the output."""
    own = Reads.same(len(call.shape()))
    return [((own, own.over(axes)), *((broadcast(shape, call.out.shape),) for shape in parameters))]


def _by_channel_reads(call: Call, count: int) -> list[tuple[Reads, ...]]:
    """Reads of the parameters that follow the first input, one element per channel each."""
    return [(Reads((None, AxisRead(0), *[None] * (len(call.shape()) - 2))),)] * count


def by_channel(parameter: "Tensor", rank: int) -> "Tensor":
    """A parameter of one element per channel, as it is broadcast to [N, C, ...]."""
    return parameter.reshape(-1, *[1] * (rank - 2))


# Over space, per channel.


def _instance_reads(call: Call) -> list[Relation]:
    own = Reads.same(len(call.shape()))
    return [((own, own.over(tuple(range(2, len(own.axes))))), *_by_channel_reads(call, 2))]


def _instance_lower(call: Call) -> Kernel:
    rank, epsilon = len(call.shape()), float(call.attr("epsilon", 1e-5))

    def kernel(x: "Tensor", scale: "Tensor", bias: "Tensor") -> "Tensor":
        y, _, _ = standardised(x, tuple(range(2, rank)), epsilon)
        return (y * by_channel(scale, rank) + by_channel(bias, rank)).to(x.dtype)

    return kernel


# Over space and a group of channels.


def _group_size(call: Call) -> int:
    """Channels per group."""
    channels, groups = call.shape()[1], int(call.attr("num_groups", 0))
    if groups < 1 or channels % groups:
        raise BadShape(f"{call.node}: num_groups={groups} does not divide the {channels} channels")
    return channels // groups


def _group_reads(call: Call) -> list[Relation]:
    rank, size = len(call.shape()), _group_size(call)
    group = AxisRead(1, index_map(size, size, [support(range(size))] * size))
    ways = (Reads.same(rank), Reads((AxisRead(0), group, *[None] * (rank - 2))))
    return [(ways, *_by_channel_reads(call, 2))]


def _group_lower(call: Call) -> Kernel:
    rank, size, epsilon = len(call.shape()), _group_size(call), float(call.attr("epsilon", 1e-5))

    def kernel(x: "Tensor", scale: "Tensor", bias: "Tensor") -> "Tensor":
        groups = x.reshape(x.shape[0], -1, size, *x.shape[2:])
        y, _, _ = standardised(groups, tuple(range(2, rank + 1)), epsilon)
        # The second stage is in the type of x.
        return y.reshape(x.shape).to(x.dtype) * by_channel(scale, rank) + by_channel(bias, rank)

    return kernel


# Over the last axes.


def _last_axes(call: Call) -> tuple[int, ...]:
    return tuple(range(call.axis(default=-1), len(call.shape())))


def _last_axes_reads(call: Call) -> list[Relation]:
    axes = _last_axes(call)
    given = tuple(call.shape(i) for i in range(1, len(call.inputs)) if call.has(i))
    statistic = (Reads.same(len(call.shape())).over(axes),)
    others = [(statistic, *[()] * (len(call.inputs) - 1)) for _ in call.outputs[1:]]
    return [*_reads(call, axes, given), *others]


def _layer_lower(call: Call) -> Kernel:
    axes, epsilon = _last_axes(call), float(call.attr("epsilon", 1e-5))
    kinds = [torch_type(call, value.dtype) for value in call.outputs[1:] if value is not None]

    def kernel(x: "Tensor", scale: "Tensor", bias: "Tensor | None" = None) -> "tuple[Tensor, ...]":
        y, mean, var = standardised(x, axes, epsilon)
        y = y.to(x.dtype) * scale
        kind = kinds[0] if kinds else mean.dtype
        return y if bias is None else y + bias, mean.to(kind), (var + epsilon).rsqrt().to(kind)

    return kernel


def _rms_lower(call: Call) -> Kernel:
    axes, epsilon = _last_axes(call), float(call.attr("epsilon", 1e-5))

    def kernel(x: "Tensor", scale: "Tensor") -> "Tensor":
        wide = widened(x)
        y = wide * (wide.square().mean(axes, keepdim=True) + epsilon).rsqrt()
        return y.to(x.dtype).to(scale.dtype) * scale

    return kernel


# By a norm along one axis.


def _lp_reads(call: Call) -> list[Relation]:
    return _reads(call, (call.axis(default=-1),))


def _lp_lower(call: Call) -> Kernel:
    import torch

    axis, order = call.axis(default=-1), int(call.attr("p", 2))
    if order not in (1, 2):
        raise BadShape(f"{call.node}: p={order} is neither 1 nor 2")

    def kernel(x: "Tensor") -> "Tensor":
        wide = widened(x)
        norm = torch.linalg.vector_norm(wide, order, axis, keepdim=True)
        return (wide / torch.where(norm == 0, 1, norm)).to(x.dtype)

    return kernel


# Over given axes, without parameters.


def _mvn_axes(call: Call) -> tuple[int, ...]:
    rank = len(call.shape())
    axes = call.ints("axes", (0, 2, 3))
    if not axes or not all(-rank <= axis < rank for axis in axes):
        raise BadShape(f"{call.node}: axes={list(axes)} do not fit a tensor of {rank} axes")
    return tuple(axis % rank for axis in axes)


def _mvn_lower(call: Call) -> Kernel:
    axes = _mvn_axes(call)

    def kernel(x: "Tensor") -> "Tensor":
        wide = widened(x)
        centred = wide - wide.mean(axes, keepdim=True)
        deviation = centred.square().mean(axes, keepdim=True).sqrt()
        return (centred / (deviation + MVN_EPSILON)).to(x.dtype)

    return kernel


for _name, _versions, _rule, _lower in (
    # Version 18 of GroupNormalization is withdrawn: onnx's checker refuses every model that has it.
    ("InstanceNormalization", (6, 22), _instance_reads, _instance_lower),
    ("GroupNormalization", (21,), _group_reads, _group_lower),
    ("LayerNormalization", (17,), _last_axes_reads, _layer_lower),
    ("RMSNormalization", (23,), _last_axes_reads, _rms_lower),
    ("LpNormalization", (1, 22), _lp_reads, _lp_lower),
    ("MeanVarianceNormalization", (9, 13), lambda call: _reads(call, _mvn_axes(call)), _mvn_lower),
):
    # ONNX's inference is silent on the shape of some of them.
    register(Operator(_name, _versions, Nature.NORMALISES, _rule, _lower, out_shape=lambda call: call.shape()))
