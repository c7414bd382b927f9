"""`/readyz` tells what is slow from what is broken, and says why; jobs are refused before there is no room for them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from service.app import create_app
from service.disk import Disk, disks_of
from service.settings import ServiceSettings
from tests.service.calls import ONNX, blobs, problem, stores


def readiness(client: TestClient, status: int) -> dict[str, Any]:
    answer = client.get("/readyz")
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert ("retry-after" in answer.headers) == (status == 503)
    found: dict[str, Any] = answer.json()
    assert set(found["reasons"]) == {name for name, verdict in found["checks"].items() if verdict == "failed"}
    return found


def test_ready(client: TestClient) -> None:
    assert readiness(client, 200)["status"] == "ready"


def test_a_broker_that_is_down_only_delays(settings: ServiceSettings) -> None:
    down = replace(settings.store, broker_url="redis://127.0.0.1:1/0")
    with TestClient(create_app(replace(settings, store=down))) as client:
        found = readiness(client, 200)
        assert found["status"] == "degraded"
        assert set(found["reasons"]) == {"broker"}
        assert "jobs are kept" in found["reasons"]["broker"]
        assert client.post("/analyze", content=b"abc", headers=ONNX).status_code == 202


@pytest.fixture
def read_only(client: TestClient) -> Iterator[None]:
    """The ledger refuses writes, as SQLite does for root as well where it is told to."""
    engine = stores(client).database.engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA query_only=ON")

    yield
    event.remove(engine, "connect", connected)
    engine.dispose()


def test_a_ledger_that_is_read_only_is_named_so(client: TestClient, read_only: None) -> None:
    found = readiness(client, 503)
    assert found["status"] == "unavailable"
    assert set(found["reasons"]) == {"database"}
    assert "read-only" in found["reasons"]["database"]
    refused = client.post("/analyze", content=b"abc", headers=ONNX)
    assert problem(refused, 503).type == "urn:rfengine:storage-unavailable"
    assert refused.headers["retry-after"]


def test_a_ledger_that_is_gone(client: TestClient, settings: ServiceSettings, tmp_path: Path) -> None:
    stores(client).database.engine.dispose()
    for path in tmp_path.glob("ledger.db*"):
        path.unlink()
    (tmp_path / "ledger.db").mkdir()
    found = readiness(client, 503)
    assert {"database", "schema"} <= set(found["reasons"])
    assert str(tmp_path) not in str(found)  # nothing of the inside is told


def test_an_older_schema_is_named(client: TestClient) -> None:
    with stores(client).database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    found = readiness(client, 503)
    assert set(found["reasons"]) == {"schema"}
    assert "restart" in found["reasons"]["schema"]


def test_a_disk_that_is_nearly_full_refuses_jobs_and_nothing_else(settings: ServiceSettings) -> None:
    with TestClient(create_app(settings)) as client:
        job = client.post("/analyze", content=b"abc", headers=ONNX).json()["id"]
    with TestClient(create_app(replace(settings, min_free=1 << 60))) as client:
        found = readiness(client, 503)
        assert set(found["reasons"]) == {"disk"}
        assert "RFENGINE_MIN_FREE" in found["reasons"]["disk"]
        before = blobs(client)
        refused = client.post("/analyze", content=b"def", headers=ONNX)
        assert problem(refused, 503).type == "urn:rfengine:storage-unavailable"
        assert int(refused.headers["retry-after"]) >= 10
        assert blobs(client) == before
        assert client.get(f"/jobs/{job}").status_code == 200
        assert client.post(f"/jobs/{job}/cancel").json()["status"] == "canceled"


def test_only_disks_of_this_machine_are_looked_at(settings: ServiceSettings, tmp_path: Path) -> None:
    assert {disk.name: disk.folder for disk in disks_of(settings.store)} == {
        "database": tmp_path,
        "artifacts": tmp_path / "store",
        "broker": tmp_path,
    }
    far = replace(
        settings.store,
        broker_url="redis://queue/0",
        database_url="postgresql+psycopg://user:secret@ledger/jobs",
        artifact_url="s3://bucket/prefix",
    )
    assert disks_of(far) == ()


def test_a_folder_that_is_made_later_has_the_room_of_its_parent(tmp_path: Path) -> None:
    there = Disk("artifacts", tmp_path).free()
    later = Disk("artifacts", tmp_path / "a" / "b").free()
    assert there is not None
    assert later is not None
    assert abs(there - later) < 1 << 30
