"""Figures, workers and an operator's commands on a database server, whose SQL is stricter."""

import random
from collections.abc import Iterator

import pytest

from api_schemas.job import JobStatus
from jobstore import admin, queries, statistics, transitions, workers
from jobstore.database import Database, open_database
from jobstore.records import NewJob
from jobstore.statistics import History
from service.metrics import LedgerCollector
from tests.jobstore.clock import Clock
from tests.operations.test_statistics import about_equal, all_jobs, counted, live_a_little
from tests.scale.servers import postgres_server
from worker.problems import internal


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(clock: Clock) -> Iterator[Database]:
    with postgres_server() as (_, url):
        opened = open_database(url, clock)
        yield opened
        opened.close()


def test_an_operator_sees_and_does_the_same(database: Database, clock: Clock) -> None:
    draw, history = random.Random(5), History()
    for step in range(80):
        live_a_little(database, clock, draw)
        if step % 20 == 0:
            assert about_equal(dict(history.read(database)), counted(all_jobs(database)))
    transitions.submit(database, NewJob("failed", {}, "k"))
    transitions.claim(database, "failed", 30.0)
    transitions.fail(database, "failed", 1, internal())
    assert statistics.failures(database)["cpu", "urn:rfengine:internal-error"] >= 1
    workers.arrive(database, id="w", host="h", pid=1, queue="gpu", version="1")
    assert workers.say(database, "w", stopping=False, jobs=("failed",))
    assert workers.present(database)[0].jobs == ("failed",)
    told = {metric.name: metric for metric in LedgerCollector(database, (), patience=30.0).collect()}
    assert told["rfengine_ledger_up"].samples[0].value == 1
    assert {"rfengine_jobs", "rfengine_job_run_seconds", "rfengine_artifact_bytes"} <= set(told)
    assert admin.requeue(database, "failed").status is JobStatus.QUEUED
    assert "failed" in {job.id for job in admin.shown(database, 1000)}
    assert "failed" in admin.cancel_all(database)
    assert not [job for job in all_jobs(database) if job.status is JobStatus.QUEUED]
    assert "failed" in admin.purge(database, 0.0, list(JobStatus))
    record = queries.get(database, "failed")
    assert record is not None
    assert record.purged is not None
