"""What a job costs the ledger, the broker, the store and a worker: the figures of `docs/scaling.md`.

    python -m benchmarks.scaling_costs ledger     statements, transactions, seconds and bytes, SQLite and PostgreSQL
    python -m benchmarks.scaling_costs broker     seconds per message, SQLite and Redis
    python -m benchmarks.scaling_costs jobs       seconds, artifact bytes and uploads of real jobs, by kind

PostgreSQL and Redis are real servers on loopback, as the tests start them; both wait for their disk. Each answer is one
JSON object, to be kept in `benchmarks/data/scaling.json`.
"""

import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from api_schemas.job import Artifact, Summary, TargetSummary
from api_schemas.request import AnalyzeRequest
from jobstore import queries, transitions, workers
from jobstore.broker import open_broker
from jobstore.database import Database, open_database
from jobstore.records import NewJob, StoredArtifact
from jobstore.sweep import sweep
from tests.scale.servers import postgres_server, redis_server

JOBS = 400
CLIENTS = (1, 4, 16)
FILES = 12  # artifacts of an analysis with pictures, about


class Counter:
    """Statements and transactions of one engine."""

    def __init__(self, database: Database) -> None:
        self.statements = self.transactions = 0
        event.listen(database.engine, "before_cursor_execute", self._statement)
        event.listen(database.engine, "commit", self._commit)

    def _statement(self, *_call: Any) -> None:
        self.statements += 1

    def _commit(self, _connection: Any) -> None:
        self.transactions += 1


def new_job() -> NewJob:
    request = AnalyzeRequest(name="a model").model_dump(mode="json")
    blob = f"models/00/{uuid.uuid4().hex}"
    return NewJob(uuid.uuid4().hex, request, uuid.uuid4().hex * 2, model_blob=blob, model_sha256="0" * 64)


def files() -> list[StoredArtifact]:
    return [
        StoredArtifact(
            Artifact(
                name=f"picture-{number}.png", media_type="image/png", bytes=50_000, sha256="0" * 64, title="A map"
            ),
            f"artifacts/00/{uuid.uuid4().hex}",
        )
        for number in range(FILES)
    ]


SUMMARY = Summary(
    targets={f"t{n}": TargetSummary(size=[3, 3], stride=[1, 1], padding=[1, 1], status="exact") for n in range(3)}
)


def steps(database: Database) -> dict[str, Callable[[str], object]]:
    """What happens to a job in the ledger, and beside it."""
    return {
        "submit": lambda _: transitions.submit(database, new_job()),
        "claim": lambda job: transitions.claim(database, job, 3600.0),
        "heartbeat": lambda job: transitions.heartbeat(database, job, 1, 3600.0, "gradient", 0.5),
        "cancel look": lambda job: queries.cancel_requested(database, job),
        "finish": lambda job: transitions.finish(database, job, 1, SUMMARY, files()),
        "poll": lambda job: queries.get(database, job),
        "known": lambda _: queries.cached(database, "0" * 64),
        "sweep": lambda _: sweep(database, max_losses=3),
        "presence": lambda _: workers.say(database, "w", stopping=False, jobs=()),
    }


def ledger_costs(database: Database) -> dict[str, Any]:
    """Each step on a ledger with some thousand ended jobs."""
    workers.arrive(database, id="w", host="h", pid=1, queue="cpu", version="0")
    counter, found = Counter(database), {}
    jobs = [transitions.submit(database, new_job()).id for _ in range(JOBS)]
    for name, act in steps(database).items():
        before, seconds = (counter.statements, counter.transactions), []
        for job in jobs:
            began = time.perf_counter()
            act(job)
            seconds.append(time.perf_counter() - began)
        found[name] = {
            "statements": (counter.statements - before[0]) / JOBS,
            "transactions": (counter.transactions - before[1]) / JOBS,
            "ms": round(1e3 * statistics.median(seconds), 3),
            "p99_ms": round(1e3 * sorted(seconds)[int(0.99 * JOBS)], 3),
        }
    return found


