"""Convolution, depthwise and transposed convolution."""

import math

from api_schemas.spec_layers import Conv, DepthwiseConv, TransposedConv
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Attribute, Shape, Site
from rfengine.spec_import.window import Window, window


@lowers(Conv)
def conv(layer: Conv, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Conv.html."""
    return _convolve(layer, site, layer.channels, layer.groups)


@lowers(DepthwiseConv)
def depthwise_conv(layer: DepthwiseConv, site: Site) -> Shape:
    """A convolution with as many groups as channels."""
    channels = site.shape[1]
    return _convolve(layer, site, channels * layer.multiplier, channels)


def _convolve(layer: Conv | DepthwiseConv, site: Site, channels: int, groups: int) -> Shape:
    found = window(site, layer.kernel, layer.stride, layer.padding, layer.dilation)
    batch, incoming = site.shape[:2]
    _check_groups(site, groups, incoming, channels)
    taps = math.prod(found.kernel)
    weight_shape = (channels, incoming // groups, *found.kernel)
    fans = (incoming // groups * taps, channels // groups * taps)
    weight = site.weight("weight", weight_shape, *fans, layer.fill, groups=groups)
    inputs = [site.inputs[0], weight, *_bias(layer.bias, channels, site)]
    site.node("Conv", inputs, {**_geometry(found), "pads": found.pads, "group": groups})
    return (batch, channels, *found.output())


@lowers(TransposedConv)
def transposed_conv(layer: TransposedConv, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__ConvTranspose.html."""
    size = site.spatial()
    extra = site.per_axis("output_padding", layer.output_padding, len(size))
    found = _transposed_window(layer, site, size)
    if layer.padding == "same":
        if any(extra):
            raise site.refuse(f"output_padding {list(extra)} with padding 'same', which sets it; leave one out")
        extra = tuple(max(s - span, 0) for s, span in zip(found.stride, found.span, strict=True))
    _check_output_padding(site, extra, found)
    output = tuple(
        s * (n - 1) + more + span - begin - end
        for n, s, span, begin, end, more in zip(
            size, found.stride, found.span, found.begin, found.end, extra, strict=True
        )
    )
    for axis, out in enumerate(output):
        if out < 1:
            raise site.refuse(f"padding takes all of the output along {site.axis_name(axis)} ({out} px); use less")
    batch, incoming = site.shape[:2]
    _check_groups(site, layer.groups, incoming, layer.channels)
    taps = math.prod(found.kernel)
    outgoing = layer.channels // layer.groups
    # One output is reached by kernel / stride taps, on average over the phases.
    fan_in = max(incoming // layer.groups * taps // math.prod(found.stride), 1)
    shape, fans = (incoming, outgoing, *found.kernel), (fan_in, outgoing * taps)
    weight = site.weight("weight", shape, *fans, layer.fill, groups=layer.groups, inputs_first=True)
    inputs = [site.inputs[0], weight, *_bias(layer.bias, layer.channels, site)]
    geometry = {**_geometry(found), "pads": found.pads, "output_padding": extra, "group": layer.groups}
    site.node("ConvTranspose", inputs, geometry)
    return (batch, layer.channels, *output)


def _transposed_window(layer: TransposedConv, site: Site, size: Shape) -> Window:
    """The window whose padding is taken from the output; SAME takes kernel - stride, the odd one at the end."""
    kernel = site.per_axis("kernel", layer.kernel, len(size))
    stride = site.per_axis("stride", layer.stride, len(size))
    dilation = site.per_axis("dilation", layer.dilation, len(size))
    if layer.padding == "same":
        spare = [max((k - 1) * d + 1 - s, 0) for k, s, d in zip(kernel, stride, dilation, strict=True)]
        pairs = tuple((total // 2, total - total // 2) for total in spare)
    else:
        pairs = site.per_axis("padding", layer.padding, len(size))
    return Window(size, kernel, stride, dilation, tuple(b for b, _ in pairs), tuple(e for _, e in pairs))


def _check_output_padding(site: Site, extra: Shape, found: Window) -> None:
    for more, stride in zip(extra, found.stride, strict=True):
        if more >= stride:
            raise site.refuse(f"output_padding {more} is not below stride {stride}; use less, or a pad layer after it")


def _check_groups(site: Site, groups: int, incoming: int, channels: int) -> None:
    for what, count in (("input", incoming), ("output", channels)):
        if count % groups:
            raise site.refuse(
                f"groups {groups} do not divide its {count} {what} channels; use a common divisor of {incoming} "
                f"and {channels}"
            )


def _bias(wanted: bool, channels: int, site: Site) -> list[str]:
    return [site.fill("bias", channels, 0.0)] if wanted else []


def _geometry(found: Window) -> dict[str, Attribute]:
    return {"kernel_shape": found.kernel, "strides": found.stride, "dilations": found.dilation}
