"""Inception v2, v3 and v4, as TF-slim lays them out (research/slim/nets/inception_v2.py, _v3.py, _v4.py).

In v2 everything is SAME. In v3 and v4 whatever strides is VALID, so that their paddings do not depend on the image.
"""

from collections.abc import Mapping
from typing import Any

from api_schemas.zoo.branches import AVERAGE, MAXIMUM, Block, Step, add_block, add_step, conv, pooling, reducing
from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Recipe, Shape, register

EPSILON = 1e-3
Endpoints = Mapping[str, Step | Block]  # in the order of computation


def _mixed_v2(first: int, second: tuple[int, int], third: tuple[int, int], pool: Step, last: int) -> Block:
    """Ioffe and Szegedy 2015, figure 5, with a 1x1 branch first; `second` and `third` are narrow and wide."""
    return (
        (conv(1, first),),
        (conv(1, second[0]), conv(3, second[1])),
        (conv(1, third[0]), conv(3, third[1]), conv(3, third[1])),
        (pool, conv(1, last)),
    )


def _reduction_v2(first: tuple[int, int], second: tuple[int, int]) -> Block:
    return (
        (conv(1, first[0]), reducing(first[1], "same")),
        (conv(1, second[0]), conv(3, second[1]), reducing(second[1], "same")),
        (pooling("same"),),
    )


V2: Endpoints = {
    "MaxPool_2a_3x3": pooling("same"),
    "Conv2d_2b_1x1": conv(1, 64),
    "Conv2d_2c_3x3": conv(3, 192),
    "MaxPool_3a_3x3": pooling("same"),
    "Mixed_3b": _mixed_v2(64, (64, 64), (64, 96), AVERAGE, 32),
    "Mixed_3c": _mixed_v2(64, (64, 96), (64, 96), AVERAGE, 64),
    "Mixed_4a": _reduction_v2((128, 160), (64, 96)),
    "Mixed_4b": _mixed_v2(224, (64, 96), (96, 128), AVERAGE, 128),
    "Mixed_4c": _mixed_v2(192, (96, 128), (96, 128), AVERAGE, 128),
    "Mixed_4d": _mixed_v2(160, (128, 160), (128, 160), AVERAGE, 96),
    "Mixed_4e": _mixed_v2(96, (128, 192), (160, 192), AVERAGE, 96),
    "Mixed_5a": _reduction_v2((128, 192), (192, 256)),
    "Mixed_5b": _mixed_v2(352, (192, 320), (160, 224), AVERAGE, 128),
    "Mixed_5c": _mixed_v2(352, (192, 320), (192, 224), MAXIMUM, 128),
}


def _block35_v3(last: int) -> Block:
    """Szegedy et al. 2016, figure 5, with a 5x5 kept whole."""
    return (
        (conv(1, 64),),
        (conv(1, 48), conv(5, 64)),
        (conv(1, 64), conv(3, 96), conv(3, 96)),
        (AVERAGE, conv(1, last)),
    )


def _block17_v3(narrow: int) -> Block:
    """Szegedy et al. 2016, figure 6, with n = 7."""
    return (
        (conv(1, 192),),
        (conv(1, narrow), conv((1, 7), narrow), conv((7, 1), 192)),
        (conv(1, narrow), conv((7, 1), narrow), conv((1, 7), narrow), conv((7, 1), narrow), conv((1, 7), 192)),
        (AVERAGE, conv(1, 192)),
    )


# Szegedy et al. 2016, figure 7.
BLOCK8_V3: Block = (
    (conv(1, 320),),
    (conv(1, 384), (conv((1, 3), 384), conv((3, 1), 384))),
    (conv(1, 448), conv(3, 384), (conv((1, 3), 384), conv((3, 1), 384))),
    (AVERAGE, conv(1, 192)),
)

V3: Endpoints = {
    "Conv2d_1a_3x3": conv(3, 32, 2, "valid"),
    "Conv2d_2a_3x3": conv(3, 32, padding="valid"),
    "Conv2d_2b_3x3": conv(3, 64),
    "MaxPool_3a_3x3": pooling("valid"),
    "Conv2d_3b_1x1": conv(1, 80),
    "Conv2d_4a_3x3": conv(3, 192, padding="valid"),
    "MaxPool_5a_3x3": pooling("valid"),
    "Mixed_5b": _block35_v3(32),
    "Mixed_5c": _block35_v3(64),
    "Mixed_5d": _block35_v3(64),
    "Mixed_6a": (
        (reducing(384, "valid"),),
        (conv(1, 64), conv(3, 96), reducing(96, "valid")),
        (pooling("valid"),),
    ),
    "Mixed_6b": _block17_v3(128),
    "Mixed_6c": _block17_v3(160),
    "Mixed_6d": _block17_v3(160),
    "Mixed_6e": _block17_v3(192),
    "Mixed_7a": (
        (conv(1, 192), reducing(320, "valid")),
        (conv(1, 192), conv((1, 7), 192), conv((7, 1), 192), reducing(192, "valid")),
        (pooling("valid"),),
    ),
    "Mixed_7b": BLOCK8_V3,
    "Mixed_7c": BLOCK8_V3,
}

