"""The three servers of a deployment at scale, started once; every test gets corners of its own in them."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from jobstore.database import open_database
from tests.scale.deployed import Running, Scaled, Urls
from tests.scale.servers import CREDENTIALS, Server, new_database, postgres_server, redis_server, s3_server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def broker() -> Iterator[tuple[Server, str]]:
    with redis_server() as running:
        yield running


@pytest.fixture(scope="session")
def redis_address(broker: tuple[Server, str]) -> str:
    """Without the number of a database."""
    return broker[1].rpartition("/")[0]


@pytest.fixture(scope="session")
def postgres() -> Iterator[tuple[Server, str]]:
    with postgres_server() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_address(postgres: tuple[Server, str]) -> str:
    return postgres[1]


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as (_, endpoint):
        yield endpoint


@pytest.fixture
def postgres_url(postgres_address: str) -> str:
    """An empty database."""
    return new_database(postgres_address, f"test_{next(_numbers)}")


@pytest.fixture(scope="session")
def _ledger(postgres_address: str) -> str:
    url = new_database(postgres_address, "ledger")
    open_database(url).close()
    return url


@pytest.fixture
def postgres_ledger(_ledger: str) -> str:
    """A ledger without jobs; emptied, as that is quicker than to make one."""
    with psycopg.connect(_ledger.replace("+psycopg", ""), autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = ", ".join(name for (name,) in tables if name != "alembic_version")
        connection.execute(f"TRUNCATE {names} CASCADE")
    return _ledger


@pytest.fixture
def s3_url(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty corner of a bucket; this process finds its server in the standard variables."""
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": s3_endpoint}).items():
        monkeypatch.setenv(name, value)
    from s3fs import S3FileSystem  # loads much, for few tests

    S3FileSystem.clear_instance_cache()  # one of another endpoint
    return f"s3://rfengine/test-{next(_numbers)}"


@pytest.fixture(scope="session")
def new_urls(redis_address: str, postgres_address: str, s3_endpoint: str) -> Callable[[], Urls]:
    """Makes an empty corner in each of the servers."""

    def make() -> Urls:
        number = next(_numbers)
        database = new_database(postgres_address, f"test_{number}")
        return Urls(f"{redis_address}/{number % 16}", database, f"s3://rfengine/test-{number}", s3_endpoint)

    return make


@pytest.fixture
def scaled(new_urls: Callable[[], Urls], tmp_path: Path) -> Scaled:
    """A deployment without processes."""
    return Scaled(new_urls(), tmp_path)


@pytest.fixture(scope="session")
def running(new_urls: Callable[[], Urls], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A deployment with two API processes and a worker, which tests leave as they find it."""
    deployment = Scaled(new_urls(), tmp_path_factory.mktemp("deployment"))
    with deployment.worker() as worker, deployment.apis(2) as (one, other):
        yield Running(deployment, one, other, worker)
