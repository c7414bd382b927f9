"""Sizes that stand in the policy itself: one by one, or with their counts."""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_objects import WidthHeight
from rfengine.coverage.objects.raw import Raw, Source
from rfengine.coverage.objects.registry import Reader, register


def read_sizes(source: Source) -> Raw:
    """`sizes`, one object each."""
    sizes = source.objects.sizes or ()
    return _raw("sizes", sizes, [1] * len(sizes))


def read_histogram(source: Source) -> Raw:
    """`histogram`, so many objects of each size."""
    entries = source.objects.histogram or ()
    return _raw("histogram", [entry.size for entry in entries], [entry.count for entry in entries])


def _raw(source: str, sizes: Sequence[WidthHeight], counts: Sequence[int]) -> Raw:
    rows = len(sizes)
    columns = np.array(sizes, np.float64).reshape(-1, 2)
    return Raw(
        source=source,
        name=None,
        width=columns[:, 0],
        height=columns[:, 1],
        count=np.array(counts, np.int64),
        x=np.full(rows, np.nan),
        y=np.full(rows, np.nan),
        image=np.full(rows, -1, np.int32),
        image_width=np.empty(0),
        image_height=np.empty(0),
        image_names=(),
        label=np.full(rows, -1, np.int32),
        labels=(),
        ids=np.arange(rows, dtype=np.int64),
        noun="entry",
    )


register(Reader("sizes", read_sizes))
register(Reader("histogram", read_histogram))
