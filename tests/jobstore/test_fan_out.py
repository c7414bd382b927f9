"""Parents and children in the ledger: rounds, the last child, the fence, cancels in every state, and repair."""

import hashlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from sqlalchemy.exc import NoResultFound

from api_schemas.fan_out import Part, Spread
from api_schemas.job import JobStatus, Summary
from api_schemas.problem import Problem
from jobstore import fan_out, queries, transitions
from jobstore.database import Database, open_database
from jobstore.fence import FIRST_REPUBLISH
from jobstore.records import JobRecord, NewJob
from jobstore.sweep import sweep
from jobstore.tables import jobs
from tests.jobstore.clock import Clock

LEASE = 30.0
PROBLEM = Problem(type="urn:test", title="t", status=500, detail="d")
VERSION = "1.0"


def part(name: str, weight: float = 1.0) -> Part:
    return Part(key=hashlib.sha256(name.encode()).hexdigest(), body={"do": name}, title=f"do {name}", weight=weight)


def submitted(database: Database, job: str = "p") -> None:
    new = NewJob(job, {"name": "n"}, f"key {job}", queue="q", model_blob="m/1", model_sha256="f" * 64)
    transitions.submit(database, new)


def claimed(database: Database, job: str) -> JobRecord:
    record = transitions.claim(database, job, LEASE)
    assert record is not None
    return record


def asked(database: Database, *names: str, job: str = "p", **plan: object) -> list[str]:
    """Claim a queued parent and spread it; the ids of the round's children, in order."""
    attempt = claimed(database, job).attempt
    before = {child.id for child in children(database, job)}
    wanted = Spread.model_validate({"parts": [part(name) for name in names], **plan})
    assert fan_out.spread(database, job, attempt, wanted, engine_version=VERSION) is not None
    return [child.id for child in children(database, job) if child.id not in before]


def waiting(database: Database, *names: str, **plan: object) -> list[str]:
    submitted(database)
    return asked(database, *names, **plan)


def children(database: Database, job: str = "p") -> list[JobRecord]:
    return list(queries.page(database, limit=100, parent=job))[::-1]


def standing(database: Database, job: str = "p") -> JobRecord:
    record = queries.get(database, job)
    assert record is not None
    return record


def done(database: Database, job: str, result: object = None) -> None:
    attempt = claimed(database, job).attempt
    assert transitions.finish_part(database, job, attempt, {"of": result or job})


def swept(database: Database) -> tuple[str, ...]:
    return sweep(database, max_losses=3).mended


def test_a_parent_waits_without_a_worker_and_its_children_are_jobs_like_it(database: Database, clock: Clock) -> None:
    ids = waiting(database, "a", "b", summary=Summary(warnings=3))
    parent = standing(database)
    assert (parent.status, parent.lease_expires, parent.next_publish) == (JobStatus.WAITING, None, None)
    assert (parent.summary, parent.fanned_out) == (Summary(warnings=3), True)
    for id, name in zip(ids, "ab", strict=True):
        child = standing(database, id)
        assert (child.status, child.parent, child.queue, child.title) == (JobStatus.QUEUED, "p", "q", f"do {name}")
        assert (child.request, child.model_blob, child.model_sha256) == ({"name": "n"}, "m/1", "f" * 64)
        assert child.next_publish == clock.now + FIRST_REPUBLISH
        assert fan_out.part_of(database, id) == part(name)
    places = queries.queue_positions(database, [standing(database, id) for id in ids])
    assert [places[id] for id in ids] == [0, 1]
    with pytest.raises(NoResultFound):
        fan_out.part_of(database, "p")


def test_the_last_child_queues_the_parent(database: Database, clock: Clock) -> None:
    first, second = waiting(database, "a", "b")
    done(database, second)
    assert standing(database).status is JobStatus.WAITING
    done(database, first)
    parent = standing(database)
    assert (parent.status, parent.next_publish) == (JobStatus.QUEUED, clock.now + FIRST_REPUBLISH)
    third = asked(database, "c")[0]
    done(database, third)
    assert claimed(database, "p").attempt == 3
    outcomes = fan_out.outcomes(database, "p")
    assert [outcome.part for outcome in outcomes] == [part("a"), part("b"), part("c")]
    assert [outcome.result for outcome in outcomes] == [{"of": first}, {"of": second}, {"of": third}]


