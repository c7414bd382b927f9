"""Resize and Upsample. https://onnx.ai/onnx/operators/onnx__Resize.html.

One description serves both sides: along each axis output i sits at x = i * step + offset, exactly, and reads taps of x.
The lowering multiplies the taps by their coefficients, so a coordinate mode is a formula and nothing else.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.index_map import EMPTY, MAX_PERIOD, IndexMap, support, tabulate
from rfengine.calculus.local import Taps, cubic_taps, linear_taps, nearest_taps, sampled
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops import resampling
from rfengine.ops.call import Call
from rfengine.ops.dtypes import real
from rfengine.ops.parameters import are_fixed, on_axes
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.resampling import Axis
from rfengine.ops.rules import only_first, when_known
from rfengine.ops.tables import LONGEST_TABLE

if TYPE_CHECKING:
    from torch import Tensor

# Scales are float32 in the file: 1.6 stands there as 1.60000002. The simplest ratio that rounds to it is meant.
MAX_DENOMINATOR = 1 << 12


def _ratio(scale: float) -> Fraction:
    simple = Fraction(scale).limit_denominator(MAX_DENOMINATOR)
    return simple if np.float32(float(simple)) == np.float32(scale) else Fraction(scale)


def _given_scales(call: Call) -> Array | None:
    """The scales as they stand in the file, or None where sizes are given instead."""
    if call.node.op == "Upsample" and call.node.version < 9:
        return np.asarray(call.attr("scales"), np.float32)
    values = call.constant(1 if call.node.op == "Upsample" or call.node.version < 11 else 2)
    return None if values is None or values.size == 0 else values


def _resized(call: Call) -> tuple[int, ...]:
    """The axes that scales or sizes are given for."""
    given = call.attr("axes")
    return on_axes(call, None if given is None else tuple(given), len(call.shape()))


def _common_scale(call: Call) -> Fraction | None:
    """The one scale that all resized axes take where the sizes keep the aspect ratio."""
    policy = str(call.attr("keep_aspect_ratio_policy", "stretch"))
    sizes = call.int_list(3)
    if policy == "stretch" or not sizes:
        return None
    ratios = [Fraction(size, call.shape()[axis]) for axis, size in zip(_resized(call), sizes, strict=True)]
    return min(ratios) if policy == "not_larger" else max(ratios)


def _out_shape(call: Call) -> Shape:
    """Output shape. By scale it is the floor of the product in float32, as runtimes compute it: 10 * 1.9 gives 19."""
    shape = list(call.shape())
    if UNKNOWN in shape or not are_fixed(call, 1, 2, 3):
        return (UNKNOWN,) * len(shape)
    values = _given_scales(call)
    if values is None:
        common = _common_scale(call)
        for axis, size in zip(_resized(call), call.int_list(3) or (), strict=True):
            shape[axis] = size if common is None else floor(common * shape[axis] + Fraction(1, 2))
        return tuple(shape)
    for axis, scale in zip(_resized(call), values.reshape(-1), strict=True):
        shape[axis] = int(np.floor(np.float32(shape[axis]) * np.float32(scale)))
    return tuple(shape)


def _scales(call: Call) -> tuple[Fraction, ...]:
    """Output over input size per axis, as the operator's version gives it."""
    shape, out = call.shape(), call.out_shape
    values = _given_scales(call)
    found = [Fraction(1)] * len(shape)
    if values is None:
        common = _common_scale(call)
        for axis in _resized(call):
            found[axis] = Fraction(out[axis], shape[axis]) if common is None else common
        return tuple(found)
    for axis, value in zip(_resized(call), values.reshape(-1), strict=True):
        if not value > 0:
            raise BadShape(f"{call.node}: scale {value} on axis {axis} must be positive")
        found[axis] = _ratio(float(value))
    return tuple(found)


def _regions(call: Call) -> tuple[tuple[Fraction, Fraction], ...]:
    """Start and end per axis of the region that tf_crop_and_resize takes, as shares of the input."""
    found = [(Fraction(0), Fraction(1))] * len(call.shape())
    values = call.data(1).reshape(-1)
    half = len(values) // 2
    for axis, start, end in zip(_resized(call), values[:half], values[half:], strict=True):
        found[axis] = (Fraction(float(start)), Fraction(float(end)))
    return tuple(found)


