"""Activations: element by element, so every unit sees what it saw. https://onnx.ai/onnx/operators/."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable, ordering, reordered
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import elementwise, first_input_only

if TYPE_CHECKING:
    from torch import Tensor


def _plain(name: str, versions: tuple[int, ...], function: Callable[[Call], Kernel]) -> None:
    register(Operator(name, versions, Nature.ACTIVATES, first_input_only, function))


def _relu(_: Call) -> Kernel:
    import torch.nn.functional as F

    return lambda x: F.relu(x)


def _leaky_relu(call: Call) -> Kernel:
    import torch.nn.functional as F

    alpha = float(call.attr("alpha", 0.01))
    return lambda x: F.leaky_relu(x, alpha)


def _prelu(_: Call) -> Kernel:
    import torch

    # An unsigned number is never below zero.
    return lambda x, slope: torch.where(x < 0, slope * x, x) if x.dtype.is_signed else x


def _sigmoid(_: Call) -> Kernel:
    import torch

    return lambda x: torch.sigmoid(x)


def _tanh(_: Call) -> Kernel:
    import torch

    return lambda x: torch.tanh(x)


def _elu(call: Call) -> Kernel:
    import torch.nn.functional as F

    alpha = float(call.attr("alpha", 1.0))
    return lambda x: F.elu(x, alpha)


def _selu(call: Call) -> Kernel:
    import torch.nn.functional as F

    # Given as alpha and gamma; torch's own constants are the defaults rounded differently.
    alpha, gamma = (
        float(call.attr("alpha", 1.67326319217681884765625)),
        float(call.attr("gamma", 1.05070102214813232421875)),
    )
    return lambda x: gamma * F.elu(x, alpha)


def _softplus(_: Call) -> Kernel:
    import torch.nn.functional as F

    return lambda x: F.softplus(x)


def _hard_sigmoid(call: Call) -> Kernel:
    alpha, beta = float(call.attr("alpha", 0.2)), float(call.attr("beta", 0.5))
    return lambda x: (alpha * x + beta).clamp(0, 1)


def _hard_swish(_: Call) -> Kernel:
    import torch.nn.functional as F

    return lambda x: F.hardswish(x)


def _gelu(call: Call) -> Kernel:
    import torch.nn.functional as F

    approximate = str(call.attr("approximate", "none"))
    return lambda x: F.gelu(x, approximate=approximate)


def _mish(_: Call) -> Kernel:
    import torch.nn.functional as F

    return lambda x: F.mish(x)


def _swish(call: Call) -> Kernel:
    import torch

    alpha = float(call.attr("alpha", 1.0))
    return lambda x: x * torch.sigmoid(alpha * x)


def _erf(_: Call) -> Kernel:
    import torch

    return lambda x: torch.erf(x)


def _clip(call: Call) -> Kernel:
    if call.node.version < 11:
        low, high = float(call.attr("min", -np.inf)), float(call.attr("max", np.inf))
        return lambda x: x.clamp(low, high)

    def kernel(x: "Tensor", low: "Tensor | None" = None, high: "Tensor | None" = None) -> "Tensor":
        if low is None and high is None:
            return x
        ends = (None if end is None else ordering(end) for end in (low, high))
        return reordered(ordering(x).clamp(*ends), x.dtype)

    return kernel


def _clip_fold(call: Call) -> Array:
    found, low, high = call.data(), call.constant(1), call.constant(2)
    if call.node.version < 11:
        low, high = (np.asarray(call.attr(name, end), found.dtype) for name, end in (("min", -np.inf), ("max", np.inf)))
    found = found if low is None else np.maximum(found, low)
    return found if high is None else np.minimum(found, high)


def _celu(call: Call) -> Kernel:
    import torch.nn.functional as F

    alpha = float(call.attr("alpha", 1.0))
    return lambda x: F.celu(x, alpha)


def _softsign(_: Call) -> Kernel:
    return lambda x: x / (1 + x.abs())


def _thresholded_relu(call: Call) -> Kernel:
    import torch

    alpha = float(call.attr("alpha", 1.0))
    return lambda x: torch.where(x <= alpha, 0, x)


def _shrink(call: Call) -> Kernel:
    import torch

    bias, width = float(call.attr("bias", 0.0)), float(call.attr("lambd", 0.5))

    def kernel(x: "Tensor") -> "Tensor":
        wide = computable(x)
        moved = torch.where(wide < 0, wide + bias, wide - bias)
        return torch.where((wide >= -width) & (wide <= width), 0, moved).to(x.dtype)

    return kernel


def _swiglu(call: Call) -> Kernel:
    import torch

    alpha = float(call.attr("alpha", 1.0))
    return lambda gate, x: gate * torch.sigmoid(alpha * gate) * x


_plain("Relu", (6, 13, 14), _relu)
_plain("LeakyRelu", (6, 16), _leaky_relu)
register(Operator("PRelu", (7, 9, 16), Nature.ACTIVATES, elementwise, _prelu))
_plain("Sigmoid", (6, 13), _sigmoid)
_plain("Tanh", (6, 13), _tanh)
_plain("Elu", (6, 22), _elu)
_plain("Selu", (6, 22), _selu)
_plain("Softplus", (1, 22), _softplus)
_plain("HardSigmoid", (6, 22), _hard_sigmoid)
_plain("HardSwish", (14, 22), _hard_swish)
_plain("Gelu", (20,), _gelu)
_plain("Mish", (18, 22), _mish)
_plain("Swish", (24,), _swish)
_plain("Erf", (9, 13), _erf)
_plain("Celu", (12, 28), _celu)
_plain("Softsign", (1, 22), _softsign)
_plain("ThresholdedRelu", (10, 22), _thresholded_relu)
_plain("Shrink", (9,), _shrink)
register(Operator("Clip", (6, 11, 12, 13), Nature.ACTIVATES, first_input_only, _clip, fold=_clip_fold))
register(Operator("SwiGLU", (28,), Nature.MULTIPLIES, elementwise, _swiglu))
