"""Pages, places in the queue, and earlier answers."""

from jobstore import queries, transitions
from jobstore.database import Database
from jobstore.queries import PageKey
from jobstore.records import JobRecord, NewJob
from tests.jobstore.clock import Clock


def submitted(database: Database, job: str, key: str = "key") -> JobRecord:
    return transitions.submit(database, NewJob(job, {}, key))


def test_pages_meet_without_gap_or_overlap(database: Database, clock: Clock) -> None:
    for number in range(7):
        submitted(database, f"j{number}")
        clock.advance(1.0 if number % 2 else 0.0)  # pairs share their time
    seen: list[str] = []
    after = None
    while page := queries.page(database, limit=3, after=after):
        seen += [record.id for record in page]
        after = PageKey(page[-1].created, page[-1].id)
    assert seen == [f"j{number}" for number in reversed(range(7))]


def test_pages_can_be_narrowed(database: Database) -> None:
    submitted(database, "a", "one")
    submitted(database, "b", "two")
    transitions.cancel(database, "b")
    assert [record.id for record in queries.page(database, limit=9, cache_key="one")] == ["a"]
    assert [r.id for r in queries.page(database, limit=9, status=queries.JobStatus.CANCELED)] == ["b"]


def test_position_counts_the_queued_jobs_before(database: Database, clock: Clock) -> None:
    records = []
    for number in range(3):
        records.append(submitted(database, f"j{number}"))
        clock.advance(1.0)
    assert queries.queue_positions(database, records) == {record.id: at for at, record in enumerate(records)}
    assert queries.queued(database) == 3
    running = transitions.claim(database, "j0", 30.0)
    assert running is not None
    assert queries.queue_positions(database, [running]) == {}
    assert queries.queue_positions(database, [running, records[2]]) == {records[2].id: 1}


def test_only_a_succeeded_job_is_an_answer(database: Database) -> None:
    submitted(database, "a")
    assert queries.cached(database, "key") is None
    transitions.claim(database, "a", 30.0)
    transitions.finish(database, "a", 1, None, [])
    answer = queries.cached(database, "key")
    assert answer is not None
    assert answer.id == "a"
    assert queries.cached(database, "other") is None


def test_the_probe_writes_again_and_again(database: Database) -> None:
    queries.probe(database, "p")
    queries.probe(database, "p")
