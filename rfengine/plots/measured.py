"""What pictures of effective receptive fields are drawn from: a finished map and all that is said of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api_schemas.report import ErfEntry

Floats = NDArray[np.float64]
Interval = tuple[int, int]


@dataclass(frozen=True, eq=False)
class MeasuredMap:
    """One map with its entry in the report.

    `values`: raw, over the canvas of `entry`, 1 to 3 axes, h before w. `tensor`: whose unit it is. `estimator`: its
    name; `computed`: how it worked, in a few words. `field`: first and last pixel of the unit's theoretical field per
    axis, unclipped.
    """

    values: Floats
    entry: ErfEntry
    tensor: str
    estimator: str
    computed: str
    field: tuple[Interval, ...]

    @property
    def relative(self) -> Floats:
        """The map divided by its maximum."""
        return np.asarray(self.values, dtype=np.float64) / np.max(self.values)

    @property
    def trf(self) -> tuple[int, ...]:
        """Theoretical size per axis, px."""
        return tuple(last - first + 1 for first, last in self.field)

    @property
    def slice_at(self) -> int | None:
        """Where the first of three axes is cut: through the unit's centre. None for maps of one or two axes."""
        if self.values.ndim < 3:
            return None
        return int(np.clip(np.floor(self.entry.centre_px[0]), 0, self.values.shape[0] - 1))

    @property
    def plane(self) -> Floats:
        """The map over its last two axes, as share of its maximum."""
        at = self.slice_at
        return self.relative if at is None else self.relative[at]
