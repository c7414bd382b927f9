"""Object tables made by hand."""

from collections.abc import Sequence

import numpy as np

from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import ObjectTable

Box = tuple[float, float, float, float]  # x, y, width, height; x and y nan where unknown
NOWHERE = float("nan")


def table(
    boxes: Sequence[Box],
    *,
    image: tuple[float, float] | None = None,
    counts: Sequence[int] | None = None,
    ids: Sequence[str] | None = None,
) -> ObjectTable:
    """Boxes in one image (width, height), or in none that is known."""
    columns = np.array(boxes, float).reshape(-1, 4).T
    n = columns.shape[1]
    return ObjectTable(
        source="csv",
        name="objects.csv",
        sha256="0" * 64,
        width=columns[2],
        height=columns[3],
        count=np.ones(n, np.int64) if counts is None else np.array(counts, np.int64),
        x=columns[0],
        y=columns[1],
        image=np.full(n, -1 if image is None else 0, np.int32),
        image_width=np.array([] if image is None else [image[0]]),
        image_height=np.array([] if image is None else [image[1]]),
        image_names=() if image is None else ("image.png",),
        label=np.full(n, -1, np.int32),
        labels=(),
        ids=ids,
    )


def sizes(*pairs: tuple[float, float], counts: Sequence[int] | None = None) -> ObjectTable:
    """Objects of these widths and heights, nobody knows where."""
    return table([(NOWHERE, NOWHERE, width, height) for width, height in pairs], counts=counts)


def head(name: str, stride: float, trf: int, *, erf: int | None = None, **changes: object) -> Head:
    """A square head at 640 px."""
    values: dict[str, object] = {
        "name": name,
        "tensors": (f"{name}/out",),
        "units": (int(640 // stride),) * 2,
        "stride": (stride, stride),
        "trf": (trf, trf),
        "status": "exact",
        "clipped_share": 0.25,
        "erf_side": erf,
    }
    return Head(**(values | changes))  # type: ignore[arg-type]


PYRAMID = (head("P3", 8, 100, erf=40), head("P4", 16, 200, erf=80), head("P5", 32, 400, erf=160))