End = Callable[[Database, str, int], object]
ENDS: dict[str, tuple[End, str]] = {
    "fail": (lambda database, job, attempt: transitions.fail(database, job, attempt, PROBLEM), "urn:test"),
    "crash": (lambda database, job, attempt: transitions.crash(database, job, attempt, PROBLEM), "urn:test"),
    "end_canceled": (transitions.end_canceled, "urn:rfengine:canceled"),
}


@pytest.mark.parametrize(("end", "problem"), ENDS.values(), ids=ENDS.keys())
def test_every_end_of_the_last_child_queues_the_parent(database: Database, end: End, problem: str) -> None:
    (child,) = waiting(database, "a")
    while not standing(database, child).status.final:
        assert standing(database).status is JobStatus.WAITING
        assert end(database, child, claimed(database, child).attempt)
    assert standing(database).status is JobStatus.QUEUED
    (outcome,) = fan_out.outcomes(database, "p")
    assert outcome.problem is not None
    assert outcome.problem.type == problem


def test_a_child_whose_workers_vanish_is_a_failed_part(database: Database, clock: Clock) -> None:
    first, second = waiting(database, "a", "b")
    done(database, first)
    for _ in range(3):
        claimed(database, second)
        clock.advance(LEASE)
        found = sweep(database, max_losses=3)
    assert (found.failed, found.mended, found.publish) == ((second,), ("p",), (("p", "q"),))
    assert standing(database).status is JobStatus.QUEUED
    problem = fan_out.outcomes(database, "p")[1].problem
    assert problem is not None
    assert problem.type == "urn:rfengine:worker-lost"


def test_a_child_that_lost_its_lease_ends_nothing(database: Database, clock: Clock) -> None:
    first, second = waiting(database, "a", "b")
    late = claimed(database, first).attempt
    clock.advance(LEASE)
    sweep(database, max_losses=3)
    done(database, first, "in time")
    assert not transitions.finish_part(database, first, late, {"of": "late"})
    assert not transitions.fail(database, first, late, PROBLEM)
    assert standing(database).status is JobStatus.WAITING
    done(database, second)
    assert fan_out.outcomes(database, "p")[0].result == {"of": "in time"}


def test_a_planner_that_lost_its_lease_asks_for_nothing(database: Database, clock: Clock) -> None:
    submitted(database)
    late = claimed(database, "p").attempt
    clock.advance(LEASE)
    sweep(database, max_losses=3)
    plan = Spread(parts=(part("a"),))
    assert fan_out.spread(database, "p", late, plan, engine_version=VERSION) is None
    assert children(database) == []


def test_rounds_are_no_losses_and_a_round_forgives_what_was(database: Database, clock: Clock) -> None:
    submitted(database)
    for number in range(6):
        attempt = claimed(database, "p").attempt
        transitions.crash(database, "p", attempt, PROBLEM)
        claimed(database, "p")
        clock.advance(LEASE)
        sweep(database, max_losses=3)
        (child,) = asked(database, f"part {number}")
        done(database, child)
    parent = standing(database)
    assert (parent.status, parent.losses, parent.crashes, parent.attempt) == (JobStatus.QUEUED, 0, 0, 18)


def test_a_part_that_was_done_for_anyone_is_there_at_once(database: Database) -> None:
    first, second = waiting(database, "a", "b")
    done(database, first, "known")
    transitions.fail(database, second, claimed(database, second).attempt, PROBLEM)
    submitted(database, "other")
    known, again = asked(database, "a", "b", job="other")
    assert standing(database, known).status is JobStatus.SUCCEEDED
    assert standing(database, again).status is JobStatus.QUEUED  # what failed is tried again
    assert fan_out.outcomes(database, "other")[0].result == {"of": "known"}
    assert fan_out.known_result(database, standing(database, known).cache_key) == {"of": "known"}
    assert fan_out.known_result(database, standing(database, again).cache_key) is None


def test_a_round_that_is_known_whole_is_planned_on_at_once(database: Database, clock: Clock) -> None:
    for child in waiting(database, "a", "b"):
        done(database, child)
    submitted(database, "other")
    attempt = claimed(database, "other").attempt
    plan = Spread(parts=(part("b"), part("a")), progress=0.1, reaches=0.4)
    assert fan_out.spread(database, "other", attempt, plan, engine_version=VERSION) == ("other",)
    parent = standing(database, "other")
    assert (parent.status, parent.progress) == (JobStatus.QUEUED, 0.4)
    assert parent.next_publish == clock.now + FIRST_REPUBLISH


