"""The ledger in figures, against counting all rows one by one."""

import random
import uuid
from collections import Counter
from pathlib import Path

import pytest

from api_schemas.job import JobStatus
from jobstore import statistics, transitions
from jobstore.database import Database, open_database
from jobstore.records import JobRecord, NewJob
from jobstore.statistics import BOUNDS, SETTLES, Ended, History, Sort
from jobstore.tables import jobs
from tests.jobstore.clock import Clock
from worker.problems import internal


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Database:
    return open_database(f"sqlite:///{tmp_path}/ledger.db", clock)


def all_jobs(database: Database) -> list[JobRecord]:
    with database.read() as connection:
        return [JobRecord.of(dict(row)) for row in connection.execute(jobs.select()).mappings()]


def live_a_little(database: Database, clock: Clock, draw: random.Random) -> None:
    """Somebody submits, claims, ends or cancels something; time goes on."""
    clock.now += draw.choice((0.05, 1.0, 20.0, 300.0))
    standing = all_jobs(database)
    queued = [job.id for job in standing if job.status is JobStatus.QUEUED]
    running = [job for job in standing if job.status is JobStatus.RUNNING]
    match draw.randrange(6):
        case 0 | 1:
            transitions.submit(database, NewJob(uuid.uuid4().hex, {}, "key", queue=draw.choice(("cpu", "gpu"))))
        case 2 if queued:
            transitions.claim(database, draw.choice(queued), 30.0)
        case 3 if running:
            job = draw.choice(running)
            transitions.finish(database, job.id, job.attempt, None, ())
        case 4 if running:
            job = draw.choice(running)
            transitions.fail(database, job.id, job.attempt, internal())
        case 5 if queued:
            transitions.cancel(database, draw.choice(queued))


def counted(records: list[JobRecord]) -> dict[Sort, Ended]:
    """The slow twin of `History`."""
    found: dict[Sort, Ended] = {}
    for job in records:
        if job.status not in (JobStatus.SUCCEEDED, JobStatus.CANCELED):
            continue
        sort = Sort(job.queue, "analysis", job.status.value)
        known = [] if job.started is None or job.ended is None else [job.started - job.created, job.ended - job.started]
        times = [statistics.Times(one_in(seconds), seconds) for seconds in known] or [statistics.Times()] * 2
        found[sort] = found.get(sort, Ended()) + Ended(1, job.attempt, *times)
    return found


def one_in(seconds: float) -> tuple[int, ...]:
    place = next((index for index, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
    return tuple(int(index == place) for index in range(len(BOUNDS) + 1))


def about_equal(one: dict[Sort, Ended], other: dict[Sort, Ended]) -> bool:
    def rounded(found: dict[Sort, Ended]) -> dict[Sort, tuple[object, ...]]:
        return {
            sort: (
                *(ended.jobs, ended.attempts, ended.waited.counts, ended.ran.counts),
                *(round(ended.waited.seconds, 3), round(ended.ran.seconds, 3)),
            )
            for sort, ended in found.items()
        }

    return rounded(one) == rounded(other)


@pytest.mark.parametrize("seed", range(3))
def test_figures_are_those_of_counting_one_by_one(database: Database, clock: Clock, seed: int) -> None:
    draw, history = random.Random(seed), History()
    for step in range(150):
        live_a_little(database, clock, draw)
        if step % 10 == 0:
            records = all_jobs(database)
            assert about_equal(dict(history.read(database)), counted(records))
            standing = {one.sort: one for one in statistics.standing(database)}
            rest = Counter((job.queue, job.status.value) for job in records if not counted([job]))
            assert {(sort.queue, sort.status): one.jobs for sort, one in standing.items()} == rest
            failed = Counter(job.queue for job in records if job.status is JobStatus.FAILED)
            told = statistics.failures(database)
            assert {queue: number for (queue, _), number in told.items()} == failed
            assert {code for _, code in told} <= {"urn:rfengine:internal-error"}
    assert about_equal(dict(History().read(database)), dict(history.read(database)))


def test_a_commit_that_comes_late_is_counted(database: Database, clock: Clock) -> None:
    history = History()
    job = transitions.submit(database, NewJob("late", {}, "key"))
    transitions.claim(database, job.id, 30.0)
    ended_at = clock.now
    clock.now += SETTLES / 2
    assert not history.read(database)
    clock.now, now = ended_at, clock.now  # it wrote its time long before it could commit
    transitions.finish(database, job.id, 1, None, ())
    clock.now = now
    assert sum(ended.jobs for ended in history.read(database).values()) == 1
    clock.now += 10 * SETTLES
    assert sum(ended.jobs for ended in history.read(database).values()) == 1


def test_a_clock_that_went_back_takes_nothing_away(database: Database, clock: Clock) -> None:
    history = History()
    job = transitions.submit(database, NewJob("j", {}, "key"))
    transitions.claim(database, job.id, 30.0)
    clock.now -= 3600.0
    transitions.finish(database, job.id, 1, None, ())
    (ended,) = history.read(database).values()
    assert (ended.jobs, ended.ran.seconds, ended.ran.counts[0]) == (1, 0.0, 1)
