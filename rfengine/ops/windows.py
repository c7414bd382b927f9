"""Window functions and mel filters: made of parameters alone.

https://onnx.ai/onnx/operators/onnx__HannWindow.html, .../onnx__MelWeightMatrix.html
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rfengine.errors import BadShape
from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import whole

if TYPE_CHECKING:
    from torch import Tensor

# A function of the call and of its inputs' values.
Made = Callable[..., Array]


def _cosine_sum(a0: float, a1: float, a2: float) -> Made:
    """The window w(n) = a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N), n = 0 ... size - 1.

    N is the size of a periodic window, and one less for a symmetric one.
    """

    def made(call: Call, size: Array) -> Array:
        count = int(size.reshape(-1)[0])
        N = count if call.attr("periodic", 1) else count - 1
        with np.errstate(all="ignore"):
            phase = 2 * np.pi * np.arange(count) / np.float64(N)
            window = a0 - a1 * np.cos(phase) + a2 * np.cos(2 * phase)
            return np.asarray(window).astype(call.out.dtype)

    return made


def _mel_filters(call: Call, *parameters: Array) -> Array:
    """Triangles with a peak of 1 between neighbouring bins of the mel scale, mel(f) = 2595 log10(1 + f / 700)."""
    mels, length, rate, low, high = (value.reshape(-1)[0].item() for value in parameters)
    low_mel, high_mel = (2595 * np.log10(1 + f / 700) for f in (low, high))
    edges = np.arange(mels + 2) * (high_mel - low_mel) / (mels + 2) + low_mel
    bins = ((length + 1) * (700 * (10 ** (edges / 2595) - 1)) // rate).astype(np.int64)
    spectrum = length // 2 + 1
    if bins.min() < 0 or bins.max() > spectrum:
        raise BadShape(
            f"{call.node}: edges of {low:g} and {high:g} Hz do not fit {spectrum} bins at {rate} samples per second"
        )
    j = np.arange(spectrum)[:, None]
    below, centre, above = bins[:-2], bins[1:-1], bins[2:]
    rising = np.where(centre > below, (j - below) / np.maximum(centre - below, 1), 1.0)
    falling = (above - j) / np.maximum(above - centre, 1)
    triangles = np.where((below <= j) & (j <= centre), rising, 0.0)
    return np.where((centre <= j) & (j < above), falling, triangles).astype(call.out.dtype)


def _folded(made: Made) -> Callable[[Call], Array]:
    def fold(call: Call) -> Array:
        _ = call.out_shape  # refused when it is not known: its size was checked where it is
        return made(call, *(np.asarray(value) for value in call.constants if value is not None))

    return fold


def _lowered(made: Made) -> Callable[[Call], Kernel]:
    def lower(call: Call) -> Kernel:
        import torch

        def kernel(*parameters: "Tensor") -> "Tensor":
            table = made(call, *(value.detach().cpu().numpy() for value in parameters))
            return torch.from_numpy(table).to(parameters[0].device)

        return kernel

    return lower


for _name, _made in (
    ("HannWindow", _cosine_sum(0.5, 0.5, 0)),
    ("HammingWindow", _cosine_sum(25 / 46, 21 / 46, 0)),
    ("BlackmanWindow", _cosine_sum(0.42, 0.5, 0.08)),
    ("MelWeightMatrix", _mel_filters),
):
    register(Operator(_name, (17,), Nature.OTHER, whole, _lowered(_made), fold=_folded(_made)))
