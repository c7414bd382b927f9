"""YOLO labels: one .txt per image, a row per object, `class x y w h` as shares of the image, x and y the centre.

Rows of a segmentation, `class x1 y1 x2 y2 ...`, stand for the box around their points; oriented boxes are such rows.
https://docs.ultralytics.com/datasets/detect/
"""

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api_schemas.policy_objects import Objects
from rfengine.coverage.objects.files import Members, members
from rfengine.coverage.objects.image_sizes import ImageSizes
from rfengine.coverage.objects.raw import MOST_OBJECTS, Raw, Source, floats, integers
from rfengine.coverage.objects.registry import Reader, register
from rfengine.coverage.objects.table import Floats
from rfengine.errors import BadInput, LimitExceeded

BOX = 5  # columns: class, centre x and y, width, height
# Rounding, and polygons at the border, go a little beyond the image.
SLACK = 0.01
NAMES = "classes.txt"
# What lies beside labels and holds none: names, lists of images, what people write.
BESIDE = (
    NAMES,
    "train.txt",
    "val.txt",
    "test.txt",
    "readme.txt",
    "readme.dataset.txt",
    "readme.roboflow.txt",
    "license.txt",
)
FORM = "`class x y w h`, or `class x1 y1 x2 y2 x3 y3 ...`, as shares of the image"


def read(source: Source) -> Raw:
    """Every box of a folder or .zip of labels.

    Where a folder `labels` is among them, only what lies in one counts: data sets keep other .txt files beside it.
    `classes.txt` names the classes where the policy does not.

    Raises:
        BadInput: a row that is no label, or an image whose size is not known.
    """
    objects, name = source.objects, source.name
    if objects.images is None and objects.image_size is None:
        raise BadInput(
            f"{name}: yolo labels are shares of their images, and do not say how large these are; give objects.images "
            "(the folder of the images), or objects.image_size (width and height, px) if all have one size"
        )
    with members(source.path, (".txt",)) as found:
        files = _label_files(found.names)
        if not files:
            raise BadInput(f"{name}: no .txt file in it or below; give the folder of the labels")
        labels = _Labels(files)
        for place, file in enumerate(files):
            labels.add(place, found.read(file))
        return labels.raw(objects, name, objects.names or _class_names(found))


class _Labels:
    """The rows of all files as they fill: class, box as shares, and where it stands."""

    def __init__(self, files: Sequence[str]) -> None:
        self._files = files
        self._classes, self._shares = array("i"), array("d")
        self._file, self._row = array("i"), array("q")

    def add(self, place: int, data: bytes) -> None:
        """Take the rows of one file."""
        try:
            lines = data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise BadInput(f"{self._files[place]}: byte {error.start}: no text in UTF-8; save it again") from error
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words:
                continue
            try:
                kind, *values = map(float, words)
                self._classes.append(_class_number(kind))
            except (ValueError, OverflowError) as error:
                raise BadInput(f"{self._files[place]}: row {number}: {error}; a row is {FORM}") from error
            if len(words) == BOX:
                self._shares.extend(values)
            elif len(words) > BOX and len(words) % 2 == 1:
                self._shares.extend(_around(values[::2], values[1::2]))
            else:
                hint = "; the sixth looks like a confidence: give labels, not predictions" if len(words) == 6 else ""
                raise BadInput(
                    f"{self._files[place]}: row {number}: {len(words)} columns ({line[:60]!r}){hint}; a row is {FORM}"
                )
            self._file.append(place)
            self._row.append(number)
        if len(self._row) > MOST_OBJECTS:
            raise LimitExceeded(f"{self._files[place]}: more than {MOST_OBJECTS:,} labels so far; split them")

    def raw(self, objects: Objects, name: str, names: Sequence[str]) -> Raw:
        """The boxes in px.

        Raises:
            BadInput: a number that is no share, a class without a name, an image without a size.
        """
        shares, image = floats(self._shares).reshape(-1, 4), integers(self._file)
        self._refuse(~np.isfinite(shares), shares, "is no finite number; correct it")
        far = (shares > 1 + SLACK) | (shares < -SLACK)
        self._refuse(far, shares, "is no share of the image, 0 to 1; these look like px: divide by the image's sides")
        self._refuse((shares < 0) & [False, False, True, True], shares, "is a size below 0; correct it")
        kinds, labels = self._named(names)
        image_names, sizes = self._images(objects)
        x, y, width, height = (shares * np.tile(sizes, 2)[image]).T
        return Raw(
            source="yolo",
            name=name,
            width=width,
            height=height,
            count=np.ones(len(shares), np.int64),
            x=x - width / 2,
            y=y - height / 2,
            image=image,
            image_width=sizes[:, 0],
            image_height=sizes[:, 1],
            image_names=image_names,
            label=kinds,
            labels=labels,
            ids=np.frombuffer(self._row, np.int64),
            noun="row",
        )

    def _named(self, names: Sequence[str]) -> tuple[NDArray[np.int32], Sequence[str]]:
        classes = integers(self._classes)
        if not names:
            known, kinds = np.unique(classes, return_inverse=True)
            return kinds.astype(np.int32), [str(number) for number in known]
        beyond = classes >= len(names)
        if beyond.any():
            row = int(np.argmax(beyond))
            raise BadInput(
                f"{self._place(row)}: class {classes[row]}, but there are {len(names)} names (0 to {len(names) - 1}); "
                "complete objects.names or classes.txt"
            )
        return classes, names

    def _images(self, objects: Objects) -> tuple[list[str], Floats]:
        """Name, and width and height in px, of the image of every file; nan for files without labels."""
        pictures = None if objects.images is None else ImageSizes(Path(objects.images))
        names = [file.removesuffix(".txt") for file in self._files]
        sizes = np.full((len(names), 2), np.nan)
        for place in np.unique(integers(self._file)):
            found = None if pictures is None else pictures.of(self._files[place])
            if found is not None:
                names[place], sizes[place] = found
            elif objects.image_size is not None:
                sizes[place] = objects.image_size
            else:
                raise BadInput(
                    f"{self._files[place]}: no picture '{names[place]}' in objects.images {objects.images}; add it, or "
                    "give objects.image_size"
                )
        return names, sizes

    def _place(self, row: int) -> str:
        return f"{self._files[self._file[row]]}: row {self._row[row]}"

    def _refuse(self, bad: NDArray[np.bool_], shares: Floats, why: str) -> None:
        if bad.any():
            row = int(np.argmax(bad.any(axis=1)))
            raise BadInput(f"{self._place(row)}: {shares[row][bad[row]][0]:g} {why}")


def _class_number(value: float) -> int:
    if not value.is_integer() or value < 0:
        raise ValueError(f"class {value:g} is no whole number from 0")
    return int(value)


def _around(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float, float]:
    """Centre and size of the box around points."""
    left, right, high, low = min(xs), max(xs), min(ys), max(ys)
    return (left + right) / 2, (high + low) / 2, right - left, low - high


def _label_files(names: Sequence[str]) -> list[str]:
    files = [name for name in names if name.rpartition("/")[2].lower() not in BESIDE]
    apart = [name for name in files if "labels" in name.split("/")[:-1]]
    return apart or files


def _class_names(found: Members) -> Sequence[str]:
    lists = {found.read(name) for name in found.names if name.rpartition("/")[2] == NAMES}
    if len(lists) > 1:
        raise BadInput(f"{len(lists)} files {NAMES} that differ; give objects.names, which goes before them")
    return [line.strip() for each in lists for line in each.decode("utf-8-sig", "replace").splitlines() if line.strip()]


register(Reader("yolo", read))
