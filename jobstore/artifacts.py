"""The bytes: uploaded models and what jobs made of them, in a folder or a bucket through fsspec.

Names are made here and never come from clients. A blob appears whole or not at all, and never changes.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import fsspec

CHUNK = 1 << 20


@dataclass(frozen=True)
class Blob:
    """Bytes that are safely stored: the name to find them by, their number and their SHA-256 as hex digits."""

    name: str
    bytes: int
    sha256: str


class BlobWriter:
    """A blob on its way in. `commit` makes it appear; leaving the `with` block without it leaves nothing behind."""

    def __init__(self, filesystem: Any, root: str, name: str) -> None:
        self._filesystem = filesystem
        self._local = isinstance(filesystem, fsspec.get_filesystem_class("file"))
        self._name = name
        self._final = f"{root}/{name}"
        # A bucket shows an object when its upload completes; a folder needs the detour.
        self._path = f"{self._final}.part" if self._local else self._final
        self._digest = hashlib.sha256()
        self._committed = False
        self.bytes = 0
        filesystem.makedirs(self._path.rpartition("/")[0], exist_ok=True)
        self._file = filesystem.open(self._path, "wb")

    def write(self, chunk: bytes) -> None:
        """Append; may be called from any one thread at a time."""
        self._digest.update(chunk)
        self.bytes += len(chunk)
        self._file.write(chunk)

    def commit(self) -> Blob:
        """Make the blob durable and visible."""
        if self._local:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if self._local:
            Path(self._path).rename(self._final)
            _sync_folder(Path(self._final).parent)
        self._committed = True
        return Blob(self._name, self.bytes, self._digest.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._committed:
            return
        with suppress(Exception):
            self._file.close()
        with suppress(FileNotFoundError):
            self._filesystem.rm_file(self._path)


@dataclass(frozen=True)
class ArtifactStore:
    """A place for blobs: a file system and the folder in it."""

    filesystem: Any
    root: str

    def writer(self, kind: str) -> BlobWriter:
        """Begin a blob; `kind` is the folder it goes to, such as `models`."""
        token = secrets.token_hex(16)
        return BlobWriter(self.filesystem, self.root, f"{kind}/{token[:2]}/{token}")

    def put(self, kind: str, chunks: Iterable[bytes]) -> Blob:
        """Store all chunks as one blob."""
        with self.writer(kind) as writer:
            for chunk in chunks:
                writer.write(chunk)
            return writer.commit()

    def open(self, name: str) -> IO[bytes]:
        """A blob's bytes, from their beginning; FileNotFoundError where there is none."""
        return cast(IO[bytes], self.filesystem.open(f"{self.root}/{name}", "rb"))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A blob's bytes, a MiB at a time; FileNotFoundError, at once, where there is none."""
        return _closing(self.open(name))

    def remove(self, name: str) -> None:
        """Forget a blob; one that is not there is forgotten already."""
        with suppress(FileNotFoundError):
            self.filesystem.rm_file(f"{self.root}/{name}")

    def probe(self) -> None:
        """Write and remove something, to know that the store takes writes; raises what the store raises."""
        self.remove(self.put("probes", [b"rfengine"]).name)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file, a MiB at a time."""
    while chunk := file.read(CHUNK):
        yield chunk


def _closing(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from chunks_of(file)


def open_artifacts(url: str) -> ArtifactStore:
    """The store at a URL: `file:///folder`, `s3://bucket/prefix`, or whatever fsspec knows."""
    filesystem, root = fsspec.core.url_to_fs(url)
    return ArtifactStore(filesystem, root.rstrip("/"))


def _sync_folder(folder: Path) -> None:
    # The rename is durable only when the folder is.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
