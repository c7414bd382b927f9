"""GridSample and AffineGrid: spatial transformers.

A grid is data, so that a unit may read any place: the image enters whole.
https://onnx.ai/onnx/operators/onnx__GridSample.html, .../onnx__AffineGrid.html
"""

from typing import TYPE_CHECKING, Any

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Shape
from rfengine.ops import sampling
from rfengine.ops.call import Call
from rfengine.ops.parameters import are_fixed, numbers
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known

if TYPE_CHECKING:
    from torch import Tensor

# Names before version 20.
_OLDER = {"bilinear": "linear", "bicubic": "cubic"}
_TAPS: dict[str, sampling.Taps] = {
    "linear": sampling.linear,
    "cubic": sampling.cubic,
    "nearest": sampling.nearest,
}


@when_known
def _sample_reads(call: Call) -> list[Relation]:
    spatial = len(call.shape()) - 2
    image = Reads((AxisRead(0), AxisRead(1), *[None] * spatial))
    grid = Reads((AxisRead(0), None, *(AxisRead(1 + i) for i in range(spatial))))
    return [((image,), (grid,))]


def _sample_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    mode = str(call.attr("mode", "linear"))
    mode, padding = _OLDER.get(mode, mode), str(call.attr("padding_mode", "zeros"))
    corners = bool(call.attr("align_corners", 0))
    if mode not in _TAPS or padding not in ("zeros", "border", "reflection"):
        raise BadShape(f"{call.node}: mode={mode!r}, padding_mode={padding!r} are none of ONNX's")
    if call.out.dtype == bool and mode != "nearest":
        raise call.refused(f"mode={mode!r} on truth values")
    spatial = len(call.shape()) - 2
    if spatial == 2 or (spatial == 3 and mode != "cubic"):
        name = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
        function: Any = F.grid_sample
        return lambda x, grid: _as_float(x, lambda y: function(y, grid.to(y.dtype), name, padding, corners))

    def sample(x: "Tensor", grid: "Tensor") -> "Tensor":
        # The grid names the innermost axis first.
        columns = grid.to(x.dtype).flatten(1, -2).unbind(-1)[::-1]
        places = [_place(column, n, corners=corners) for column, n in zip(columns, x.shape[2:], strict=True)]
        if padding != "zeros" and mode == "linear":
            places = [_inside(place, n, padding, corners) for place, n in zip(places, x.shape[2:], strict=True)]

        def landing(index: "Tensor", length: int) -> tuple["Tensor", "Tensor"]:
            if padding == "zeros":
                return sampling.zeros(index, length)
            return _inside(index.to(x.dtype), length, padding, corners).round().long(), index.new_ones(())

        return sampling.sampled(x, places, _TAPS[mode], landing).reshape(*x.shape[:2], *grid.shape[1:-1])

    return lambda x, grid: _as_float(x, lambda y: sample(y, grid))


def _as_float(x: "Tensor", function: Any) -> "Tensor":
    """A function of a tensor in float32 at least, in the tensor's type again."""
    import torch

    wide = x if x.dtype in (torch.float32, torch.float64) else x.float()
    found: Tensor = function(wide)
    return found.to(x.dtype)


def _place(column: "Tensor", length: int, *, corners: bool) -> "Tensor":
    """From -1 ... 1 to indices: of the outer elements' centres, or of their outer edges."""
    return (column + 1) / 2 * (length - 1) if corners else ((column + 1) * length - 1) / 2


def _inside(place: "Tensor", length: int, padding: str, corners: bool) -> "Tensor":
    """A place beyond the ends brought inside."""
    if padding == "reflection":
        low, high = (0.0, length - 1.0) if corners else (-0.5, length - 0.5)
        span = max(high - low, 1e-9)
        distance = (place - low).abs() % (2 * span)
        place = low + distance.minimum(2 * span - distance)
    return place.clamp(0, length - 1)


register(Operator("GridSample", (16, 20, 22), Nature.OTHER, _sample_reads, _sample_lower))


def _grid_shape(call: Call) -> Shape:
    size = numbers(call, 1) if are_fixed(call, 1) else (UNKNOWN,) * (call.shape()[1] + 2)
    assert size is not None
    return (size[0], *size[2:], len(size) - 2)


@when_known
def _grid_reads(call: Call) -> list[Relation]:
    rank = len(call.out_shape)
    return [((Reads((AxisRead(0), *[None] * (rank - 2), AxisRead(1))),), ())]


def _grid_lower(call: Call) -> Kernel:
    import torch.nn.functional as F

    corners = bool(call.attr("align_corners", 0))
    function: Any = F.affine_grid
    return lambda theta, size: _as_float(theta, lambda t: function(t, list(numbers(call, 1, size) or ()), corners))


register(Operator("AffineGrid", (20,), Nature.OTHER, _grid_reads, _grid_lower, out_shape=_grid_shape))