def test_another_engine_does_the_part_again(database: Database) -> None:
    done(database, waiting(database, "a")[0])
    submitted(database, "other")
    attempt = claimed(database, "other").attempt
    queued = fan_out.spread(database, "other", attempt, Spread(parts=(part("a"),)), engine_version="2.0")
    assert queued == (children(database, "other")[0].id,)


def test_cancel_of_a_parent_that_waits_ends_all(database: Database, clock: Clock) -> None:
    queued, running, ended = waiting(database, "a", "b", "c")
    done(database, ended)
    attempt = claimed(database, running).attempt
    for _ in range(2):
        record = transitions.cancel(database, "p")
        assert record is not None
        assert (record.status, record.ended) == (JobStatus.CANCELED, clock.now)
    assert standing(database, queued).status is JobStatus.CANCELED
    assert standing(database, ended).status is JobStatus.SUCCEEDED
    assert transitions.heartbeat(database, running, attempt, LEASE, "s", 0.5).cancel
    assert transitions.end_canceled(database, running, attempt)
    assert standing(database).status is JobStatus.CANCELED


def test_a_running_child_of_a_canceled_parent_may_finish_and_wakes_no_one(database: Database) -> None:
    (child,) = waiting(database, "a")
    attempt = claimed(database, child).attempt
    transitions.cancel(database, "p")
    assert transitions.finish_part(database, child, attempt, {})
    assert standing(database).status is JobStatus.CANCELED
    assert swept(database) == ()


def test_a_child_of_a_canceled_parent_does_not_come_back(database: Database, clock: Clock) -> None:
    (child,) = waiting(database, "a")
    claimed(database, child)
    transitions.cancel(database, "p")
    clock.advance(LEASE)
    assert sweep(database, max_losses=3).canceled == (child,)


def test_cancel_of_a_parent_that_plans_ends_it_in_place_of_a_round(database: Database) -> None:
    submitted(database)
    attempt = claimed(database, "p").attempt
    transitions.cancel(database, "p")
    assert fan_out.spread(database, "p", attempt, Spread(parts=(part("a"),)), engine_version=VERSION) == ()
    assert standing(database).status is JobStatus.CANCELED
    assert children(database) == []


def test_cancel_of_a_parent_between_rounds(database: Database) -> None:
    done(database, waiting(database, "a")[0])
    transitions.cancel(database, "p")
    assert standing(database).status is JobStatus.CANCELED
    assert transitions.claim(database, "p", LEASE) is None


def test_cancel_of_one_child_is_a_failed_part(database: Database) -> None:
    first, second = waiting(database, "a", "b")
    transitions.cancel(database, first)
    assert (standing(database).status, standing(database, first).status) == (JobStatus.WAITING, JobStatus.CANCELED)
    attempt = claimed(database, second).attempt
    transitions.cancel(database, second)
    assert standing(database).status is JobStatus.WAITING
    transitions.release(database, second, attempt)
    assert standing(database).status is JobStatus.QUEUED
    assert [outcome.result for outcome in fan_out.outcomes(database, "p")] == [None, None]


def test_a_parent_that_waits_for_nothing_is_repaired(database: Database, clock: Clock) -> None:
    (child,) = waiting(database, "a")
    with database.write() as connection:  # a child that ended without telling anyone, which has no way to happen
        connection.execute(update(jobs).where(jobs.c.id == child).values(status="succeeded", next_publish=None))
    found = sweep(database, max_losses=3)
    assert (found.mended, found.publish) == (("p",), (("p", "q"),))
    assert standing(database).status is JobStatus.QUEUED
    assert swept(database) == ()


def test_a_child_that_nobody_waits_for_is_ended(database: Database) -> None:
    queued, running = waiting(database, "a", "b")
    claimed(database, running)
    with database.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == "p").values(status="failed"))
    assert set(swept(database)) == {queued, running}
    assert standing(database, queued).status is JobStatus.CANCELED
    assert queries.cancel_requested(database, running)
    assert swept(database) == ()


def test_repair_leaves_alone_what_is_well(database: Database) -> None:
    first, _ = waiting(database, "a", "b")
    claimed(database, first)
    assert swept(database) == ()
    assert standing(database).status is JobStatus.WAITING


