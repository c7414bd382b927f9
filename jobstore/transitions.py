"""Every way a job changes, one small function each.

A transition is one conditional UPDATE: where the condition no longer holds, nothing happens and the caller is told.
What a worker writes is fenced by the attempt number it got when it claimed the job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, case, false, func, insert, not_, update

from api_schemas.job import JobStatus, Summary
from api_schemas.problem import Problem
from jobstore.database import Database
from jobstore.records import JobRecord, NewJob, StoredArtifact
from jobstore.tables import artifacts, jobs

FIRST_REPUBLISH = 10.0  # seconds; the message of a fresh job gets this long before it is sent again
CRASHES_ALLOWED = 2


@dataclass(frozen=True)
class Pulse:
    """What a heartbeat tells the worker: whether the job is still its own, and whether to stop."""

    held: bool
    cancel: bool


def submit(database: Database, new: NewJob) -> JobRecord:
    """Take a job in. Once this returns, the job will reach a final state, whatever dies."""
    now = database.clock()
    row = {
        "id": new.id,
        "queue": new.queue,
        "status": JobStatus.QUEUED.value,
        "request": dict(new.request),
        "cache_key": new.cache_key,
        "model_blob": new.model_blob,
        "model_sha256": new.model_sha256,
        "images_blob": new.images_blob,
        "images_sha256": new.images_sha256,
        "created": now,
        "next_publish": now + FIRST_REPUBLISH,
    }
    with database.write() as connection:
        stored = connection.execute(insert(jobs).values(row).returning(*jobs.c)).mappings().one()
    return JobRecord.of(dict(stored))


def claim(database: Database, job: str, lease: float) -> JobRecord | None:
    """Take a queued job up; None where there is nothing to claim (a duplicate message, a canceled job)."""
    now = database.clock()
    statement = update(jobs).where(jobs.c.id == job, jobs.c.status == JobStatus.QUEUED.value)
    return _one(
        database,
        statement.values(
            status=JobStatus.RUNNING.value,
            attempt=jobs.c.attempt + 1,
            lease_expires=now + lease,
            started=func.coalesce(jobs.c.started, now),
            stage="start",
            progress=0.0,
            next_publish=None,
        ),
    )


def heartbeat(database: Database, job: str, attempt: int, lease: float, stage: str, progress: float) -> Pulse:
    """Extend the lease and write the progress down; the answer says whether to go on."""
    statement = update(jobs).where(_held(job, attempt))
    record = _one(
        database,
        statement.values(
            lease_expires=database.clock() + lease, stage=stage[:64], progress=min(1.0, max(0.0, progress))
        ),
    )
    return Pulse(held=record is not None, cancel=record is not None and record.cancel_requested)


def finish(
    database: Database, job: str, attempt: int, summary: Summary | None, files: Sequence[StoredArtifact]
) -> bool:
    """Succeed: the artifacts, the summary and the status in one transaction; False where the attempt lost its job."""
    values = _ending(database, JobStatus.SUCCEEDED) | {
        "progress": 1.0,
        "summary": None if summary is None else summary.model_dump(mode="json"),
    }
    with database.write() as connection:
        done = connection.execute(update(jobs).where(_held(job, attempt)).values(values))
        if done.rowcount != 1:
            return False
        if files:
            rows = [
                {**file.artifact.model_dump(), "job": job, "position": position, "blob": file.blob}
                for position, file in enumerate(files)
            ]
            connection.execute(insert(artifacts), rows)
    return True


def fail(database: Database, job: str, attempt: int, problem: Problem) -> bool:
    """Fail for good; False where the attempt lost its job."""
    values = _ending(database, JobStatus.FAILED) | {"error": problem.model_dump(mode="json")}
    return _one(database, update(jobs).where(_held(job, attempt)).values(values)) is not None


def crash(database: Database, job: str, attempt: int, problem: Problem) -> JobRecord | None:
    """The child died without an answer: queue the job once more, then fail it; None where the job was lost."""
    spent = jobs.c.crashes + 1 >= CRASHES_ALLOWED
    values = {"crashes": jobs.c.crashes + 1} | back_in_the_queue(database.clock(), unless=spent)
    with database.write() as connection:
        row = (
            connection.execute(update(jobs).where(_held(job, attempt)).values(values).returning(*jobs.c))
            .mappings()
            .first()
        )
        if row is not None and row["status"] == JobStatus.FAILED.value:
            error = update(jobs).where(jobs.c.id == job).values(error=problem.model_dump(mode="json"))
            row = connection.execute(error.returning(*jobs.c)).mappings().one()
    return None if row is None else JobRecord.of(dict(row))


def release(database: Database, job: str, attempt: int) -> bool:
    """Hand a job back unharmed, as a worker that is asked to stop does; False where the attempt lost its job."""
    values = back_in_the_queue(database.clock())
    return _one(database, update(jobs).where(_held(job, attempt)).values(values)) is not None


def end_canceled(database: Database, job: str, attempt: int) -> bool:
    """The worker has stopped a job that was asked to be canceled; False where the attempt lost its job."""
    return (
        _one(database, update(jobs).where(_held(job, attempt)).values(_ending(database, JobStatus.CANCELED)))
        is not None
    )


def cancel(database: Database, job: str) -> JobRecord | None:
    """Ask for a job's end: a queued one ends now, a running one when its worker sees the flag; a final one stays.

    Returns the job as it stands then, None where there is none.
    """
    queued = jobs.c.status == JobStatus.QUEUED.value
    unfinished = (JobStatus.QUEUED.value, JobStatus.RUNNING.value, JobStatus.WAITING.value)
    # One statement: between two, a job that is handed back could slip past both.
    asked = (
        update(jobs)
        .where(jobs.c.id == job, jobs.c.status.in_(unfinished))
        .values(
            cancel_requested=True,
            status=case((queued, JobStatus.CANCELED.value), else_=jobs.c.status),
            ended=case((queued, database.clock()), else_=None),
            next_publish=case((queued, None), else_=jobs.c.next_publish),
        )
    )
    with database.write() as connection:
        connection.execute(asked)
        row = connection.execute(jobs.select().where(jobs.c.id == job)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))


def _held(job: str, attempt: int) -> ColumnElement[bool]:
    return and_(jobs.c.id == job, jobs.c.attempt == attempt, jobs.c.status == JobStatus.RUNNING.value)


def _ending(database: Database, status: JobStatus) -> dict[str, Any]:
    return {"status": status.value, "ended": database.clock(), "lease_expires": None, "next_publish": None}


def back_in_the_queue(now: float, unless: ColumnElement[bool] | None = None) -> dict[str, Any]:
    """Queued again; failed instead where `unless` holds, canceled instead where that was asked for."""
    canceled = jobs.c.cancel_requested
    spent = false() if unless is None else unless
    queued = and_(not_(canceled), not_(spent))
    failed = (spent, JobStatus.FAILED.value)
    return {
        "status": case((canceled, JobStatus.CANCELED.value), failed, else_=JobStatus.QUEUED.value),
        "stage": case((queued, ""), else_=jobs.c.stage),
        "progress": case((queued, 0.0), else_=jobs.c.progress),
        "ended": case((queued, None), else_=now),
        "next_publish": case((queued, now), else_=None),
        "lease_expires": None,
    }


def _one(database: Database, statement: Update) -> JobRecord | None:
    with database.write() as connection:
        row = connection.execute(statement.returning(*jobs.c)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))
