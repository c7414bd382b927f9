"""The fork server with the fake engine, and a bench to run jobs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.bench import FAKE, Bench
from worker.process import warm_up


@pytest.fixture(scope="package")
def fork_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RFENGINE_DATABASE_URL", "postgresql://user:secret@db/")  # no child may see it
        warm_up(["worker.child", FAKE])
        yield


@pytest.fixture
def bench(tmp_path: Path, fork_server: None) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.database.close()
    assert list(made.folder.iterdir()) == []  # nothing is left of any child
