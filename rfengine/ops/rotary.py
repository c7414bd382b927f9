"""RotaryEmbedding: pairs of channels of every head, turned by an angle that grows with the position.

    (a, b) -> (a cos - b sin, a sin + b cos)

https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.index_map import EMPTY, index_map, support
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register

if TYPE_CHECKING:
    from torch import Tensor

POSITIONS = 3


def _sizes(call: Call) -> tuple[int, int]:
    """Channels per head, and how many of them are turned: the first ones."""
    shape = call.shape()
    heads = int(call.attr("num_heads", 0)) if len(shape) == 3 else 1
    size = shape[-1] // heads if len(shape) in (3, 4) and heads > 0 and shape[-1] % heads == 0 else 0
    turned = int(call.attr("rotary_embedding_dim", 0)) or size
    if not size or turned % 2 or not 0 < turned <= size or call.shape(1)[-1] != turned // 2:
        raise BadShape(
            f"{call.node}: {turned} channels of an input {list(shape)} of {heads} heads cannot be turned in pairs by "
            f"angles {list(call.shape(1))}"
        )
    return size, turned


def _angle(call: Call, channel: int, turned: int) -> int | None:
    """Which angle turns a channel of a head, or None."""
    if channel >= turned:
        return None
    return channel // 2 if call.attr("interleaved", 0) else channel % (turned // 2)


def _reads(call: Call) -> list[Relation]:
    size, turned = _sizes(call)
    packed, angles = len(call.shape()) == 3, [_angle(call, channel, turned) for channel in range(size)]
    # A channel reads itself and the other one of its pair: those turned by the same angle.
    pairs = [
        support([c for c in range(size) if angles[c] == angle] if angle is not None else [channel])
        for channel, angle in enumerate(angles)
    ]
    by_angle = [EMPTY if angle is None else support([angle]) for angle in angles]

    def laid(length: int | None, channel: AxisRead, batch: int | None) -> tuple[Reads, ...]:
        first, second = (None if axis is None else AxisRead(axis) for axis in (batch, length))
        return (Reads((first, second, channel) if packed else (first, None, second, channel)),)

    own = index_map(size, size, pairs)
    if packed:
        data = laid(1, AxisRead(2, own), 0)
    else:
        data = (Reads((AxisRead(0), AxisRead(1), AxisRead(2), AxisRead(3, own))),)
    turning = index_map(0, size, by_angle)
    if not call.has(POSITIONS):
        table = laid(1, AxisRead(2, turning), 0)
        return [(data, table, table)]
    # Which row of the table a position takes is data: all of them count as read.
    table = laid(None, AxisRead(1, turning), None)
    positions = (Reads((AxisRead(0), AxisRead(1), None) if packed else (AxisRead(0), None, AxisRead(1), None)),)
    return [(data, table, table, positions)]


def _lower(call: Call) -> Kernel:
    import torch

    size, turned = _sizes(call)
    packed, interleaved = len(call.shape()) == 3, bool(call.attr("interleaved", 0))

    def kernel(x: "Tensor", cos: "Tensor", sin: "Tensor", positions: "Tensor | None" = None) -> "Tensor":
        # [batch, length, heads, size] from here on.
        heads = x.reshape(*x.shape[:2], -1, size) if packed else x.transpose(1, 2)
        if positions is not None:
            cos, sin = cos[positions], sin[positions]
        cos, sin = cos.unsqueeze(2), sin.unsqueeze(2)
        moving, still = heads[..., :turned], heads[..., turned:]
        a, b = (moving[..., 0::2], moving[..., 1::2]) if interleaved else moving.chunk(2, -1)
        real, imaginary = a * cos - b * sin, a * sin + b * cos
        both = torch.stack((real, imaginary), -1).flatten(-2) if interleaved else torch.cat((real, imaginary), -1)
        result = torch.cat((both, still), -1)
        return result.reshape(x.shape) if packed else result.transpose(1, 2)

    return kernel


register(Operator("RotaryEmbedding", (23,), Nature.OTHER, _reads, _lower))
