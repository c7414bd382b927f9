"""What callers said twice: an `Idempotency-Key` names a question, and the job that answers it.

The key here is made one per caller by whoever asks. It is known as long as the job's content is.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from jobstore.database import Database
from jobstore.tables import replays


@dataclass(frozen=True)
class Replay:
    """A caller's key, and a digest of the question that it came with."""

    key: str
    digest: str


@dataclass(frozen=True)
class Remembered:
    """What a key was used for before."""

    digest: str
    job: str


def remembered(database: Database, key: str) -> Remembered | None:
    """What the key was used for, or None."""
    with database.read() as connection:
        wanted = select(replays.c.digest, replays.c.job).where(replays.c.key == key)
        row = connection.execute(wanted).first()
    return None if row is None else Remembered(row.digest, row.job)


def write(connection: Connection, replay: Replay, job: str) -> None:
    """Bind the key to a job within the transaction that makes it; raises `IntegrityError` where it is bound."""
    connection.execute(insert(replays).values(key=replay.key, digest=replay.digest, job=job))


def remember(database: Database, replay: Replay, job: str) -> bool:
    """Bind the key to a job that is there already; False where it is bound."""
    try:
        with database.write() as connection:
            write(connection, replay, job)
    except IntegrityError:
        return False
    return True
