"""ResNets as torchvision lays them out.

They differ from the paper's in one place: the stride of a bottleneck stands in its 3x3 convolution. Feature maps have
torchvision's names, `layer1` to `layer4`; they are the pyramid's C2 to C5.
"""

from collections.abc import Sequence
from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, register

BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
WIDTHS = (64, 128, 256, 512)
EPSILON = 1e-5
TORCHVISION = "https://docs.pytorch.org/vision/stable/models"


def _basic(draft: Draft, name: str, source: str, width: int, stride: int, dilation: int) -> str:
    """Two 3x3 convolutions: what is added to the shortcut."""
    value = draft.unit(f"{name}.1", source, width, 3, stride, dilation, dilation=dilation)
    return draft.unit(f"{name}.2", value, width, 3, 1, 1, active=False)


def _bottleneck(draft: Draft, name: str, source: str, width: int, stride: int, dilation: int) -> str:
    """1x1, 3x3, 1x1."""
    value = draft.unit(f"{name}.1", source, width, 1)
    value = draft.unit(f"{name}.2", value, width, 3, stride, dilation, dilation=dilation)
    return draft.unit(f"{name}.3", value, 4 * width, 1, active=False)


def add_body(draft: Draft, depth: int, dilated: Sequence[bool] = (False,) * 4) -> str:
    """The layers of a ResNet up to `layer4`; a stage that is dilated has its stride turned into dilation.

    As in torchvision, the first block of such a stage still has the dilation of the stage before.
    """
    branch, expansion = (_bottleneck, 4) if depth >= 50 else (_basic, 1)
    value = draft.unit("conv1", INPUT, 64, 7, 2, 3)
    value = draft.add("max_pool", "maxpool", value, kernel=3, stride=2, padding=1)
    channels, dilation = 64, 1
    for stage, (count, width) in enumerate(zip(BLOCKS[depth], WIDTHS, strict=True)):
        first_dilation, stride = dilation, 1 if stage == 0 or dilated[stage] else 2
        dilation *= 2 if dilated[stage] else 1
        for number in range(count):
            last = number == count - 1
            name = f"layer{stage + 1}" if last else f"layer{stage + 1}.{number}"
            inside = f"layer{stage + 1}.{number}"
            geometry = (stride, first_dilation) if number == 0 else (1, dilation)
            residual = branch(draft, inside, value, width, *geometry)
            if number == 0 and (geometry[0] > 1 or channels != expansion * width):
                value = draft.unit(f"{inside}.downsample", value, expansion * width, 1, geometry[0], 0, active=False)
            value = draft.add("relu", name, draft.add("add", f"{inside}.sum", residual, value))
            channels = expansion * width
    return value


def _resnet(depth: int) -> dict[str, Any]:
    draft = Draft(epsilon=EPSILON)
    add_body(draft, depth)
    return {"layers": draft.layers}


for _depth in BLOCKS:
    register(
        Entry(
            name=f"resnet{_depth}",
            title=f"ResNet-{_depth}, torchvision's layout",
            source=f"He et al. 2015; {TORCHVISION}/resnet.html",
            input=(1, 3, 224, 224),
            endpoints=("layer1", "layer2", "layer3", "layer4"),
        ),
        lambda _shape, depth=_depth: _resnet(depth),
    )
