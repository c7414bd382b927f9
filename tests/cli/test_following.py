"""The client follows a job by its events: it shows each change, hears of the end at once, and outlives the server."""

import signal
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api_schemas.job import Job, JobStatus, Links
from api_schemas.request import AnalyzeRequest
from jobstore import transitions
from jobstore.database import Database, open_database
from rfengine.cli.client import Client
from rfengine.cli.events import changes
from rfengine.cli.question import Question
from rfengine.cli.server_error import ServerError
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


@contextmanager
def line_that_breaks(port: int) -> Iterator[str]:
    """The service's address by a line that swallows the first answer to a question."""
    swallowed = threading.Event()

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as service:
                threading.Thread(target=copy, args=(self.request, service), daemon=True).start()
                while data := service.recv(1 << 16):
                    if b"202 Accepted" in data and not swallowed.is_set():
                        swallowed.set()
                        self.request.shutdown(socket.SHUT_RDWR)
                        return
                    self.request.sendall(data)

    def copy(client: socket.socket, service: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                service.sendall(data)
            service.shutdown(socket.SHUT_WR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
    assert swallowed.is_set()


@pytest.mark.parametrize("model", [None, b"a model"])
def test_a_question_whose_answer_is_lost_is_asked_once(deployment: Deployment, model: bytes | None) -> None:
    question = replace(QUESTION, model=model, request=AnalyzeRequest(zoo=None if model else "nopool-4"))
    with deployment.service(), line_that_breaks(deployment.port) as url, Client(url) as client:
        job = client.submit(question)
        listed = httpx.get(f"{deployment.url}/jobs").json()["jobs"]
        assert [each["id"] for each in listed] == [job.id]


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    began = time.monotonic()
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServerError, match="rfengine serve"):
        client.submit(QUESTION)
    assert time.monotonic() - began < 5.0


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
