"""The seed's networks without pooling: 3x3 convolutions, SAME, stride 1, from one map to two.

`nopool-8` has 8 convolutions of 16 maps, `nopool-8x32` has 32 maps, `nopool-res-16` has skips. Weights are Xavier's;
the skips' are fixed.
"""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

MAPS = 16
OUTPUTS = 2  # one map per letter
SKIP_STEP = 4
SKIP_GAIN = 0.9
SOURCE = "Receptive field research (seed 000), section 4"


def _plain(_shape: Shape, depth: int, maps: int | None) -> dict[str, Any]:
    draft, value = Draft(), INPUT
    for number in range(1, depth):
        value = draft.unit(f"relu{number}", value, maps or MAPS, 3)
    draft.conv("out", value, OUTPUTS, 3)
    return {"init": "xavier", "layers": draft.layers}


def _residual(shape: Shape, depth: int, maps: int | None) -> dict[str, Any]:
    """A second path runs beside the convolutions: 1x1 without bias, all weights 0.9 over its maps.

    It starts at the image, takes one step at convolutions 1, 5, 9, ..., is added to what convolutions 5, 9, ... read,
    and at the end to the output.
    """
    draft, value, skip = Draft(), INPUT, INPUT
    width, skip_width = maps or MAPS, shape[1]
    for number in range(1, depth + 1):
        last = number == depth
        source = value
        if (number - 1) % SKIP_STEP == 0:
            if number > 1:
                source = draft.add("add", f"sum{number}", value, skip)
            goal = OUTPUTS if number + SKIP_STEP > depth else width
            skip = draft.conv(f"skip{number}", skip, goal, 1, bias=False, fill=SKIP_GAIN / skip_width)
            skip_width = goal
        if last:
            value = draft.conv(f"conv{number}", source, OUTPUTS, 3)
        else:
            value = draft.add("relu", f"relu{number}", draft.conv(f"conv{number}", source, width, 3))
    draft.add("add", "out", value, skip)
    return {"init": "xavier", "layers": draft.layers}


register(
    Entry(
        name="nopool-8",
        title="Convolutions 3x3 without pooling, 8 of them",
        source=SOURCE,
        input=(1, 1, 128, 128),
        endpoints=("out",),
        family="nopool-<depth>[x<maps>]",
    ),
    _plain,
)
register(
    Entry(
        name="nopool-res-16",
        title="Convolutions 3x3 without pooling, 16 of them, with skips every 4",
        source=SOURCE,
        input=(1, 1, 128, 128),
        endpoints=("out",),
        family="nopool-res-<depth>[x<maps>]",
    ),
    _residual,
)
