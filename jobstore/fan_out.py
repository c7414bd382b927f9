"""A job that is done in parts: its children are inserted, counted, and their results handed to whoever plans."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, case, func, insert, select, update

from api_schemas.fan_out import Part, PartOutcome, Spread
from api_schemas.job import JobStatus, cache_key
from api_schemas.problem import Problem
from jobstore.database import Database
from jobstore.families import wake
from jobstore.fence import FINAL, FIRST_REPUBLISH, held
from jobstore.records import Glimpse, JobRecord, StoredArtifact
from jobstore.tables import jobs, parts

KNOWN = "known"  # stage of a part whose result was there already
_TICK = 1e-6  # seconds between the creation times of a round's parts, so that they queue in the planner's order


@dataclass(frozen=True)
class Family:
    """The children of a job: all of them, and those of the round that it waits for."""

    total: int
    done: int
    failed: int  # or canceled
    running: int
    round_total: int
    round_unfinished: int
    round_share: float  # of the round's weight that is done: an ended child counts whole, another by its progress


def spread(
    database: Database,
    job: str,
    attempt: int,
    plan: Spread,
    *,
    engine_version: str,
    partial: StoredArtifact | None = None,
) -> tuple[str, ...] | None:
    """Wait for a round of parts: the parent's state and its children in one transaction.

    Returns the ids to publish: the children's, or the job's own where every part's result was known already; none where
    the job was asked to end. None where the attempt lost its job.
    """
    now = database.clock()
    with database.write() as connection:
        waiting = update(jobs).where(held(job, attempt)).values(_waiting(plan, partial, now))
        row = connection.execute(waiting.returning(*jobs.c)).mappings().first()
        if row is None:
            return None
        parent = JobRecord.of(dict(row))
        if parent.status.final:
            return ()
        queued = _insert(connection, parent, plan.parts, engine_version, now)
        return (job,) if wake(connection, job, now + FIRST_REPUBLISH) else queued


def part_key(parent: JobRecord, part: Part, engine_version: str) -> str:
    """The cache key of a part's answer: what decides it, the model, the engine and the class of device.

    And whose it is: a part that was known at once, or goes on from a checkpoint, would tell that others ask the same.
    """
    mine = {} if parent.owner is None else {"owner": parent.owner}
    return cache_key(
        {"part": part.key, **mine},
        model_sha256=parent.model_sha256,
        images_sha256=None,
        objects_sha256=None,
        engine_version=engine_version,
        device=parent.queue,
    )


def part_of(database: Database, job: str) -> Part:
    """What a child job is to do; raises `NoResultFound` for a job that is no part of another."""
    with database.read() as connection:
        wanted = select(*_PART).join_from(parts, jobs).where(parts.c.job == job)
        return _part(connection.execute(wanted).mappings().one())


def outcomes(database: Database, parent: str) -> tuple[PartOutcome, ...]:
    """How the ended parts of a job ended, in the order in which they were asked for."""
    wanted = (
        select(*_PART, parts.c.result, jobs.c.error)
        .join_from(parts, jobs)
        .where(jobs.c.parent == parent, jobs.c.status.in_(FINAL))
        .order_by(parts.c.position)
    )
    with database.read() as connection:
        return tuple(_outcome(row) for row in connection.execute(wanted).mappings())


def known_result(database: Database, cache_key: str) -> dict[str, Any] | None:
    """What an equal part gave to an equal engine before, for whichever job; None where there is no such result."""
    with database.read() as connection:
        return _known(connection, [cache_key]).get(cache_key)


def family(database: Database, parent: JobRecord | Glimpse) -> Family:
    """The children of a job, counted in one query; its round is the record's, even where another has begun by now."""
    return families(database, [parent])[parent.id]


def families(database: Database, parents: Sequence[JobRecord | Glimpse]) -> Mapping[str, Family]:
    """The same of many jobs, by their ids."""
    if not parents:
        return {}
    wanted = (
        select(
            jobs.c.parent,
            parts.c.round,
            jobs.c.status,
            func.count().label("number"),
            func.sum(parts.c.weight).label("weight"),
            func.sum(parts.c.weight * jobs.c.progress).label("worked"),
        )
        .join_from(parts, jobs)
        .where(jobs.c.parent.in_([parent.id for parent in parents]))
        .group_by(jobs.c.parent, parts.c.round, jobs.c.status)
    )
    with database.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    by_parent: dict[str, list[RowMapping]] = {parent.id: [] for parent in parents}
    for row in rows:
        by_parent[row["parent"]].append(row)
    return {parent.id: _family(by_parent[parent.id], parent.attempt) for parent in parents}


