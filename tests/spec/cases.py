"""One table of layers: what they are given and, where torch says it simply, what must come out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Torch = Callable[[Tensor, dict[str, Tensor]], Tensor]


@dataclass(frozen=True)
class Case:
    """A layer named `it`, alone on an input; `torch` gets the input and the layer's weights by part."""

    shape: tuple[int, ...]
    layer: dict[str, Any]
    output: tuple[int, ...]
    torch: Torch | None = None
    sources: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rest = "-".join(f"{key}={value}" for key, value in self.layer.items() if key != "type")
        return f"{self.layer['type']}-{len(self.shape) - 2}d-{rest}"


def _conv(axes: int, **arguments: Any) -> Torch:
    function = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]
    return lambda x, w: function(x, w["weight"], w.get("bias"), **arguments)


def _transposed(axes: int, **arguments: Any) -> Torch:
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[axes - 1]
    return lambda x, w: function(x, w["weight"], w.get("bias"), **arguments)


def _function(function: Callable[[Tensor], Tensor]) -> Torch:
    return lambda x, w: function(x)


def _squeeze_excite(x: Tensor, w: dict[str, Tensor]) -> Tensor:
    mean = x.mean((2, 3), keepdim=True)
    hidden = F.conv2d(mean, w["reduce.weight"], w["reduce.bias"]).relu()
    return x * F.conv2d(hidden, w["expand.weight"], w["expand.bias"]).sigmoid()


def _layer_norm(x: Tensor, w: dict[str, Tensor], epsilon: float = 1e-5) -> Tensor:
    return F.layer_norm(x.movedim(1, -1), x.shape[1:2], w["scale"], w["bias"], epsilon).movedim(-1, 1)


