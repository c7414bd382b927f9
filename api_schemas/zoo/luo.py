"""The two trained ResNets of Luo et al. 2016, as far as the text of seed 003 and the paper determine them.

CIFAR-10: "a ResNet with 17 residual blocks", 74x74 px. What it does not say: the blocks' inside, where it subsamples
and how. 74 is even, so a window of even size stands at full resolution, such as 2x2 pooling. Two 3x3 per block and a
stem would make 35 convolutions and 71 px before any subsampling, so a block has one 3x3 here (1x1, 3x3, 1x1). With
two 2x2 poolings, n1, n2 and n3 convolutions 3x3 at strides 1, 2 and 4 must then give n1 + 2 n2 + 4 n3 = 35, where
n1 + n2 + n3 = 18. Of the solutions this one has 8, 5 and 4 blocks.

CamVid: "a ResNet with 16 residual blocks interleaved with 4 subsampling operations each with a factor of 2", output
at 1/16, 505x505 px. What it does not say: the stem, how the blocks lie between the subsamplings, and the windows of
these. With a 3x3 stem, 3x3 windows of stride 2, two 3x3 per block and 3, 4, 6, 3 blocks (ResNet-34's) after them,
1 + 2 (1 + (1 + 2 + 4 + 8) + 2 (3*2 + 4*4 + 6*8 + 3*16)) = 505.

Neither says the widths: those here are the usual ones.
"""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

EPSILON = 1e-5
SOURCE = "Luo et al. 2016, section 3.2 (seed 003)"
CIFAR = ((8, 16), (5, 32), (4, 64))  # blocks and width per stage
CAMVID = ((3, 64), (4, 128), (6, 256), (3, 512))


def _block(draft: Draft, name: str, source: str, width: int, convolutions: tuple[int, ...], *, widens: bool) -> str:
    """Convolutions of these kernels, and a 1x1 shortcut where the width changes."""
    value = source
    for number, kernel in enumerate(convolutions, start=1):
        value = draft.unit(f"{name}.{number}", value, width, kernel, active=number < len(convolutions))
    shortcut = draft.unit(f"{name}.shortcut", source, width, 1, active=False) if widens else source
    return draft.add("relu", name, draft.add("add", f"{name}.sum", value, shortcut))


def _cifar(_shape: Shape) -> dict[str, Any]:
    draft = Draft(epsilon=EPSILON)
    value = draft.unit("stem", INPUT, CIFAR[0][1], 3)
    for stage, (count, width) in enumerate(CIFAR, start=1):
        if stage > 1:
            value = draft.add("avg_pool", f"pool{stage - 1}", value, kernel=2)
        for number in range(1, count + 1):
            name = f"stage{stage}" if number == count else f"stage{stage}/{number}"
            value = _block(draft, name, value, width, (1, 3, 1), widens=stage > 1 and number == 1)
    return {"layers": draft.layers}


def _camvid(_shape: Shape) -> dict[str, Any]:
    draft = Draft(epsilon=EPSILON)
    value = draft.unit("stem", INPUT, CAMVID[0][1], 3)
    for stage, (count, width) in enumerate(CAMVID, start=1):
        value = draft.add("max_pool", f"pool{stage}", value, kernel=3, stride=2, padding=1)
        for number in range(1, count + 1):
            name = f"stage{stage}" if number == count else f"stage{stage}/{number}"
            value = _block(draft, name, value, width, (3, 3), widens=stage > 1 and number == 1)
    return {"layers": draft.layers}


register(
    Entry(
        name="luo_cifar",
        title="Luo's ResNet for CIFAR-10: 17 blocks, 74 px (stages are ours)",
        source=SOURCE,
        input=(1, 3, 32, 32),
        endpoints=("stage1", "stage2", "stage3"),
    ),
    _cifar,
)
register(
    Entry(
        name="luo_camvid",
        title="Luo's ResNet for CamVid: 16 blocks, 4 subsamplings, 505 px (stages are ours)",
        source=SOURCE,
        input=(1, 3, 360, 480),
        endpoints=("stage1", "stage2", "stage3", "stage4"),
    ),
    _camvid,
)
