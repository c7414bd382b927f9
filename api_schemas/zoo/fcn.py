"""A fully convolutional network for segmentation, as torchvision lays it out."""

from typing import Any

from api_schemas.zoo.draft import Draft
from api_schemas.zoo.registry import Entry, Shape, register
from api_schemas.zoo.resnet import EPSILON, TORCHVISION, add_body


def _fcn_resnet50(shape: Shape) -> dict[str, Any]:
    """Long et al. 2015 on a ResNet-50 whose last two stages are dilated, so that it ends at stride 8."""
    draft = Draft(epsilon=EPSILON)
    value = add_body(draft, 50, dilated=(False, False, True, True))
    value = draft.unit("head", value, 512, 3)
    value = draft.add("dropout", "head.dropout", value, rate=0.1)
    draft.conv("scores", value, 21, 1)
    draft.enlarge("out", "scores", 8, shape[2:], mode="linear")
    return {"layers": draft.layers}


register(
    Entry(
        name="fcn_resnet50",
        title="FCN on a dilated ResNet-50",
        source=f"Long et al. 2015; {TORCHVISION}/fcn.html",
        input=(1, 3, 512, 512),
        endpoints=("layer1", "layer2", "layer3", "layer4", "head", "scores", "out"),
    ),
    _fcn_resnet50,
)
