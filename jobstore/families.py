"""Parents and children: whatever ends a child sees in the same transaction to the parent that waits for it.

Nothing is counted down: whether a parent still waits is asked of its children's states, so no repetition and no late
child can miscount. Locks are taken parent first, then child: two orders would wait for each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, case, exists, func, not_, select, update

from api_schemas.job import JobStatus
from jobstore.database import Database
from jobstore.fence import FIRST_REPUBLISH, UNFINISHED
from jobstore.tables import jobs

BATCH = 100


@contextmanager
def ending_of(database: Database, job: str) -> Iterator[Connection]:
    """A transaction in which a job may end: where it was the last that its parent waited for, the parent is queued."""
    with database.write() as connection:
        parent = connection.execute(select(jobs.c.parent).where(jobs.c.id == job)).scalar()
        if parent is not None:
            connection.execute(select(jobs.c.id).where(jobs.c.id == parent).with_for_update())
        yield connection
        if parent is not None:
            wake(connection, parent, database.clock() + FIRST_REPUBLISH)


def wake(connection: Connection, parent: str, next_publish: float, attempt: int | None = None) -> bool:
    """Queue a parent that waits for nothing any more; whether it did. Its row is locked, or `attempt` is the fence."""
    fence = [] if attempt is None else [jobs.c.attempt == attempt]
    statement = update(jobs).where(jobs.c.id == parent, _waits_for_nothing(), *fence)
    return connection.execute(statement.values(_planned_again(next_publish))).rowcount == 1


def ask_to_end(now: float) -> Update:
    """The UPDATE that ends what no worker holds and flags what one does; a final job stays. Add whose job it is."""
    at_once = jobs.c.status.in_((JobStatus.QUEUED.value, JobStatus.WAITING.value))
    # One statement: between two, a job that is handed back could slip past both.
    return (
        update(jobs)
        .where(jobs.c.status.in_(UNFINISHED))
        .values(
            cancel_requested=True,
            status=case((at_once, JobStatus.CANCELED.value), else_=jobs.c.status),
            ended=case((at_once, now), else_=None),
            next_publish=case((at_once, None), else_=jobs.c.next_publish),
        )
    )


def repair(connection: Connection, now: float) -> tuple[str, ...]:
    """Queue parents that wait for nothing and end children that nobody waits for; the ids of both.

    The parents of children that were lost for good come this way; all else here has no way to happen, and a sweep that
    looks all the same costs two short queries.
    """
    idle = select(jobs.c.id, jobs.c.attempt).where(_waits_for_nothing()).limit(BATCH)
    # The attempt is the fence: by now the parent may have planned again and wait for others.
    parents = [row.id for row in connection.execute(idle).all() if wake(connection, row.id, now, row.attempt)]
    parent = jobs.alias()
    expecting = exists().where(parent.c.id == jobs.c.parent, parent.c.status.in_(UNFINISHED))
    left = ask_to_end(now).where(jobs.c.parent.is_not(None), not_(jobs.c.cancel_requested), not_(expecting))
    return (*parents, *connection.execute(left.returning(jobs.c.id)).scalars())


def _waits_for_nothing() -> ColumnElement[bool]:
    child = jobs.alias()
    unfinished = exists().where(child.c.parent == jobs.c.id, child.c.status.in_(UNFINISHED))
    return (jobs.c.status == JobStatus.WAITING.value) & not_(unfinished)


def _planned_again(next_publish: float) -> dict[str, Any]:
    return {
        "status": JobStatus.QUEUED.value,
        "stage": "",
        "progress": func.coalesce(jobs.c.reaches, jobs.c.progress),
        "next_publish": next_publish,
    }
