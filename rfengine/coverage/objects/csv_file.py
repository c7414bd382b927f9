"""A table of sizes as CSV: a header, then a row per object or per size, https://www.rfc-editor.org/rfc/rfc4180.

Columns are found by name, in any order and case: width and height (or w and h) in px, and as far as they are known x,
y, image, image_width, image_height, id, label, count. Others are passed over. Comma, semicolon or tab, as the header
has it.
"""

import csv
from array import array
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from itertools import islice, repeat
from math import nan
from typing import TextIO

import numpy as np

from rfengine.coverage.objects.raw import MOST_OBJECTS, Ids, Raw, Slots, Source, floats, integers
from rfengine.coverage.objects.registry import Reader, register
from rfengine.coverage.objects.table import Floats, Integers
from rfengine.errors import BadInput, LimitExceeded

SIZES = ("width", "height")
NUMBERS = (*SIZES, "x", "y", "image_width", "image_height")
COLUMNS = (*NUMBERS, "image", "id", "label", "count")
IMAGE = ("image", "image_width", "image_height")
SHORT = {"w": "width", "h": "height"}
DELIMITERS = ",;\t"
LONGEST_HEADER = 1 << 16  # characters
AT_ONCE = 1 << 14  # rows
MOST_CATEGORIES = 100_000
MOST_COUNT = 1 << 40

Image = tuple[str, str, str]  # name, width and height as they are written


def read(source: Source) -> Raw:
    """Every row of a file.

    Raises:
        BadInput: a header without sizes, or a row that does not fit it; the message says its line.
    """
    if source.path.is_dir():
        raise BadInput(f"{source.name}: a folder; objects.csv is one file")
    with source.path.open(encoding="utf-8-sig", newline="") as file:
        try:
            header = file.readline(LONGEST_HEADER)
            file.seek(0)
            delimiter = max(DELIMITERS, key=header.count)
            return _read(file, source.name, delimiter)
        except UnicodeDecodeError as error:
            raise BadInput(f"{source.name}: no text in UTF-8 ({error.reason}); save it as UTF-8") from error


def _read(file: TextIO, name: str, delimiter: str) -> Raw:
    rows = csv.reader(file, delimiter=delimiter)
    try:
        header = next(rows, [])
        table = _Table(name, _places(header, name), len(header))
        # Rows that are not blank, with their lines.
        numbered = ((rows.line_num, row) for row in rows if row)
        while chunk := list(islice(numbered, AT_ONCE)):
            table.add(*zip(*chunk, strict=True))
    except csv.Error as error:
        raise BadInput(f"{name}: line {rows.line_num}: {error}; write the file again") from error
    return table.raw()


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    """Where each known column stands."""
    words = [word.strip().lower() for word in header]
    found: dict[str, int] = {}
    for place, word in enumerate(words):
        column = SHORT.get(word, word)
        if column in COLUMNS and column in found:
            raise BadInput(f"{name}: line 1: two columns '{column}' ({', '.join(header)}); leave one")
        if column in COLUMNS:
            found[column] = place
    for column in SIZES:
        if column not in found:
            near = get_close_matches(column, words, n=1, cutoff=0.5)
            hint = f", near it '{near[0]}'" if near else ""
            raise BadInput(
                f"{name}: line 1: no column '{column}' in the header ({', '.join(header)[:200] or 'empty'}){hint}; "
                f"it must name width and height, and may name {', '.join(COLUMNS[2:])}"
            )
    return found


