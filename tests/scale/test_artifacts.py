"""A bucket keeps what a folder keeps: whole blobs or none, however large, whatever happens on the way."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from jobstore.artifacts import BLOCK, ArtifactStore, open_artifacts
from tests.scale.servers import CREDENTIALS, free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(s3_url: str) -> ArtifactStore:
    return open_artifacts(s3_url)


def names(store: ArtifactStore) -> list[str]:
    return list(store.filesystem.find(store.root))


def unfinished(store: ArtifactStore) -> list[object]:
    found: list[object] = store.filesystem.call_s3("list_multipart_uploads", Bucket="rfengine").get("Uploads", [])
    return found


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_what_goes_in_comes_out(store: ArtifactStore, size: int) -> None:
    content = os.urandom(size)
    blob = store.put("models", (content[start : start + 999_983] for start in range(0, size, 999_983)))
    assert (blob.bytes, blob.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert b"".join(store.chunks(blob.name)) == content
    store.remove(blob.name)
    store.remove(blob.name)
    with pytest.raises(FileNotFoundError):
        store.chunks(blob.name)


@pytest.mark.parametrize("size", [5, 2 * BLOCK])
def test_an_upload_that_breaks_off_leaves_nothing(store: ArtifactStore, size: int) -> None:
    def chunks() -> Iterator[bytes]:
        yield bytes(size)
        raise ConnectionError("the client is gone")

    with pytest.raises(ConnectionError, match="client"):
        store.put("models", chunks())
    assert (names(store), unfinished(store)) == ([], [])


def test_a_blob_is_not_there_before_it_is_whole(store: ArtifactStore) -> None:
    with store.writer("models") as writer:
        writer.write(bytes(2 * BLOCK))
        assert names(store) == []
        blob = writer.commit()
    assert [name.endswith(blob.name) for name in names(store)] == [True]


def test_the_probe_leaves_nothing(store: ArtifactStore) -> None:
    store.probe()
    assert names(store) == []


LARGE = """
import resource, sys
from jobstore.artifacts import open_artifacts
store = open_artifacts(sys.argv[1])
store.probe()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
chunk = bytes(1 << 20)
blob = store.put("models", (chunk for _ in range(96)))
assert sum(len(part) for part in store.chunks(blob.name)) == 96 << 20
store.remove(blob.name)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_a_large_object_is_never_held_in_memory(s3_url: str) -> None:
    command = [sys.executable, "-c", LARGE, s3_url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60, "MiB of memory for 96 MiB that pass through"


def test_a_server_that_is_away_is_an_error_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}).items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()
    store = open_artifacts("s3://rfengine/away")
    began = time.monotonic()
    with pytest.raises(Exception, match=r"(?i)connect"):
        store.probe()
    assert time.monotonic() - began < 20.0