# Szegedy et al. 2017, figures 4, 5 and 6.
BLOCK_A: Block = (
    (conv(1, 96),),
    (conv(1, 64), conv(3, 96)),
    (conv(1, 64), conv(3, 96), conv(3, 96)),
    (AVERAGE, conv(1, 96)),
)
BLOCK_B: Block = (
    (conv(1, 384),),
    (conv(1, 192), conv((1, 7), 224), conv((7, 1), 256)),
    (conv(1, 192), conv((7, 1), 192), conv((1, 7), 224), conv((7, 1), 224), conv((1, 7), 256)),
    (AVERAGE, conv(1, 128)),
)
BLOCK_C: Block = (
    (conv(1, 256),),
    (conv(1, 384), (conv((1, 3), 256), conv((3, 1), 256))),
    (conv(1, 384), conv((3, 1), 448), conv((1, 3), 512), (conv((1, 3), 256), conv((3, 1), 256))),
    (AVERAGE, conv(1, 256)),
)

V4: Endpoints = {
    "Conv2d_1a_3x3": conv(3, 32, 2, "valid"),
    "Conv2d_2a_3x3": conv(3, 32, padding="valid"),
    "Conv2d_2b_3x3": conv(3, 64),
    "Mixed_3a": ((pooling("valid"),), (reducing(96, "valid"),)),
    "Mixed_4a": (
        (conv(1, 64), conv(3, 96, padding="valid")),
        (conv(1, 64), conv((1, 7), 64), conv((7, 1), 64), conv(3, 96, padding="valid")),
    ),
    "Mixed_5a": ((reducing(192, "valid"),), (pooling("valid"),)),
    **{f"Mixed_5{letter}": BLOCK_A for letter in "bcde"},
    "Mixed_6a": (
        (reducing(384, "valid"),),
        (conv(1, 192), conv(3, 224), reducing(256, "valid")),
        (pooling("valid"),),
    ),
    **{f"Mixed_6{letter}": BLOCK_B for letter in "bcdefgh"},
    "Mixed_7a": (
        (conv(1, 192), reducing(192, "valid")),
        (conv(1, 256), conv((1, 7), 256), conv((7, 1), 320), reducing(320, "valid")),
        (pooling("valid"),),
    ),
    **{f"Mixed_7{letter}": BLOCK_C for letter in "bcd"},
}


def _body(draft: Draft, value: str, endpoints: Endpoints) -> dict[str, Any]:
    for name, what in endpoints.items():
        value = add_step(draft, name, value, what) if isinstance(what, Step) else add_block(draft, name, value, what)
    return {"layers": draft.layers}


ROOT_V2 = "Conv2d_1a_7x7"


def _inception_v2(shape: Shape, *, separable: bool) -> dict[str, Any]:
    """The 7x7 at the root is separable in slim: every channel into eight, then 1x1 to 64."""
    draft = Draft(epsilon=EPSILON)
    if not separable:
        return _body(draft, draft.unit(ROOT_V2, INPUT, 64, 7, 2), V2)
    wide = {"kernel": 7, "stride": 2, "padding": "same", "multiplier": min(64 // shape[1], 8) or 1, "bias": False}
    wide_name = draft.add("depthwise_conv", f"{ROOT_V2}/depthwise", INPUT, **wide)
    return _body(draft, draft.unit(ROOT_V2, wide_name, 64, 1), V2)


def _register(name: str, title: str, source: str, endpoints: tuple[str, ...], recipe: Recipe) -> None:
    entry = Entry(
        name=name,
        title=title,
        source=f"{source}; TF-slim, research/slim/nets/{name.partition('-')[0]}.py",
        input=(1, 3, 224, 224),
        endpoints=endpoints,
    )
    register(entry, recipe)


for _name, _title, _separable in (
    ("inception_v2", "Inception v2", True),
    ("inception_v2-no-separable-conv", "Inception v2 with a whole 7x7 convolution at the root", False),
):
    _register(
        _name,
        _title,
        "Ioffe and Szegedy 2015",
        (ROOT_V2, *V2),
        lambda shape, separable=_separable: _inception_v2(shape, separable=separable),
    )
_register(
    "inception_v3",
    "Inception v3",
    "Szegedy et al. 2016",
    tuple(V3),
    lambda _shape: _body(Draft(epsilon=EPSILON), INPUT, V3),
)
_register(
    "inception_v4",
    "Inception v4",
    "Szegedy et al. 2017",
    tuple(V4),
    lambda _shape: _body(Draft(epsilon=EPSILON), INPUT, V4),
)
