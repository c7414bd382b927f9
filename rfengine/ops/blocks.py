"""SpaceToDepth and DepthToSpace: blocks of pixels to channels and back.

https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html, .../onnx__DepthToSpace.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.local import repeated, window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first

if TYPE_CHECKING:
    from torch import Tensor


def _block(call: Call) -> int:
    block = int(call.attr("blocksize", 0))
    if block < 1:
        raise BadShape(f"{call.node}: blocksize={block} must be positive")
    return block


def _is_depth_first(call: Call) -> bool:
    """Whether a block's pixels vary slower than the depth (DCR) or faster (CRD)."""
    mode = str(call.attr("mode", "DCR"))
    if mode not in ("DCR", "CRD"):
        raise BadShape(f"{call.node}: mode={mode!r} is none of DCR, CRD")
    return mode == "DCR"


def _to_depth_reads(call: Call) -> list[Relation]:
    block = _block(call)
    if any(n % block for n in call.shape()[2:]):
        raise BadShape(f"{call.node}: an input of shape {list(call.shape())} does not divide into blocks of {block}")
    return only_first(call, Reads((AxisRead(0), None, *(AxisRead(i, window(block, block)) for i in (2, 3)))))


def _to_depth_lower(call: Call) -> Kernel:
    block = _block(call)
    order = (0, 3, 5, 1, 2, 4) if _is_depth_first(call) else (0, 1, 3, 5, 2, 4)

    def kernel(x: "Tensor") -> "Tensor":
        n, c, h, w = x.shape
        tiles = x.reshape(n, c, h // block, block, w // block, block)
        return tiles.permute(order).reshape(n, c * block * block, h // block, w // block)

    return kernel


def _to_space_reads(call: Call) -> list[Relation]:
    block = _block(call)
    return only_first(call, Reads((AxisRead(0), None, *(AxisRead(i, repeated(block)) for i in (2, 3)))))


def _to_space_lower(call: Call) -> Kernel:
    block, depth_first = _block(call), _is_depth_first(call)

    def kernel(x: "Tensor") -> "Tensor":
        n, c, h, w = x.shape
        depth = c // (block * block)
        if depth_first:
            tiles = x.reshape(n, block, block, depth, h, w).permute(0, 3, 4, 1, 5, 2)
        else:
            tiles = x.reshape(n, depth, block, block, h, w).permute(0, 1, 4, 2, 5, 3)
        return tiles.reshape(n, depth, h * block, w * block)

    return kernel


register(Operator("SpaceToDepth", (1, 13, 28), Nature.MOVES, _to_depth_reads, _to_depth_lower))
register(Operator("DepthToSpace", (1, 11, 13, 28), Nature.MOVES, _to_space_reads, _to_space_lower))
