"""Pascal VOC: one .xml per image, with the image's size and a `bndbox` per object.

xmin, ymin, xmax and ymax number pixels from 1, and both ends belong to the box: the width is xmax - xmin + 1.
http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
"""

import xml.etree.ElementTree as ET
from array import array
from math import nan

import numpy as np

from rfengine.coverage.objects.files import members
from rfengine.coverage.objects.raw import MOST_OBJECTS, Raw, Slots, Source, floats, integers
from rfengine.coverage.objects.registry import Reader, register
from rfengine.errors import BadInput, LimitExceeded

EDGES = ("xmin", "ymin", "xmax", "ymax")
MOST_CATEGORIES = 100_000


def read(source: Source) -> Raw:
    """Every box of a folder or .zip of annotations.

    Raises:
        BadInput: a file that is no such annotation.
    """
    columns = _Columns(source.name)
    with members(source.path, (".xml",)) as found:
        if not found.names:
            raise BadInput(f"{source.name}: no .xml file in it or below; give the folder of the annotations")
        for file in found.names:
            columns.add(file, _root(file, found.read(file)))
    return columns.raw()


class _NoDoctype(ET.TreeBuilder):
    """Builds a tree of a document that declares nothing: entities that grow are declared, and annotations need none."""

    def doctype(self, *_: object) -> None:
        """Refuse the declaration, before anything in it is read."""
        raise BadInput("a DOCTYPE, which annotations have no need of; take it out")


def _root(file: str, data: bytes) -> ET.Element:
    try:
        root = ET.fromstring(data, ET.XMLParser(target=_NoDoctype()))
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        what = "the file is empty" if not data.strip() else f"no XML ({error})"
        raise BadInput(f"{file}: {what}; it may be cut short: write it again, or take it out") from error
    if root.tag != "annotation":
        raise BadInput(f"{file}: its root is <{root.tag}>, not <annotation>; give Pascal VOC annotations")
    return root


class _Columns:
    """The columns as they fill."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._edges, self._sizes, self._image_names = array("d"), array("d"), list[str]()
        self._image, self._label, self._number = array("i"), array("i"), array("q")
        self._difficult = array("b")
        self._labels = Slots(f"{name}: categories", MOST_CATEGORIES)

    def add(self, file: str, root: ET.Element) -> None:
        """Take the objects of one image."""
        image = len(self._image_names)
        self._image_names.append((root.findtext("filename") or "").strip() or file.removesuffix(".xml"))
        size = root.find("size")
        for side in ("width", "height"):
            known = size is not None and size.find(side) is not None
            self._sizes.append(_number(size, side, f"{file}: size") if known and size is not None else nan)
        for number, each in enumerate(root.findall("object"), 1):
            place = f"{file}: object {number}"
            box = each.find("bndbox")
            if box is None:
                raise BadInput(f"{place}: no <bndbox>; each object needs one with {', '.join(EDGES)}")
            self._edges.extend(_number(box, edge, place) for edge in EDGES)
            label = (each.findtext("name") or "").strip()
            self._label.append(self._labels[label] if label else -1)
            self._difficult.append((each.findtext("difficult") or "0").strip() not in ("0", ""))
            self._image.append(image)
            self._number.append(number)
        if len(self._image) > MOST_OBJECTS:
            raise LimitExceeded(f"{file}: more than {MOST_OBJECTS:,} objects so far; split the annotations")

    def raw(self) -> Raw:
        """The columns, x and y counted from 0."""
        left, high, right, low = floats(self._edges).reshape(-1, 4).T
        sizes = floats(self._sizes).reshape(-1, 2)
        return Raw(
            source="voc",
            name=self._name,
            width=right - left + 1,
            height=low - high + 1,
            count=np.ones(len(left), np.int64),
            x=left - 1,
            y=high - 1,
            image=integers(self._image),
            image_width=sizes[:, 0],
            image_height=sizes[:, 1],
            image_names=self._image_names,
            label=integers(self._label),
            labels=list(self._labels),
            ids=np.frombuffer(self._number, np.int64),
            noun="object",
            aside={"difficult": np.frombuffer(self._difficult, np.bool_)},
        )


def _number(parent: ET.Element, name: str, place: str) -> float:
    text = parent.findtext(name)
    try:
        return float(text or "")
    except ValueError as error:
        said = f"no <{name}>" if text is None else f"<{name}> is {text.strip()!r}, no number"
        raise BadInput(f"{place}: {said}; it must be a number of px") from error


register(Reader("voc", read))
