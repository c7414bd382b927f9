"""Layers that move values: resize, pad, slice, space and depth."""

import numpy as np

from api_schemas.spec_layers import DepthToSpace, Pad, Resize, Slice, SpaceToDepth
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Attribute, Shape, Site


@lowers(Resize)
def resize(layer: Resize, site: Site) -> Shape:
    """As torch's interpolate maps coordinates (https://onnx.ai/onnx/operators/onnx__Resize.html).

    Nearest takes the pixel at floor(i / scale); linear aligns the images' edges or, if asked, the corners' centres.
    """
    size = site.spatial()
    attributes: dict[str, Attribute] = {"mode": layer.mode}
    if layer.mode == "nearest":
        attributes |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = "align_corners" if layer.align_corners else "half_pixel"
        attributes["coordinate_transformation_mode"] = how
    if layer.size is not None:
        output = site.per_axis("size", layer.size, len(size))
        return _to_size(output, attributes, site)
    scales = np.array(site.per_axis("scale", layer.scale or (), len(size)), np.float32)
    # Runtimes multiply in float32: 10 times 1.9 is 19. onnx's shape inference does not: 18.99... is 18.
    products = np.array(size, np.float32) * scales
    output = tuple(int(product) for product in products)
    for n, scale, out in zip(size, scales, output, strict=True):
        if out < 1:
            raise site.refuse(f"scale {scale:g} leaves nothing of {n} px; use a larger one")
    if (products == output).all() and output != tuple(np.array(size) * scales.astype(np.float64) // 1):
        return _to_size(output, attributes, site)  # says the same and leaves nothing to round
    scales = np.concatenate([np.ones(2, np.float32), scales])
    site.node("Resize", [site.inputs[0], "", site.constant("scales", scales)], attributes)
    return (*site.shape[:2], *output)


def _to_size(output: Shape, attributes: dict[str, Attribute], site: Site) -> Shape:
    shape = (*site.shape[:2], *output)
    site.node("Resize", [site.inputs[0], "", "", site.constant("sizes", np.array(shape, np.int64))], attributes)
    return shape


@lowers(Pad)
def pad(layer: Pad, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Pad.html."""
    size = site.spatial()
    assert layer.padding != "same"  # its model refuses that
    pairs = site.per_axis("padding", layer.padding, len(size))
    for axis, (n, pair) in enumerate(zip(size, pairs, strict=True)):
        if layer.mode == "reflect" and max(pair) >= n:
            raise site.refuse(f"reflects {max(pair)} px along {site.axis_name(axis)} of {n}; reflect fewer than that")
    begins, ends = [0, 0, *(b for b, _ in pairs)], [0, 0, *(e for _, e in pairs)]
    inputs = [site.inputs[0], site.constant("pads", np.array(begins + ends, np.int64))]
    if layer.mode == "constant":
        inputs.append(site.constant("value", np.array(layer.value, np.float32)))
    site.node("Pad", inputs, {"mode": layer.mode})
    return (*site.shape[:2], *(n + b + e for n, (b, e) in zip(size, pairs, strict=True)))


@lowers(Slice)
def slice_(layer: Slice, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Slice.html."""
    axes = layer.axes or tuple(range(2, len(site.shape)))
    if max(axes, default=0) >= len(site.shape) or not axes or len(set(axes)) < len(axes):
        raise site.refuse(f"axes {list(axes)} do not fit shape {list(site.shape)}; name axes 1 and up, each once")
    starts, stops = (site.per_axis(f, v, len(axes)) for f, v in (("start", layer.start), ("stop", layer.stop)))
    steps = site.per_axis("step", layer.step, len(axes))
    shape = list(site.shape)
    bounds = []
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        taken = range(shape[axis])[start:stop:step]
        if not taken:
            raise site.refuse(f"{start}:{stop}:{step} takes nothing of axis {axis} with size {shape[axis]}")
        bounds.append((taken.start, taken.stop, step))
        shape[axis] = len(taken)
    firsts, lasts, strides = zip(*bounds, strict=True)
    parts = {"start": firsts, "stop": lasts, "axes": axes, "step": strides}
    tensors = [site.constant(part, np.array(values, np.int64)) for part, values in parts.items()]
    site.node("Slice", [site.inputs[0], *tensors])
    return tuple(shape)


@lowers(SpaceToDepth)
def space_to_depth(layer: SpaceToDepth, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html."""
    height, width = site.spatial(axes=2)
    block = layer.block
    if height % block or width % block:
        raise site.refuse(f"block {block} does not divide its input of {height} x {width} px; pad or slice it first")
    site.node("SpaceToDepth", site.inputs, {"blocksize": block})
    return (site.shape[0], site.shape[1] * block**2, height // block, width // block)


@lowers(DepthToSpace)
def depth_to_space(layer: DepthToSpace, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__DepthToSpace.html."""
    height, width = site.spatial(axes=2)
    block, channels = layer.block, site.shape[1]
    if channels % block**2:
        raise site.refuse(f"block {block} needs channels in multiples of {block**2}, its input has {channels}")
    site.node("DepthToSpace", site.inputs, {"blocksize": block, "mode": layer.mode})
    return (site.shape[0], channels // block**2, height * block, width * block)
