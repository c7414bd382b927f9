"""A policy's objects as one file that can be sent: on disk, and never in memory as a whole."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZipFile, ZipInfo

from api_schemas.objects import PACKED
from rfengine.coverage.objects.files import SUFFIXES, names_below
from rfengine.errors import BadInput


@contextmanager
def opened(path: Path, source: str) -> Iterator[IO[bytes]]:
    """A file as it is; the .txt and .xml files of a folder, or a single one, as a zip, which is gone at the end.

    `source` is the kind of source, a key of the policy's `objects`. The same files make the same zip, so that a server
    knows a question again.

    Raises:
        BadInput: there is no such file, no annotation in the folder, or it cannot be read.
    """
    with _file_or_zip(path, f"objects.{source} {path}", packed=source in PACKED) as file:
        yield file


def _file_or_zip(path: Path, place: str, *, packed: bool) -> IO[bytes]:
    try:
        if packed and path.is_dir():
            return _zipped(names_below(path, SUFFIXES), path, place)
        if not path.is_file():
            raise BadInput(f"{place}: no such file{' or folder' if packed else ''}")
        if packed and path.suffix.lower() in SUFFIXES:
            return _zipped([path.name], path.parent, place)
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"{place}: cannot be read: {error.strerror}") from error


def _zipped(names: Sequence[str], root: Path, place: str) -> IO[bytes]:
    if not names:
        raise BadInput(f"{place}: no {' or '.join(SUFFIXES)} file in it or below; give the folder of the annotations")
    with ExitStack() as stack:
        packed = stack.enter_context(tempfile.TemporaryFile())
        with ZipFile(packed, "w") as archive:
            for name in names:
                # Without date, rights and compression: the content alone makes the zip, whatever the machine.
                try:
                    archive.writestr(ZipInfo(name), (root / name).read_bytes())
                except UnicodeEncodeError:
                    raise BadInput(f"{place}: the name {name!r} is not UTF-8; rename the file") from None
        packed.seek(0)
        stack.pop_all()  # left open, for whoever asked
        return packed
