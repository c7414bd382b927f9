"""Real processes whose lines are kept, and a service that is called without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from jobstore.settings import StoreSettings
from service.app import create_app
from service.settings import ServiceSettings
from tests.operations.logged import Logged


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    store = StoreSettings(
        broker_url=f"sqlite:///{tmp_path}/broker.db",
        database_url=f"sqlite:///{tmp_path}/ledger.db",
        artifact_url=f"file://{tmp_path}/store",
    )
    return ServiceSettings(store, hosts=("testserver",), min_free=0)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def deployment(tmp_path: Path) -> Logged:
    return Logged(tmp_path / "data")
