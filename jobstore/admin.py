"""What an operator does to jobs by hand. The rules hold here too: attempts are fenced, ends are told to parents."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from api_schemas.job import JobStatus
from jobstore import retention, transitions
from jobstore.database import Database
from jobstore.families import ending_of
from jobstore.fence import FINAL, UNFINISHED, back_in_the_queue, kept_progress
from jobstore.records import JobRecord
from jobstore.tables import jobs

DAY = retention.DAY

# Of a job that failed: the next attempt is as the first.
_AFRESH: dict[str, Any] = {
    "status": JobStatus.QUEUED.value,
    "stage": "",
    "progress": kept_progress(),
    "cancel_requested": False,
    "ended": None,
    "error": None,
    "losses": 0,
    "crashes": 0,
    "publishes": 0,
}

_NOTHING_TO_DO = {
    JobStatus.WAITING: "it waits for its parts, and goes on by itself when they have ended",
    JobStatus.SUCCEEDED: "it has succeeded, and is not done twice",
    JobStatus.CANCELED: "it was canceled; submit it again to have it done",
}


class NotRequeuedError(ValueError):
    """The job cannot be put back in the queue; the message says why."""


def requeue(database: Database, job: str) -> JobRecord:
    """Put a job back in the queue: one that failed as if it were new, one that runs whoever runs it, one that waits to
    be sent at once. Its id should be published then.

    Raises:
        NotRequeuedError: there is no such job, or no sense in it.
    """
    now = database.clock()
    with ending_of(database, job) as connection:
        row = connection.execute(select(jobs).where(jobs.c.id == job).with_for_update()).mappings().first()
        if row is None:
            raise NotRequeuedError(f"there is no job {job!r}; `rfengine admin queue` lists those there are")
        record = JobRecord.of(dict(row))
        done = update(jobs).where(jobs.c.id == job).values(_requeued(record, now))
        stored = connection.execute(done.returning(*jobs.c)).mappings().one()
    return JobRecord.of(dict(stored))


def shown(database: Database, limit: int) -> tuple[JobRecord, ...]:
    """Jobs that are not done, the running first, then in the order in which they came in."""
    wanted = (
        select(jobs)
        .where(jobs.c.status.in_(UNFINISHED))
        .order_by(jobs.c.status != JobStatus.RUNNING.value, jobs.c.created, jobs.c.id)
        .limit(limit)
    )
    with database.read() as connection:
        return tuple(JobRecord.of(dict(row)) for row in connection.execute(wanted).mappings())


def cancel_all(database: Database, queue: str | None = None) -> tuple[str, ...]:
    """Ask for the end of every job that is not done, of one queue or of all; their ids, parts not counted."""
    wanted = select(jobs.c.id).where(
        jobs.c.status.in_(UNFINISHED), jobs.c.parent.is_(None), jobs.c.created <= database.clock()
    )
    if queue is not None:
        wanted = wanted.where(jobs.c.queue == queue)
    with database.read() as connection:
        found = connection.execute(wanted.order_by(jobs.c.created.desc())).scalars().all()
    # The newest first: an older one that ends must not make room for one that is about to be ended.
    return tuple(job for job in found if transitions.cancel(database, job) is not None)


def purge(database: Database, days: float, statuses: Sequence[JobStatus]) -> tuple[str, ...]:
    """Let go of what jobs were asked and made that ended so in one of these states, over so many days ago; their ids.

    The bytes go with the next `retention.drain`.
    """
    wanted = select(jobs.c.id).where(
        jobs.c.purged.is_(None),
        jobs.c.parent.is_(None),
        jobs.c.status.in_([status.value for status in statuses if status.value in FINAL]),
        jobs.c.ended <= database.clock() - days * DAY,
    )
    with database.read() as connection:
        found = connection.execute(wanted.order_by(jobs.c.ended)).scalars().all()
    return tuple(job for job in found if retention.purge(database, job))


def _requeued(record: JobRecord, now: float) -> dict[str, Any]:
    if record.purged is not None:
        raise NotRequeuedError(f"job {record.id}: its content was purged; submit it again")
    if record.status in _NOTHING_TO_DO:
        raise NotRequeuedError(f"job {record.id}: {_NOTHING_TO_DO[record.status]}")
    if record.status is JobStatus.RUNNING:
        return back_in_the_queue(now)
    if record.status is JobStatus.QUEUED:
        return {"publishes": 0, "next_publish": now}
    if record.parent is not None:
        raise NotRequeuedError(
            f"job {record.id}: it is a part of job {record.parent}, which went on without it; requeue that one, "
            "if it failed"
        )
    return {**_AFRESH, "next_publish": now}
