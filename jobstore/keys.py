"""API keys: `rfe_<id>_<secret>`, shown once when they are made; the ledger has their digests only.

A plain SHA-256 is enough here: the secret is 256 random bits, so there is nothing to guess that a slow hash would make
slower, and a key is looked at with every request. Passwords would need one.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, insert, or_, select, update

from jobstore.database import Database
from jobstore.tables import api_keys

SCOPES = ("read", "analyze", "admin")
ENVIRONMENT = "environment"  # id of the key that the setting RFENGINE_API_KEY is; no key of the ledger can have it

TOUCH_EVERY = 60.0  # seconds; how exact `last_used` is

_TOKEN = re.compile(r"rfe_([0-9a-f]{12})_[0-9a-f]{64}")


@dataclass(frozen=True)
class KeyRecord:
    """A key as the ledger knows it; times in seconds since the epoch. What is None is as the service allows every key.

    `max_jobs` may be unfinished at once, `max_bytes` be uploaded in a day (UTC).
    """

    id: str
    digest: str
    name: str
    team: str | None
    scopes: tuple[str, ...]
    max_jobs: int | None
    max_bytes: int | None
    webhook_secret: str
    created: float
    last_used: float | None
    revoked: float | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "KeyRecord":
        """The record of a row of the table `api_keys`."""
        return cls(**{**row, "scopes": tuple(row["scopes"])})


@dataclass(frozen=True)
class NewKey:
    """What is wished of a key; the name is for people, a team sees its members' jobs."""

    name: str
    team: str | None = None
    scopes: tuple[str, ...] = ("analyze",)
    max_jobs: int | None = None
    max_bytes: int | None = None


def create(database: Database, new: NewKey) -> tuple[KeyRecord, str]:
    """Make a key; its token is in this answer and nowhere else."""
    id = secrets.token_hex(6)
    token = f"rfe_{id}_{secrets.token_hex(32)}"
    row = {
        "id": id,
        "digest": digest_of(token),
        "name": new.name,
        "team": new.team,
        "scopes": list(new.scopes),
        "max_jobs": new.max_jobs,
        "max_bytes": new.max_bytes,
        "webhook_secret": secrets.token_hex(32),
        "created": database.clock(),
    }
    with database.write() as connection:
        stored = connection.execute(insert(api_keys).values(row).returning(*api_keys.c)).mappings().one()
    return KeyRecord.of(dict(stored)), token


def remember_environment(database: Database, token: str) -> KeyRecord:
    """Write down the key that the environment gives, so that what it makes has an owner and its webhooks a secret."""
    row = {
        "digest": digest_of(token),
        "name": "RFENGINE_API_KEY",
        "scopes": ["admin"],
        "webhook_secret": hmac.digest(token.encode(), b"rfengine webhook", "sha256").hex(),
    }
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Several processes start at once, and none of them finds the row.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(726621)")
        known = update(api_keys).where(api_keys.c.id == ENVIRONMENT).values(row).returning(*api_keys.c)
        stored = connection.execute(known).mappings().first()
        if stored is None:
            fresh = insert(api_keys).values({**row, "id": ENVIRONMENT, "created": database.clock()})
            stored = connection.execute(fresh.returning(*api_keys.c)).mappings().one()
    return KeyRecord.of(dict(stored))


def find(database: Database, token: str) -> KeyRecord | None:
    """The key that a token is, None for what is no key of the ledger or was revoked."""
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        return None
    record = get(database, shape[1])
    if record is None or record.revoked is not None:
        return None
    # In constant time: how long a wrong key takes must not say how much of it was right.
    return record if hmac.compare_digest(record.digest, digest_of(token)) else None


def get(database: Database, id: str) -> KeyRecord | None:
    """The key with this id, revoked or not."""
    with database.read() as connection:
        row = connection.execute(select(api_keys).where(api_keys.c.id == id)).mappings().first()
    return None if row is None else KeyRecord.of(dict(row))


def listed(database: Database) -> tuple[KeyRecord, ...]:
    """Every key that was ever made, oldest first."""
    with database.read() as connection:
        rows = connection.execute(select(api_keys).order_by(api_keys.c.created, api_keys.c.id)).mappings().all()
    return tuple(KeyRecord.of(dict(row)) for row in rows)


def revoke(database: Database, id: str) -> bool:
    """End a key for good; False where there is no such key, or it was ended before."""
    standing = update(api_keys).where(api_keys.c.id == id, api_keys.c.id != ENVIRONMENT, api_keys.c.revoked.is_(None))
    with database.write() as connection:
        return connection.execute(standing.values(revoked=database.clock())).rowcount == 1


def touch(database: Database, id: str) -> None:
    """Write down that the key was used; at most once a minute, so that reading does not become writing."""
    now = database.clock()
    stale = or_(api_keys.c.last_used.is_(None), api_keys.c.last_used < now - TOUCH_EVERY)
    with database.write() as connection:
        connection.execute(update(api_keys).where(api_keys.c.id == id, stale).values(last_used=now))


def ever_made(database: Database) -> bool:
    """Whether there is, or was, a key of the ledger: from then on nobody is let in without one."""
    with database.read() as connection:
        return bool(connection.execute(select(exists().where(api_keys.c.id != ENVIRONMENT))).scalar())


def usable(database: Database) -> bool:
    """Whether some key of the ledger opens the door."""
    standing = exists().where(api_keys.c.id != ENVIRONMENT, api_keys.c.revoked.is_(None))
    with database.read() as connection:
        return bool(connection.execute(select(standing)).scalar())


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256 as hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()
