"""The registry of datasets, keyed by the class of their parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api_schemas.datasets import AnyDataset
from rfengine.datasets.glyphs import LETTER, Bitmap
from rfengine.datasets.scene import Extent


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells ё from е in one dataset.

    `directions(dataset)` is the sector that the mark comes from, as the first and last angle in radians (y points down,
    so straight up is 3 pi / 2); both are the same where there is one direction only.
    """

    model: type[AnyDataset]
    glyph: Bitmap
    directions: Callable[[Any], tuple[float, float]]

    @property
    def name(self) -> str:
        """What requests call it."""
        return str(self.model.model_fields["name"].default)

    def extents(self, dataset: AnyDataset, distance: int) -> list[Extent]:
        """Px that the letter, and the mark from every direction, reach up, down, left and right of the centre."""
        from math import cos, pi, sin

        first, last = self.directions(dataset)
        quarters = [k * pi / 2 for k in range(-8, 9) if first <= k * pi / 2 <= last]
        height, width = self.glyph.shape
        found = [_letter()]
        for angle in (first, last, *quarters):
            y, x = round(distance * sin(angle)), round(distance * cos(angle))
            found.append((height // 2 - y, (height - 1) // 2 + y, width // 2 - x, (width - 1) // 2 + x))
        return found


def _letter() -> Extent:
    height, width = LETTER.shape
    return height // 2, (height - 1) // 2, width // 2, (width - 1) // 2


_BY_MODEL: dict[type[AnyDataset], Mark] = {}


def register(mark: Mark) -> Mark:
    """Add a dataset.

    Raises:
        ValueError: its class or its name is registered already.
    """
    if mark.model in _BY_MODEL or mark.name in {known.name for known in datasets()}:
        raise ValueError(f"dataset '{mark.name}' is registered twice")
    _BY_MODEL[mark.model] = mark
    return mark


def datasets() -> tuple[Mark, ...]:
    """Every registered dataset, by name."""
    return tuple(sorted(_BY_MODEL.values(), key=lambda mark: mark.name))


def mark_of(dataset: AnyDataset) -> Mark:
    """The mark of a dataset."""
    return _BY_MODEL[type(dataset)]