def _mode(call: Call) -> str:
    """The coordinate mode."""
    default = "asymmetric" if call.node.op == "Upsample" or call.node.version < 11 else "half_pixel"
    return str(call.attr("coordinate_transformation_mode", default))


def _cropped(n_in: int, n_out: int, start: Fraction, end: Fraction) -> Axis:
    """One axis of tf_crop_and_resize."""
    last = n_in - 1
    if n_out == 1:
        return Axis(n_in, n_out, Fraction(1), (start + end) / 2 * last, crops=True)
    return Axis(n_in, n_out, (end - start) * last / (n_out - 1), start * last, crops=True)


def _axis(call: Call, n_in: int, n_out: int, scale: Fraction) -> Axis:
    """Step and offset of one axis by the coordinate mode."""
    mode = _mode(call)
    step, half = 1 / scale, Fraction(1, 2)
    stretch = min(scale, Fraction(1)) if call.attr("antialias", 0) else Fraction(1)
    centred = half * step - half
    symmetric = Fraction(n_in, 2) * (1 - Fraction(n_out) / (scale * n_in)) if n_in else Fraction(0)
    offsets = {
        "asymmetric": Fraction(0),
        "half_pixel": centred,
        "pytorch_half_pixel": centred if n_out > 1 else Fraction(0),
        "half_pixel_symmetric": symmetric + centred,
        "tf_half_pixel_for_nn": half * step,
    }
    if mode == "align_corners":
        corners = Fraction(n_in - 1, n_out - 1) if n_out > 1 else Fraction(1)
        return Axis(n_in, n_out, corners, Fraction(0), stretch)
    if mode not in offsets:
        raise call.refused(f"coordinate_transformation_mode={mode!r}")
    return Axis(n_in, n_out, step, offsets[mode], stretch)


def _axes(call: Call) -> tuple[Axis, ...]:
    lengths = tuple(zip(call.shape(), call.out_shape, strict=True))
    longest = max((0, *(m for n, m in lengths if n != m)))
    if longest > LONGEST_TABLE:
        raise call.refused(f"an axis resized to {longest} elements (at most {LONGEST_TABLE})")
    if _mode(call) == "tf_crop_and_resize":
        if call.attr("antialias", 0):
            raise call.refused("antialias=1 with tf_crop_and_resize")
        return tuple(_cropped(n, m, *region) for (n, m), region in zip(lengths, _regions(call), strict=True))
    return tuple(_axis(call, n, m, scale) for (n, m), scale in zip(lengths, _scales(call), strict=True))


def _interpolation(call: Call) -> str:
    mode = str(call.attr("mode", "nearest"))
    if mode not in ("nearest", "linear", "bilinear", "cubic"):
        raise call.refused(f"mode={mode!r}")
    return "linear" if mode == "bilinear" else mode


def _nearest_mode(call: Call, axis: Axis) -> str:
    if call.node.op == "Upsample" or call.node.version < 11:
        # The definition leaves it open; this is what onnxruntime does.
        return "floor" if axis.step <= 1 else "ceil"
    return str(call.attr("nearest_mode", "round_prefer_floor"))


def _filter(call: Call) -> tuple[int, resampling.Filter]:
    """Radius and shape of an interpolation's filter."""
    if _interpolation(call) == "linear":
        return 1, resampling.linear
    return 2, partial(resampling.cubic, a=float(call.attr("cubic_coeff_a", -0.75)))


def _excludes_outside(call: Call) -> bool:
    return bool(call.attr("exclude_outside", 0)) and _interpolation(call) != "nearest"


def _taps(call: Call, axis: Axis) -> Taps:
    """Which indices an output at x reads with a coefficient other than zero."""
    if _interpolation(call) == "nearest":
        return nearest_taps(_nearest_mode(call, axis))
    if axis.stretch != 1:
        radius, weight = _filter(call)
        return resampling.stretched_taps(radius, axis.stretch, weight)
    return linear_taps if _interpolation(call) == "linear" else cubic_taps


