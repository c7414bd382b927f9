"""Maps as data: files that `numpy.load` and a few lines of JavaScript read, the same bytes for the same arrays.

An .npz is a zip of .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). The map itself
is float32 and relative to its maximum: maps of deep networks under tiny weights have no values that float32 can hold.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfengine.estimators.erf import ErfMap

# The earliest that a zip can say: a file says what it holds, not when it was made.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays by their names as a compressed .npz."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(array, order="C"), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", NO_DATE)
            archive.writestr(member, content.getvalue(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def map_arrays(erf: ErfMap) -> dict[str, NDArray[Any]]:
    """One effective field as arrays; lists over axes are h before w.

    Returns:
        `map`: float32, one axis per axis of the canvas: the values as shares of the largest, cropped to those that are
        not zero. `scale`: float64, the largest. `origin`: int32, pixel of the canvas that `map` begins at. `canvas`:
        int32, its size, px. `centre`: float64, the unit's centre, px, edge convention. `unit`: int32, its index.
    """
    top = float(erf.values.max(initial=0.0))
    shares = np.asarray(erf.values / (top or 1.0), np.float32)
    ends = [_ends(shares, axis) for axis in range(shares.ndim)]
    return {
        "map": shares[tuple(slice(first, last) for first, last in ends)],
        "scale": np.array(top, np.float64),
        "origin": np.array([first for first, _ in ends], np.int32),
        "canvas": np.array(erf.unit.canvas, np.int32),
        "centre": np.array(erf.unit.centre, np.float64),
        "unit": np.array(erf.unit.index, np.int32),
    }


def _ends(values: NDArray[np.float32], axis: int) -> tuple[int, int]:
    """Where along an axis the values that are not zero begin and end."""
    others = tuple(other for other in range(values.ndim) if other != axis)
    filled = np.flatnonzero(values.any(axis=others))
    return (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, 0)
