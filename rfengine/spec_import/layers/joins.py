"""Layers that read several values: add, mul, concat; and the gate that a value makes for itself."""

import numpy as np

from api_schemas.spec_layers import Add, Concat, Mul, SqueezeExcite
from rfengine.spec_import.layers.pointwise import HARD_SIGMOID
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Shape, Site


@lowers(Add)
def add(_layer: Add, site: Site) -> Shape:
    """Add of two values, Sum of more; nothing is stretched, since that hides mistakes in a residual sum."""
    for name, shape in zip(site.inputs, site.shapes, strict=True):
        if shape != site.shape:
            raise site.refuse(
                f"'{site.inputs[0]}' {list(site.shape)} and '{name}' {list(shape)} differ{_where(site.shape, shape)}; "
                "bring them to one shape, by a 1x1 conv or a resize say"
            )
    site.node("Add" if len(site.inputs) == 2 else "Sum", site.inputs)
    return site.shape


def _where(one: Shape, other: Shape) -> str:
    if len(one) != len(other):
        return " in rank"
    same_space, same_channels = one[2:] == other[2:], one[1] == other[1]
    if same_space and not same_channels:
        return f" in channels ({one[1]} and {other[1]})"
    return " in size" if same_channels else " in channels and size"


@lowers(Mul)
def mul(_layer: Mul, site: Site) -> Shape:
    """A chain of Mul, whose values broadcast as numpy's do but have one rank."""
    try:
        if len({len(shape) for shape in site.shapes}) > 1:
            raise ValueError
        shape = np.broadcast_shapes(*site.shapes)
    except ValueError:
        listed = ", ".join(f"'{n}' {list(s)}" for n, s in zip(site.inputs, site.shapes, strict=True))
        raise site.refuse(f"{listed} do not fit; sizes along an axis must be equal or 1") from None
    product = site.inputs[0]
    for number, factor in enumerate(site.inputs[1:], start=1):
        part = "" if number == len(site.inputs) - 1 else f"product{number}"
        product = site.node("Mul", [product, factor], part=part)
    return shape


@lowers(Concat)
def concat(layer: Concat, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Concat.html."""
    axis = layer.axis
    if axis >= len(site.shape):
        raise site.refuse(f"axis {axis} is not in shape {list(site.shape)}; use 1 to {len(site.shape) - 1}")
    for name, shape in zip(site.inputs, site.shapes, strict=True):
        if len(shape) != len(site.shape) or _but(shape, axis) != _but(site.shape, axis):
            raise site.refuse(
                f"'{site.inputs[0]}' {list(site.shape)} and '{name}' {list(shape)} differ outside axis {axis}; "
                "bring them to one size, by a resize or a slice say"
            )
    site.node("Concat", site.inputs, {"axis": axis})
    return (*site.shape[:axis], sum(shape[axis] for shape in site.shapes), *site.shape[axis + 1 :])


def _but(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


@lowers(SqueezeExcite)
def squeeze_excite(layer: SqueezeExcite, site: Site) -> Shape:
    """Global mean, two 1x1 convolutions, gate (Hu et al. 2018, section 3)."""
    ones = (1,) * len(site.spatial())
    channels = site.shape[1]
    squeezed = max(channels // layer.reduction, 1)
    mean = site.node("GlobalAveragePool", site.inputs, part="mean")
    narrow = [
        site.weight("reduce.weight", (squeezed, channels, *ones), channels, squeezed),
        site.fill("reduce.bias", squeezed, 0.0),
    ]
    reduced = site.node("Conv", [mean, *narrow], {"kernel_shape": ones}, part="reduce")
    rectified = site.node("Relu", [reduced], part="relu")
    wide = [
        site.weight("expand.weight", (channels, squeezed, *ones), squeezed, channels),
        site.fill("expand.bias", channels, 0.0),
    ]
    expanded = site.node("Conv", [rectified, *wide], {"kernel_shape": ones}, part="expand")
    if layer.gate == "sigmoid":
        gate = site.node("Sigmoid", [expanded], part="gate")
    else:
        gate = site.node("HardSigmoid", [expanded], HARD_SIGMOID, part="gate")
    site.node("Mul", [site.inputs[0], gate])
    return site.shape
