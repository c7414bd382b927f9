"""Waiting for an end, over a real server: long polls and event streams, resumed, in numbers, and at its stop."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Timer

import httpx
import pytest

from api_schemas.job import Job, JobStatus
from jobstore import transitions
from jobstore.database import Database, open_database
from tests.service.processes import Deployment, eventually
from tests.service.streams import Event, events

MAX_WAIT = 2.0


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    there = Deployment(tmp_path_factory.mktemp("waiting"), settings={"RFENGINE_MAX_WAIT": str(MAX_WAIT)})
    with there.service():
        yield there


@pytest.fixture(scope="module")
def database(deployment: Deployment) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{deployment.data}/ledger.db")
    yield opened
    opened.close()


def waits(seconds: float) -> dict[str, str]:
    return {"Prefer": f"respond-async, wait={seconds:g}"}


@contextmanager
def later(seconds: float, action: object, *arguments: object) -> Iterator[None]:
    timer = Timer(seconds, action, arguments)  # type: ignore[arg-type]
    timer.start()
    try:
        yield
    finally:
        timer.join()


def finish(database: Database, job: str) -> None:
    record = transitions.claim(database, job, 30.0)
    assert record is not None
    assert transitions.finish(database, job, record.attempt, None, [])


def test_an_answer_waits_for_the_end_and_no_longer(deployment: Deployment, database: Database) -> None:
    job = deployment.submit("a")
    began = time.monotonic()
    with later(0.5, finish, database, job):
        answer = httpx.get(f"{deployment.url}/jobs/{job}", headers=waits(2))
    assert 0.5 <= time.monotonic() - began < 1.5
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.headers["preference-applied"] == "wait=2"
    assert "retry-after" not in answer.headers
    began = time.monotonic()
    httpx.get(f"{deployment.url}/jobs/{job}", headers=waits(2))
    assert time.monotonic() - began < 0.5


def test_patience_ends(deployment: Deployment) -> None:
    job = deployment.submit("b")
    began = time.monotonic()
    answer = httpx.get(f"{deployment.url}/jobs/{job}", headers=waits(3600))
    assert MAX_WAIT <= time.monotonic() - began < MAX_WAIT + 1.0
    assert (answer.json()["status"], answer.headers["preference-applied"]) == ("queued", "wait=2")
    assert answer.headers["retry-after"]
    for senseless in ("wait", "wait=", "wait=soon", "wait=-1", "await=9"):
        answer = httpx.get(f"{deployment.url}/jobs/{job}", headers={"Prefer": senseless})
        assert "preference-applied" not in answer.headers


def test_a_question_can_wait_for_its_answer(deployment: Deployment, database: Database) -> None:
    def ask(name: str, seconds: float) -> httpx.Response:
        return httpx.post(f"{deployment.url}/analyze", json={"zoo": "nopool-4", "name": name}, headers=waits(seconds))

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, "c", 2)
        listed = eventually(lambda: _named(deployment, "c"))
        finish(database, listed)
        answer = asking.result()
    assert (answer.status_code, answer.json()["status"], answer.json()["id"]) == (200, "succeeded", listed)
    late = ask("d", 0)
    assert (late.status_code, late.json()["status"], late.headers["preference-applied"]) == (202, "queued", "wait=0")
    assert late.headers["location"] == late.json()["links"]["self"]


def _named(deployment: Deployment, name: str) -> str | None:
    jobs = httpx.get(f"{deployment.url}/jobs").json()["jobs"]
    return next((job["id"] for job in jobs if job["request"]["name"] == name), None)


def test_who_waits_holds_no_thread(deployment: Deployment, database: Database) -> None:
    job = deployment.submit("e")
    url = f"{deployment.url}/jobs/{job}"

    async def scenario() -> None:
        limits = httpx.Limits(max_connections=300)
        async with httpx.AsyncClient(limits=limits, timeout=20.0) as client:
            patient = [asyncio.create_task(client.get(url, headers=waits(2))) for _ in range(150)]
            await asyncio.sleep(0.7)
            began = time.monotonic()
            assert (await client.get(f"{deployment.url}/jobs")).status_code == 200  # needs a thread itself
            assert time.monotonic() - began < 1.0
            await asyncio.to_thread(finish, database, job)
            ended = [answer.json()["status"] for answer in await asyncio.gather(*patient)]
            assert ended == ["succeeded"] * 150

    asyncio.run(scenario())


@contextmanager
def stream(deployment: Deployment, job: str, last: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with httpx.stream("GET", f"{deployment.url}/jobs/{job}/events", headers=headers, timeout=10.0) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield events(answer.iter_lines())


def test_a_stream_tells_changes_until_the_end(deployment: Deployment, database: Database) -> None:
    job = deployment.submit("f")
    assert deployment.job(job)["links"]["events"] == f"/jobs/{job}/events"
    with stream(deployment, job) as told:
        first = [next(told), next(told)]
        assert [(event.name, event.data.get("status")) for event in first] == [("state", "queued"), ("progress", None)]
        transitions.claim(database, job, 30.0)
        running = next(told)
        state = {"status": "running", "stage": "start", "attempt": 1, "partial": False}
        assert (running.name, running.data) == ("state", state)
        transitions.heartbeat(database, job, 1, 30.0, "start", 0.25)
        half = next(told)
        assert (half.name, half.data["progress"]) == ("progress", 0.25)
        transitions.finish(database, job, 1, None, [])
        rest = list(told)  # the stream ends with the job
    assert [event.name for event in rest] == ["state", "progress", "done"]
    done = Job.model_validate(rest[-1].data)
    assert (done.id, done.status) == (job, JobStatus.SUCCEEDED)
    assert len({event.id for event in (*first, running, half, *rest)}) == 7


def test_a_resumed_stream_repeats_nothing(deployment: Deployment, database: Database) -> None:
    job = deployment.submit("g")
    with stream(deployment, job) as told:
        state, progress = next(told), next(told)
    with stream(deployment, job, state.id) as told:
        assert next(told) == progress
    with stream(deployment, job, progress.id) as told:
        transitions.claim(database, job, 30.0)
        running = next(told)
        assert running.data["status"] == "running"
    transitions.heartbeat(database, job, 1, 30.0, "gradient", 0.5)
    with stream(deployment, job, running.id) as told:
        assert [next(told).data.get("stage"), next(told).data.get("progress")] == ["gradient", 0.5]
    with stream(deployment, job, "of another service") as told:
        assert [next(told).name, next(told).name] == ["state", "progress"]
    transitions.finish(database, job, 1, None, [])
    with stream(deployment, job, running.id) as told:
        assert [event.name for event in told] == ["state", "progress", "done"]
    # A browser that comes back for more is told to stay away.
    over = httpx.get(f"{deployment.url}/jobs/{job}/events", headers={"Last-Event-ID": "done"})
    assert (over.status_code, over.content) == (204, b"")
    head = httpx.head(f"{deployment.url}/jobs/{job}/events")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


def test_a_stream_ends_where_its_job_is_deleted(deployment: Deployment, database: Database) -> None:
    job = deployment.submit("h")
    with stream(deployment, job) as told:
        next(told)
        transitions.cancel(database, job)
        assert httpx.delete(f"{deployment.url}/jobs/{job}").status_code == 204
        assert len(list(told)) <= 3  # it ends, whether it saw the end of the job or only that there is none
    assert httpx.get(f"{deployment.url}/jobs/{job}/events").status_code == 410


def test_a_service_that_stops_lets_go_of_who_waits(tmp_path: object) -> None:
    deployment = Deployment(tmp_path)  # type: ignore[arg-type]
    with deployment.service() as service, ThreadPoolExecutor(2) as pool:
        job = deployment.submit("i")
        waiting = pool.submit(httpx.get, f"{deployment.url}/jobs/{job}", headers=waits(60), timeout=70.0)
        with stream(deployment, job) as told:
            next(told)
            time.sleep(0.3)
            asked = time.monotonic()
            service.terminate()
            assert [event.name for event in told] == ["progress"]
        assert (waiting.result().status_code, waiting.result().json()["status"]) == (200, "queued")
        assert service.wait(5.0) == 0
        assert time.monotonic() - asked < 2.0