def _attention(heads: int = 1, window: Sequence[int] = (), shift: Sequence[int] = ()) -> Torch:
    """Attention of every position to all; those of another window, by the numbers of both, are masked one by one."""

    def attend(x: Tensor, w: dict[str, Tensor]) -> Tensor:
        tokens = x.flatten(2).mT
        query, key, value = (
            F.linear(tokens, w[f"{part}.weight"].mT, w.get(f"{part}.bias")).unflatten(2, (heads, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.mT / query.shape[-1] ** 0.5
        scores[..., ~_in_one_window(x.shape[2:], window, shift)] = -torch.inf
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        return F.linear(mixed, w["output.weight"].mT, w["output.bias"]).mT.unflatten(2, x.shape[2:])

    return attend


def _in_one_window(size: Sequence[int], window: Sequence[int], shift: Sequence[int]) -> Tensor:
    """Positions x positions: whether both lie in the same window."""
    positions = list(product(*map(range, size)))
    numbers = [
        [(p - s) // side for p, side, s in zip(position, window, shift or [0] * len(window), strict=True)]
        if window
        else []
        for position in positions
    ]
    return torch.tensor([[one == other for other in numbers] for one in numbers])


IMAGE = (2, 3, 9, 11)
FEATURES = (2, 8, 6, 10)

CONVOLUTIONS = [
    Case(IMAGE, {"type": "conv", "channels": 4, "kernel": 3}, (2, 4, 7, 9), _conv(2)),
    Case(
        IMAGE,
        {"type": "conv", "channels": 4, "kernel": [3, 5], "stride": [2, 1], "padding": [1, 2], "bias": False},
        (2, 4, 5, 11),
        _conv(2, stride=(2, 1), padding=(1, 2)),
    ),
    Case(
        IMAGE,
        {"type": "conv", "channels": 4, "kernel": 3, "padding": [[1, 0], [0, 2]]},
        (2, 4, 8, 11),
        lambda x, w: F.conv2d(F.pad(x, (0, 2, 1, 0)), w["weight"], w["bias"]),
    ),
    Case(IMAGE, {"type": "conv", "channels": 4, "kernel": 3, "padding": "same"}, (2, 4, 9, 11), _conv(2, padding=1)),
    Case(
        (1, 2, 8, 9),
        {"type": "conv", "channels": 4, "kernel": 3, "stride": 2, "padding": "same"},
        (1, 4, 4, 5),
        lambda x, w: F.conv2d(F.pad(x, (1, 1, 0, 1)), w["weight"], w["bias"], stride=2),
    ),
    Case(IMAGE, {"type": "conv", "channels": 4, "kernel": 3, "padding": "valid"}, (2, 4, 7, 9), _conv(2)),
    Case(
        FEATURES,
        {"type": "conv", "channels": 4, "kernel": 3, "groups": 2, "dilation": 2, "padding": 2},
        (2, 4, 6, 10),
        _conv(2, groups=2, dilation=2, padding=2),
    ),
    Case((2, 3, 16), {"type": "conv", "channels": 4, "kernel": 5, "stride": 3}, (2, 4, 4), _conv(1, stride=3)),
    Case((1, 2, 5, 6, 7), {"type": "conv", "channels": 3, "kernel": [1, 2, 3]}, (1, 3, 5, 5, 5), _conv(3)),
    Case(
        FEATURES,
        {"type": "depthwise_conv", "kernel": 3, "multiplier": 2, "padding": 1},
        (2, 16, 6, 10),
        _conv(2, groups=8, padding=1),
    ),
    Case(
        IMAGE,
        {"type": "transposed_conv", "channels": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
        (2, 4, 18, 22),
        _transposed(2, stride=2, padding=1, output_padding=1),
    ),
    Case(
        FEATURES,
        {"type": "transposed_conv", "channels": 4, "kernel": 2, "stride": 2, "groups": 4, "bias": False},
        (2, 4, 12, 20),
        _transposed(2, stride=2, groups=4),
    ),
    Case(
        IMAGE,
        {"type": "transposed_conv", "channels": 4, "kernel": 4, "stride": 2, "padding": "same"},
        (2, 4, 18, 22),
        _transposed(2, stride=2, padding=1),
    ),
    Case(
        IMAGE,
        {"type": "transposed_conv", "channels": 4, "kernel": 2, "stride": 3, "padding": "same"},
        (2, 4, 27, 33),
        _transposed(2, stride=3, output_padding=1),
    ),
    Case((1, 2, 7), {"type": "transposed_conv", "channels": 3, "kernel": 5}, (1, 3, 11), _transposed(1)),
]

POOLS = [
    Case(IMAGE, {"type": "max_pool", "kernel": 2}, (2, 3, 4, 5), _function(lambda x: F.max_pool2d(x, 2))),
    Case(
        IMAGE,
        {"type": "max_pool", "kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        (2, 3, 5, 6),
        _function(lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True)),
    ),
    Case(
        (1, 2, 8, 8),
        {"type": "max_pool", "kernel": 3, "stride": 2, "padding": "same"},
        (1, 2, 4, 4),
        _function(lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2)),
    ),
    Case(
        IMAGE,
        {"type": "max_pool", "kernel": 2, "stride": 1, "dilation": 3},
        (2, 3, 6, 8),
        _function(lambda x: F.max_pool2d(x, 2, 1, dilation=3)),
    ),
    Case((1, 2, 9), {"type": "max_pool", "kernel": 3}, (1, 2, 3), _function(lambda x: F.max_pool1d(x, 3))),
    Case(
        IMAGE,
        {"type": "avg_pool", "kernel": 3, "stride": 2, "padding": 1},
        (2, 3, 5, 6),
        _function(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)),
    ),
    Case(
        IMAGE,
        {"type": "avg_pool", "kernel": 3, "stride": 2, "padding": 1, "count_include_pad": True},
        (2, 3, 5, 6),
        _function(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=True)),
    ),
    Case(
        (1, 2, 8, 8),
        {"type": "avg_pool", "kernel": 3, "stride": 2, "ceil_mode": True},
        (1, 2, 4, 4),
        _function(lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True)),
    ),
    Case(
        (1, 2, 4, 6, 8),
        {"type": "avg_pool", "kernel": 2},
        (1, 2, 2, 3, 4),
        _function(lambda x: F.avg_pool3d(x, 2)),
    ),
    Case(
        IMAGE,
        {"type": "global_avg_pool"},
        (2, 3, 1, 1),
        _function(lambda x: x.mean((2, 3), keepdim=True)),
    ),
]

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "elu": F.elu,
    "gelu": F.gelu,
    "hard_sigmoid": F.hardsigmoid,
    "hard_swish": F.hardswish,
    "identity": lambda x: x,
    "leaky_relu": F.leaky_relu,
    "mish": F.mish,
    "relu": F.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
}
POINTWISE = [
    *(Case(IMAGE, {"type": name}, IMAGE, _function(function)) for name, function in FUNCTIONS.items()),
    Case(
        IMAGE,
        {"type": "activation", "function": "leaky_relu", "alpha": 0.2},
        IMAGE,
        _function(lambda x: F.leaky_relu(x, 0.2)),
    ),
    Case(IMAGE, {"type": "elu", "alpha": 0.5}, IMAGE, _function(lambda x: F.elu(x, 0.5))),
    Case(IMAGE, {"type": "batch_norm", "epsilon": 0.5}, IMAGE, _function(lambda x: x / 1.5**0.5)),
    Case(IMAGE, {"type": "dropout", "rate": 0.9}, IMAGE, _function(lambda x: x)),
    Case(IMAGE, {"type": "scale", "factor": -0.3}, IMAGE, _function(lambda x: -0.3 * x)),
    Case(FEATURES, {"type": "se", "reduction": 4}, FEATURES, _squeeze_excite),
    Case(FEATURES, {"type": "se", "gate": "hard_sigmoid"}, FEATURES),
    Case(IMAGE, {"type": "softmax"}, IMAGE, _function(lambda x: x.softmax(1))),
    Case(IMAGE, {"type": "softmax", "axis": 3}, IMAGE, _function(lambda x: x.softmax(3))),
]

