"""What one key may use, counted over any number of API processes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from jobstore import keys, transitions, usage
from jobstore.database import Database, open_database
from jobstore.keys import NewKey
from service.app import create_app
from service.settings import ServiceSettings
from tests.jobstore.clock import Clock
from tests.security.people import SPEC, bearer, key, new_key, stores
from tests.service.calls import ONNX, problem
from tests.service.processes import ROOT, eventually, free_port

DAY = 86400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.db", clock)
    yield opened
    opened.close()


def asked(number: int) -> dict[str, object]:
    return SPEC | {"name": f"question {number}"}


def test_a_key_has_so_many_jobs_at_once_and_another_its_own(client: TestClient) -> None:
    mine, yours = key(client, max_jobs=2), key(client, max_jobs=2)
    first = [client.post("/analyze", json=asked(n), headers=mine) for n in range(2)]
    assert [answer.status_code for answer in first] == [202, 202]
    refused = client.post("/analyze", json=asked(2), headers=mine)
    assert problem(refused, 429).type == "urn:rfengine:over-quota"
    assert int(refused.headers["retry-after"]) > 0
    assert client.post("/analyze", json=asked(2), headers=yours).status_code == 202
    assert client.get("/jobs", headers=mine).status_code == 200
    client.post(f"/jobs/{first[0].json()['id']}/cancel", headers=mine)
    assert client.post("/analyze", json=asked(3), headers=mine).status_code == 202


def test_submissions_at_the_same_moment_do_not_slip_past_the_number_of_jobs(client: TestClient) -> None:
    mine = key(client, max_jobs=3)
    start = threading.Barrier(8)

    def submit(number: int) -> int:
        start.wait()
        return client.post("/analyze", json=asked(number), headers=mine).status_code

    with ThreadPoolExecutor(8) as threads:
        got = sorted(threads.map(submit, range(8)))
    assert got == [202] * 3 + [429] * 5


def test_a_known_answer_and_a_replay_cost_no_job(client: TestClient) -> None:
    mine = key(client, max_jobs=1) | {"Idempotency-Key": "one"}
    job = client.post("/analyze", json=asked(0), headers=mine).json()["id"]
    assert client.post("/analyze", json=asked(0), headers=mine).json()["id"] == job
    claimed = transitions.claim(stores(client).database, job, 30.0)
    assert claimed is not None
    transitions.finish(stores(client).database, job, claimed.attempt, None, [])
    del mine["Idempotency-Key"]
    assert client.post("/analyze", json=asked(1), headers=mine).status_code == 202
    problem(client.post("/analyze", json=asked(2), headers=mine), 429)


def test_a_key_uploads_so_much_a_day(client: TestClient) -> None:
    mine = key(client, max_bytes=1000)
    assert client.post("/analyze", content=b"a" * 600, headers=mine | ONNX).status_code == 202
    refused = client.post("/analyze", content=b"b" * 600, headers=mine | ONNX)
    assert problem(refused, 429).type == "urn:rfengine:over-quota"
    assert 0 < int(refused.headers["retry-after"]) <= DAY
    # Without a length beforehand it is read, counted, refused, and not kept.
    store = stores(client).artifacts
    before = store.filesystem.find(store.root)
    problem(client.post("/analyze", content=iter([b"c" * 300, b"c" * 300]), headers=mine | ONNX), 429)
    assert store.filesystem.find(store.root) == before
    assert client.post("/analyze", content=b"d" * 400, headers=mine | ONNX).status_code == 202
    problem(client.post("/analyze", content=b"e", headers=mine | ONNX), 429)
    assert client.post("/analyze", json=asked(0), headers=mine).status_code == 202  # no upload


def test_the_day_begins_at_midnight_utc(database: Database, clock: Clock) -> None:
    record, _ = keys.create(database, NewKey("k"))
    clock.now = 20 * DAY - 10.0
    assert usage.add_bytes(database, record.id, 100, most=100)
    assert not usage.add_bytes(database, record.id, 1, most=100)
    assert usage.seconds_left_today(database) == 10
    clock.now += 11.0
    assert usage.bytes_today(database, record.id) == 0
    assert usage.add_bytes(database, record.id, 100, most=100)


def test_a_bucket_fills_at_its_rate_up_to_its_burst(database: Database, clock: Clock) -> None:
    record, _ = keys.create(database, NewKey("k"))

    def take(wanted: int) -> tuple[int, float]:
        granted = usage.take(database, record.id, wanted, rate=2.0, burst=10.0)
        return granted.tokens, granted.wait

    assert take(4) == (4, 0.0)
    assert take(10) == (6, 0.0)
    assert take(1) == (0, 0.5)
    clock.now += 1.25  # two and a half tokens
    assert take(9) == (2, 0.0)
    assert take(1) == (0, 0.25)
    clock.now += 100.0
    assert take(50) == (10, 0.0)


def test_clocks_that_differ_fill_no_second_twice_and_one_that_is_set_back_starves_nobody(
    database: Database, clock: Clock
) -> None:
    record, _ = keys.create(database, NewKey("k"))

    def take(at: float) -> int:
        clock.now = at
        return usage.take(database, record.id, 100, rate=10.0, burst=10.0).tokens

    assert take(1000.0) == 10
    # Two machines, half a second apart, in turn: ten tokens a second, not twenty.
    got = sum(take(1000.0 + tick / 10 + (0.5 if tick % 2 else 0.0)) for tick in range(40))
    assert 35 <= got <= 46
    take(500.0)
    assert take(501.0) == 10


def test_defaults_come_from_the_settings(settings: ServiceSettings) -> None:
    few = replace(settings, key_jobs=1, key_bytes=10)
    with TestClient(create_app(few)) as client:
        mine = key(client)
        problem(client.post("/analyze", content=b"x" * 11, headers=mine | ONNX), 429)
        assert client.post("/analyze", json=asked(0), headers=mine).status_code == 202
        problem(client.post("/analyze", json=asked(1), headers=mine), 429)


def test_two_api_processes_together_keep_one_keys_rate(tmp_path: Path) -> None:
    rate, seconds = 20.0, 3.0
    burst = 40.0
    database = open_database(f"sqlite:///{tmp_path}/ledger.db")
    (_, mine), (_, other) = keys.create(database, NewKey("mine")), keys.create(database, NewKey("other"))
    database.close()
    with ExitStack() as stack:
        urls = [stack.enter_context(_service(tmp_path, rate)) for _ in range(2)]
        began = time.monotonic()

        def ask(url: str) -> list[httpx.Response]:
            got = []
            with httpx.Client(base_url=url, headers=bearer(mine)) as client:
                while time.monotonic() - began < seconds:
                    got.append(client.get("/zoo"))
            return got

        with ThreadPoolExecutor(4) as threads:
            answers = [answer for some in threads.map(ask, urls * 2) for answer in some]
        took = time.monotonic() - began
        taken = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(taken) + len(refused) == len(answers)
        # Every answer had its token from the one bucket; what a process holds unspent is at most a slice.
        assert len(taken) <= burst + rate * took
        assert len(taken) >= (burst + rate * seconds) * 0.6
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert problem(refused[0], 429).type == "urn:rfengine:too-many-requests"
        assert httpx.get(f"{urls[0]}/zoo", headers=bearer(other)).status_code == 200
        assert httpx.get(f"{urls[0]}/healthz").status_code == 200


@contextmanager
def _service(data: Path, rate: float) -> Iterator[str]:
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RFENGINE_")}
    environment = inherited | {"PYTHONPATH": str(ROOT), "RFENGINE_DATA": str(data), "RFENGINE_RATE": str(rate)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "service", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(10.0)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2.0).status_code == 200
    except httpx.TransportError:
        return False


def test_a_key_that_asks_too_often_waits_in_memory(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, rate=5.0))) as client:
        _, token = new_key(client)
        got = [client.get("/zoo", headers=bearer(token)).status_code for _ in range(15)]
        assert got[:10] == [200] * 10
        assert 429 in got[10:]


def test_a_copy_of_an_earlier_model_counts_as_if_it_had_been_sent(client: TestClient) -> None:
    mine, theirs = key(client, max_bytes=250), key(client)
    first = client.post("/analyze", content=bytes(100), headers={**ONNX, **mine}).json()["id"]
    asked_again = [{"analyses": ["analytic"]}, {"analyses": ["gradient"]}]
    assert client.post(f"/analyze?model_of={first}", json=asked_again[0], headers=mine).status_code == 202
    before = len(stores(client).artifacts.filesystem.find(stores(client).artifacts.root))
    refused = client.post(f"/analyze?model_of={first}", json=asked_again[1], headers=mine)
    assert problem(refused, 429).type == "urn:rfengine:over-quota"
    assert len(stores(client).artifacts.filesystem.find(stores(client).artifacts.root)) == before
    # What is another's is not there.
    problem(client.post(f"/analyze?model_of={first}", json=asked_again[1], headers=theirs), 404)
