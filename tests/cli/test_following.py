"""The client follows a job by its events: it shows each change, hears of the end at once, and outlives the server."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api_schemas.job import Job, JobStatus, Links
from api_schemas.request import AnalyzeRequest
from jobstore import transitions
from jobstore.database import Database, open_database
from rfengine.cli.client import Client
from rfengine.cli.events import changes
from rfengine.cli.question import Question
from tests.service.processes import Deployment, eventually

QUESTION = Question(name="nopool-4", model=None, request=AnalyzeRequest(zoo="nopool-4"), images=None, objects=None)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


@pytest.fixture
def database(deployment: Deployment) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{deployment.data}/ledger.db")
    yield opened
    opened.close()


def test_changes_are_shown_and_the_end_is_heard_at_once(deployment: Deployment, database: Database) -> None:
    with deployment.service(), Client(deployment.url) as client, ThreadPoolExecutor(1) as pool:
        job = client.submit(QUESTION)
        seen: list[Job] = []
        waiting = pool.submit(client.wait, job, seen.append)
        eventually(lambda: len(seen) > 1)
        transitions.claim(database, job.id, 30.0)
        transitions.heartbeat(database, job.id, 1, 30.0, "gradient", 0.5)
        eventually(lambda: (seen[-1].status, seen[-1].stage, seen[-1].progress) == ("running", "gradient", 0.5))
        transitions.finish(database, job.id, 1, None, [])
        began = time.monotonic()
        assert waiting.result(5.0).status is JobStatus.SUCCEEDED
        assert time.monotonic() - began < 1.0
        assert seen[-1] == waiting.result()


def test_a_server_that_is_killed_and_comes_back_is_waited_for(deployment: Deployment, database: Database) -> None:
    with Client(deployment.url) as client, ThreadPoolExecutor(1) as pool:
        with deployment.service() as service:
            job = client.submit(QUESTION)
            seen: list[Job] = []
            waiting = pool.submit(client.wait, job, seen.append)
            eventually(lambda: len(seen) > 1)
            service.send_signal(signal.SIGKILL)
            service.wait()
        transitions.claim(database, job.id, 30.0)
        transitions.finish(database, job.id, 1, None, [])
        assert not waiting.done()
        with deployment.service():
            assert waiting.result(10.0).status is JobStatus.SUCCEEDED


def job(**fields: object) -> Job:
    made = {"id": "j", "status": "queued", "created_at": "2026-01-01T00:00:00Z", "request": {}, "cache_key": "k"}
    return Job.model_validate({**made, "links": Links(self="/j", report="/j/report", artifacts="/j/a"), **fields})


STREAM = """: still here

event: state
id: 1.
data: {"status":"running","stage":"gradient","attempt":2}

event: news
data: of a newer server

event: progress
data: {"progress":0.5,"children":{"total":2,"done":1,"failed":0,"running":1}}

event: state
data: {"status":
"""


def test_what_is_not_understood_is_passed_over_and_what_is_garbled_ends_it() -> None:
    running, half = changes(STREAM.split("\n"), job())
    assert (running.status, running.stage, running.attempt, running.progress) == ("running", "gradient", 2, 0.0)
    assert (half.stage, half.progress, half.children is not None and half.children.done) == ("gradient", 0.5, 1)
