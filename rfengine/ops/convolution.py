"""Conv and ConvTranspose. https://onnx.ai/onnx/operators/onnx__Conv.html, .../onnx__ConvTranspose.html."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rfengine.calculus.local import transposed_window, window
from rfengine.errors import BadShape
from rfengine.ops import padding
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import windows

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Geometry:
    """Kernel, strides, dilations and padding of one call, one entry per spatial axis."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[padding.Pair, ...]


def _base(call: Call) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    rank = len(call.shape()) - 2
    if rank not in (1, 2, 3):
        raise call.refused(f"an input of shape {list(call.shape())} has {rank} spatial axes")
    kernel = call.shape(1)[2:]
    declared = call.ints("kernel_shape", kernel)
    if declared != kernel:
        raise BadShape(f"{call.node}: kernel_shape={list(declared)} but the weight is {list(call.shape(1))}")
    return kernel, padding.spatial(call, "strides", rank, 1), padding.spatial(call, "dilations", rank, 1)


def conv_geometry(call: Call) -> Geometry:
    """Geometry of a Conv call."""
    kernel, strides, dilations = _base(call)
    return Geometry(kernel, strides, dilations, padding.of_window(call, kernel, strides, dilations))


def _conv_reads(call: Call) -> list[Relation]:
    g = conv_geometry(call)
    maps = tuple(
        window(k, s, d, begin) for k, s, d, (begin, _) in zip(g.kernel, g.strides, g.dilations, g.pads, strict=True)
    )
    return windows(call, maps, across_channels=True)


def _conv_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    g = conv_geometry(call)
    function: Any = (F.conv1d, F.conv2d, F.conv3d)[len(g.kernel) - 1]
    groups = int(call.attr("group", 1))
    even = all(begin == end for begin, end in g.pads)
    inside = [begin for begin, _ in g.pads] if even else 0
    outside = None if even else padding.for_torch(g.pads)

    def kernel(x: "Tensor", weight: "Tensor", bias: "Tensor | None" = None) -> "Tensor":
        if outside is not None:
            x = F.pad(x, outside)
        out: Tensor = function(x, weight, bias, list(g.strides), inside, list(g.dilations), groups)
        return out

    return kernel


def transpose_geometry(call: Call) -> Geometry:
    """Geometry of a ConvTranspose call; its pads crop what the full transposed convolution gives.

    With output_shape or auto_pad SAME the pads follow from the output size: the odd one goes to the end for
    SAME_UPPER, to the beginning otherwise.
    """
    kernel, strides, dilations = _base(call)
    rank = len(kernel)
    extra = call.ints("output_padding", (0,) * rank)
    mode = call.attr("auto_pad", "NOTSET")
    wanted = call.ints("output_shape", ())
    if not wanted and mode in ("NOTSET", "VALID"):
        return Geometry(kernel, strides, dilations, padding.explicit(call, rank))
    sizes = call.shape()[2:]
    target = wanted[-rank:] if wanted else tuple(n * s for n, s in zip(sizes, strides, strict=True))
    pairs = []
    for n, s, k, d, o, want in zip(sizes, strides, kernel, dilations, extra, target, strict=True):
        total = max(0, s * (n - 1) + o + (k - 1) * d + 1 - want)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if mode == "SAME_UPPER" else (large, small))
    return Geometry(kernel, strides, dilations, tuple(pairs))


def _transpose_reads(call: Call) -> list[Relation]:
    g = transpose_geometry(call)
    maps = tuple(
        transposed_window(k, s, d, begin)
        for k, s, d, (begin, _) in zip(g.kernel, g.strides, g.dilations, g.pads, strict=True)
    )
    return windows(call, maps, across_channels=True)


def _transpose_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    g = transpose_geometry(call)
    rank = len(g.kernel)
    function: Any = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    groups = int(call.attr("group", 1))
    # The full result is computed, then cropped or extended to the declared output: that covers asymmetric pads,
    # output_padding and output_shape in one way.
    sizes = call.out_shape[2:]
    full = tuple(
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(call.shape()[2:], g.strides, g.dilations, g.kernel, strict=True)
    )
    crop = padding.for_torch(
        tuple((-begin, want - (f - begin)) for (begin, _), want, f in zip(g.pads, sizes, full, strict=True))
    )

    def kernel(x: "Tensor", weight: "Tensor", bias: "Tensor | None" = None) -> "Tensor":
        y = function(x, weight, None, list(g.strides), 0, 0, groups, list(g.dilations))
        y = F.pad(y, crop)
        return y if bias is None else y + bias.reshape(-1, *[1] * rank)

    return kernel


register(Operator("Conv", (1, 11, 22), Nature.WEIGHS, _conv_reads, _conv_lower, weights=(1,), biases=(2,)))
register(
    Operator("ConvTranspose", (1, 11, 22), Nature.WEIGHS, _transpose_reads, _transpose_lower, weights=(1,), biases=(2,))
)
