"""The pieces that transitions are made of: who may write, and what an end or a return to the queue writes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, not_, or_

from api_schemas.job import JobStatus
from jobstore.tables import jobs

FIRST_REPUBLISH = 10.0  # seconds; the message of a fresh job gets this long before it is sent again

FINAL = tuple(status.value for status in JobStatus if status.final)
UNFINISHED = tuple(status.value for status in JobStatus if not status.final)


def held(job: str, attempt: int) -> ColumnElement[bool]:
    """The job still belongs to the worker that claimed it with this attempt."""
    return and_(jobs.c.id == job, jobs.c.attempt == attempt, jobs.c.status == JobStatus.RUNNING.value)


def ending(now: float, status: JobStatus) -> dict[str, Any]:
    """What every end writes."""
    return {"status": status.value, "ended": now, "lease_expires": None, "next_publish": None}


def kept_progress() -> ColumnElement[float]:
    """Where a job that is taken up again begins: a part has its checkpoint, a parent its children; others have 0."""
    return case((or_(jobs.c.parent.is_not(None), jobs.c.reaches.is_not(None)), jobs.c.progress), else_=0.0)


def back_in_the_queue(now: float, unless: ColumnElement[bool] | None = None) -> dict[str, Any]:
    """Queued again; failed instead where `unless` holds, canceled instead where that was asked for."""
    canceled = jobs.c.cancel_requested
    spent = false() if unless is None else unless
    queued = and_(not_(canceled), not_(spent))
    failed = (spent, JobStatus.FAILED.value)
    return {
        "status": case((canceled, JobStatus.CANCELED.value), failed, else_=JobStatus.QUEUED.value),
        "stage": case((queued, ""), else_=jobs.c.stage),
        "progress": case((queued, kept_progress()), else_=jobs.c.progress),
        "ended": case((queued, None), else_=now),
        "next_publish": case((queued, now), else_=None),
        "lease_expires": None,
    }
