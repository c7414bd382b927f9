"""Inception-ResNet v2, as TF-slim lays it out (research/slim/nets/inception_resnet_v2.py).

Szegedy et al. 2017, figures 10 to 14. `inception_resnet_v2-same` is slim's `align_feature_maps`: every VALID
padding becomes SAME.
"""

from typing import Any

from api_schemas.zoo.branches import AVERAGE, Block, add_block, add_step, conv, pooling, reducing
from api_schemas.zoo.draft import INPUT, Draft, Padding
from api_schemas.zoo.registry import Entry, Shape, register

BLOCK35: Block = (
    (conv(1, 32),),
    (conv(1, 32), conv(3, 32)),
    (conv(1, 32), conv(3, 48), conv(3, 64)),
)
BLOCK17: Block = (
    (conv(1, 192),),
    (conv(1, 128), conv((1, 7), 160), conv((7, 1), 192)),
)
BLOCK8: Block = (
    (conv(1, 192),),
    (conv(1, 192), conv((1, 3), 224), conv((3, 1), 256)),
)
MIXED_5B: Block = (
    (conv(1, 96),),
    (conv(1, 48), conv(5, 64)),
    (conv(1, 64), conv(3, 96), conv(3, 96)),
    (AVERAGE, conv(1, 64)),
)
WIDTH35, WIDTH17, WIDTH8 = 320, 1088, 2080


def _residual(draft: Draft, name: str, source: str, block: Block, width: int, scale: float, *, active: bool) -> str:
    """x + scale * (1x1 of the block's branches), then the activation."""
    mixed = add_block(draft, f"{name}/mixed", source, block)
    up = draft.conv(f"{name}/up", mixed, width, 1)
    if scale != 1.0:
        up = draft.add("scale", f"{name}/scaled", up, factor=scale)
    total = draft.add("add", f"{name}/sum" if active else name, source, up)
    return draft.add("relu", name, total) if active else total


def _stem(draft: Draft, padding: Padding) -> str:
    steps = {
        "Conv2d_1a_3x3": conv(3, 32, 2, padding),
        "Conv2d_2a_3x3": conv(3, 32, padding=padding),
        "Conv2d_2b_3x3": conv(3, 64),
        "MaxPool_3a_3x3": pooling(padding),
        "Conv2d_3b_1x1": conv(1, 80),
        "Conv2d_4a_3x3": conv(3, 192, padding=padding),
        "MaxPool_5a_3x3": pooling(padding),
    }
    value = INPUT
    for name, step in steps.items():
        value = add_step(draft, name, value, step)
    return value


def _inception_resnet_v2(padding: Padding) -> dict[str, Any]:
    reduction_a: Block = (
        (reducing(384, padding),),
        (conv(1, 256), conv(3, 256), reducing(384, padding)),
        (pooling(padding),),
    )
    reduction_b: Block = (
        (conv(1, 256), reducing(384, padding)),
        (conv(1, 256), reducing(288, padding)),
        (conv(1, 256), conv(3, 288), reducing(320, padding)),
        (pooling(padding),),
    )
    draft = Draft(epsilon=1e-3)
    value = add_block(draft, "Mixed_5b", _stem(draft, padding), MIXED_5B)
    for number in range(1, 11):
        value = _residual(draft, f"Block35_{number}", value, BLOCK35, WIDTH35, 0.17, active=True)
    value = add_block(draft, "Mixed_6a", value, reduction_a)
    for number in range(1, 21):
        name = "PreAuxLogits" if number == 20 else f"Block17_{number}"
        value = _residual(draft, name, value, BLOCK17, WIDTH17, 0.1, active=True)
    value = add_block(draft, "Mixed_7a", value, reduction_b)
    for number in range(1, 10):
        value = _residual(draft, f"Block8_{number}", value, BLOCK8, WIDTH8, 0.2, active=True)
    value = _residual(draft, "Block8", value, BLOCK8, WIDTH8, 1.0, active=False)
    draft.unit("Conv2d_7b_1x1", value, 1536, 1)
    return {"layers": draft.layers}


def _register(name: str, title: str, padding: Padding) -> None:
    def recipe(_shape: Shape) -> dict[str, Any]:
        return _inception_resnet_v2(padding)

    entry = Entry(
        name=name,
        title=title,
        source="Szegedy et al. 2017; TF-slim, research/slim/nets/inception_resnet_v2.py",
        input=(1, 3, 224, 224),
        endpoints=(
            *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "MaxPool_3a_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"),
            *("MaxPool_5a_3x3", "Mixed_5b", "Mixed_6a", "PreAuxLogits", "Mixed_7a", "Conv2d_7b_1x1"),
        ),
    )
    register(entry, recipe)


_register("inception_resnet_v2", "Inception-ResNet v2", "valid")
_register("inception_resnet_v2-same", "Inception-ResNet v2, every padding SAME", "same")
