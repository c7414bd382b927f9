"""Brings what a child made into the artifact store, believing nothing it says about its files."""

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from api_schemas.job import Artifact
from jobstore.artifacts import ArtifactStore, chunks_of
from jobstore.records import StoredArtifact

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+-]{1,80}(; ?charset=utf-8)?")


class BadArtifactError(ValueError):
    """A child announced a file that is not one."""


def collect(store: ArtifactStore, out: Path, announced: Sequence[Artifact]) -> tuple[StoredArtifact, ...]:
    """Store every announced file, measured anew; raises `BadArtifactError`, and what the store raises."""
    stored = []
    for artifact in announced:
        if not _NAME.fullmatch(artifact.name):
            raise BadArtifactError(f"artifact name {artifact.name!r}: letters, digits, '.', '_' and '-' only")
        if not _MEDIA_TYPE.fullmatch(artifact.media_type):
            raise BadArtifactError(f"artifact {artifact.name!r}: {artifact.media_type!r} is no media type")
        handle = _open_regular(out / artifact.name)
        with os.fdopen(handle, "rb") as file:
            blob = store.put("artifacts", chunks_of(file))
        measured = artifact.model_copy(update={"bytes": blob.bytes, "sha256": blob.sha256})
        stored.append(StoredArtifact(measured, blob.name))
    return tuple(stored)


def _open_regular(path: Path) -> int:
    # A link would fetch somebody else's file, and a pipe would keep us waiting.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BadArtifactError(f"artifact {path.name!r} was announced but cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BadArtifactError(f"artifact {path.name!r} is not a regular file")
    return handle
