"""A table of objects as CSV, for the `csv` reader: row by row, or as a histogram small enough to be committed."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

import numpy as np

from rfengine.coverage.objects.judge import sides
from rfengine.coverage.objects.table import Floats, ObjectTable

COLUMNS = ("image", "image_width", "image_height", "id", "label", "x", "y", "width", "height", "count")
LARGE = 32  # px
SIZES = ("width", "height", "image_width", "image_height")


def write_csv(table: ObjectTable, file: TextIO) -> int:
    """Every row with all that is known of it; gives the number of rows. What is unknown is left empty.

    The file is opened with newline="".
    """
    image_width, image_height = sides(table)
    names, labels = [*table.image_names, ""], [*table.labels, ""]
    ids = range(table.rows) if table.ids is None else table.ids
    rows = zip(
        (names[place] for place in table.image),
        *map(_words, (image_width, image_height)),
        ids,
        (labels[place] for place in table.label),
        *map(_words, (table.x, table.y, table.width, table.height)),
        table.count,
        strict=True,
    )
    return _write(file, COLUMNS, rows)


def write_histogram(table: ObjectTable, file: TextIO) -> int:
    """Equal sizes merged, with their counts; gives the number of rows. The file is opened with newline="".

    Sizes are rounded so that a check comes out rather stricter: from `LARGE` px up to whole px, as large objects are
    missed for their fields; below it down to quarters, as small ones are missed for strides. Sizes of images are kept,
    and left out where none is known.
    """
    columns = zip(SIZES, (_rounded(table.width), _rounded(table.height), *sides(table)), strict=True)
    known = {name: values for name, values in columns if not np.isnan(values).all()}
    # -1 in place of nan, which is equal to nothing.
    sizes = np.stack([np.nan_to_num(values, nan=-1) for values in known.values()], axis=1)
    merged, row = np.unique(sizes, axis=0, return_inverse=True)
    counts = np.zeros(len(merged), np.int64)
    np.add.at(counts, row.reshape(-1), table.count)
    words = (_words(np.where(values < 0, np.nan, values)) for values in merged.T)
    return _write(file, (*known, "count"), zip(*words, counts, strict=True))


def _rounded(values: Floats) -> Floats:
    down = np.floor(4 * values) / 4
    return np.where(values >= LARGE, np.ceil(values), np.where(down > 0, down, values))


def _write(file: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    written = 0
    for row in rows:
        writer.writerow(row)
        written += 1
    return written


def _words(values: Floats) -> Iterable[str]:
    """Numbers as the shortest text that means the same; nan is empty."""
    return ("" if value != value else repr(value).removesuffix(".0") for value in values.tolist())
