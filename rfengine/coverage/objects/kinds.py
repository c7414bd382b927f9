"""What kind of annotations a file or folder holds, from its first bytes and its files' names."""

import re
import zipfile
from pathlib import Path

from rfengine.coverage.objects.files import members, readable
from rfengine.errors import BadInput

_BEGIN = 1 << 12  # bytes that are looked at
_LABEL_ROW = re.compile(r"\d+(\s+[-+.\deE]+){4,}\s*")
_WORD = re.compile(r"\"?\s*[A-Za-z]")
_OF_SUFFIX = {".txt": "yolo", ".xml": "voc"}


def guess(path: Path) -> str | None:
    """The key of the policy's `objects` that the content looks like; None where it looks like none, or like several.

    Raises:
        BadInput: it cannot be read.
    """
    with readable(path.name):
        return _guess(path)


def _guess(path: Path) -> str | None:
    if path.is_dir() or zipfile.is_zipfile(path):
        with members(path) as found:
            suffixes = {name[-4:].lower() for name in found.names}
        return None if len(suffixes) != 1 else _OF_SUFFIX[suffixes.pop()]
    with path.open("rb") as file:
        begin = file.read(_BEGIN).decode("utf-8-sig", "replace").lstrip()
    if begin[:1] in ("{", "["):
        return "coco"
    if begin[:1] == "<":
        return "voc"
    lines = begin.splitlines()[:1]
    if lines and _LABEL_ROW.fullmatch(lines[0]):
        return "yolo"
    return "csv" if lines and _WORD.match(lines[0]) and re.search("[,;\t]", lines[0]) else None


def refuse_other_kind(kind: str, path: Path, name: str) -> None:
    """Make sure that the content does not look like another kind.

    Raises:
        BadInput: it does.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        raise BadInput(f"{name}: a data set's description holds no boxes; give its folder of labels, and objects.names")
    found = guess(path)
    if found is not None and found != kind:
        raise BadInput(f"{name}: objects.{kind} names it, but it looks like {found}; write objects.{found} instead")
