"""U-Nets (Ronneberger et al. 2015): down by pooling, up by transposed convolution, skips by concatenation."""

from typing import Any

from api_schemas.zoo.draft import INPUT, Draft
from api_schemas.zoo.registry import Entry, Shape, register

SOURCE = "Ronneberger et al. 2015, figure 1"
MAPS = 64
LEVELS = 4
CLASSES = 2


def _double(draft: Draft, name: str, source: str, maps: int, padding: str) -> str:
    return draft.unit(name, draft.unit(f"{name}/1", source, maps, 3, padding=padding), maps, 3, padding=padding)


def _down(draft: Draft, levels: int, maps: int, padding: str) -> str:
    value = INPUT
    for level in range(1, levels + 1):
        value = _double(draft, f"down{level}", value, maps << (level - 1), padding)
        value = draft.add("max_pool", f"pool{level}", value, kernel=2)
    return _double(draft, "bottom", value, maps << levels, padding)


def _up(draft: Draft, level: int, below: str, skip: str, maps: int, padding: str) -> str:
    width = maps << (level - 1)
    raised = draft.add("transposed_conv", f"up{level}/raised", below, channels=width, kernel=2, stride=2)
    joined = draft.add("concat", f"up{level}/joined", skip, raised)
    return _double(draft, f"up{level}", joined, width, padding)


def _padded(_shape: Shape, levels: int, maps: int | None) -> dict[str, Any]:
    """Every convolution SAME, so that the output is as large as the image; its sides must divide by 2^levels."""
    draft, width = Draft(), maps or MAPS
    value = _down(draft, levels, width, "same")
    for level in range(levels, 0, -1):
        value = _up(draft, level, value, f"down{level}", width, "same")
    draft.conv("out", value, CLASSES, 1)
    return {"layers": draft.layers}


def _original(_shape: Shape) -> dict[str, Any]:
    """Every convolution VALID; a skip is cropped to what comes from below: 4, 16, 40 and 88 px at each border."""
    draft, crop = Draft(), 4
    value = _down(draft, LEVELS, MAPS, "valid")
    for level in range(LEVELS, 0, -1):
        skip = draft.add("slice", f"down{level}/cropped", f"down{level}", start=crop, stop=-crop)
        value = _up(draft, level, value, skip, MAPS, "valid")
        crop = 2 * crop + 8
    draft.conv("out", value, CLASSES, 1)
    return {"layers": draft.layers}


register(
    Entry(
        name="unet-4",
        title="U-Net of 4 levels, padded",
        source=SOURCE,
        input=(1, 1, 256, 256),
        endpoints=("bottom", "out"),
        family="unet-<levels>[x<maps>]",
    ),
    _padded,
)
register(
    Entry(
        name="unet",
        title="The U-Net as published, without padding",
        source=SOURCE,
        input=(1, 1, 572, 572),
        endpoints=("bottom", *(f"up{level}" for level in (4, 3, 2, 1)), "out"),
    ),
    _original,
)