def progress(database: Database) -> float:
    record = standing(database)
    family = fan_out.family(database, record)
    assert record.reaches is not None
    return record.progress + max(0.0, record.reaches - record.progress) * family.round_share


def test_progress_grows_with_the_parts_by_their_weight_and_never_falls(database: Database, clock: Clock) -> None:
    submitted(database)
    attempt = claimed(database, "p").attempt
    plan = Spread(parts=(part("light"), part("heavy", 3.0)), progress=0.2, reaches=0.6)
    light, heavy = fan_out.spread(database, "p", attempt, plan, engine_version=VERSION) or ()
    assert progress(database) == pytest.approx(0.2)
    attempt = claimed(database, heavy).attempt
    transitions.heartbeat(database, heavy, attempt, LEASE, "s", 0.5)
    assert progress(database) == pytest.approx(0.2 + 0.4 * 3 * 0.5 / 4)
    clock.advance(LEASE)
    sweep(database, max_losses=3)  # a part that is lost keeps what it had come to
    attempt = claimed(database, heavy).attempt
    transitions.heartbeat(database, heavy, attempt, LEASE, "s", 0.1)
    assert progress(database) == pytest.approx(0.35)
    transitions.fail(database, heavy, attempt, PROBLEM)
    assert progress(database) == pytest.approx(0.5)
    done(database, light)
    assert progress(database) == standing(database).progress == pytest.approx(0.6)
    attempt = claimed(database, "p").attempt
    transitions.heartbeat(database, "p", attempt, LEASE, "plan", None)
    transitions.release(database, "p", attempt)
    assert standing(database).progress == pytest.approx(0.6)
    asked(database, "c", progress=0.3)  # a planner that thinks less of it than it has said
    assert progress(database) == pytest.approx(0.6)
    assert standing(database).reaches == pytest.approx(0.8)
    transitions.cancel(database, "p")
    assert progress(database) == pytest.approx(0.6)


def test_a_family_is_counted(database: Database) -> None:
    first, second, third, _ = waiting(database, "a", "b", "c", "d")
    done(database, first)
    transitions.cancel(database, second)
    claimed(database, third)
    family = fan_out.family(database, standing(database))
    assert (family.total, family.done, family.failed, family.running) == (4, 1, 1, 1)
    assert (family.round_total, family.round_unfinished) == (4, 2)
    submitted(database, "other")
    assert fan_out.family(database, standing(database, "other")).total == 0


def test_a_round_is_that_of_the_record_even_when_another_has_begun(database: Database) -> None:
    (child,) = waiting(database, "a", progress=0.0, reaches=0.5)
    seen = standing(database)
    done(database, child)
    asked(database, "b", "c", progress=0.5)
    family = fan_out.family(database, seen)
    assert (family.total, family.round_total, family.round_unfinished, family.round_share) == (3, 1, 0, 1.0)


def test_parts_are_in_nobodys_way(database: Database) -> None:
    waiting(database, "a", "b", "c")
    submitted(database, "other")
    assert queries.queued(database) == 1
    assert {record.id for record in queries.page(database, limit=9)} == {"other", "p"}


def end_all(url: str, ids: list[str]) -> list[str]:
    """Claim and finish whatever there is to claim; what was finished here."""
    database = open_database(url)
    mine = []
    for id in ids:
        record = transitions.claim(database, id, LEASE)
        if record is not None and transitions.finish_part(database, id, record.attempt, {"of": id}):
            mine.append(id)
    database.close()
    return mine


def test_children_that_end_together_queue_their_parent_once(database: Database) -> None:
    submitted(database)
    for number in range(8):
        ids = asked(database, *(f"{number}.{index}" for index in range(6)))
        attempts = {id: claimed(database, id).attempt for id in ids}
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda id: transitions.finish_part(database, id, attempts[id], {}), ids))  # noqa: B023
        parent = standing(database)
        assert (parent.status, parent.attempt) == (JobStatus.QUEUED, number + 1)


def test_of_many_processes_each_child_is_done_once(database: Database) -> None:
    ids = waiting(database, *(f"part {number}" for number in range(30)))
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        mine = pool.starmap(end_all, [(str(database.engine.url), ids)] * 3)
    assert sorted(id for part in mine for id in part) == sorted(ids)
    assert standing(database).status is JobStatus.QUEUED
