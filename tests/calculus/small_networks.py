"""Words to write small networks with, in the layer-spec language."""

from typing import Any

Layer = dict[str, Any]


def conv(kernel: Any, stride: int = 1, padding: Any = "valid", **more: Any) -> Layer:
    return {"type": "conv", "channels": 1, "kernel": kernel, "stride": stride, "padding": padding, **more}


def add(*sources: str, **more: Any) -> Layer:
    return {"type": "add", "from": list(sources), **more}


MAX_POOL: Layer = {"type": "max_pool", "kernel": 2}
UP: Layer = {"type": "transposed_conv", "channels": 1, "kernel": 2, "stride": 2}


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