class _Table:
    """The columns as they fill."""

    def __init__(self, name: str, places: dict[str, int], width: int) -> None:
        self._name, self._places, self._width = name, places, width
        self._numbers = {column: array("d") for column in (*SIZES, "x", "y", "count")}
        self._image, self._label, self._ids = array("i"), array("i"), Ids()
        self._images, self._labels = Slots(f"{name}: images"), Slots(f"{name}: labels", MOST_CATEGORIES)
        self._sides = {side: array("d") for side in IMAGE[1:]}

    def add(self, lines: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
        """Take some rows, with their lines."""
        if set(map(len, rows)) != {self._width}:
            line, found = next(
                (line, len(row)) for line, row in zip(lines, rows, strict=True) if len(row) != self._width
            )
            raise BadInput(f"{self._name}: line {line}: {found} columns, the header has {self._width}; correct it")
        cells = list(zip(*rows, strict=True))
        columns = {name: cells[place] for name, place in self._places.items()}
        for name, numbers in self._numbers.items():
            absent = 1.0 if name == "count" else nan
            given = columns.get(name)
            numbers.extend(
                repeat(absent, len(rows)) if given is None else self._parsed(name, given, lines.__getitem__, absent)
            )
        blank = ("",) * len(rows)
        if any(name in columns for name in IMAGE):
            names, widths, heights = (columns.get(name, blank) for name in IMAGE)
            self._add_images(list(zip(names, widths, heights, strict=True)), lines)
        else:
            self._image.extend(repeat(-1, len(rows)))
        labels = self._labels
        self._label.extend([labels[text] if text else -1 for text in columns.get("label", blank)])
        self._add_ids(columns.get("id", blank), lines)
        if len(self._image) > MOST_OBJECTS:
            raise LimitExceeded(f"{self._name}: more than {MOST_OBJECTS:,} rows; give a histogram, with a column count")

    def raw(self) -> Raw:
        """The columns.

        Raises:
            BadInput: a count that is none, or an image of two sizes.
        """
        numbers = {name: floats(values) for name, values in self._numbers.items()}
        width, height = (floats(self._sides[side]) for side in IMAGE[1:])
        names = [name for name, _, _ in self._images]
        self._refuse_two_sizes(names)
        return Raw(
            source="csv",
            name=self._name,
            width=numbers["width"],
            height=numbers["height"],
            count=self._counts(numbers["count"]),
            x=numbers["x"],
            y=numbers["y"],
            image=integers(self._image),
            image_width=width,
            image_height=height,
            image_names=names,
            label=integers(self._label),
            labels=list(self._labels),
            ids=self._ids.column(),
            noun="annotation" if "id" in self._places else "line",
        )

    def _add_images(self, images: Sequence[Image], lines: Sequence[int]) -> None:
        """Take names and sizes of images as they are written: the same words are the same image."""
        known = len(self._images)
        self._image.extend(map(self._images.__getitem__, images))
        added = list(islice(self._images, known, None))
        for place, side in enumerate(IMAGE[1:], 1):
            cells = [image[place] for image in added]
            self._sides[side].extend(self._parsed(side, cells, lambda k: lines[images.index(added[k])], nan))

    def _add_ids(self, texts: Sequence[str], lines: Sequence[int]) -> None:
        """Take ids; a row without one goes by its line."""
        try:
            numbers = list(map(int, texts))
        except ValueError:
            numbers = []
        # Only where a number is how the text is written: 007 and 7 are two ids.
        is_numbers = list(map(str, numbers)) == list(texts)
        for value in numbers if is_numbers else (text or line for text, line in zip(texts, lines, strict=True)):
            self._ids.append(value)

    def _parsed(
        self, column: str, cells: Sequence[str], line_of: Callable[[int], int], absent: float
    ) -> "array[float]":
        """Cells as numbers, empty ones as `absent`; sizes may not be empty. `line_of` tells a cell's line."""
        try:
            return array("d", map(float, cells))
        except ValueError:
            found = array("d")
        for place, text in enumerate(cells):
            try:
                found.append(float(text) if text.strip() or column in SIZES else absent)
            except ValueError as error:
                where = f"{self._name}: line {line_of(place)}: {column}"
                hint = "; write decimals with a point" if "," in text else ""
                raise BadInput(f"{where} is {text!r}, no number{hint}; correct it") from error
        return found

    def _counts(self, counts: Floats) -> Integers:
        wrong = ~((counts >= 1) & (counts <= MOST_COUNT) & (counts % 1 == 0))
        if wrong.any():
            row = int(np.argmax(wrong))
            place = f"{self._name}: row {row + 1} after the header"
            raise BadInput(f"{place}: count is {counts[row]:g}, no whole number from 1; correct it or take the row out")
        return counts.astype(np.int64)

    def _refuse_two_sizes(self, names: Sequence[str]) -> None:
        sizes: dict[str, tuple[float, float]] = {}
        for name, *size in zip(names, *self._sides.values(), strict=True):
            known = sizes.setdefault(name, (size[0], size[1]))
            if name and list(known) != size:
                raise BadInput(
                    f"{self._name}: image '{name}' is {known[0]:g} x {known[1]:g} px in one row and {size[0]:g} x "
                    f"{size[1]:g} in another; correct one"
                )


register(Reader("csv", read))
