"""A service that asks for keys, called without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from jobstore.database import Database, open_database
from jobstore.settings import StoreSettings
from service.app import create_app
from service.settings import ServiceSettings


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    store = StoreSettings(
        broker_url=f"sqlite:///{tmp_path}/broker.db",
        database_url=f"sqlite:///{tmp_path}/ledger.db",
        artifact_url=f"file://{tmp_path}/store",
    )
    return ServiceSettings(store, hosts=("testserver",), min_free=0, rate=0, max_upload=1 << 20)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def shared(postgres_ledger: str) -> Iterator[Database]:
    """A ledger on a server, as several machines have it."""
    opened = open_database(postgres_ledger)
    yield opened
    opened.close()
