"""RoiAlign and MaxRoiPool: a grid of bins per region of the image. Where the regions lie is data.

https://onnx.ai/onnx/operators/onnx__RoiAlign.html, .../onnx__MaxRoiPool.html
"""

from math import ceil, floor
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known

if TYPE_CHECKING:
    from torch import Tensor


@when_known
def _reads(call: Call) -> list[Relation]:
    image = Reads((None, AxisRead(1), None, None))
    per_region = Reads((AxisRead(0), None, None, None))
    return [((image,), *[(per_region,)] * (len(call.inputs) - 1))]


def _axis_taps(start: "Tensor", extent: "Tensor", bins: int, samples: int, length: int) -> tuple["Tensor", "Tensor"]:
    """Indices and weights [2, bins * samples] of the two elements around every sample of one axis.

    Samples more than one element beyond the ends count for nothing; the others are moved to the border.
    """
    import torch

    steps = torch.arange(bins * samples, device=start.device) + 0.5
    place = start + steps.to(start.dtype) * (extent / bins / max(samples, 1))
    exists = (place >= -1) & (place <= length)
    place = place.clamp(0, length - 1)
    low = place.floor()
    share = place - low
    indices = torch.stack([low.long(), (low.long() + 1).clamp(max=length - 1)])
    return indices, torch.stack([1 - share, share]) * exists


def _align_lower(call: Call) -> Kernel:
    import torch

    mode = str(call.attr("mode", "avg"))
    if mode not in ("avg", "max"):
        raise BadShape(f"{call.node}: mode={mode!r} is none of avg, max")
    bins = (int(call.attr("output_height", 1)), int(call.attr("output_width", 1)))
    ratio, scale = int(call.attr("sampling_ratio", 0)), float(call.attr("spatial_scale", 1.0))
    default = "half_pixel" if call.node.version >= 16 else "output_half_pixel"
    half_pixel = call.attr("coordinate_transformation_mode", default) == "half_pixel"

    def aligned(image: "Tensor", region: "Tensor") -> "Tensor":
        x1, y1, x2, y2 = (region.to(image.dtype) * scale - (0.5 if half_pixel else 0.0)).unbind()
        taps = []
        counts = []
        for start, end, count, length in ((y1, y2, bins[0], image.shape[1]), (x1, x2, bins[1], image.shape[2])):
            extent = end - start if half_pixel else (end - start).clamp(min=1)
            samples = ratio or max(ceil(float(extent) / count), 0)
            taps.append(_axis_taps(start, extent, count, samples, length))
            counts.append(samples)
        if 0 in counts:
            return image.new_zeros((image.shape[0], *bins))
        (rows, tall), (columns, wide) = taps
        values = image.index_select(1, rows.flatten()).index_select(2, columns.flatten())
        values = values * tall.reshape(-1, 1) * wide.reshape(-1)
        # [channel, tap, bin, sample] of the rows, [tap, bin, sample] of the columns.
        values = values.reshape(-1, 2, bins[0], counts[0], 2, bins[1], counts[1])
        # The maximum is over weighted taps, not over interpolated samples: ONNX's own definition, not torchvision's.
        return values.amax((1, 3, 4, 6)) if mode == "max" else values.sum((1, 3, 4, 6)) / (counts[0] * counts[1])

    def kernel(x: "Tensor", regions: "Tensor", batches: "Tensor") -> "Tensor":
        wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        found = [aligned(wide[batch], region) for region, batch in zip(regions, batches.tolist(), strict=True)]
        return torch.stack(found).to(x.dtype) if found else x.new_zeros((0, x.shape[1], *bins))

    return kernel


register(Operator("RoiAlign", (10, 16, 22), Nature.OTHER, _reads, _align_lower))


def _bounds(start: float, end: float, bins: int, length: int, scale: float) -> list[tuple[int, int]]:
    """First and one past the last element of every bin along one axis, in whole elements of the image."""
    first, last = (floor(abs(edge * scale) + 0.5) * (1 if edge >= 0 else -1) for edge in (start, end))
    extent = max(last - first + 1, 1)
    edges = [(first + floor(i * extent / bins), first + ceil((i + 1) * extent / bins)) for i in range(bins)]
    return [(min(max(a, 0), length), min(max(b, 0), length)) for a, b in edges]


def _pool_lower(call: Call) -> Kernel:
    import torch

    bins, scale = call.ints("pooled_shape", ()), float(call.attr("spatial_scale", 1.0))

    def pooled(x: "Tensor", region: list[float]) -> "Tensor":
        batch, x1, y1, x2, y2 = region
        rows = _bounds(y1, y2, bins[0], x.shape[2], scale)
        columns = _bounds(x1, x2, bins[1], x.shape[3], scale)
        image = x[int(batch)]
        found = [
            image[:, top:bottom, left:right].amax((1, 2))
            if top < bottom and left < right
            else image.new_zeros(len(image))
            for top, bottom in rows
            for left, right in columns
        ]
        return torch.stack(found, 1).reshape(-1, *bins)

    def kernel(x: "Tensor", regions: "Tensor") -> "Tensor":
        found = [pooled(x, region) for region in regions.tolist()]
        return torch.stack(found) if found else x.new_zeros((0, x.shape[1], *bins))

    return kernel


register(Operator("MaxRoiPool", (1, 22), Nature.OTHER, _reads, _pool_lower))
