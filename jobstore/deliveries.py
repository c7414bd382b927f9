"""Who wants to be told of a job's end, and what came of telling them. Every worker takes what is due."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from jobstore.database import Database
from jobstore.fence import FINAL
from jobstore.tables import api_keys, deliveries, jobs

MOST_ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 3600.0  # seconds between attempts, doubled each time: two hours in all
LEASE = 60.0  # seconds; longer than an attempt takes, so that no two workers make the same one


@dataclass(frozen=True)
class Delivery:
    """One attempt to tell of an end: where to, what of, and what to sign it with."""

    id: str
    job: str
    status: str
    url: str
    secret: str
    attempt: int


def ask(database: Database, job: str, url: str, key_id: str) -> str:
    """Have the address told of a job's end, or at once where it has ended; the delivery's id.

    Asking again for the same job, address and key changes nothing.
    """
    same = (deliveries.c.job == job) & (deliveries.c.url == url) & (deliveries.c.key_id == key_id)
    with database.write() as connection:
        # Two at once would both find nothing; the job's row lets one of them wait.
        connection.execute(select(jobs.c.id).where(jobs.c.id == job).with_for_update())
        known = connection.execute(select(deliveries.c.id).where(same)).scalar()
        if known is not None:
            return str(known)
        row = {"id": uuid.uuid4().hex, "job": job, "url": url, "key_id": key_id, "next_attempt": database.clock()}
        connection.execute(insert(deliveries).values(row))
    return str(row["id"])


def take_due(database: Database, limit: int) -> tuple[Delivery, ...]:
    """Take up attempts that are due, oldest first; nobody else has them until the lease is over."""
    now = database.clock()
    due = (
        select(deliveries.c.id, jobs.c.status, api_keys.c.webhook_secret)
        .join_from(deliveries, jobs, deliveries.c.job == jobs.c.id)
        .join(api_keys, deliveries.c.key_id == api_keys.c.id)
        .where(deliveries.c.ended.is_(None), deliveries.c.next_attempt <= now, jobs.c.status.in_(FINAL))
        # A key that was revoked is not to be told of anything.
        .where(api_keys.c.revoked.is_(None))
        .order_by(deliveries.c.next_attempt)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    with database.write() as connection:
        found = {row.id: row for row in connection.execute(due).all()}
        mine = update(deliveries).where(deliveries.c.id.in_(found))
        mine = mine.values(attempts=deliveries.c.attempts + 1, next_attempt=now + LEASE)
        taken = connection.execute(mine.returning(*deliveries.c)).mappings().all()
    return tuple(_delivery(dict(row), found[row["id"]].status, found[row["id"]].webhook_secret) for row in taken)


def received(database: Database, id: str) -> None:
    """The address has taken it."""
    _write(database, id, {"ended": database.clock(), "error": None})


def failed(database: Database, delivery: Delivery, error: str) -> None:
    """The attempt failed: try again later, or give up after the last."""
    now = database.clock()
    last = delivery.attempt >= MOST_ATTEMPTS
    _write(
        database,
        delivery.id,
        {"error": error, "ended": now if last else None, "next_attempt": now + pause(delivery.attempt)},
    )


def pause(attempts: int) -> float:
    """Seconds until the next attempt, after so many."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1)))


def _write(database: Database, id: str, values: Mapping[str, Any]) -> None:
    with database.write() as connection:
        connection.execute(update(deliveries).where(deliveries.c.id == id).values(values))


def _delivery(row: Mapping[str, Any], status: str, secret: str) -> Delivery:
    return Delivery(row["id"], row["job"], status, row["url"], secret, row["attempts"])
