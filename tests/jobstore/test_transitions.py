"""Every transition from every state, the races between them, and the fence."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from api_schemas.job import Artifact, JobStatus, Summary
from api_schemas.problem import Problem
from jobstore import queries, transitions
from jobstore.database import Database, open_database
from jobstore.records import JobRecord, NewJob, StoredArtifact
from tests.jobstore.clock import Clock

LEASE = 30.0
PROBLEM = Problem(type="urn:test", title="t", status=500, detail="d")
FILE = StoredArtifact(Artifact(name="a.png", media_type="image/png", bytes=3, sha256="0" * 64, title="A"), "blob/1")


def submitted(database: Database, job: str = "j") -> JobRecord:
    return transitions.submit(database, NewJob(job, {"name": "n"}, "key", model_blob="m/1", model_sha256="f" * 64))


def claimed(database: Database, job: str = "j") -> JobRecord:
    submitted(database, job)
    record = transitions.claim(database, job, LEASE)
    assert record is not None
    return record


def standing(database: Database, job: str = "j") -> JobRecord:
    record = queries.get(database, job)
    assert record is not None
    return record


def test_a_submitted_job_is_there_for_every_later_process(database: Database, clock: Clock) -> None:
    submitted(database)
    other = open_database(str(database.engine.url), clock)
    record = standing(other)
    assert (record.status, record.attempt, record.progress) == (JobStatus.QUEUED, 0, 0.0)
    assert record.request == {"name": "n"}
    assert record.created == clock.now
    other.close()


def test_claim_takes_a_queued_job_once(database: Database, clock: Clock) -> None:
    record = claimed(database)
    assert (record.status, record.attempt) == (JobStatus.RUNNING, 1)
    assert record.lease_expires == clock.now + LEASE
    assert transitions.claim(database, "j", LEASE) is None
    assert transitions.claim(database, "no such job", LEASE) is None


def test_of_many_threads_one_claims(database: Database) -> None:
    for number in range(10):
        submitted(database, f"j{number}")
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda _: transitions.claim(database, f"j{number}", LEASE), range(8)))  # noqa: B023
        assert sum(record is not None for record in got) == 1
        assert standing(database, f"j{number}").attempt == 1


def claim_all(url: str, jobs: list[str]) -> list[str]:
    database = open_database(url)
    got = [job for job in jobs if transitions.claim(database, job, LEASE) is not None]
    database.close()
    return got


def test_of_many_processes_one_claims(database: Database) -> None:
    jobs = [f"j{number}" for number in range(30)]
    for job in jobs:
        submitted(database, job)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        got = pool.starmap(claim_all, [(str(database.engine.url), jobs)] * 3)
    assert sorted(job for part in got for job in part) == sorted(jobs)


def test_heartbeat_extends_the_lease_and_shows_progress(database: Database, clock: Clock) -> None:
    claimed(database)
    clock.advance(10)
    pulse = transitions.heartbeat(database, "j", 1, LEASE, "gradient", 0.25)
    assert (pulse.held, pulse.cancel) == (True, False)
    record = standing(database)
    assert (record.stage, record.progress) == ("gradient", 0.25)
    assert record.lease_expires == clock.now + LEASE


@pytest.mark.parametrize(("told", "kept"), [(-1.0, 0.0), (7.0, 1.0)])
def test_progress_stays_a_share(database: Database, told: float, kept: float) -> None:
    claimed(database)
    transitions.heartbeat(database, "j", 1, LEASE, "s", told)
    assert standing(database).progress == kept


def test_finish_writes_artifacts_summary_and_status_together(database: Database, clock: Clock) -> None:
    claimed(database)
    clock.advance(5)
    assert transitions.finish(database, "j", 1, Summary(targets={}, warnings=2), [FILE])
    record = standing(database)
    assert (record.status, record.progress, record.ended) == (JobStatus.SUCCEEDED, 1.0, clock.now)
    assert record.summary == Summary(targets={}, warnings=2)
    assert queries.artifacts_of(database, "j") == (FILE,)
    assert queries.artifact(database, "j", "a.png") == FILE
    assert queries.artifact(database, "j", "b.png") is None


def test_finish_is_all_or_nothing(database: Database) -> None:
    claimed(database)
    with pytest.raises(IntegrityError):
        transitions.finish(database, "j", 1, None, [FILE, FILE])
    assert standing(database).status is JobStatus.RUNNING
    assert queries.artifacts_of(database, "j") == ()


Write = Callable[[Database], object]
WRITES: dict[str, Write] = {
    "finish": lambda database: transitions.finish(database, "j", 1, None, [FILE]),
    "fail": lambda database: transitions.fail(database, "j", 1, PROBLEM),
    "crash": lambda database: transitions.crash(database, "j", 1, PROBLEM),
    "release": lambda database: transitions.release(database, "j", 1),
    "end_canceled": lambda database: transitions.end_canceled(database, "j", 1),
    "heartbeat": lambda database: transitions.heartbeat(database, "j", 1, LEASE, "s", 0.5).held,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_who_lost_the_job_writes_nothing(database: Database, write: Write) -> None:
    claimed(database)
    transitions.release(database, "j", 1)
    second = transitions.claim(database, "j", LEASE)
    assert second is not None
    assert second.attempt == 2
    before = standing(database)
    assert not write(database)
    assert standing(database) == before
    assert queries.artifacts_of(database, "j") == ()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_final_job_stays_as_it_is(database: Database, write: Write) -> None:
    claimed(database)
    transitions.fail(database, "j", 1, PROBLEM)
    before = standing(database)
    assert not write(database)
    assert transitions.cancel(database, "j") == before
    assert transitions.claim(database, "j", LEASE) is None
    assert standing(database) == before


def test_a_crash_is_tried_once_more(database: Database, clock: Clock) -> None:
    claimed(database)
    first = transitions.crash(database, "j", 1, PROBLEM)
    assert first is not None
    assert (first.status, first.error, first.next_publish) == (JobStatus.QUEUED, None, clock.now)
    assert transitions.claim(database, "j", LEASE) is not None
    second = transitions.crash(database, "j", 2, PROBLEM)
    assert second is not None
    assert (second.status, second.error, second.ended) == (JobStatus.FAILED, PROBLEM, clock.now)


def test_handing_back_costs_the_job_nothing(database: Database, clock: Clock) -> None:
    submitted(database)
    for attempt in range(1, 6):
        assert transitions.claim(database, "j", LEASE) is not None
        assert transitions.release(database, "j", attempt)
    record = standing(database)
    assert (record.status, record.losses, record.crashes) == (JobStatus.QUEUED, 0, 0)
    assert record.next_publish == clock.now


def test_cancel_ends_a_queued_job_at_once(database: Database, clock: Clock) -> None:
    submitted(database)
    record = transitions.cancel(database, "j")
    assert record is not None
    assert (record.status, record.ended) == (JobStatus.CANCELED, clock.now)
    assert transitions.claim(database, "j", LEASE) is None


def test_cancel_asks_the_worker_of_a_running_job(database: Database) -> None:
    claimed(database)
    record = transitions.cancel(database, "j")
    assert record is not None
    assert (record.status, record.cancel_requested) == (JobStatus.RUNNING, True)
    assert queries.cancel_requested(database, "j")
    assert transitions.heartbeat(database, "j", 1, LEASE, "s", 0.5).cancel
    assert transitions.end_canceled(database, "j", 1)
    assert standing(database).status is JobStatus.CANCELED


@pytest.mark.parametrize("end", ["release", "crash"])
def test_a_job_that_was_to_end_does_not_come_back(database: Database, clock: Clock, end: str) -> None:
    claimed(database)
    transitions.cancel(database, "j")
    assert WRITES[end](database)
    record = standing(database)
    assert (record.status, record.ended, record.next_publish) == (JobStatus.CANCELED, clock.now, None)


def test_cancel_of_nothing(database: Database) -> None:
    assert transitions.cancel(database, "no such job") is None
