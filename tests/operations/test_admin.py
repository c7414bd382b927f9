"""What an operator sees and does: the real command, over the ledger of real processes."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_schemas.fan_out import Part, Spread
from api_schemas.job import JobStatus
from jobstore import admin, fan_out, queries, transitions, workers
from jobstore.admin import NotRequeuedError
from jobstore.database import Database, open_database
from jobstore.records import JobRecord, NewJob
from jobstore.workers import FORGOTTEN_AFTER
from service import admin as command
from tests.jobstore.clock import Clock
from tests.operations.logged import Logged
from tests.service.processes import eventually
from worker.problems import internal

COMMAND = [sys.executable, "-P", "-m", "rfengine.cli", "admin"]


def acted(deployment: Logged, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments], env=deployment.environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done


def told(deployment: Logged, *arguments: str) -> dict[str, Any]:
    """What the command answers, in this process: starting one takes its second."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.setenv("RFENGINE_DATA", str(deployment.data))
        patch.setenv("RFENGINE_LEASE", deployment.environment["RFENGINE_LEASE"])
        assert command.main([*arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(said.getvalue())
    return found


def test_an_operators_day(deployment: Logged, tmp_path: Path) -> None:
    with deployment.service():
        with deployment.worker():
            failed = deployment.submit("raise")
            deployment.ended(failed)
            running = deployment.submit("sleep:8")
            eventually(lambda: deployment.job(running)["stage"] == "gradient")
            waiting = deployment.submit("fine")
            eventually(lambda: told(deployment, "workers")["workers"][0]["jobs"] == [running])
            (worker,) = told(deployment, "workers")["workers"]
            assert (worker["queue"], worker["state"]) == ("cpu", "alive")
            shown = told(deployment, "queue")
            (row,) = [row for row in shown["queues"] if row["queue"] == "cpu"]
            assert (row["queued"], row["running"], row["failed"], row["workers"]) == (1, 1, 1, 1)
            assert [(job["id"], job["status"]) for job in shown["jobs"]] == [(running, "running"), (waiting, "queued")]
            ended = told(deployment, "cancel-all")["jobs"]
            assert {job["id"] for job in ended} == {running, waiting}
            assert deployment.ended(running)["status"] == deployment.ended(waiting)["status"] == "canceled"
            assert told(deployment, "requeue", failed)["jobs"][0]["status"] == "queued"
            again = deployment.ended(failed)
            assert (again["status"], again["attempt"]) == ("failed", 2)
        assert "there is no job 'nope'" in acted(deployment, "requeue", "nope", code=2).stderr
        gone = told(deployment, "purge", "--older-than", "0", "--status", "canceled")["jobs"]
        assert {job["id"] for job in gone} == {running, waiting}
        assert httpx.get(f"{deployment.url}/jobs/{running}").status_code == 410
        assert deployment.job(failed)["error"]
        text = acted(deployment, "queue").stdout
        assert "queues" in text
        assert "cpu" in text


def test_a_folder_without_a_ledger_is_not_given_one(deployment: Logged) -> None:
    assert "there is no ledger at" in acted(deployment, "queue", code=2).stderr
    assert not deployment.data.exists()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.db", clock)
    yield opened
    opened.close()


def submitted(database: Database, job: str = "j") -> None:
    transitions.submit(database, NewJob(job, {}, f"key of {job}"))


def standing(database: Database, job: str = "j") -> JobRecord:
    record = queries.get(database, job)
    assert record is not None
    return record


def test_a_failed_job_begins_afresh_and_keeps_its_fence(database: Database) -> None:
    submitted(database)
    for _ in range(2):
        record = transitions.claim(database, "j", 30.0)
        assert record is not None
        transitions.crash(database, "j", record.attempt, internal())
    assert standing(database).status is JobStatus.FAILED
    record = admin.requeue(database, "j")
    assert (record.status, record.crashes, record.error, record.ended) == (JobStatus.QUEUED, 0, None, None)
    claimed = transitions.claim(database, "j", 30.0)
    assert claimed is not None
    assert claimed.attempt == 3


def test_a_running_job_is_taken_from_its_worker(database: Database) -> None:
    submitted(database)
    transitions.claim(database, "j", 30.0)
    assert admin.requeue(database, "j").status is JobStatus.QUEUED
    assert not transitions.heartbeat(database, "j", 1, 30.0, "s", 0.1).held
    assert not transitions.finish(database, "j", 1, None, ())


@pytest.mark.parametrize(("status", "says"), [("succeeded", "not done twice"), ("canceled", "submit it again")])
def test_what_is_done_stays_done(database: Database, status: str, says: str) -> None:
    submitted(database)
    if status == "canceled":
        transitions.cancel(database, "j")
    else:
        transitions.claim(database, "j", 30.0)
        transitions.finish(database, "j", 1, None, ())
    before = standing(database)
    with pytest.raises(NotRequeuedError, match=says):
        admin.requeue(database, "j")
    assert standing(database) == before


def test_a_part_is_left_to_its_parent(database: Database) -> None:
    submitted(database)
    transitions.claim(database, "j", 30.0)
    plan = Spread(parts=(Part(key="a" * 64, body={}), Part(key="b" * 64, body={})))
    part, _ = fan_out.spread(database, "j", 1, plan, engine_version="0") or ("", "")
    with pytest.raises(NotRequeuedError, match="waits for its parts"):
        admin.requeue(database, "j")
    transitions.claim(database, part, 30.0)
    transitions.fail(database, part, 1, internal())
    with pytest.raises(NotRequeuedError, match="a part of job j"):
        admin.requeue(database, part)


def test_cancel_all_is_for_one_queue_or_for_all(database: Database) -> None:
    submitted(database, "a")
    transitions.submit(database, NewJob("b", {}, "k", queue="gpu"))
    assert admin.cancel_all(database, "gpu") == ("b",)
    assert standing(database, "a").status is JobStatus.QUEUED
    assert admin.cancel_all(database) == ("a",)
    assert admin.cancel_all(database) == ()


def test_only_what_ended_long_ago_is_purged(database: Database, clock: Clock) -> None:
    for job in ("old", "new", "open"):
        submitted(database, job)
    transitions.cancel(database, "old")
    clock.advance(2 * admin.DAY)
    transitions.cancel(database, "new")
    assert admin.purge(database, 1.0, [JobStatus.FAILED]) == ()
    assert admin.purge(database, 1.0, list(JobStatus)) == ("old",)
    assert standing(database, "old").purged == clock.now
    with pytest.raises(NotRequeuedError):
        admin.requeue(database, "old")


def test_workers_are_known_while_they_speak(database: Database, clock: Clock) -> None:
    assert not workers.say(database, "w", stopping=False, jobs=())
    workers.arrive(database, id="w", host="h", pid=1, queue="cpu", version="1")
    clock.advance(20.0)
    assert workers.say(database, "w", stopping=True, jobs=("j",))
    (one,) = workers.present(database)
    assert (one.seen - one.started, one.stopping, one.jobs) == (20.0, True, ("j",))
    assert one.lives(clock.now + 30.0, 30.0)
    assert not one.lives(clock.now + 30.1, 30.0)
    clock.advance(FORGOTTEN_AFTER + 1)
    workers.arrive(database, id="x", host="h", pid=2, queue="cpu", version="1")
    assert [worker.id for worker in workers.present(database)] == ["x"]
    workers.leave(database, "x")
    assert workers.present(database) == ()


def test_names_of_strangers_do_not_steer_the_terminal(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    submitted(database)
    transitions.claim(database, "j", 30.0)
    transitions.heartbeat(database, "j", 1, 30.0, "\x1b[31m[red]stage", 0.5)
    monkeypatch.setenv("RFENGINE_DATABASE_URL", f"sqlite:///{tmp_path}/ledger.db")
    monkeypatch.setenv("COLUMNS", "200")
    assert command.main(["queue"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "[red]stage" in shown