JOINS = [
    Case(IMAGE, {"type": "add", "from": ["input", "input"]}, IMAGE, _function(lambda x: 2 * x)),
    Case(IMAGE, {"type": "add", "from": ["input"] * 3}, IMAGE, _function(lambda x: 3 * x)),
    Case(IMAGE, {"type": "mul", "from": ["input"] * 3}, IMAGE, _function(lambda x: x**3)),
    Case(
        IMAGE,
        {"type": "concat", "from": ["input", "input"]},
        (2, 6, 9, 11),
        _function(lambda x: torch.cat([x, x], 1)),
    ),
    Case(
        IMAGE,
        {"type": "concat", "axis": 2, "from": ["input", "input"]},
        (2, 3, 18, 11),
        _function(lambda x: torch.cat([x, x], 2)),
    ),
]

LAYOUT = [
    Case(
        IMAGE,
        {"type": "upsample", "scale": 2},
        (2, 3, 18, 22),
        _function(lambda x: F.interpolate(x, scale_factor=2)),
    ),
    Case(
        IMAGE,
        {"type": "resize", "size": [7, 20]},
        (2, 3, 7, 20),
        _function(lambda x: F.interpolate(x, (7, 20))),
    ),
    Case(
        IMAGE,
        {"type": "resize", "scale": [2, 1.5], "mode": "linear"},
        (2, 3, 18, 16),
        _function(lambda x: F.interpolate(x, scale_factor=(2, 1.5), mode="bilinear")),
    ),
    Case(
        IMAGE,
        {"type": "resize", "size": 20, "mode": "linear", "align_corners": True},
        (2, 3, 20, 20),
        _function(lambda x: F.interpolate(x, (20, 20), mode="bilinear", align_corners=True)),
    ),
    Case(
        (1, 2, 5),
        {"type": "resize", "scale": 3, "mode": "linear"},
        (1, 2, 15),
        _function(lambda x: F.interpolate(x, scale_factor=3, mode="linear")),
    ),
    Case(
        IMAGE,
        {"type": "pad", "padding": [[1, 2], [0, 3]], "value": 2.0},
        (2, 3, 12, 14),
        _function(lambda x: F.pad(x, (0, 3, 1, 2), value=2.0)),
    ),
    Case(
        IMAGE,
        {"type": "pad", "padding": 2, "mode": "reflect"},
        (2, 3, 13, 15),
        _function(lambda x: F.pad(x, (2, 2, 2, 2), mode="reflect")),
    ),
    Case(
        IMAGE,
        {"type": "pad", "padding": [1, 2], "mode": "edge"},
        (2, 3, 11, 15),
        _function(lambda x: F.pad(x, (2, 2, 1, 1), mode="replicate")),
    ),
    Case(IMAGE, {"type": "slice", "start": 1, "step": 2}, (2, 3, 4, 5), _function(lambda x: x[:, :, 1::2, 1::2])),
    Case(
        IMAGE,
        {"type": "slice", "start": [-4, 0], "stop": [None, -2]},
        (2, 3, 4, 9),
        _function(lambda x: x[:, :, -4:, :-2]),
    ),
    Case(
        FEATURES,
        {"type": "slice", "axes": [1], "start": 4, "stop": 100},
        (2, 4, 6, 10),
        _function(lambda x: x[:, 4:]),
    ),
    Case(FEATURES, {"type": "space_to_depth", "block": 2}, (2, 32, 3, 5)),
    Case(
        FEATURES,
        {"type": "depth_to_space", "block": 2, "mode": "CRD"},
        (2, 2, 12, 20),
        _function(lambda x: F.pixel_shuffle(x, 2)),
    ),
    Case(FEATURES, {"type": "depth_to_space", "block": 2}, (2, 2, 12, 20)),
]

