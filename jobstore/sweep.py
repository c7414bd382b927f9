"""What makes lost things come back: expired leases end, and queued jobs are published again."""

import math
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from api_schemas.job import JobStatus
from api_schemas.problem import Problem
from jobstore import chores
from jobstore.database import Database
from jobstore.families import BATCH, repair
from jobstore.fence import FIRST_REPUBLISH, back_in_the_queue
from jobstore.tables import jobs

CHORE = "sweep"
LONGEST_BACK_OFF = 600.0  # seconds


@dataclass(frozen=True)
class Swept:
    """What one sweep did, by job id; `publish` holds (id, queue)."""

    requeued: tuple[str, ...]
    failed: tuple[str, ...]
    canceled: tuple[str, ...]
    publish: tuple[tuple[str, str], ...]
    mended: tuple[str, ...] = ()  # parents that waited for nothing any more, and children nobody waited for


def sweep(
    database: Database,
    *,
    max_losses: int,
    idle_queue: str | None = None,
    every: float = 0.0,
    longest_lease: float = math.inf,
) -> Swept:
    """End what has expired and say what to publish again.

    Args:
        database: the ledger.
        max_losses: lost leases after which a job fails.
        idle_queue: the queue of a worker with nothing to do: a job that waits there while a worker is free has lost its
            message, so it is published at once instead of when its back-off ends.
        every: seconds in which one of all who sweep is enough, idle queues aside; 0: whoever calls does all of it.
        longest_lease: seconds that no lease lies ahead; one that does is from a clock that was set back, and expired.
    """
    now = database.clock()
    ended, publish = list[tuple[str, str]](), list[tuple[str, str]]()
    mended: tuple[str, ...] = ()
    if not every or chores.turn(database, CHORE, every) is not None:
        with database.write() as connection:
            ended = _end_expired(connection, now, max_losses, now + longest_lease)
        # A transaction of its own: it locks parents, which everyone does before children.
        with database.write() as connection:
            mended = repair(connection, now)
            publish = _due(connection, now)
    if idle_queue is not None and not any(queue == idle_queue for _, queue in publish):
        with database.read() as connection:
            publish += _oldest(connection, now, idle_queue)
    by_status = {
        status: tuple(job for job, ended_as in ended if ended_as == status)
        for status in (JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELED)
    }
    return Swept(
        by_status[JobStatus.QUEUED],
        by_status[JobStatus.FAILED],
        by_status[JobStatus.CANCELED],
        tuple(publish),
        mended,
    )


def worker_lost(losses: int) -> Problem:
    """Why a job fails whose workers keep vanishing."""
    return Problem(
        type="urn:rfengine:worker-lost",
        title="The workers vanished while they ran the job",
        status=500,
        detail=f"{losses} attempts ended without a sign of life from their worker; the machine may have run out of "
        "memory. Try a smaller input shape or fewer analyses, or submit the job again.",
    )


def back_off(publishes: int) -> float:
    """Seconds until a queued job's id is sent again, after so many times."""
    return float(min(LONGEST_BACK_OFF, FIRST_REPUBLISH * 2.0 ** min(publishes, 20)))


def _end_expired(connection: Connection, now: float, max_losses: int, latest: float) -> list[tuple[str, str]]:
    over = (jobs.c.lease_expires <= now) | (jobs.c.lease_expires > latest)
    expired = (jobs.c.status == JobStatus.RUNNING.value) & over
    # A row that is locked is being written by whoever has it; the next sweep sees what came of it.
    found = connection.execute(select(jobs.c.id).where(expired).with_for_update(skip_locked=True)).scalars().all()
    spent = jobs.c.losses + 1 >= max_losses
    values = {"losses": jobs.c.losses + 1} | back_in_the_queue(now, unless=spent)
    statement = update(jobs).where(jobs.c.id.in_(found), expired).values(values)
    rows = connection.execute(statement.returning(jobs.c.id, jobs.c.status)).all()
    failed = [row.id for row in rows if row.status == JobStatus.FAILED.value]
    if failed:
        error = worker_lost(max_losses).model_dump(mode="json")
        connection.execute(update(jobs).where(jobs.c.id.in_(failed)).values(error=error))
    return [(row.id, row.status) for row in rows]


def _due(connection: Connection, now: float) -> list[tuple[str, str]]:
    # What is due later than any back-off lasts was written before the clock was set back.
    is_due = (jobs.c.next_publish <= now) | (jobs.c.next_publish > now + LONGEST_BACK_OFF)
    due = (
        select(jobs.c.id, jobs.c.queue, jobs.c.publishes)
        .where(jobs.c.status == JobStatus.QUEUED.value, is_due)
        .order_by(jobs.c.next_publish)
        .limit(BATCH)
        .with_for_update(skip_locked=True)  # several sweepers share the work instead of doubling it
    )
    rows = connection.execute(due).all()
    for row in rows:
        later = update(jobs).where(jobs.c.id == row.id)
        connection.execute(later.values(publishes=row.publishes + 1, next_publish=now + back_off(row.publishes)))
    return [(row.id, row.queue) for row in rows]


def _oldest(connection: Connection, now: float, queue: str) -> list[tuple[str, str]]:
    # A job that came in this very moment has its first message still on the way.
    waiting = select(jobs.c.id, jobs.c.queue).where(
        jobs.c.status == JobStatus.QUEUED.value, jobs.c.queue == queue, jobs.c.created <= now - 1.0
    )
    rows = connection.execute(waiting.order_by(jobs.c.created, jobs.c.id).limit(1)).all()
    return [(row.id, row.queue) for row in rows]
