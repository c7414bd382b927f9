"""Blobs appear whole or not at all, under names that nobody else chose."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobstore.artifacts import ArtifactStore, open_artifacts


@pytest.fixture(params=["file", "memory"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> ArtifactStore:
    url = f"file://{tmp_path}/store" if request.param == "file" else f"memory://{tmp_path.name}"
    return open_artifacts(url)


def files(store: ArtifactStore) -> list[str]:
    return list(store.filesystem.find(store.root))


def test_what_goes_in_comes_out(store: ArtifactStore) -> None:
    blob = store.put("models", [b"ab", b"", b"c"])
    assert (blob.bytes, blob.sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    assert b"".join(store.chunks(blob.name)) == b"abc"
    assert len(files(store)) == 1
    assert store.put("models", [b"abc"]).name != blob.name


def test_a_blob_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    store = open_artifacts(f"file://{tmp_path}/store")
    with store.writer("models") as writer:
        writer.write(b"half")
        with pytest.raises(FileNotFoundError):
            store.open(writer._name)
        blob = writer.commit()
    assert store.open(blob.name).read() == b"half"


def test_an_upload_that_breaks_off_leaves_nothing(store: ArtifactStore) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put("models", chunks())
    assert files(store) == []


def test_removing_is_forgetting(store: ArtifactStore) -> None:
    blob = store.put("models", [b"abc"])
    store.remove(blob.name)
    store.remove(blob.name)
    with pytest.raises(FileNotFoundError):
        store.chunks(blob.name)


def test_the_probe_leaves_nothing(store: ArtifactStore) -> None:
    store.probe()
    assert files(store) == []