def _family(rows: Sequence[RowMapping], attempt: int) -> Family:
    current = [row for row in rows if row["round"] == attempt]
    weight = sum(row["weight"] for row in current)
    return Family(
        total=_count(rows, *JobStatus),
        done=_count(rows, JobStatus.SUCCEEDED),
        failed=_count(rows, JobStatus.FAILED, JobStatus.CANCELED),
        running=_count(rows, JobStatus.RUNNING),
        round_total=_count(current, *JobStatus),
        round_unfinished=_count(current, *(status for status in JobStatus if not status.final)),
        round_share=sum(_worked(row) for row in current) / weight if weight else 0.0,
    )


_PART = (parts.c.key, parts.c.body, jobs.c.title, parts.c.weight)


def _part(row: RowMapping) -> Part:
    return Part(key=row["key"], body=row["body"], title=row["title"] or "", weight=row["weight"])


def _outcome(row: RowMapping) -> PartOutcome:
    if row["result"] is not None:
        return PartOutcome(part=_part(row), result=row["result"])
    problem = _CANCELED if row["error"] is None else Problem.model_validate(row["error"])
    return PartOutcome(part=_part(row), problem=problem)


_CANCELED = Problem(
    type="urn:rfengine:canceled",
    title="The part was canceled",
    status=409,
    detail="Someone ended this part of the job by itself; submit the job again to have it done.",
)


def _count(rows: Sequence[RowMapping], *statuses: JobStatus) -> int:
    return sum(row["number"] for row in rows if row["status"] in statuses)


def _worked(row: RowMapping) -> float:
    whole = row["status"] in (JobStatus.SUCCEEDED, JobStatus.FAILED)
    return float(row["weight"] if whole else row["worked"])


def _waiting(plan: Spread, partial: StoredArtifact | None, now: float) -> dict[str, Any]:
    """Waiting; canceled instead where that was asked for. A round that was planned forgives what went wrong before."""
    canceled = jobs.c.cancel_requested
    reached = case((jobs.c.progress > plan.progress, jobs.c.progress), else_=plan.progress)
    values = {
        "status": case((canceled, JobStatus.CANCELED.value), else_=JobStatus.WAITING.value),
        "stage": "wait",
        "ended": case((canceled, now), else_=None),
        "lease_expires": None,
        "next_publish": None,
        "publishes": 0,
        "losses": 0,
        "crashes": 0,
        "progress": reached,
        "reaches": (1 + reached) / 2
        if plan.reaches is None
        else case((jobs.c.progress > plan.reaches, jobs.c.progress), else_=max(plan.progress, plan.reaches)),
        "partial": None if partial is None else partial.to_row(),
    }
    return values if plan.summary is None else values | {"summary": plan.summary.model_dump(mode="json")}


def _insert(
    connection: Connection, parent: JobRecord, asked: Sequence[Part], engine_version: str, now: float
) -> tuple[str, ...]:
    """The children's rows; the ids of those that are to be done."""
    keys = [part_key(parent, part, engine_version) for part in asked]
    known = _known(connection, keys)
    mine = select(func.count()).select_from(parts).join(jobs).where(jobs.c.parent == parent.id)
    before = connection.execute(mine).scalar_one()
    ids = [uuid.uuid4().hex for _ in asked]
    shared = {
        "queue": parent.queue,
        "request": dict(parent.request),
        "model_blob": parent.model_blob,
        "model_sha256": parent.model_sha256,
        "parent": parent.id,
        "request_id": parent.request_id,
        "key_id": parent.key_id,
        "team": parent.team,
    }
    children, works = [], []
    for index, (id, part, key) in enumerate(zip(ids, asked, keys, strict=True)):
        own = {"id": id, "cache_key": key, "title": part.title, "created": now + index * _TICK}
        children.append(shared | own | _first_state(key in known, now))
        work = {"job": id, "position": before + index, "round": parent.attempt, "result": known.get(key)}
        works.append(work | {"key": part.key, "weight": part.weight, "body": part.body})
    connection.execute(insert(jobs), children)
    connection.execute(insert(parts), works)
    return tuple(id for id, key in zip(ids, keys, strict=True) if key not in known)


def _first_state(known: bool, now: float) -> dict[str, Any]:
    return {
        "status": (JobStatus.SUCCEEDED if known else JobStatus.QUEUED).value,
        "stage": KNOWN if known else "",
        "progress": 1.0 if known else 0.0,
        "ended": now if known else None,
        "next_publish": None if known else now + FIRST_REPUBLISH,
    }


def _known(connection: Connection, keys: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    wanted = (
        select(jobs.c.cache_key, parts.c.result)
        .join_from(parts, jobs)
        .where(jobs.c.cache_key.in_(keys), jobs.c.status == JobStatus.SUCCEEDED.value)
    )
    return {row.cache_key: row.result for row in connection.execute(wanted)}
