"""COCO annotations: one JSON object with images, annotations and categories, of any size and in any order.

Boxes are [x, y, width, height] in px, https://cocodataset.org/#format-data. Nothing but the columns is kept in memory.
"""

from array import array
from collections.abc import Iterator
from math import nan
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rfengine.coverage.objects.json_stream import WINDOW, JsonStream
from rfengine.coverage.objects.raw import MOST_OBJECTS, Ids, Raw, Slots, Source, floats, integers
from rfengine.coverage.objects.registry import Reader, register
from rfengine.errors import BadInput, LimitExceeded

MOST_CATEGORIES = 100_000
SHOWN = 200  # characters of an element in a message
PARTS = ("images", "annotations", "categories")


def read(source: Source) -> Raw:
    """Every box of a file.

    Raises:
        BadInput: it is no COCO; the message says at which byte, or which annotation.
    """
    if source.path.is_dir():
        raise BadInput(f"{source.name}: a folder; objects.coco is one .json file, such as instances_val.json")
    with source.path.open("rb") as file:
        return read_stream(file, source.name)


def read_stream(file: BinaryIO, name: str, *, window: int = WINDOW) -> Raw:
    """Every box of an open file; `window` bytes of it are read at a time."""
    stream = JsonStream(file, name, window=window)
    if stream.peek() == "[":
        raise BadInput(
            f"{name}: a list, as detections are saved; COCO annotations are an object with {', '.join(PARTS)}"
        )
    coco = _Columns(name)
    parts = {"images": coco.images, "annotations": coco.annotations, "categories": coco.categories}
    seen: list[str] = []
    for key in stream.fields():
        if key in seen:
            raise BadInput(f"{stream.place}: a second '{key}'; leave one")
        seen.append(key)
        if key not in parts:
            stream.skip()
        elif stream.peek() != "[":
            raise BadInput(f"{stream.place}: '{key}' is no list; COCO annotations have lists of {', '.join(PARTS)}")
        else:
            parts[key](stream.items(without="segmentation"))
    stream.finish()
    if "annotations" not in seen:
        there = ", ".join(seen[:10]) or "nothing"
        raise BadInput(f"{name}: no 'annotations' in it, but {there}; give instances_*.json")
    return coco.raw(has_images="images" in seen, has_categories="categories" in seen)


class _Columns:
    """The columns as they fill."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._image_slots = Slots(f"{name}: images")
        self._category_slots = Slots(f"{name}: categories", MOST_CATEGORIES)
        self._boxes, self._crowd, self._ids = array("d"), array("b"), Ids()
        self._image, self._label = array("i"), array("i")
        # Slots of the lists' own elements: annotations may come first, and then the slots are in their order.
        self._images, self._sizes, self._image_names = array("i"), array("d"), list[str]()
        self._categories, self._labels = array("i"), list[str]()

    def images(self, items: Iterator[Any]) -> None:
        """Take the images' sizes and names."""
        for place, each in enumerate(items):
            try:
                key = each["id"]
                self._images.append(self._image_slots[key])
                self._sizes.extend((_side(each.get("width")), _side(each.get("height"))))
                self._image_names.append(str(each.get("file_name") or key))
            except (AttributeError, KeyError, TypeError, OverflowError) as error:
                raise self._bad("images", place, each, "an id, and width and height in px", error) from error

    def categories(self, items: Iterator[Any]) -> None:
        """Take the categories' names."""
        for place, each in enumerate(items):
            try:
                key = each["id"]
                self._categories.append(self._category_slots[key])
                self._labels.append(str(each.get("name", key)))
            except (AttributeError, KeyError, TypeError) as error:
                raise self._bad("categories", place, each, "an id and a name", error) from error

    def annotations(self, items: Iterator[Any]) -> None:
        """Take the boxes."""
        boxes, crowd, image, label, ids = self._boxes, self._crowd, self._image, self._label, self._ids
        images, categories = self._image_slots, self._category_slots
        for place, each in enumerate(items):
            try:
                if not isinstance(each["bbox"], list):
                    raise TypeError("bbox is no list")
                boxes.extend(each["bbox"])
                if len(boxes) != 4 * place + 4:
                    raise TypeError("bbox has not four numbers")
                image.append(images[each["image_id"]])
                category = each.get("category_id")
                label.append(-1 if category is None else categories[category])
                crowd.append(1 if each.get("iscrowd") else 0)
                ids.append(each.get("id", place))
            except (AttributeError, KeyError, TypeError, OverflowError) as error:
                wanted = "an image_id and a bbox [x, y, width, height] of numbers"
                raise self._bad("annotations", place, each, wanted, error) from error
            if place >= MOST_OBJECTS:
                raise LimitExceeded(f"{self._name}: more than {MOST_OBJECTS:,} annotations; split the file")

    def raw(self, *, has_images: bool, has_categories: bool) -> Raw:
        """The columns, with annotations tied to their images and categories.

        Raises:
            BadInput: an image or a category is there twice, or an annotation names one that is not.
        """
        boxes = floats(self._boxes).reshape(-1, 4)
        sizes = floats(self._sizes).reshape(-1, 2)
        image, names = integers(self._image), self._image_names
        label, labels = integers(self._label), self._labels
        if has_images:
            image = self._tied(image, self._images, self._image_slots, "image")
        else:
            names = [str(key) for key in self._image_slots]
            sizes = np.full((len(names), 2), nan)
        if has_categories:
            label = self._tied(label, self._categories, self._category_slots, "category")
        else:
            labels = [str(key) for key in self._category_slots]
        return Raw(
            source="coco",
            name=self._name,
            width=boxes[:, 2],
            height=boxes[:, 3],
            count=np.ones(len(boxes), np.int64),
            x=boxes[:, 0],
            y=boxes[:, 1],
            image=image,
            image_width=sizes[:, 0],
            image_height=sizes[:, 1],
            image_names=names,
            label=label,
            labels=labels,
            ids=self._ids.column(),
            aside={"crowd": np.frombuffer(self._crowd, np.bool_)},
        )

    def _tied(self, slots: NDArray[np.int32], places: "array[int]", known: Slots, noun: str) -> NDArray[np.int32]:
        """Places in a list for slots; -1 stays."""
        listed = np.bincount(integers(places), minlength=len(known))
        if (listed > 1).any():
            twice = list(known)[int(np.argmax(listed > 1))]
            raise BadInput(f"{self._name}: {noun} {twice!r} is there twice; its id must be its own")
        rows = np.full(len(known) + 1, -1, np.int32)
        rows[integers(places)] = np.arange(len(places), dtype=np.int32)
        found = rows[slots]
        lost = (found < 0) & (slots >= 0)
        if lost.any():
            row = int(np.argmax(lost))
            place = f"{self._name}: annotation {self._ids.column()[row]}"
            raise BadInput(
                f"{place} names {noun} {list(known)[slots[row]]!r}, which is not among the {len(places):,} there; the "
                "file is not whole, or ids are text in one place and numbers in the other"
            )
        return found

    def _bad(self, part: str, place: int, element: object, wanted: str, error: Exception) -> BadInput:
        number = f" (id {element['id']})" if isinstance(element, dict) and "id" in element else ""
        lacks = f"no {error}" if isinstance(error, KeyError) else str(error)
        shown = repr(element)
        shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "..."
        return BadInput(f"{self._name}: {part}[{place}]{number}: {lacks} in {shown}; each needs {wanted}")


def _side(value: float | None) -> float:
    return nan if value is None else value


register(Reader("coco", read))
