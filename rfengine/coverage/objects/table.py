"""Objects as columns: what every reader of annotations makes and the check works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ObjectTable:
    """Boxes in px of their images.

    Args:
        source: kind of source, a key of the policy's `objects`.
        name: file or folder name; None where the sizes stand in the policy.
        sha256: digest of what was read.
        width, height: [n], px of the image.
        count: [n], how many objects a row stands for.
        x, y: [n], left and upper edge, px of the image; nan where unknown.
        image: [n], row in the image columns; -1 where unknown.
        image_width, image_height: [images], px; nan where unknown.
        image_names: [images], file names or ids; '' where only a size is known.
        label: [n], place in `labels`; -1 where unknown.
        labels: names of the categories.
        ids: [n], ids of annotations, numbers or words; None: a row's place is its id.
        ignored: how many were left aside, by reason.
    """

    source: str
    name: str | None
    sha256: str | None
    width: Floats
    height: Floats
    count: Integers
    x: Floats
    y: Floats
    image: NDArray[np.int32]
    image_width: Floats
    image_height: Floats
    image_names: Sequence[str]
    label: NDArray[np.int32]
    labels: Sequence[str]
    ids: Integers | Sequence[str] | None
    ignored: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.width)

    @property
    def total(self) -> int:
        """How many objects the rows stand for."""
        return int(self.count.sum())