def at_once(url: str, clients: int, seconds: float = 4.0) -> float:
    """Heartbeats a second that so many connections get through together, each on a job of its own."""
    database = open_database(url)
    stop, done = time.monotonic() + seconds, []

    def beat() -> None:
        job = transitions.submit(database, new_job()).id
        transitions.claim(database, job, 3600.0)
        count = 0
        while time.monotonic() < stop:
            transitions.heartbeat(database, job, 1, 3600.0, "gradient", 0.5)
            count += 1
        done.append(count)

    threads = [threading.Thread(target=beat) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    return sum(done) / seconds


def ledger() -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        found["sqlite"] = _ledger_of(url, lambda: sum(path.stat().st_size for path in Path(folder).glob("ledger.db")))
    with durable_postgres() as url:
        found["postgresql"] = _ledger_of(url, lambda: _postgres_bytes(url))
    return found


def _ledger_of(url: str, size: Callable[[], int]) -> dict[str, Any]:
    database = open_database(url)
    before = _checkpointed(database, size)
    costs = ledger_costs(database)
    grown = _checkpointed(database, size) - before
    database.close()
    return {
        "steps": costs,
        # The step `submit` makes as many again, which are not finished: a queued row has half of what an ended one has.
        "bytes_per_job": round(grown / (1.5 * JOBS)),
        "rows_per_job": 1 + FILES,
        "heartbeats_per_s": {str(clients): round(at_once(url, clients)) for clients in CLIENTS},
    }


def _checkpointed(database: Database, size: Callable[[], int]) -> int:
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )
    return size()


def _postgres_bytes(url: str) -> int:
    database = open_database(url)
    with database.read() as connection:
        found = connection.execute(
            text("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname IN ('jobs', 'artifacts')")
        ).scalar_one()
    database.close()
    return int(found)


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The tests' server, started again with a disk that is waited for."""
    with postgres_server() as (server, url):
        server.kill(signal.SIGINT)
        server.command = ["fsync=on" if word == "fsync=off" else word for word in server.command]
        server.start()
        yield url


def broker() -> dict[str, Any]:
    """Publishing, in this process; taking is what a worker does, see `jobs`."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = _published(f"sqlite:///{folder}/broker.db")
    with redis_server() as (_, url):
        found["redis"] = _published(url)
    return found


def _published(url: str) -> dict[str, float]:
    opened = open_broker(url)
    opened.publish("first", "cpu")
    began = time.perf_counter()
    for number in range(JOBS):
        opened.publish(f"{number:032x}", "cpu")
    seconds = time.perf_counter() - began
    opened.close()
    return {"publish_ms": round(1e3 * seconds / JOBS, 3)}


KINDS: dict[str, dict[str, Any]] = {
    "theory": {"zoo": "resnet_v1_50", "analyses": ["analytic"]},
    "default": {"zoo": "resnet_v1_50"},
    "check": {
        "zoo": "nopool-4",
        "coverage": {"objects": {"sizes": [5, 9, 30]}, "require": {"trf": 1.5}, "input": {"resize": "none"}},
    },
}


def jobs() -> dict[str, Any]:
    """Real jobs through a real service, one after another; the first of each kind warms up."""
    import httpx

    from rfengine.cli.serve import running

    found = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as url:
        for kind, request in KINDS.items():
            seconds, size, number = [], [], []
            for salt in range(4):
                job = httpx.post(f"{url}/analyze", json={**request, "name": f"{kind} {salt}"}).json()["id"]
                while (shown := httpx.get(f"{url}/jobs/{job}").json())["ended_at"] is None:
                    time.sleep(0.1)
                assert shown["status"] == "succeeded", shown["error"]
                listed = httpx.get(f"{url}/jobs/{job}/artifacts").json()["artifacts"]
                seconds.append(_between(shown["started_at"], shown["ended_at"]))
                size.append(sum(file["bytes"] for file in listed))
                number.append(len(listed))
            found[kind] = {
                "seconds": round(statistics.mean(seconds[1:]), 2),
                "artifact_bytes": round(statistics.mean(size)),
                "artifacts": round(statistics.mean(number), 1),
            }
    return found


def _between(start: str, end: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


if __name__ == "__main__":
    parts = {"ledger": ledger, "broker": broker, "jobs": jobs}
    print(json.dumps({**parts[sys.argv[1]](), "load": os.getloadavg()[0]}, indent=2))
