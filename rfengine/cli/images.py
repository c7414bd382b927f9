"""The word after `--images` to one file, as the engine and the service take it: a zip of pictures, or an .npz."""

import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from rfengine.errors import BadInput
from rfengine.estimators.images import SUFFIXES

PACKED = (".zip", ".npz")


def read_images(path: Path, *, at_most: int) -> bytes:
    """A .zip or .npz as it is; a folder's first pictures (in it and below, by name) or a single picture as a zip.

    The same pictures make the same zip, so that a server knows a question again.

    Raises:
        BadInput: there is no such file, no picture in it, or it cannot be read.
    """
    try:
        if path.is_dir():
            return _zipped(_pictures_in(path)[:at_most], path)
        if not path.is_file():
            raise BadInput(f"--images {path}: no such file or folder")
        if path.suffix.lower() in PACKED:
            return path.read_bytes()
        if path.suffix.lower() in SUFFIXES:
            return _zipped([path], path.parent)
    except OSError as error:
        raise BadInput(f"--images {path}: cannot be read: {error.strerror}") from error
    raise BadInput(f"--images {path}: expected {', '.join(PACKED)}, a folder, or a picture ({', '.join(SUFFIXES)})")


def _pictures_in(folder: Path) -> Sequence[Path]:
    pictures = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
    # As the engine orders a zip: by the whole name as text, where a path would be compared part by part.
    found = sorted(pictures, key=lambda path: path.relative_to(folder).as_posix())
    if not found:
        raise BadInput(f"--images {folder}: no picture in it or below; expected files named {', '.join(SUFFIXES)}")
    return found


def _zipped(pictures: Sequence[Path], root: Path) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for picture in pictures:
            # Without the file's date and rights: the content alone makes the zip. Pictures are compressed already.
            archive.writestr(ZipInfo(picture.relative_to(root).as_posix()), picture.read_bytes())
    return packed.getvalue()
