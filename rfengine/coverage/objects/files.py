"""Many small files, in a folder or in the .zip of one: read by the same code, in the same order, and never unpacked.

An archive may come from a stranger: how much it holds is counted before anything of it is read.
"""

import hashlib
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rfengine.errors import BadInput, LimitExceeded

SUFFIXES = (".txt", ".xml")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".jp2", ".avif", ".heic", ".heif")
MOST_FILES = 1_000_000
MOST_FILE = 1 << 24  # bytes of one file, unpacked
MOST_TOTAL = 1 << 32  # bytes of an archive, unpacked
HEADER = 4096  # bytes of a picture within which its size and its orientation stand


@dataclass(frozen=True)
class Members:
    """The files of one suffix: names relative to the folder, in the order of their text, and what is in one."""

    names: Sequence[str]
    read: Callable[[str], bytes]


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what reading raises inside into bad input.

    Raises:
        BadInput: a file cannot be read, or is no archive.
    """
    try:
        yield
    except zipfile.BadZipFile as error:
        raise BadInput(f"{name}: no .zip that can be read ({error}); zip the folder again") from error
    except OSError as error:
        raise BadInput(f"{name}: cannot be read: {error.strerror or error}") from error


@contextmanager
def members(path: Path, suffixes: Sequence[str] = SUFFIXES) -> Iterator[Members]:
    """The files of a folder or a .zip, in it and below; one file of the suffix stands for a folder of one.

    Hidden files, and those that macOS adds to archives, do not count.

    Raises:
        BadInput: it is none of these, or an archive that cannot be read.
        LimitExceeded: there are too many files, or they are too large.
    """
    if path.is_dir():
        names = names_below(path, suffixes)
        _refuse_beyond(path.name, "files", len(names), MOST_FILES)
        yield Members(names, lambda name: _read(path / name))
    elif path.suffix.lower() in suffixes:
        yield Members([path.name], lambda _: _read(path))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield _zipped(archive, path, suffixes)
    else:
        raise BadInput(f"{path.name}: neither a folder nor a .zip of {' or '.join(suffixes)} files; give one")


def names_below(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Relative names of the files in a folder and below that have one of the suffixes, in the order of their text.

    Links to folders are followed, each folder once.

    Raises:
        OSError: a folder cannot be read; what is in it must not be left out in silence.
    """

    def refuse(error: OSError) -> None:
        raise error

    found, known = [], {folder.resolve()}
    for root, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        below_it = {each: Path(root, each).resolve() for each in folders if not each.startswith(".")}
        folders[:] = [each for each, place in below_it.items() if place not in known]
        known.update(below_it.values())
        below = Path(root).relative_to(folder).as_posix()
        prefix = "" if below == "." else f"{below}/"
        found += [f"{prefix}{file}" for file in files if _counts(file, suffixes)]
    return sorted(found)


def digest(path: Path, *, images: Path | None = None) -> str:
    """SHA-256 of annotations, hexadecimal.

    Of a file its bytes; of a folder the names and contents of its .txt and .xml files, which are all that is read of
    it. `images` adds names, lengths and beginnings (where their sizes stand) of the pictures in that folder.

    Raises:
        BadInput: there is no such file or folder, or it cannot be read.
    """
    with readable(path.name):
        whole = _digest_of(path)
        if images is None:
            return whole
        hasher = hashlib.sha256(f"{whole}\n".encode())
        for name in names_below(images, PICTURES):
            hasher.update(f"{name}\0{(images / name).stat().st_size}\n".encode("utf-8", "surrogateescape"))
            with (images / name).open("rb") as file:
                hasher.update(file.read(HEADER))
        return hasher.hexdigest()


def _digest_of(path: Path) -> str:
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    hasher = hashlib.sha256()
    for name in names_below(path, SUFFIXES):
        content = hashlib.sha256((path / name).read_bytes()).hexdigest()
        hasher.update(f"{name}\0{content}\n".encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def _counts(name: str, suffixes: Sequence[str]) -> bool:
    return name.lower().endswith(tuple(suffixes)) and not name.startswith(".")


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or any(part.startswith(".") for part in name.split("/"))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        found = file.read(MOST_FILE + 1)
    _refuse_beyond(path.name, "bytes", len(found), MOST_FILE)
    return found


def _zipped(archive: zipfile.ZipFile, path: Path, suffixes: Sequence[str]) -> Members:
    wanted = {
        info.filename: info
        for info in archive.infolist()
        if _counts(info.filename, suffixes) and not _is_hidden(info.filename)
    }
    _refuse_beyond(path.name, "files", len(archive.infolist()), MOST_FILES)
    # zipfile gives at most so many bytes of a member as the archive says that it has.
    _refuse_beyond(path.name, "bytes unpacked", sum(info.file_size for info in wanted.values()), MOST_TOTAL)

    def read(name: str) -> bytes:
        _refuse_beyond(f"{path.name}: {name}", "bytes unpacked", wanted[name].file_size, MOST_FILE)
        try:
            return archive.read(wanted[name])
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as error:
            raise BadInput(f"{path.name}: {name}: cannot be unpacked ({error}); zip the folder again") from error

    return Members(sorted(wanted), read)


def _refuse_beyond(what: str, unit: str, found: int, most: int) -> None:
    if found > most:
        raise LimitExceeded(f"{what}: {found:,} {unit}, more than {most:,}; split the annotations")
