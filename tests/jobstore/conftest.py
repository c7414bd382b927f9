from collections.abc import Iterator
from pathlib import Path

import pytest

from jobstore.database import Database, open_database
from tests.jobstore.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """An empty ledger; what holds in the one database has to hold in the other."""
    url = f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgres_ledger")
    opened = open_database(url, clock)
    yield opened
    opened.close()
