"""The networks of tests/data/analytic.json as layer specs, keyed by the file's own words."""

from typing import Any

Layer = dict[str, Any]


def conv(kernel: Any, stride: int = 1, padding: Any = "valid", **more: Any) -> Layer:
    return {"type": "conv", "channels": 1, "kernel": kernel, "stride": stride, "padding": padding, **more}


def pad(*pairs: tuple[int, int], **more: Any) -> Layer:
    return {"type": "pad", "padding": [list(pair) for pair in pairs], **more}


def add(*sources: str, **more: Any) -> Layer:
    return {"type": "add", "from": list(sources), **more}


POOL: Layer = {"type": "avg_pool", "kernel": 2}
MAX_POOL: Layer = {"type": "max_pool", "kernel": 2}
UP: Layer = {"type": "transposed_conv", "channels": 1, "kernel": 2, "stride": 2}
IMAGE = {"from": "input"}

ALIGNED = [
    conv(1, 4, name="left"),
    pad((1, 0), **IMAGE),
    conv(3, 2),
    conv(1, 2, name="right"),
    add("left", "right", name="sum"),
]
TWICE = [
    *ALIGNED,
    {"type": "relu", "name": "middle"},
    conv(1, 2, name="left2"),
    pad((1, 0), **{"from": "middle"}),
    conv(3, 2, name="right2"),
    add("left2", "right2"),
    {"type": "relu"},
]
SAME_OR_VALID = [
    conv(1, 4, name="left"),
    conv(3, 2, "same", **IMAGE),
    conv(1, 2, name="right"),
    add("left", "right"),
]


def u_net(depth: int) -> list[Layer]:
    """Two 3x3 per block, pooling down, transposed convolution up, skips by concatenation."""
    block = conv(3, 1, "same")
    layers: list[Layer] = []
    for level in range(depth):
        layers += [block, {**block, "name": f"down{level}"}, MAX_POOL]
    layers += [block, block]
    for level in reversed(range(depth)):
        layers += [
            {**UP, "name": f"up{level}"},
            {"type": "concat", "from": [f"down{level}", f"up{level}"]},
            block,
            block,
        ]
    return [*layers, conv(1)]


def resnet(blocks: tuple[int, ...], *, bottleneck: bool) -> list[Layer]:
    """He et al. 2016 as torchvision lays it out: 3x3 with padding 1, the stride of a bottleneck in its 3x3."""
    layers = [conv(7, 2, 3), {"type": "max_pool", "kernel": 3, "stride": 2, "padding": 1, "name": "stage0"}]
    before = "stage0"
    for stage, count in enumerate(blocks, start=1):
        for number in range(count):
            stride = 2 if stage > 1 and number == 0 else 1
            name = f"layer{stage}" if number == count - 1 else f"layer{stage}.{number}"
            inner = [conv(1), conv(3, stride, 1), conv(1)] if bottleneck else [conv(3, stride, 1), conv(3, 1, 1)]
            inner[0] = {**inner[0], "from": before}
            inner[-1] = {**inner[-1], "name": f"{name}.inner"}
            shortcut = conv(1, stride, name=f"{name}.shortcut", **{"from": before})
            layers += [*inner, shortcut, add(f"{name}.inner", f"{name}.shortcut", name=name)]
            before = name
    return layers


FOCUS = [
    *(
        {"type": "slice", "name": f"s{h}{w}", "start": [h, w], "step": 2, "from": "input"}
        for h in (0, 1)
        for w in (0, 1)
    ),
    {"type": "concat", "from": ["s00", "s10", "s01", "s11"]},
    conv(3),
]

# What the file calls it: side of the image, layers.
NETWORKS: dict[str, tuple[int, list[Layer]]] = {
    "conv7 s2, conv3 s2": (48, [conv(7, 2), conv(3, 2)]),
    "SimpleCNN: conv3 p1, pool2 s2, conv3 p1": (32, [conv(3, 1, 1), MAX_POOL, conv(3, 1, 1)]),
    "conv5, conv3, pool2, conv3, conv3, pool2, conv3, conv3; VALID; 96x96": (
        96,
        [conv(5), conv(3), POOL, conv(3), conv(3), POOL, conv(3), conv(3)],
    ),
    "conv1 k3 p1 s2 on n=5": (5, [conv(3, 2, 1)]),
    "conv2 k3 p1 s2": (5, [conv(3, 2, 1), conv(3, 2, 1)]),
    "conv7, conv5, avgpool2, conv5; VALID; 64x64": (64, [conv(7), conv(5), POOL, conv(5)]),
    "conv3, conv3 | pool2, conv3, conv3 = fm0 | pool2, conv3, conv3 = fm1; VALID; 96x96": (
        96,
        [conv(3), conv(3), POOL, conv(3), conv(3, name="fm0"), POOL, conv(3), conv(3, name="fm1")],
    ),
    "k1=3 p=1 s=3, then k2=2 p=0 s=1": (30, [conv(3, 3, 1), conv(2)]),
    "misaligned: (k5 p_left 2 p_right 1 s2) + (k3 s1)(k3 s1); 8 pixels": (
        8,
        [conv(5, 2, [[2, 1]], name="left"), conv(3, **IMAGE), conv(3, name="right"), add("left", "right")],
    ),
    "aligned: (k1 s4) + (k3 p_left 1 p_right 0 s2, k1 s2)": (
        40,
        [conv(1, 4, name="left"), conv(3, 2, [[1, 0]], **IMAGE), conv(1, 2, name="right"), add("left", "right")],
    ),
    "conv1x1 s4 VALID + (pad 1,0; conv3 s2 VALID; conv1x1 s2 VALID), add": (32, ALIGNED),
    "(pad 2,1; conv5 s2 VALID) + (conv3 VALID; conv3 VALID)": (
        8,
        [pad((2, 1)), conv(5, 2, name="left"), conv(3, **IMAGE), conv(3, name="right"), add("left", "right")],
    ),
    "conv1x1 s4 VALID + (conv3 s2 SAME; conv1x1 s2 VALID), 9x9": (9, SAME_OR_VALID),
    "the same, 8x8": (8, SAME_OR_VALID),
    "conv h3 w5 s2 VALID, conv h3 w1 s2 VALID": (32, [conv([3, 5], 2), conv([3, 1], 2)]),
    "the first net, relu, then (conv1x1 s2 VALID + (pad 1,0; conv3 s2 VALID)), relu": (64, TWICE),
    "ResNet-18 layer4": (224, resnet((2, 2, 2, 2), bottleneck=False)),
    "ResNet-50 layer4": (224, resnet((3, 4, 6, 3), bottleneck=True)),
    "ResNet-50 layer3": (224, resnet((3, 4, 6), bottleneck=True)),
    "U-Net depth 3, two conv3 SAME per block, maxpool2, convtranspose k2 s2, concat skips, final 1x1": (64, u_net(3)),
    "conv3 dilation 4": (20, [conv(3, dilation=4)]),
    "conv3 s2, convtranspose k2 s2, conv3": (32, [conv(3, 2, 1), UP, conv(3)]),
    "space-to-depth 2, conv3": (32, [{"type": "space_to_depth", "block": 2}, conv(3)]),
    "focus slices, conv3": (32, FOCUS),
    "conv3 with squeeze-and-excitation gate": (16, [conv(3), {"type": "se", "reduction": 1}]),
}
