"""Every way a job changes, one small function each; fanning out has a module of its own, `fan_out`.

A transition is one conditional UPDATE: where the condition no longer holds, nothing happens and the caller is told.
What a worker writes is fenced by the attempt number it got when it claimed the job. What ends a job tells its parent in
the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Update, and_, case, func, insert, update

from api_schemas.job import JobStatus, Summary
from api_schemas.problem import Problem
from jobstore import replays
from jobstore.database import Database
from jobstore.families import ask_to_end, ending_of
from jobstore.fence import FIRST_REPUBLISH, back_in_the_queue, ending, held, kept_progress
from jobstore.records import JobRecord, NewJob, StoredArtifact
from jobstore.tables import artifacts, jobs, parts

CRASHES_ALLOWED = 2


@dataclass(frozen=True)
class Pulse:
    """What a heartbeat tells the worker: whether the job is still its own, and whether to stop."""

    held: bool
    cancel: bool


def submit(database: Database, new: NewJob, check: Callable[[Connection], None] | None = None) -> JobRecord:
    """Take a job in. Once this returns, the job will reach a final state, whatever dies.

    Raises `IntegrityError`, and takes nothing in, where its replay key is bound to another job. What `check` raises in
    the same transaction keeps the job out as well.
    """
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
        "objects_blob": new.objects_blob,
        "objects_sha256": new.objects_sha256,
        "request_id": new.request_id,
        "key_id": new.key_id,
        "team": new.team,
        "created": now,
        "next_publish": now + FIRST_REPUBLISH,
    }
    with database.write() as connection:
        if check is not None:
            check(connection)
        stored = connection.execute(insert(jobs).values(row).returning(*jobs.c)).mappings().one()
        if new.replay is not None:
            replays.write(connection, new.replay, new.id)
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
            progress=kept_progress(),
            next_publish=None,
        ),
    )


def heartbeat(database: Database, job: str, attempt: int, lease: float, stage: str, progress: float | None) -> Pulse:
    """Extend the lease and write the progress down, where there is news of it; the answer says whether to go on."""
    values: dict[str, Any] = {"lease_expires": database.clock() + lease, "stage": stage[:64]}
    if progress is not None:
        told = min(1.0, max(0.0, progress))
        # A part that is taken up again may begin before the place where it was.
        falls = and_(jobs.c.parent.is_not(None), jobs.c.progress > told)
        values["progress"] = case((falls, jobs.c.progress), else_=told)
    record = _one(database, update(jobs).where(held(job, attempt)).values(values))
    return Pulse(held=record is not None, cancel=record is not None and record.cancel_requested)


def note_partial(database: Database, job: str, attempt: int, partial: StoredArtifact) -> bool:
    """Show the report so far as the job's, instead of the one before; False where the attempt lost its job."""
    noted = update(jobs).where(held(job, attempt)).values(partial=partial.to_row())
    return _one(database, noted) is not None


def finish(
    database: Database, job: str, attempt: int, summary: Summary | None, files: Sequence[StoredArtifact]
) -> bool:
    """Succeed: the artifacts, the summary and the status in one transaction; False where the attempt lost its job."""
    values = ending(database.clock(), JobStatus.SUCCEEDED) | {
        "progress": 1.0,
        "summary": None if summary is None else summary.model_dump(mode="json"),
        "partial": None,
    }
    with database.write() as connection:
        done = connection.execute(update(jobs).where(held(job, attempt)).values(values))
        if done.rowcount != 1:
            return False
        if files:
            rows = [{**file.to_row(), "job": job, "position": position} for position, file in enumerate(files)]
            connection.execute(insert(artifacts), rows)
    return True


def finish_part(database: Database, job: str, attempt: int, result: Mapping[str, Any]) -> bool:
    """Succeed as a part of another job: the result and the status in one transaction; False where the job was lost."""
    values = ending(database.clock(), JobStatus.SUCCEEDED) | {"progress": 1.0}
    with ending_of(database, job) as connection:
        done = connection.execute(update(jobs).where(held(job, attempt)).values(values))
        if done.rowcount != 1:
            return False
        connection.execute(update(parts).where(parts.c.job == job).values(result=dict(result)))
    return True


def fail(database: Database, job: str, attempt: int, problem: Problem) -> bool:
    """Fail for good; False where the attempt lost its job."""
    values = ending(database.clock(), JobStatus.FAILED) | {"error": problem.model_dump(mode="json")}
    return _end(database, job, attempt, values) is not None


def crash(database: Database, job: str, attempt: int, problem: Problem) -> JobRecord | None:
    """The child died without an answer: queue the job once more, then fail it; None where the job was lost."""
    spent = jobs.c.crashes + 1 >= CRASHES_ALLOWED
    values = {"crashes": jobs.c.crashes + 1} | back_in_the_queue(database.clock(), unless=spent)
    with ending_of(database, job) as connection:
        row = (
            connection.execute(update(jobs).where(held(job, attempt)).values(values).returning(*jobs.c))
            .mappings()
            .first()
        )
        if row is not None and row["status"] == JobStatus.FAILED.value:
            error = update(jobs).where(jobs.c.id == job).values(error=problem.model_dump(mode="json"))
            row = connection.execute(error.returning(*jobs.c)).mappings().one()
    return None if row is None else JobRecord.of(dict(row))


def release(database: Database, job: str, attempt: int) -> bool:
    """Hand a job back unharmed, as a worker that is asked to stop does; False where the attempt lost its job."""
    return _end(database, job, attempt, back_in_the_queue(database.clock())) is not None


def end_canceled(database: Database, job: str, attempt: int) -> bool:
    """The worker has stopped a job that was asked to be canceled; False where the attempt lost its job."""
    return _end(database, job, attempt, ending(database.clock(), JobStatus.CANCELED)) is not None


def cancel(database: Database, job: str) -> JobRecord | None:
    """Ask for a job's end, and for that of its children.

    One that is queued or waits ends now, a running one when its worker sees the flag, a final one stays as it is.
    Returns the job as it stands then, None where there is none.
    """
    now = database.clock()
    with ending_of(database, job) as connection:
        connection.execute(ask_to_end(now).where(jobs.c.id == job))
        connection.execute(ask_to_end(now).where(jobs.c.parent == job))
        row = connection.execute(jobs.select().where(jobs.c.id == job)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))


def _end(database: Database, job: str, attempt: int, values: Mapping[str, Any]) -> JobRecord | None:
    statement = update(jobs).where(held(job, attempt)).values(values)
    with ending_of(database, job) as connection:
        row = connection.execute(statement.returning(*jobs.c)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))


def _one(database: Database, statement: Update) -> JobRecord | None:
    with database.write() as connection:
        row = connection.execute(statement.returning(*jobs.c)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))
