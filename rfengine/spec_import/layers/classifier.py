"""The layers of a classifier's end: flatten, linear, softmax."""

import math

from api_schemas.spec_layers import Flatten, Linear, Softmax
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Shape, Site


@lowers(Flatten)
def flatten(_layer: Flatten, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Flatten.html."""
    site.node("Flatten", site.inputs, {"axis": 1})
    return (site.shape[0], math.prod(site.shape[1:]))


@lowers(Linear)
def linear(layer: Linear, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Gemm.html."""
    if len(site.shape) != 2:
        raise site.refuse(
            f"needs flat values [batch, features], but its input '{site.inputs[0]}' has shape {list(site.shape)}; "
            "put a flatten before it, or use a 1x1 conv"
        )
    batch, incoming = site.shape
    weight = site.weight("weight", (layer.features, incoming), incoming, layer.features)
    bias = [site.fill("bias", layer.features, 0.0)] if layer.bias else []
    site.node("Gemm", [site.inputs[0], weight, *bias], {"transB": 1})
    return (batch, layer.features)


@lowers(Softmax)
def softmax(layer: Softmax, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Softmax.html."""
    if layer.axis >= len(site.shape):
        raise site.refuse(f"axis {layer.axis} is not in shape {list(site.shape)}; use 1 to {len(site.shape) - 1}")
    site.node("Softmax", site.inputs, {"axis": layer.axis})
    return site.shape
