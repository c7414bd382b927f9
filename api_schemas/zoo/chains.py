"""Chains of convolution and pooling, as TF-slim lays them out: AlexNet, VGG, MobileNet.

https://github.com/tensorflow/models/tree/master/research/slim/nets; endpoints carry slim's names.
"""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

IMAGE = (1, 3, 224, 224)
SLIM = "TF-slim, research/slim/nets"


def _alexnet_v2(_shape: Shape) -> dict[str, Any]:
    """Krizhevsky 2014 (https://arxiv.org/abs/1404.5997): everything that strides is VALID."""
    draft = Draft()
    pool = {"kernel": 3, "stride": 2}
    draft.unit("alexnet_v2/conv1", INPUT, 64, 11, 4, "valid")
    draft.add("max_pool", "alexnet_v2/pool1", "alexnet_v2/conv1", **pool)
    draft.unit("alexnet_v2/conv2", "alexnet_v2/pool1", 192, 5)
    draft.add("max_pool", "alexnet_v2/pool2", "alexnet_v2/conv2", **pool)
    draft.unit("alexnet_v2/conv3", "alexnet_v2/pool2", 384, 3)
    draft.unit("alexnet_v2/conv4", "alexnet_v2/conv3", 384, 3)
    draft.unit("alexnet_v2/conv5", "alexnet_v2/conv4", 256, 3)
    draft.add("max_pool", "alexnet_v2/pool5", "alexnet_v2/conv5", **pool)
    return {"layers": draft.layers}


register(
    Entry(
        name="alexnet_v2",
        title="AlexNet, one column",
        source=f"Krizhevsky 2014; {SLIM}/alexnet.py",
        input=IMAGE,
        endpoints=tuple(f"alexnet_v2/{x}" for x in ("conv1", "pool1", "conv2", "conv3", "conv4", "conv5", "pool5")),
    ),
    _alexnet_v2,
)

VGG = {"vgg_a": (1, 1, 2, 2, 2), "vgg_16": (2, 2, 3, 3, 3)}  # convolutions per block
VGG_WIDTHS = (64, 128, 256, 512, 512)


def _vgg(name: str) -> dict[str, Any]:
    """Simonyan and Zisserman 2015, table 1: 3x3 throughout, pooling 2x2."""
    draft, value = Draft(), INPUT
    for block, (count, width) in enumerate(zip(VGG[name], VGG_WIDTHS, strict=True), start=1):
        for number in range(1, count + 1):
            value = draft.unit(f"{name}/conv{block}/conv{block}_{number}", value, width, 3)
        value = draft.add("max_pool", f"{name}/pool{block}", value, kernel=2)
    return {"layers": draft.layers}


def _vgg_endpoints(name: str) -> tuple[str, ...]:
    found = []
    for block, count in enumerate(VGG[name], start=1):
        found += [f"{name}/conv{block}/conv{block}_{number}" for number in range(1, count + 1)]
        found.append(f"{name}/pool{block}")
    return tuple(found)


for _name, _letter in (("vgg_a", "A"), ("vgg_16", "D")):
    register(
        Entry(
            name=_name,
            title=f"VGG, configuration {_letter}",
            source=f"Simonyan and Zisserman 2015; {SLIM}/vgg.py",
            input=IMAGE,
            endpoints=_vgg_endpoints(_name),
        ),
        lambda _shape, name=_name: _vgg(name),
    )

# Width and stride of each separable convolution after the first layer, of 32 maps and stride 2.
MOBILENET = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)


def _mobilenet_v1(multiplier: float) -> dict[str, Any]:
    """Howard et al. 2017, table 1; `multiplier` scales every width."""
    draft = Draft(epsilon=1e-3, activation={"type": "relu6"})
    value = draft.unit("Conv2d_0", INPUT, int(32 * multiplier), 3, 2)
    for number, (width, stride) in enumerate(MOBILENET, start=1):
        value = draft.depthwise(f"Conv2d_{number}_depthwise", value, 3, stride)
        value = draft.unit(f"Conv2d_{number}_pointwise", value, int(width * multiplier), 1)
    return {"layers": draft.layers}


for _name, _title, _multiplier in (("mobilenet_v1", "", 1.0), ("mobilenet_v1_075", ", widths times 0.75", 0.75)):
    register(
        Entry(
            name=_name,
            title=f"MobileNet v1{_title}",
            source=f"Howard et al. 2017; {SLIM}/mobilenet_v1.py",
            input=IMAGE,
            endpoints=("Conv2d_0", *(f"Conv2d_{number}_pointwise" for number in range(1, 14))),
        ),
        lambda _shape, multiplier=_multiplier: _mobilenet_v1(multiplier),
    )
