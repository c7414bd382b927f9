"""The bytes: uploaded models and what jobs made of them, in a folder or a bucket through fsspec.

Names are made here and never come from clients. A blob appears whole or not at all, and never changes.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

import fsspec
from fsspec.spec import AbstractBufferedFile

CHUNK = 1 << 20
BLOCK = 8 << 20


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
        if not _is_bucket(filesystem):
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
        _abandon(self._file)
        # Also where a store that is away says so: what broke the upload off is what its caller must hear of.
        with suppress(Exception):
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

    def listed(self, folder: str) -> Iterator[tuple[str, float]]:
        """The blobs in a folder, half-written ones too, and when each was written, in seconds since the epoch."""
        self.filesystem.invalidate_cache()
        for path, info in self.filesystem.find(f"{self.root}/{folder}", detail=True).items():
            written = info.get("mtime", info.get("LastModified", info.get("created")))
            seconds = written.timestamp() if isinstance(written, datetime) else float(written)
            yield path.removeprefix(self.root).lstrip("/"), seconds

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
    options = bucket_options(os.environ) if url.startswith("s3://") else {}
    filesystem, root = fsspec.core.url_to_fs(url, **options)
    if options:
        filesystem.retries = 2  # of every call, beside the attempts below: lost connections are tried again here
    return ArtifactStore(filesystem, root.rstrip("/"))


def bucket_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """How an S3 server is talked to; who and where it is comes from the standard variables, `AWS_...`."""
    elsewhere = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    return {
        # Of what is uploaded in one part, or read ahead; nothing larger is held in memory.
        "default_block_size": BLOCK,
        "use_listings_cache": False,  # other processes write too
        "config_kwargs": {
            "connect_timeout": 3,  # seconds
            "read_timeout": 20,
            "retries": {"total_max_attempts": 3, "mode": "standard"},
            "max_pool_connections": 32,
            # Not every server has the newer checksums; every blob has its SHA-256 in the ledger.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            # Names of buckets are no names of hosts, except at the service that they were invented for.
            "s3": {"addressing_style": "path" if elsewhere else "auto"},
        },
    }


def _is_bucket(filesystem: Any) -> bool:
    # Asked by protocol: loading s3fs takes longer than everything else here.
    return "s3" in filesystem.protocol


def _abandon(file: Any) -> None:
    """Let go of a half-written file; closing one in a bucket would complete it."""
    with suppress(Exception):
        if isinstance(file, AbstractBufferedFile):
            file.discard()
            file.closed = True
        file.close()


def _sync_folder(folder: Path) -> None:
    # The rename is durable only when the folder is.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
