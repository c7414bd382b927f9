"""Every object with what the check found of it, as columns: what pictures and counts are made from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api_schemas.coverage import Binding

# Codes of `binding`; NOTHING: the object is covered.
BINDINGS: tuple[Binding, ...] = ("trf", "erf", "stride", "cut", "no_head")
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Checked:
    """One entry per row of the object table, in its order.

    Args:
        height, width: [n], px of the network's input (of the tile's view where that is the nearer one).
        count: [n], how many objects a row stands for.
        head: [n], place in the result's `heads` of the head it is booked to; -1: none answers for it.
        binding: [n], place in `BINDINGS` of what keeps it from being covered; -1: covered.
        ratio: [n], least of has / needed over the requirements at that head; 0 where no head answers.
        has, needed: [n], px, of the requirement with that ratio; nan where no head answers.
    """

    height: NDArray[np.float64]
    width: NDArray[np.float64]
    count: NDArray[np.int64]
    head: NDArray[np.int16]
    binding: NDArray[np.int8]
    ratio: NDArray[np.float64]
    has: NDArray[np.float64]
    needed: NDArray[np.float64]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """[n], which are covered."""
        return np.asarray(self.binding == NOTHING)
