"""What each key has used: bytes of today, jobs of now, tokens of its rate. One row a key, changed under a lock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from jobstore.database import Database
from jobstore.fence import UNFINISHED
from jobstore.tables import api_keys, jobs, usage

DAY = 86400  # seconds
SKEW = 60.0  # seconds that the clocks of two machines may differ by


@dataclass(frozen=True)
class Granted:
    """Tokens taken from a bucket; where none were there, `wait` is the seconds until one is."""

    tokens: int
    wait: float


def take(database: Database, key_id: str, wanted: int, *, rate: float, burst: float) -> Granted:
    """Take up to so many tokens out of the key's bucket, which fills at `rate` a second up to `burst`."""
    with _row(database, key_id, burst) as (connection, row):
        # Read under the lock, and never moved back by a clock that is a little behind: no second fills twice. One that
        # is far behind was set back, and must not keep the bucket empty.
        now = database.clock()
        filled = row["filled"] if 0.0 <= row["filled"] - now < SKEW else now
        there = min(burst, row["tokens"] + max(0.0, now - row["filled"]) * rate)
        tokens = min(wanted, int(there))
        left = there - tokens
        connection.execute(update(usage).where(usage.c.key_id == key_id).values(tokens=left, filled=filled))
    return Granted(tokens, 0.0 if tokens else (1.0 - left) / rate)


def add_bytes(database: Database, key_id: str, count: int, *, most: int) -> bool:
    """Count an upload against the day's bytes; False, and nothing counted, where that is more than `most`."""
    today = _day(database)
    with _row(database, key_id, 0.0) as (connection, row):
        used = row["bytes"] if row["day"] == today else 0
        if used + count > most:
            return False
        connection.execute(update(usage).where(usage.c.key_id == key_id).values(day=today, bytes=used + count))
    return True


def bytes_today(database: Database, key_id: str) -> int:
    """What the key has uploaded since midnight (UTC)."""
    wanted = select(usage.c.bytes).where(usage.c.key_id == key_id, usage.c.day == _day(database))
    with database.read() as connection:
        return int(connection.execute(wanted).scalar() or 0)


def unfinished(connection: Connection, key_id: str) -> int:
    """How many jobs of a key are queued, wait or run; parts do not count, as their number is nobody's wish."""
    wanted = select(func.count()).where(jobs.c.key_id == key_id, jobs.c.status.in_(UNFINISHED), jobs.c.parent.is_(None))
    return int(connection.execute(wanted).scalar_one())


def hold(connection: Connection, key_id: str) -> None:
    """Keep other submissions with the same key waiting until this transaction ends, so that a count stays true."""
    connection.execute(select(api_keys.c.id).where(api_keys.c.id == key_id).with_for_update())


def seconds_left_today(database: Database) -> int:
    """Until midnight (UTC), at least one."""
    return max(1, DAY - int(database.clock() % DAY))


@contextmanager
def _row(database: Database, key_id: str, burst: float) -> Iterator[tuple[Connection, Mapping[str, Any]]]:
    with database.write() as connection:
        hold(connection, key_id)  # two that both find no row would both insert one
        mine = select(usage).where(usage.c.key_id == key_id)
        row = connection.execute(mine).mappings().first()
        if row is None:
            first = {"key_id": key_id, "day": 0, "bytes": 0, "tokens": burst, "filled": database.clock()}
            row = connection.execute(insert(usage).values(first).returning(*usage.c)).mappings().one()
        yield connection, dict(row)


def _day(database: Database) -> int:
    return int(database.clock() // DAY)
