"""`rfengine objects`: what annotations hold, as a check would see it, and as a small file to commit in their place."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
from pydantic import ValidationError
from rich.table import Table

from api_schemas.policy_objects import FILES, Objects
from rfengine.cli.terminal import STDERR, STDOUT, make_folder
from rfengine.coverage.objects import ObjectTable, guess, read_objects
from rfengine.coverage.objects.table import Floats, Integers
from rfengine.coverage.objects.write import write_csv, write_histogram
from rfengine.errors import BadInput
from rfengine.reports.plain import plain_table

TOP = 10  # categories that are listed
PERCENTILES = (0, 1, 5, 25, 50, 75, 95, 99, 100)


def run(
    source: Path,
    *,
    kind: str | None,
    csv: Path | None,
    histogram: Path | None,
    images: Path | None = None,
    image_size: str | None = None,
    categories: Sequence[str] = (),
    smallest_px: float = 0,
) -> None:
    """Read annotations, write what is asked for, and show what is in them on stdout.

    Args:
        source: the file or folder.
        kind: one of `FILES`; None: by its content.
        csv: file for every object.
        histogram: file for merged sizes.
        images: folder of the images of YOLO labels.
        image_size: `640x480` or `640`, where the source does not say.
        categories: only these.
        smallest_px: objects with a side below it are left aside.

    Raises:
        BadInput: they cannot be read, or a word does not fit.
    """
    table = read_objects(
        objects_of(source, kind, images=images, image_size=image_size, categories=categories, smallest_px=smallest_px),
        source,
    )
    for part in render(table):
        STDOUT.print(part, highlight=False)
    for path, write in ((csv, write_csv), (histogram, write_histogram)):
        if path is not None:
            rows = _written(path, table, write)
            STDERR.print(f"{path}: {rows:,} rows, {path.stat().st_size:,} bytes", highlight=False)


def objects_of(
    source: Path,
    kind: str | None,
    *,
    images: Path | None,
    image_size: str | None,
    categories: Sequence[str],
    smallest_px: float,
) -> Objects:
    """A policy's word on objects, from the command line's.

    Raises:
        BadInput: one does not fit, or the kind cannot be told.
    """
    if kind is None:
        if not source.exists():
            raise BadInput(f"{source}: no such file or folder")
        kind = guess(source)
        if kind is None:
            raise BadInput(f"{source}: it cannot be told what this is; say --kind {'|'.join(FILES)}")
    if kind not in FILES:
        raise BadInput(f"--kind {kind}: expected {', '.join(FILES)}")
    fields = {
        kind: str(source),
        "images": None if images is None else str(images),
        "image_size": None if image_size is None else _size(image_size),
        "categories": tuple(categories),
        "smallest_px": smallest_px,
    }
    try:
        return Objects.model_validate(fields)
    except ValidationError as error:
        raise BadInput(
            "; ".join(str(fault["msg"]).removeprefix("Value error, ") for fault in error.errors())
        ) from error


def render(table: ObjectTable) -> list[Table]:
    """What is in a table of objects: how many, of which categories and sizes, and what was left aside."""
    whole = plain_table(title=table.name)
    whole.add_column("objects", justify="right")
    whole.add_column("images", justify="right")
    whole.add_column("left aside")
    named = sum(map(bool, table.image_names))
    aside = ", ".join(f"{reason}: {count:,}" for reason, count in table.ignored.items()) or "none"
    whole.add_row(f"{table.total:,}", f"{named:,}" if named else "unknown", aside)
    return [whole, _sizes(table), *([_categories(table)] if table.labels else [])]


def percentiles(values: Floats, count: Integers, wanted: Sequence[float]) -> Floats:
    """The smallest values that so many per cent of the objects do not pass; `count` says how many each stands for."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(count[order])
    places = np.searchsorted(upto, np.asarray(wanted) / 100 * upto[-1])
    return np.asarray(values[order][np.minimum(places, len(order) - 1)], np.float64)


def _sizes(table: ObjectTable) -> Table:
    shown = plain_table()
    shown.add_column("px of the image")
    for percentile in PERCENTILES:
        shown.add_column({0: "smallest", 100: "largest"}.get(percentile, f"{percentile} %"), justify="right")
    rows = {
        "shorter side": np.minimum(table.width, table.height),
        "longer side": np.maximum(table.width, table.height),
        "√(width × height)": np.sqrt(table.width * table.height),
    }
    for name, values in rows.items():
        shown.add_row(name, *(f"{value:.4g}" for value in percentiles(values, table.count, PERCENTILES)))
    return shown


def _categories(table: ObjectTable) -> Table:
    counts = np.bincount(table.label + 1, weights=table.count, minlength=len(table.labels) + 1)[1:]
    most = np.argsort(-counts, kind="stable")[:TOP]
    rest = len(counts) - len(most)
    shown = plain_table(caption=f"and {rest:,} more" if rest else None)
    shown.add_column("category")
    shown.add_column("objects", justify="right")
    for place in most:
        shown.add_row(table.labels[place].replace("[", "\\["), f"{int(counts[place]):,}")
    return shown


def _written(path: Path, table: ObjectTable, write: Callable[[ObjectTable, TextIO], int]) -> int:
    make_folder(path.parent)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            return write(table, file)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def _size(text: str) -> list[float]:
    """`640x480`, width first, or `640` for a square."""
    words = text.lower().replace("×", "x").split("x")
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2):
        raise BadInput(f"--image-size {text}: expected WIDTHxHEIGHT in px, such as 640x480, or one number for a square")
    return numbers * (3 - len(numbers))
