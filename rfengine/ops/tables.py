"""Reach by a table: what an operator with fixed positions (indices, conditions) reads along one axis."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from rfengine.calculus.index_map import IndexMap, Support, index_map, support, tabulate
from rfengine.calculus.reads import AxisRead, Border, Status
from rfengine.errors import BadShape
from rfengine.graph import Array
from rfengine.ops.call import Call

# A longer period than this is not looked for: such a table is known on its canvas only.
LONGEST_PERIOD = 256

# An axis longer than this is not followed by a table: no image is so large, and a table is built element by element.
LONGEST_TABLE = 1 << 16


def following(axis: int, sets: Sequence[Support], *, border: Border = Border.NOTHING) -> AxisRead:
    """An input axis of which output 0, 1, ... read the given sets: exact where they repeat, else on this canvas."""
    found = _periodic(sets)
    if found is not None:
        return AxisRead(axis, found, border)
    return AxisRead(axis, _on_canvas(sets), border, Status.CANVAS, "its positions are a table without a period")


def fixed_indices(call: Call, index: int = 1) -> Array | None:
    """The constant indices of a call; None where they are computed from data, or make too long a table."""
    indices = call.constants[index]
    longest = max((0, *call.shape(), *call.shape(index)))
    return indices if longest <= LONGEST_TABLE else None


def varying(positions: Array) -> list[int]:
    """The axes along which an array of positions varies."""
    return [axis for axis, length in enumerate(positions.shape) if length > 1 and _varies(positions, axis)]


def along(positions: Array, axis: int) -> Array:
    """The positions along the one axis on which they depend."""
    index = tuple(slice(None) if i == axis else 0 for i in range(positions.ndim))
    return np.asarray(positions[index])


def single(positions: Array) -> list[Support]:
    """One position per unit, as sets."""
    return [support([int(position)]) for position in positions]


def inverted(positions: Array, length: int) -> list[Support]:
    """For each of 0 ... length - 1, the units whose position it is: what a scattered output reads of its updates."""
    units: list[list[int]] = [[] for _ in range(length)]
    for unit, position in enumerate(positions.tolist()):
        units[position].append(unit)
    return [support(found) for found in units]


def counted(call: Call, indices: Array, length: int) -> Array:
    """Indices counted from the front.

    Raises:
        BadShape: one lies outside the axis.
    """
    outside = indices[(indices < -length) | (indices >= length)]
    if outside.size:
        raise BadShape(f"{call.node}: index {int(outside.flat[0])} lies outside an axis of {length} elements")
    return np.where(indices < 0, indices + length, indices).astype(np.int64)


def _varies(positions: Array, axis: int) -> bool:
    return bool((positions != positions.take([0], axis)).any())


def _step(sets: Sequence[Support], q: int) -> int | None:
    """By how much the sets move in q units, as the first pair that reads anything tells."""
    return next((b.lo - a.lo for a, b in zip(sets, sets[q:], strict=False) if a.mask and b.mask), None)


def _periodic(sets: Sequence[Support]) -> IndexMap | None:
    """The map of the shortest period of which the table shows at least two."""
    for q in range(1, min(len(sets) // 2, LONGEST_PERIOD) + 1):
        p = _step(sets, q)
        if p is not None and all(b == a.shifted(p) for a, b in zip(sets, sets[q:], strict=False)):
            return index_map(p, q, sets[:q])
    return index_map(0, 1, sets) if len(sets) == 1 else None


def _on_canvas(sets: Sequence[Support]) -> IndexMap:
    """A table that goes on at the step that most neighbours are apart, or at the mean where most differ."""
    steps = [b.lo - a.lo for a, b in pairwise(sets) if a.mask and b.mask]
    step = max(set(steps), key=steps.count) if steps else 0
    if 2 * steps.count(step) > len(sets):
        return index_map(step * len(sets), len(sets), list(sets))
    return tabulate(sets)
