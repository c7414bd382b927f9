"""Browser sessions: a random id in a cookie stands for a key that was shown once; the ledger has digests only."""

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from jobstore.database import Database
from jobstore.keys import digest_of
from jobstore.tables import sessions

LASTS = 12 * 3600.0  # seconds


@dataclass(frozen=True)
class Session:
    """A session that has not ended: the key it stands for, and the digest of that key's token."""

    key_id: str
    key_digest: str


def begin(database: Database, key_id: str, key_digest: str) -> str:
    """Begin a session; its id is in this answer and nowhere else. What has ended by now is forgotten."""
    id = secrets.token_urlsafe(32)
    now = database.clock()
    row = {"digest": digest_of(id), "key_id": key_id, "key_digest": key_digest, "expires": now + LASTS}
    with database.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires <= now))
        connection.execute(insert(sessions).values(row))
    return id


def find(database: Database, id: str) -> Session | None:
    """The session with this id, None where there is none or it has ended."""
    # Looked up by a digest: what is found tells nothing about ids that are nearly right.
    wanted = select(sessions.c.key_id, sessions.c.key_digest).where(
        sessions.c.digest == digest_of(id), sessions.c.expires > database.clock()
    )
    with database.read() as connection:
        row = connection.execute(wanted).first()
    return None if row is None else Session(row.key_id, row.key_digest)


def end(database: Database, id: str) -> None:
    """Forget a session; one that is not there is forgotten already."""
    with database.write() as connection:
        connection.execute(delete(sessions).where(sessions.c.digest == digest_of(id)))
