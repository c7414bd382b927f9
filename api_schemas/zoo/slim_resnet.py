"""ResNets as TF-slim lays them out (research/slim/nets/resnet_v1.py, resnet_v2.py, resnet_utils.py).

They differ from the paper's and torchvision's: a block's stride stands in its last unit, in the 3x3 of the residual
branch; that convolution and the 7x7 at the root pad by (kernel - 1) / 2 on both sides whatever the image, while the
pooling after the root is SAME and so pads by the image; a shortcut of equal width is a pooling of one pixel.
"""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

UNITS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}
WIDTHS = (64, 128, 256, 512)
STRIDES = (2, 2, 2, 1)
EXPANSION = 4
EPSILON = 1e-5


def _fixed(draft: Draft, name: str, source: str, channels: int, kernel: int, stride: int) -> str:
    """A convolution whose padding does not depend on the image."""
    return draft.unit(name, source, channels, kernel, stride, (kernel - 1) // 2)


def _unit_v1(draft: Draft, name: str, source: str, width: int, stride: int, *, widens: bool) -> str:
    """He et al. 2015, figure 5, right: norm after each convolution, activation after the sum."""
    if widens:
        shortcut = draft.unit(f"{name}/shortcut", source, EXPANSION * width, 1, stride, active=False)
    else:
        shortcut = _subsample(draft, f"{name}/shortcut", source, stride)
    value = draft.unit(f"{name}/conv1", source, width, 1)
    value = _fixed(draft, f"{name}/conv2", value, width, 3, stride)
    value = draft.unit(f"{name}/conv3", value, EXPANSION * width, 1, active=False)
    return draft.add("relu", name, draft.add("add", f"{name}/sum", shortcut, value))


def _unit_v2(draft: Draft, name: str, source: str, width: int, stride: int, *, widens: bool) -> str:
    """He et al. 2016, figure 1b: norm and activation before each convolution, nothing after the sum."""
    before = draft.finish(f"{name}/preact", source, active=True)
    if widens:
        shortcut = draft.conv(f"{name}/shortcut", before, EXPANSION * width, 1, stride)
    else:
        shortcut = _subsample(draft, f"{name}/shortcut", source, stride)
    value = draft.unit(f"{name}/conv1", before, width, 1)
    value = _fixed(draft, f"{name}/conv2", value, width, 3, stride)
    value = draft.conv(f"{name}/conv3", value, EXPANSION * width, 1)
    return draft.add("add", name, shortcut, value)


def _subsample(draft: Draft, name: str, source: str, stride: int) -> str:
    return source if stride == 1 else draft.add("max_pool", name, source, kernel=1, stride=stride)


def _resnet(version: int, depth: int) -> dict[str, Any]:
    scope = f"resnet_v{version}_{depth}"
    unit = (_unit_v1, _unit_v2)[version - 1]
    draft = Draft(epsilon=EPSILON)
    if version == 1:
        value = _fixed(draft, f"{scope}/conv1", INPUT, 64, 7, 2)
    else:
        value = draft.conv(f"{scope}/conv1", INPUT, 64, 7, 2, 3)
    value = draft.add("max_pool", f"{scope}/pool1", value, kernel=3, stride=2, padding="same")
    for block, (count, width, last) in enumerate(zip(UNITS[depth], WIDTHS, STRIDES, strict=True), start=1):
        for number in range(1, count + 1):
            ends = number == count
            name = f"{scope}/block{block}" if ends else f"{scope}/block{block}/unit_{number}"
            value = unit(draft, name, value, width, last if ends else 1, widens=number == 1)
    if version == 2:
        draft.finish(f"{scope}/postnorm", value, active=True)
    return {"layers": draft.layers}


def _register(version: int, depth: int) -> None:
    name = f"resnet_v{version}_{depth}"
    paper = ("He et al. 2015", "He et al. 2016 (identity mappings)")[version - 1]

    def recipe(_shape: Shape) -> dict[str, Any]:
        return _resnet(version, depth)

    entry = Entry(
        name=name,
        title=f"ResNet-{depth} v{version}, TF-slim's layout",
        source=f"{paper}; TF-slim, research/slim/nets/resnet_v{version}.py",
        input=(1, 3, 224, 224),
        endpoints=tuple(f"{name}/block{block}" for block in (1, 2, 3, 4)),
    )
    register(entry, recipe)


for _version in (1, 2):
    for _depth in UNITS:
        _register(_version, _depth)
