"""Pooling, local and global. https://onnx.ai/onnx/operators/onnx__MaxPool.html, .../onnx__AveragePool.html."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, cast

from rfengine.calculus.local import window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Shape
from rfengine.ops import padding
from rfengine.ops.call import Call
from rfengine.ops.convolution import Geometry
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, windows

if TYPE_CHECKING:
    from torch import Tensor


def geometry(call: Call) -> Geometry:
    """Geometry of a pooling call. The end pads are those with which the windows fit the output exactly.

    That is where ceil_mode goes: an output one longer has an end padding one stride longer.
    """
    sizes = call.shape()[2:]
    rank = len(sizes)
    if rank not in (1, 2, 3):
        raise call.refused(f"an input of shape {list(call.shape())} has {rank} spatial axes")
    kernel = padding.spatial(call, "kernel_shape", rank, 1)
    strides = padding.spatial(call, "strides", rank, 1)
    dilations = padding.spatial(call, "dilations", rank, 1)
    declared = padding.of_window(call, kernel, strides, dilations)
    pads = tuple(
        (begin, (out - 1) * s + d * (k - 1) + 1 - n - begin)
        for n, out, k, s, d, (begin, _) in zip(
            sizes, call.out_shape[2:], kernel, strides, dilations, declared, strict=True
        )
    )
    return Geometry(kernel, strides, dilations, pads)


def pooled_shape(call: Call) -> Shape:
    """Output shape; with ceil_mode a last window that would start in the end padding is dropped.

    Before version 22 the definition left that open and ONNX's inference counts such windows; no runtime does.
    """
    sizes = call.shape()[2:]
    kernel = padding.spatial(call, "kernel_shape", len(sizes), 1)
    strides = padding.spatial(call, "strides", len(sizes), 1)
    dilations = padding.spatial(call, "dilations", len(sizes), 1)
    pads = padding.of_window(call, kernel, strides, dilations)
    out = []
    for n, k, s, d, (begin, end) in zip(sizes, kernel, strides, dilations, pads, strict=True):
        room = n + begin + end - d * (k - 1) - 1
        count = (-(-room // s) if call.attr("ceil_mode", 0) else room // s) + 1
        out.append(count - 1 if (count - 1) * s >= n + begin else count)
    return (*call.shape()[:2], *out)


def local_reads(call: Call) -> list[Relation]:
    """Channels follow channels, each spatial axis its window."""
    g = geometry(call)
    maps = tuple(
        window(k, s, d, begin) for k, s, d, (begin, _) in zip(g.kernel, g.strides, g.dilations, g.pads, strict=True)
    )
    return windows(call, maps, across_channels=False)


def _max_lower(call: Call) -> Kernel:
    import torch
    import torch.nn.functional as F

    g = geometry(call)
    function: Any = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(g.kernel) - 1]
    pads = padding.for_torch(g.pads)
    located = len(call.outputs) > 1 and call.outputs[1] is not None
    by_column = bool(call.attr("storage_order", 0))

    def kernel(x: "Tensor") -> "Tensor | tuple[Tensor, Tensor]":
        # -inf, not the dtype's least value: a window of padding alone must show as what it is.
        lowest = float("-inf") if x.is_floating_point() else torch.iinfo(x.dtype).min
        padded = F.pad(x, pads, value=lowest) if any(pads) else x
        # Bytes as float32, which holds them exactly: GPUs pool no whole numbers.
        wide = padded if x.is_floating_point() else padded.float()
        found = function(wide, list(g.kernel), list(g.strides), 0, list(g.dilations), return_indices=located)
        if not located:
            return cast("Tensor", found.to(x.dtype))
        return found[0].to(x.dtype), _unpadded(found[1], g, x.shape, by_column=by_column)

    return kernel


def _unpadded(indices: "Tensor", g: Geometry, shape: Sequence[int], *, by_column: bool) -> "Tensor":
    """Places in the padded plane of each channel as places in the whole input, its planes laid out by row or column."""
    import torch

    sizes = shape[2:]
    places: list[Tensor] = []
    for n, (begin, end) in zip(reversed(sizes), reversed(g.pads), strict=True):
        places.insert(0, indices % (n + begin + end) - begin)
        indices = indices // (n + begin + end)
    pairs = list(zip(places, sizes, strict=True))
    flat = torch.zeros_like(indices)
    for place, n in reversed(pairs) if by_column else pairs:
        flat = flat * n + place
    planes = torch.arange(shape[0] * shape[1], device=flat.device).reshape(shape[0], shape[1], *[1] * len(sizes))
    return flat + planes * prod(sizes)


def summed(g: Geometry) -> "Callable[[Tensor], Tensor]":
    """The sum over each window of an input that is padded already."""
    import torch
    import torch.nn.functional as F

    function: Any = (F.conv1d, F.conv2d, F.conv3d)[len(g.kernel) - 1]

    def kernel(x: "Tensor") -> "Tensor":
        channels = x.shape[1]
        ones = torch.ones((channels, 1, *g.kernel), dtype=x.dtype, device=x.device)
        out: Tensor = function(x, ones, None, list(g.strides), 0, list(g.dilations), channels)
        return out

    return kernel


@dataclass(frozen=True, slots=True)
class NativeAverage:
    """An average as torch computes it, which pads without a copy; `counts`: padding is part of the divisor."""

    kernel: list[int]
    strides: list[int]
    begins: list[int]
    counts: bool


def native_average(call: Call) -> NativeAverage | None:
    """An AveragePool call in torch's own form: undilated, even padding of at most half the kernel, no ceiling."""
    g = geometry(call)
    declared = padding.of_window(call, g.kernel, g.strides, g.dilations)
    even = all(b == e and 0 <= 2 * b <= k for (b, e), k in zip(declared, g.kernel, strict=True))
    sizes = zip(call.shape()[2:], declared, g.kernel, g.strides, strict=True)
    floor = tuple((n + b + e - k) // s + 1 for n, (b, e), k, s in sizes)
    if not even or max(g.dilations) > 1 or call.out_shape[2:] != floor:
        return None
    counts = bool(call.attr("count_include_pad", 0))
    return NativeAverage(list(g.kernel), list(g.strides), [b for b, _ in declared], counts)


def _average_lower(call: Call) -> Kernel:
    import torch
    import torch.nn.functional as F

    g = geometry(call)
    if (form := native_average(call)) is not None:
        function: Any = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(g.kernel) - 1]
        return lambda x: cast("Tensor", function(x, form.kernel, form.strides, form.begins, False, form.counts))
    window_sum = summed(g)
    pads = padding.for_torch(g.pads)
    declared = padding.of_window(call, g.kernel, g.strides, g.dilations)
    count_padding = bool(call.attr("count_include_pad", 0))
    # Padding counts in the divisor when asked for, but what ceil_mode adds beyond the declared padding never does.
    counted = tuple(
        (b, min(e, d)) if count_padding else (0, 0) for (b, e), (_, d) in zip(g.pads, declared, strict=True)
    )
    rest = padding.for_torch(tuple((b - cb, e - ce) for (b, e), (cb, ce) in zip(g.pads, counted, strict=True)))

    def kernel(x: "Tensor") -> "Tensor":
        mask = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype, device=x.device)
        mask = F.pad(F.pad(mask, padding.for_torch(counted), value=1.0), rest)
        average: Tensor = window_sum(F.pad(x, pads)) / window_sum(mask)
        return average

    return kernel


def global_reads(call: Call) -> list[Relation]:
    """Channels follow channels, spatial axes are read whole."""
    axes: tuple[AxisRead | None, ...] = (AxisRead(0), AxisRead(1), *[None] * (len(call.shape()) - 2))
    return only_first(call, Reads(axes))


def _global_average_lower(call: Call) -> Kernel:
    axes = tuple(range(2, len(call.shape())))
    return lambda x: x.mean(axes, keepdim=True)


def _global_max_lower(call: Call) -> Kernel:
    axes = tuple(range(2, len(call.shape())))
    return lambda x: x.amax(axes, keepdim=True)


register(Operator("MaxPool", (1, 8, 10, 11, 12, 22), Nature.MAXIMISES, local_reads, _max_lower, out_shape=pooled_shape))
register(
    Operator(
        "AveragePool", (1, 7, 10, 11, 19, 22), Nature.AVERAGES, local_reads, _average_lower, out_shape=pooled_shape
    )
)
register(Operator("GlobalAveragePool", (1, 22), Nature.AVERAGES, global_reads, _global_average_lower))
register(Operator("GlobalMaxPool", (1, 22), Nature.MAXIMISES, global_reads, _global_max_lower))
