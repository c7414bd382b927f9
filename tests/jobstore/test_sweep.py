"""Lost leases come back or end, and messages are sent again at growing distances."""

import pytest

from api_schemas.job import JobStatus
from jobstore import queries, transitions
from jobstore.database import Database
from jobstore.fence import FIRST_REPUBLISH
from jobstore.records import JobRecord, NewJob
from jobstore.sweep import LONGEST_BACK_OFF, Swept, back_off, sweep
from tests.jobstore.clock import Clock

LEASE = 30.0
NOTHING = Swept((), (), (), ())


def submitted(database: Database, job: str = "j") -> None:
    transitions.submit(database, NewJob(job, {}, "key"))


def standing(database: Database, job: str = "j") -> JobRecord:
    record = queries.get(database, job)
    assert record is not None
    return record


def swept(database: Database, idle_queue: str | None = None) -> Swept:
    return sweep(database, max_losses=3, idle_queue=idle_queue)


def test_nothing_happens_while_the_lease_lasts(database: Database, clock: Clock) -> None:
    submitted(database)
    transitions.claim(database, "j", LEASE)
    clock.advance(LEASE - 0.1)
    assert swept(database) == NOTHING
    assert standing(database).status is JobStatus.RUNNING


def test_a_lost_job_is_queued_and_published_in_one_sweep(database: Database, clock: Clock) -> None:
    submitted(database)
    transitions.claim(database, "j", LEASE)
    clock.advance(LEASE)
    assert swept(database) == Swept(("j",), (), (), (("j", "cpu"),))
    assert standing(database).status is JobStatus.QUEUED
    assert not transitions.finish(database, "j", 1, None, [])


def test_the_third_loss_is_the_last(database: Database, clock: Clock) -> None:
    submitted(database)
    for _ in range(2):
        transitions.claim(database, "j", LEASE)
        clock.advance(LEASE)
        assert swept(database).requeued == ("j",)
    transitions.claim(database, "j", LEASE)
    clock.advance(LEASE)
    assert swept(database) == Swept((), ("j",), (), ())
    record = standing(database)
    assert (record.status, record.ended) == (JobStatus.FAILED, clock.now)
    assert record.error is not None
    assert record.error.type == "urn:rfengine:worker-lost"
    assert "3 attempts" in record.error.detail


def test_a_lost_job_that_was_to_end_ends(database: Database, clock: Clock) -> None:
    submitted(database)
    transitions.claim(database, "j", LEASE)
    transitions.cancel(database, "j")
    clock.advance(LEASE)
    assert swept(database).canceled == ("j",)
    assert standing(database).status is JobStatus.CANCELED


def test_a_waiting_job_is_published_at_growing_distances(database: Database, clock: Clock) -> None:
    submitted(database)
    begun, sent = clock.now, []
    while len(sent) < 5:
        if swept(database).publish:
            sent.append(clock.now - begun)
        clock.advance(1.0)
    assert sent == [FIRST_REPUBLISH * times for times in (1, 2, 4, 8, 16)]


@pytest.mark.parametrize(("publishes", "seconds"), [(0, 10), (1, 20), (5, 320), (6, 600), (10_000, LONGEST_BACK_OFF)])
def test_back_off_grows_to_a_limit(publishes: int, seconds: float) -> None:
    assert back_off(publishes) == seconds


def test_an_idle_worker_is_sent_the_oldest_job_of_its_queue(database: Database, clock: Clock) -> None:
    submitted(database, "first")
    clock.advance(1.0)
    submitted(database, "second")
    assert swept(database) == NOTHING
    assert swept(database, idle_queue="gpu") == NOTHING
    assert swept(database, idle_queue="cpu").publish == (("first", "cpu"),)


def test_a_message_on_its_way_is_not_doubled(database: Database, clock: Clock) -> None:
    submitted(database)
    clock.advance(0.5)
    assert swept(database, idle_queue="cpu") == NOTHING


def test_of_many_who_sweep_one_does_it_and_idle_queues_are_looked_at_by_all(database: Database, clock: Clock) -> None:
    submitted(database)
    transitions.claim(database, "j", LEASE)
    clock.advance(LEASE)
    every = 2.0
    assert sweep(database, max_losses=3, every=every) == Swept(("j",), (), (), (("j", "cpu"),))
    transitions.claim(database, "j", LEASE)
    clock.advance(LEASE + 1.0)
    assert sweep(database, max_losses=3, every=every).requeued == ("j",)
    transitions.claim(database, "j", 0.5)
    clock.advance(1.0)  # lost by now, and not yet anybody's turn
    assert sweep(database, max_losses=3, every=every) == NOTHING
    submitted(database, "waits")
    clock.advance(0.9)
    assert sweep(database, max_losses=3, every=every) == NOTHING
    clock.advance(0.1)
    assert sweep(database, max_losses=3, every=every).failed == ("j",)
    assert sweep(database, max_losses=3, every=every, idle_queue="cpu").publish == (("waits", "cpu"),)


def test_a_clock_that_is_set_back_holds_nothing_up(database: Database, clock: Clock) -> None:
    clock.advance(3600.0)
    for job in ("runs", "waits"):
        submitted(database, job)
    transitions.claim(database, "runs", LEASE)
    assert sweep(database, max_losses=3, every=2.0) == NOTHING
    clock.advance(-3600.0)
    back = sweep(database, max_losses=3, every=2.0, longest_lease=20 * LEASE)
    assert back.requeued == ("runs",)
    assert sorted(back.publish) == [("runs", "cpu"), ("waits", "cpu")]
    clock.advance(1.0)
    assert sweep(database, max_losses=3, every=2.0, longest_lease=20 * LEASE) == NOTHING