CLASSIFIER = [
    Case(IMAGE, {"type": "flatten"}, (2, 297), _function(lambda x: x.flatten(1))),
    Case((2, 8), {"type": "linear", "features": 5}, (2, 5), lambda x, w: F.linear(x, w["weight"], w["bias"])),
    Case((2, 8), {"type": "linear", "features": 5, "bias": False}, (2, 5), lambda x, w: F.linear(x, w["weight"])),
    Case((2, 8), {"type": "softmax"}, (2, 8), _function(lambda x: x.softmax(1))),
]

TRANSFORMER = [
    Case(FEATURES, {"type": "layer_norm"}, FEATURES, _layer_norm),
    Case((2, 8, 5), {"type": "layer_norm", "epsilon": 0.5}, (2, 8, 5), lambda x, w: _layer_norm(x, w, 0.5)),
    Case((1, 3, 2, 4, 5), {"type": "layer_norm"}, (1, 3, 2, 4, 5), _layer_norm),
    Case((2, 8), {"type": "layer_norm"}, (2, 8), _layer_norm),
    Case(FEATURES, {"type": "attention"}, FEATURES, _attention()),
    Case(FEATURES, {"type": "attention", "heads": 4, "qkv_bias": False}, FEATURES, _attention(4)),
    Case(IMAGE, {"type": "attention", "channels": 6, "heads": 2}, (2, 6, 9, 11), _attention(2)),
    Case(FEATURES, {"type": "attention", "window": 2, "heads": 2}, FEATURES, _attention(2, (2, 2))),
    Case(FEATURES, {"type": "attention", "window": [3, 5]}, FEATURES, _attention(1, (3, 5))),
    Case(
        FEATURES,
        {"type": "attention", "window": [3, 5], "shift": [1, 2], "heads": 2},
        FEATURES,
        _attention(2, (3, 5), (1, 2)),
    ),
    Case(
        FEATURES,
        {"type": "attention", "window": [6, 2], "shift": [0, 1]},
        FEATURES,
        _attention(1, (6, 2), (0, 1)),
    ),
    Case((2, 4, 12), {"type": "attention", "window": 4, "shift": 3}, (2, 4, 12), _attention(1, (4,), (3,))),
    Case(
        (1, 2, 2, 4, 6),
        {"type": "attention", "window": [1, 2, 3], "shift": [0, 1, 1]},
        (1, 2, 2, 4, 6),
        _attention(1, (1, 2, 3), (0, 1, 1)),
    ),
]

CASES = [*CONVOLUTIONS, *POOLS, *POINTWISE, *JOINS, *LAYOUT, *CLASSIFIER, *TRANSFORMER]
