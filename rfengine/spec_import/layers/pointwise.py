"""Layers that treat each value by itself: activations, scale, dropout, norm as in inference."""

import math
from zlib import crc32

import numpy as np

from api_schemas.spec_layers import Activation, BatchNorm, Dropout, Scale
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Shape, Site

# Functions that are one ONNX operator without attributes.
PLAIN = {
    "hard_swish": "HardSwish",
    "identity": "Identity",
    "mish": "Mish",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "tanh": "Tanh",
}
HARD_SIGMOID = {"alpha": 1 / 6, "beta": 0.5}  # clip(x / 6 + 1/2, 0, 1), as in MobileNetV3 and torch; ONNX has 0.2


@lowers(Activation)
def activation(layer: Activation, site: Site) -> Shape:
    """One node where opset 18 has the function, else its formula."""
    value = site.inputs[0]
    match layer.function:
        case "leaky_relu":
            site.node("LeakyRelu", [value], {"alpha": 0.01 if layer.alpha is None else layer.alpha})
        case "elu":
            site.node("Elu", [value], {"alpha": 1.0 if layer.alpha is None else layer.alpha})
        case "hard_sigmoid":
            site.node("HardSigmoid", [value], HARD_SIGMOID)
        case "relu6":
            bounds = [_scalar(site, "low", 0.0), _scalar(site, "high", 6.0)]
            site.node("Clip", [value, *bounds])
        case "silu":
            gate = site.node("Sigmoid", [value], part="sigmoid")
            site.node("Mul", [value, gate])
        case "gelu":
            _gelu(value, site)
        case plain:
            site.node(PLAIN[plain], [value])
    return site.shape


def _gelu(value: str, site: Site) -> None:
    """x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016): the operator came with opset 20."""
    scaled = site.node("Div", [value, _scalar(site, "sqrt2", math.sqrt(2))], part="scaled")
    erf = site.node("Erf", [scaled], part="erf")
    shifted = site.node("Add", [erf, _scalar(site, "one", 1.0)], part="shifted")
    product = site.node("Mul", [value, shifted], part="product")
    site.node("Mul", [product, _scalar(site, "half", 0.5)])


def _scalar(site: Site, part: str, value: float) -> str:
    return site.constant(part, np.array(value, np.float32))


@lowers(Scale)
def scale(layer: Scale, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Mul.html."""
    site.node("Mul", [*site.inputs, _scalar(site, "factor", layer.factor)])
    return site.shape


@lowers(BatchNorm)
def batch_norm(layer: BatchNorm, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__BatchNormalization.html."""
    channels = site.shape[1]
    start = {"scale": 1.0, "bias": 0.0, "mean": 0.0, "var": 1.0}
    statistics = [site.fill(part, channels, value) for part, value in start.items()]
    site.node("BatchNormalization", [*site.inputs, *statistics], {"epsilon": layer.epsilon})
    return site.shape


@lowers(Dropout)
def dropout(layer: Dropout, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__Dropout.html."""
    rate = _scalar(site, "rate", layer.rate)
    if layer.seed is None:
        site.node("Dropout", [*site.inputs, rate])
        return site.shape
    # The operator draws by its seed alone: without the name, all layers of one shape would drop the same places.
    own = crc32(f"{layer.seed}:{site.name}".encode())
    site.node("Dropout", [*site.inputs, rate, site.constant("training", np.array(True))], {"seed": own})
    return site.shape
