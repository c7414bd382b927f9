"""Which workers there are: each says every few seconds that it lives. No job depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from jobstore.database import Database
from jobstore.tables import workers

FORGOTTEN_AFTER = 24 * 3600.0  # seconds without a word


@dataclass(frozen=True)
class WorkerRecord:
    """A worker process as it last described itself; times in seconds since the epoch."""

    id: str
    host: str
    pid: int
    queue: str
    version: str
    started: float
    seen: float
    stopping: bool
    jobs: tuple[str, ...]

    def lives(self, now: float, patience: float) -> bool:
        """Whether it has been heard of within so many seconds."""
        return now - self.seen <= patience


def arrive(database: Database, *, id: str, host: str, pid: int, queue: str, version: str) -> None:
    """Enter a worker that has just started, and forget those that vanished long ago."""
    now = database.clock()
    row = {"id": id, "host": host, "pid": pid, "queue": queue, "version": version, "started": now, "seen": now}
    with database.write() as connection:
        connection.execute(delete(workers).where(workers.c.seen < now - FORGOTTEN_AFTER))
        connection.execute(insert(workers).values(**row, stopping=False, jobs=[]))


def say(database: Database, id: str, *, stopping: bool, jobs: Sequence[str]) -> bool:
    """A worker lives and runs these jobs; False where it is not entered, or no longer."""
    values = {"seen": database.clock(), "stopping": stopping, "jobs": list(jobs)}
    with database.write() as connection:
        return connection.execute(update(workers).where(workers.c.id == id).values(values)).rowcount == 1


def leave(database: Database, id: str) -> None:
    """A worker ends in good order."""
    with database.write() as connection:
        connection.execute(delete(workers).where(workers.c.id == id))


def present(database: Database) -> tuple[WorkerRecord, ...]:
    """All workers that are entered, in the order of queue and start."""
    with database.read() as connection:
        rows = connection.execute(select(workers).order_by(workers.c.queue, workers.c.started)).mappings().all()
    return tuple(WorkerRecord(**{**row, "jobs": tuple(row["jobs"])}) for row in rows)