def _map(axis: Axis, taps: Taps) -> IndexMap:
    if axis.step.denominator <= MAX_PERIOD and not any(axis.outside):
        return sampled(axis.step, axis.offset, taps)
    rows = zip(axis.places, axis.outside, strict=True)
    return tabulate([EMPTY if outside else support(taps(x)) for x, outside in rows])


def _status(call: Call, axis: Axis) -> tuple[Status, str]:
    mode = _mode(call)
    if mode in ("align_corners", "tf_crop_and_resize"):
        return Status.CANVAS, f"{mode} ties the scale to the canvas"
    if axis.step.denominator > MAX_PERIOD:
        return Status.CANVAS, "the scale is no simple ratio, so that no two units read alike"
    return Status.EXACT, ""


@when_known
def _reads(call: Call) -> list[Relation]:
    # What lies beyond the ends is read as the first or last element, unless it counts for nothing.
    border = Border.NOTHING if _excludes_outside(call) else Border.EDGE
    reads = tuple(
        AxisRead(i) if a.is_identity else AxisRead(i, _map(a, _taps(call, a)), border, *_status(call, a))
        for i, a in enumerate(_axes(call))
    )
    return only_first(call, Reads(reads))


def _copies(call: Call, axes: Sequence[Axis]) -> list[resampling.Step]:
    """Nearest neighbours: whole factors of all axes together, then the other axes one by one."""
    tables = [resampling.nearest_table(axis, nearest_taps(_nearest_mode(call, axis))) for axis in axes]
    factors = [resampling.repetition(table, axis.n_in) for table, axis in zip(tables, axes, strict=True)]
    others = [resampling.copying(i, table) for i, table in enumerate(tables) if factors[i] is None]
    return [*others, resampling.repeating([factor or 1 for factor in factors])]


def _sums(call: Call, axes: Sequence[Axis]) -> list[resampling.Step]:
    """Weighted sums, one axis after the other."""
    changed = [(i, axis) for i, axis in enumerate(axes) if not axis.is_identity]
    only_inside = _excludes_outside(call)
    return [resampling.weighing(i, *resampling.table(a, *_filter(call), only_inside=only_inside)) for i, a in changed]


def coefficients(call: Call) -> tuple[Array | None, ...]:
    """Per axis the matrix [output, input] that it multiplies by; None where the axis stays as it is."""
    found: list[Array | None] = []
    for axis in _axes(call):
        if axis.is_identity:
            found.append(None)
            continue
        if _interpolation(call) == "nearest":
            indices = resampling.nearest_table(axis, nearest_taps(_nearest_mode(call, axis)))[None]
            weights = np.ones(indices.shape)
        else:
            indices, weights = resampling.table(axis, *_filter(call), only_inside=_excludes_outside(call))
        matrix = np.zeros((axis.n_out, axis.n_in))
        np.add.at(matrix, (np.arange(axis.n_out), indices), weights)
        matrix[np.asarray(axis.outside, bool)] = 0
        found.append(matrix)
    return tuple(found)


def _lower(call: Call) -> Kernel:
    import torch

    axes, is_copy = _axes(call), _interpolation(call) == "nearest"
    if call.out.dtype == bool and not is_copy:
        raise call.refused(f"mode={_interpolation(call)!r} on truth values")
    value = float(call.attr("extrapolation_value", 0.0))
    steps = _copies(call, axes) if is_copy else _sums(call, axes)
    steps += [resampling.replacing(i, axis.outside, value) for i, axis in enumerate(axes) if any(axis.outside)]

    def kernel(x: "Tensor", *_: "Tensor | None") -> "Tensor":
        # Whole numbers are interpolated as float64 and truncated, as onnxruntime does.
        y = x if is_copy else real(x)
        y = y.float() if y.dtype in (torch.float16, torch.bfloat16) else y
        for step in steps:
            y = step(y)
        if not is_copy and not x.is_floating_point():
            y = y.clamp(torch.iinfo(x.dtype).min, torch.iinfo(x.dtype).max)
        return y.to(x.dtype)

    return kernel


register(Operator("Resize", (10, 11, 13, 18, 19), Nature.AVERAGES, _reads, _lower, out_shape=_out_shape))
register(Operator("Upsample", (7, 9), Nature.AVERAGES, _reads, _lower, out_shape=_out_shape))
