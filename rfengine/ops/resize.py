"""Resize and Upsample. https://onnx.ai/onnx/operators/onnx__Resize.html.

One description serves both sides: along each axis output i sits at x = i * step + offset, exactly, and reads taps of x.
The lowering multiplies the taps by their coefficients, so a coordinate mode is a formula and nothing else.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.index_map import MAX_PERIOD, IndexMap, support, tabulate
from rfengine.calculus.local import Taps, cubic_taps, linear_taps, nearest_taps, sampled
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first

if TYPE_CHECKING:
    from torch import Tensor

# Scales are float32 in the file: 1.6 stands there as 1.60000002. The simplest ratio that rounds to it is meant.
MAX_DENOMINATOR = 1 << 12


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a resize: n_out elements from n_in, output i at x = i * step + offset."""

    n_in: int
    n_out: int
    step: Fraction
    offset: Fraction


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
    rank = len(call.shape())
    return tuple(axis % rank for axis in call.ints("axes", tuple(range(rank))))


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
    values = _given_scales(call)
    shape = list(call.shape())
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


def _axis(call: Call, n_in: int, n_out: int, scale: Fraction) -> Axis:
    """Step and offset of one axis by the coordinate mode."""
    mode = "asymmetric" if call.node.op == "Upsample" or call.node.version < 11 else "half_pixel"
    mode = str(call.attr("coordinate_transformation_mode", mode))
    step, half = 1 / scale, Fraction(1, 2)
    match mode:
        case "asymmetric":
            return Axis(n_in, n_out, step, Fraction(0))
        case "half_pixel":
            return Axis(n_in, n_out, step, half * step - half)
        case "pytorch_half_pixel":
            return Axis(n_in, n_out, step, half * step - half if n_out > 1 else Fraction(0))
        case "half_pixel_symmetric":
            shift = Fraction(n_in, 2) * (1 - Fraction(n_out) / (scale * n_in))
            return Axis(n_in, n_out, step, shift + half * step - half)
        case "align_corners":
            return Axis(n_in, n_out, Fraction(n_in - 1, n_out - 1) if n_out > 1 else Fraction(1), Fraction(0))
        case "tf_half_pixel_for_nn":
            return Axis(n_in, n_out, step, half * step)
    raise call.refused(f"coordinate_transformation_mode={mode!r}")


def _axes(call: Call) -> tuple[Axis, ...]:
    if call.attr("antialias", 0):
        raise call.refused("antialias=1")
    return tuple(
        _axis(call, n, m, scale) for n, m, scale in zip(call.shape(), call.out_shape, _scales(call), strict=True)
    )


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


def _taps(call: Call, axis: Axis) -> Taps:
    """Which indices an output at x reads with a coefficient other than zero."""
    named = {"linear": linear_taps, "cubic": cubic_taps}
    return named.get(_interpolation(call)) or nearest_taps(_nearest_mode(call, axis))


def _map(axis: Axis, taps: Taps) -> IndexMap:
    if axis.step.denominator <= MAX_PERIOD:
        return sampled(axis.step, axis.offset, taps)
    return tabulate([support(taps(i * axis.step + axis.offset)) for i in range(axis.n_out)])


def _status(call: Call, axis: Axis) -> tuple[Status, str]:
    if call.attr("coordinate_transformation_mode") == "align_corners":
        return Status.CANVAS, "align_corners ties the scale to the canvas"
    if axis.step.denominator > MAX_PERIOD:
        return Status.CANVAS, "the scale is no simple ratio, so that no two units read alike"
    return Status.EXACT, ""


def _reads(call: Call) -> list[Relation]:
    reads = tuple(
        AxisRead(i)
        if a.n_in == a.n_out and a.step == 1 and a.offset == 0
        else AxisRead(i, _map(a, _taps(call, a)), Border.EDGE, *_status(call, a))
        for i, a in enumerate(_axes(call))
    )
    return only_first(call, Reads(reads))


def _cubic_weights(t: float, a: float) -> list[float]:
    """Keys' kernel at the four taps around a point at distance t from the second."""

    def near(d: float) -> float:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: float) -> float:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [far(1 + t), near(t), near(1 - t), far(2 - t)]


def _table(call: Call, axis: Axis) -> tuple[Array, Array]:
    """Indices and coefficients of every tap: two arrays of shape [taps, n_out]."""
    mode = _interpolation(call)
    nearest = nearest_taps(_nearest_mode(call, axis)) if mode == "nearest" else None
    outside = bool(call.attr("exclude_outside", 0))
    indices, weights = [], []
    for i in range(axis.n_out):
        x = i * axis.step + axis.offset
        base, t = floor(x), float(x - floor(x))
        if nearest is not None:
            taps, coefficients = [*nearest(x)], [1.0]
        elif mode == "linear":
            taps, coefficients = [base, base + 1], [1 - t, t]
        else:
            taps = [base - 1, base, base + 1, base + 2]
            coefficients = _cubic_weights(t, float(call.attr("cubic_coeff_a", -0.75)))
        if outside:
            inside = [c if 0 <= k < axis.n_in else 0.0 for k, c in zip(taps, coefficients, strict=True)]
            coefficients = [c / sum(inside) for c in inside] if any(inside) else coefficients
        indices.append([min(max(k, 0), axis.n_in - 1) for k in taps])
        weights.append(coefficients)
    return np.asarray(indices).T, np.asarray(weights).T


def _lower(call: Call) -> Kernel:
    import torch

    tables = {
        i: tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in _table(call, axis))
        for i, axis in enumerate(_axes(call))
        if not (axis.n_in == axis.n_out and axis.step == 1 and axis.offset == 0)
    }

    def kernel(x: "Tensor", *_: "Tensor | None") -> "Tensor":
        for axis, (indices, weights) in tables.items():
            place = [-1 if i == axis else 1 for i in range(x.ndim)]
            picked = [x.index_select(axis, row.to(x.device)) for row in indices]
            if len(picked) == 1:
                x = picked[0]
                continue
            scale = weights.to(dtype=x.dtype, device=x.device)
            x = sum((p * w.reshape(place) for p, w in zip(picked, scale, strict=True)), torch.zeros_like(picked[0]))
        return x

    return kernel


register(Operator("Resize", (10, 11, 13, 18, 19), Nature.AVERAGES, _reads, _lower, out_shape=_out_shape))
register(Operator("Upsample", (7, 9), Nature.AVERAGES, _reads, _lower, out_shape=_out_shape))
