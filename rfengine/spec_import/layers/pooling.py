"""Pooling over windows and over the whole map."""

from api_schemas.spec_layers import AvgPool, GlobalAvgPool, MaxPool
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Attribute, Shape, Site
from rfengine.spec_import.window import ONE, window


@lowers(MaxPool)
def max_pool(layer: MaxPool, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__MaxPool.html."""
    return _pool(layer, site, "MaxPool", layer.dilation)


@lowers(AvgPool)
def avg_pool(layer: AvgPool, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__AveragePool.html."""
    return _pool(layer, site, "AveragePool", ONE)


def _pool(layer: MaxPool | AvgPool, site: Site, op: str, dilation: Shape) -> Shape:
    found = window(site, layer.kernel, layer.stride or layer.kernel, layer.padding, dilation)
    for kernel, padding in zip(found.kernel * 2, found.pads, strict=True):
        # A window with nothing but padding in it has no largest value and no mean.
        if padding >= kernel:
            raise site.refuse(f"padding {padding} is not below kernel {kernel}; use a pad layer or less padding")
    output = found.output(layer.ceil_mode)
    attributes: dict[str, Attribute] = {
        "kernel_shape": found.kernel,
        "strides": found.stride,
        "pads": found.pads,
        # Only where it matters: before opset 22, onnx's shape inference also counts windows inside the end padding.
        "ceil_mode": int(output != found.output()),
    }
    if isinstance(layer, AvgPool):
        attributes["count_include_pad"] = int(layer.count_include_pad)
    else:
        attributes["dilations"] = found.dilation
    site.node(op, site.inputs, attributes)
    return (*site.shape[:2], *output)


@lowers(GlobalAvgPool)
def global_avg_pool(_layer: GlobalAvgPool, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html."""
    size = site.spatial()
    site.node("GlobalAveragePool", site.inputs)
    return (*site.shape[:2], *ONE * len(size))
