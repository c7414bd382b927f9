from collections.abc import Iterator
from pathlib import Path

import pytest

from jobstore.database import Database, open_database
from tests.jobstore.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.db", clock)
    yield opened
    opened.close()
