"""The objects of a check as data: what it takes to judge them again under other requirements, without the annotations.

Rows that are equal are one. Beyond a number of them sizes are rounded to a grid of equal ratios, so that a million
boxes stay a file that a web page loads; to which head a row is booked and what binds is exact also then.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.assignment import answering
from rfengine.coverage.book import BLOCK
from rfengine.coverage.checked import Checked
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import Floats, Integers, ObjectTable
from rfengine.coverage.requirements import ENOUGH
from rfengine.coverage.views import View, views

MOST_HEADS = 32  # bits of a mask
MOST_ROWS = 200_000
# Sizes per doubling, from what nobody would notice to what a picture would not show.
GRIDS = (256, 128, 64, 32, 16, 8)

Columns = dict[str, NDArray[Any]]


def object_rows(
    policy: CoveragePolicy, table: ObjectTable, heads: Sequence[Head], checked: Checked, canvas: tuple[int, int]
) -> Columns:
    """The checked objects as arrays, one entry per row unless said otherwise.

    Args:
        policy, table, heads, canvas: what was checked, see `check`; at most `MOST_HEADS` heads.
        checked: what was found.

    Returns:
        `height`, `width`: float32, px of the network's input. `whole`: float32, how much of the object one input shows,
        as a share of its side; 1: all of it. `candidates`: uint32, bit i: head i of the result answers for it. The same
        four under names that end in `_2` where tiles are looked at beside the whole image: those of the tiles then.
        `count`: int32 (float64 where that is too small), how many objects the row stands for. `head`: int8, place in
        the result's heads of the one that it is booked to; -1: none. `binding`: int8, place in `BINDINGS` of what keeps
        it from being covered; -1: covered. `views`: int8, a number: in how many ways images are looked at. `merged`:
        int8, a number: 1 where sizes were rounded.
    """
    looks = views(policy, table, canvas)
    columns: Columns = {}
    for place, view in enumerate(looks):
        ending = "" if place == 0 else f"_{place + 1}"
        columns |= {f"{name}{ending}": column for name, column in _look(policy, heads, view).items()}
    columns |= {"head": checked.head.astype(np.int8), "binding": checked.binding}
    rows, count = _alike(columns, checked.count)
    merged = len(count) > MOST_ROWS
    if merged:
        rows, count = _on_a_grid(rows, count)
    fits = int(count.max(initial=0)) <= np.iinfo(np.int32).max
    return {
        **rows,
        "count": count.astype(np.int32 if fits else np.float64),
        "views": np.array(len(looks), np.int8),
        "merged": np.array(merged, np.int8),
    }


def _look(policy: CoveragePolicy, heads: Sequence[Head], view: View) -> Columns:
    """What one way of looking shows of all objects."""
    below_one = np.nextafter(np.float32(1), np.float32(0))
    cut = np.minimum(view.whole.astype(np.float32), below_one)
    masks = []
    for start in range(0, len(view.height), BLOCK):
        answers = answering(policy.assign, heads, view.part(slice(start, start + BLOCK)))
        bits = np.uint32(1) << np.arange(len(heads), dtype=np.uint32)
        masks.append((answers * bits[:, None]).sum(axis=0, dtype=np.uint32))
    return {
        "height": view.height.astype(np.float32),
        "width": view.width.astype(np.float32),
        "whole": np.where(view.whole >= ENOUGH, np.float32(1), cut),
        "candidates": np.concatenate(masks),
    }


def _alike(columns: Columns, count: Integers) -> tuple[Columns, Integers]:
    """Rows that differ, in the order of their sizes, and how many objects each stands for."""
    order = np.lexsort(tuple(columns.values())[::-1])
    ordered = {name: column[order] for name, column in columns.items()}
    differs = np.zeros(len(order), bool)
    differs[:1] = True
    for column in ordered.values():
        differs[1:] |= column[1:] != column[:-1]
    first = np.flatnonzero(differs)
    return {name: column[first] for name, column in ordered.items()}, np.add.reduceat(count[order], first)


def _on_a_grid(rows: Columns, count: Integers) -> tuple[Columns, Integers]:
    """The same with sizes on the finest grid that makes few enough of them."""
    for grid in GRIDS:
        rounded = {name: _rounded(name, column, grid) for name, column in rows.items()}
        found = _alike(rounded, count)
        if len(found[1]) <= MOST_ROWS:
            break
    return found


def _rounded(name: str, column: Floats, grid: int) -> NDArray[Any]:
    match name.partition("_")[0]:
        case "height" | "width":
            return np.exp2(np.round(np.log2(column) * grid) / grid).astype(np.float32)
        case "whole":  # downwards: what is cut stays so
            return (np.floor(column * grid) / grid).astype(np.float32)
        case _:
            return column
