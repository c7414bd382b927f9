"""Pad and CenterCropPad. https://onnx.ai/onnx/operators/onnx__Pad.html, .../onnx__CenterCropPad.html.

A negative pad is a crop. Crops come first, as in onnxruntime: reflect, edge and wrap copy from the cropped tensor.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.index_map import support
from rfengine.calculus.local import strided
from rfengine.calculus.reads import AxisRead, Border, Reads
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.gather import taken
from rfengine.ops.padding import Pair
from rfengine.ops.parameters import are_fixed, numbers, on_axes
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known
from rfengine.ops.tables import following

if TYPE_CHECKING:
    from torch import Tensor

# (begin, end) by axis; axes that are left alone are absent.
Pads = Mapping[int, Pair]


def _border(call: Call) -> Border:
    mode = str(call.attr("mode", "constant"))
    modes = ("constant", "reflect", "edge", "wrap") if call.node.version >= 19 else ("constant", "reflect", "edge")
    if mode not in modes:
        raise BadShape(f"{call.node}: mode={mode!r} is none of {', '.join(modes)}")
    return Border.NOTHING if mode == "constant" else Border(mode)


def _pads(call: Call, pads: "Tensor | None" = None, axes: "Tensor | None" = None) -> Pads:
    """Pads by axis, whatever form the version gives them in; the tensors are the parameters at run time."""
    flat = call.ints("pads", ()) if call.node.version < 11 else numbers(call, 1, pads) or ()
    listed = numbers(call, 3, axes) if call.node.version >= 18 else None
    padded = on_axes(call, listed, len(call.shape()))
    if len(flat) != 2 * len(padded):
        raise BadShape(f"{call.node}: pads={list(flat)} must be two numbers for each of the axes {list(padded)}")
    half = len(padded)
    rows = zip(padded, flat[:half], flat[half:], strict=True)
    return {axis: (begin, end) for axis, begin, end in rows if begin or end}


def _landings(border: Border, length: int, begin: int, end: int) -> list[int]:
    """The input positions that stand along a padded axis, in a mode that copies."""
    before, after = max(-begin, 0), max(-end, 0)
    left = length - before - after
    if left < 1:
        return list(range(before, before + max(0, length + begin + end)))
    landed = [border.landing(i - max(begin, 0), left) for i in range(length + begin + end)]
    return [before + position for position in landed if position is not None]


def _axis_read(border: Border, axis: int, length: int, begin: int, end: int) -> AxisRead:
    if border is Border.NOTHING or (begin >= 0 and end >= 0):
        return AxisRead(axis, strided(-begin, 1), border)
    return following(axis, [support([position]) for position in _landings(border, length, begin, end)])


@when_known
def _pad_reads(call: Call) -> list[Relation]:
    border, pads, shape = _border(call), _pads(call), call.shape()
    axes = [_axis_read(border, i, length, *pads[i]) if i in pads else AxisRead(i) for i, length in enumerate(shape)]
    fill = () if are_fixed(call, 2) else (Reads((None,) * len(shape)),)
    return [tuple((Reads(tuple(axes)),) if i == 0 else fill if i == 2 else () for i in range(len(call.inputs)))]


def _fill(call: Call) -> Any:
    """The constant that fills, as a plain number."""
    if call.node.version < 11:
        return float(call.attr("value", 0.0))
    value = call.constant(2)
    return 0 if value is None or value.size == 0 else value.reshape(-1)[0].item()


def _pad_lower(call: Call) -> Kernel:
    border = _border(call)
    fixed = _pads(call) if are_fixed(call, 1, 3) else None
    fill = _fill(call) if are_fixed(call, 2) else None

    def kernel(
        x: "Tensor", pads: "Tensor | None" = None, value: "Tensor | None" = None, axes: "Tensor | None" = None
    ) -> "Tensor":
        by_axis = _pads(call, pads, axes) if fixed is None else fixed
        if border is Border.NOTHING:
            return _filled(x, by_axis, fill if value is None or fill is not None else value.reshape(()))
        return _copied(x, by_axis, border)

    return kernel


def _filled(x: "Tensor", pads: Pads, fill: "float | Tensor | None") -> "Tensor":
    import torch
    import torch.nn.functional as F

    flat = [end for axis in reversed(range(x.ndim)) for end in pads.get(axis, (0, 0))]
    if not isinstance(fill, torch.Tensor):
        return F.pad(x, flat, value=fill)
    inside = F.pad(torch.ones_like(x, dtype=torch.bool), flat)
    return torch.where(inside, F.pad(x, flat), fill.to(x.device))


def _copied(x: "Tensor", pads: Pads, border: Border) -> "Tensor":
    import torch

    for axis, (begin, end) in pads.items():
        landings = torch.tensor(_landings(border, x.shape[axis], begin, end), dtype=torch.int64, device=x.device)
        x = taken(x, axis, landings)
    return x


def _pad_fold(call: Call) -> Array:
    array, border = call.data(), _border(call)
    for axis, (begin, end) in _pads(call).items():
        length = array.shape[axis]
        if border is not Border.NOTHING:
            array = array.take(_landings(border, length, begin, end), axis)
            continue
        shape = [n if i != axis else length + begin + end for i, n in enumerate(array.shape)]
        padded = np.full(shape, _fill(call), array.dtype)
        kept = slice(max(begin, 0), max(begin, 0) + length - max(-begin, 0) - max(-end, 0))
        place = (slice(None),) * axis
        padded[(*place, kept)] = array[(*place, slice(max(-begin, 0), length - max(-end, 0)))]
        array = padded
    return array


register(Operator("Pad", (2, 11, 13, 18, 19, 21, 23, 24, 25), Nature.MOVES, _pad_reads, _pad_lower, fold=_pad_fold))


def _centred(length: int, wanted: int) -> Pair:
    """Pads that bring a length to another: the odd element is cropped at the end, and padded at the end."""
    if wanted < length:
        begin = (length - wanted) // 2
        return -begin, -(length - wanted - begin)
    begin = (wanted - length) // 2
    return begin, wanted - length - begin


def _centre_pads(call: Call, shape: Shape, wanted: "Tensor | None" = None) -> Pads:
    lengths = numbers(call, 1, wanted) or ()
    given = call.attr("axes")
    axes = on_axes(call, None if given is None else tuple(given), len(shape))
    return {axis: _centred(shape[axis], length) for axis, length in zip(axes, lengths, strict=True)}


@when_known
def _centre_reads(call: Call) -> list[Relation]:
    pads, rank = _centre_pads(call, call.shape()), len(call.shape())
    return only_first(call, Reads(tuple(AxisRead(i, strided(-pads.get(i, (0, 0))[0], 1)) for i in range(rank))))


def _centre_lower(call: Call) -> Kernel:
    if are_fixed(call, 1):
        return lambda x, _: _filled(x, _centre_pads(call, tuple(x.shape)), 0)
    return lambda x, wanted: _filled(x, _centre_pads(call, tuple(x.shape), wanted), 0)


register(Operator("CenterCropPad", (18,), Nature.MOVES, _centre_reads, _centre_lower))
