"""RetinaNet: a ResNet-50, a feature pyramid, and two heads on each level, as torchvision lays it out."""

from typing import Any

from api_schemas.zoo.draft import Draft
from api_schemas.zoo.registry import Entry, Shape, register
from api_schemas.zoo.resnet import EPSILON, TORCHVISION, add_body

LEVELS = (8, 16, 32, 64, 128)  # strides of P3 to P7
ANCHORS, CLASSES, MAPS = 9, 91, 256


def _head(draft: Draft, kind: str, stride: int, source: str, channels: int) -> None:
    """Four 3x3 convolutions and the prediction (Lin et al. 2017, RetinaNet, section 4).

    The paper's levels share the weights of a head; here each level has its own, which sees the same.
    """
    for number in range(1, 5):
        conv = draft.conv(f"{kind}_{stride}/{number}/conv", source, MAPS, 3)
        source = draft.add("relu", f"{kind}_{stride}/{number}", conv)
    draft.conv(f"{kind}_{stride}", source, channels, 3)


def _retinanet(shape: Shape) -> dict[str, Any]:
    """A feature pyramid on C3 to C5, two levels more, and both heads on each.

    As in torchvision P6 is made from P5; the paper makes it from C5.
    """
    draft = Draft(epsilon=EPSILON)
    add_body(draft, 50)
    above = ""
    for level in (5, 4, 3):
        merged = draft.conv(f"lateral{level}", f"layer{level - 1}", MAPS, 1)
        if above:
            size = tuple(-(-n // 2**level) for n in shape[2:])
            enlarged = draft.enlarge(f"up{level}", above, 2, size)
            merged = draft.add("add", f"merged{level}", merged, enlarged)
        draft.conv(f"P{level}", merged, MAPS, 3)
        above = merged
    draft.conv("P6", "P5", MAPS, 3, 2, 1)
    draft.conv("P7", draft.add("relu", "P6/relu", "P6"), MAPS, 3, 2, 1)
    for level, stride in enumerate(LEVELS, start=3):
        _head(draft, "class", stride, f"P{level}", ANCHORS * CLASSES)
        _head(draft, "box", stride, f"P{level}", ANCHORS * 4)
    return {"layers": draft.layers}


register(
    Entry(
        name="retinanet_resnet50",
        title="RetinaNet on a ResNet-50 with a feature pyramid",
        source=f"Lin et al. 2017; {TORCHVISION}/retinanet.html",
        input=(1, 3, 512, 512),
        endpoints=(
            *(f"P{level}" for level in (3, 4, 5, 6, 7)),
            *(f"{kind}_{stride}" for kind in ("class", "box") for stride in LEVELS),
        ),
    ),
    _retinanet,
)
