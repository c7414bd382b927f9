"""How content leaves: deleted by its owner, expired, or left behind by a process that died.

A job whose content is gone keeps its row, so that its address answers "gone" instead of "never was". The names of its
blobs are written down in the transaction that lets go of them, and removed afterwards: a death in between leaves a
list of what to remove, never a job without its files.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, delete, insert, null, or_, select, update

from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.fence import FINAL, UNFINISHED
from jobstore.tables import artifacts, deliveries, discarded, jobs, parts, replays

log = logging.getLogger(__name__)

DAY = 24 * 3600.0  # seconds
# An upload is stored before its job is written down; a blob that nobody names gets this long to find its job.
ORPHAN_AGE = DAY
KINDS = ("models", "images", "objects", "artifacts")
FOLDERS = len(KINDS) * 256

_BLOBS = (jobs.c.model_blob, jobs.c.images_blob, jobs.c.objects_blob)
_CONTENT = (
    "model_blob", "model_sha256", "images_blob", "images_sha256", "objects_blob", "objects_sha256",
    "error", "summary", "partial", "title",
)  # fmt: skip


def purge(database: Database, job: str) -> bool:
    """Let go of what an ended job was asked and what it made, its parts with it; False where one of them runs.

    True also where it was done before. The bytes go with the next `drain`.
    """
    family = or_(jobs.c.id == job, jobs.c.parent == job)
    with database.write() as connection:
        # The parent first, as everyone locks.
        connection.execute(select(jobs.c.id).where(jobs.c.id == job).with_for_update())
        unfinished = select(jobs.c.id).where(family, jobs.c.status.in_(UNFINISHED)).limit(1)
        if connection.execute(unfinished).first() is not None:
            return False
        ids = select(jobs.c.id).where(family)
        named = set(_blobs_of(connection, job))
        if named:
            connection.execute(insert(discarded), [{"blob": blob} for blob in sorted(named)])
        for table in (artifacts, parts, replays, deliveries):
            connection.execute(delete(table).where(table.c.job.in_(ids)))
        emptied = dict.fromkeys(_CONTENT)
        gone = update(jobs).where(family, jobs.c.purged.is_(None))
        connection.execute(gone.values({**emptied, "request": {}, "purged": database.clock()}))
    return True


def expire(database: Database, days: float, limit: int = 20) -> tuple[str, ...]:
    """Purge the jobs that ended more than so many days ago, at most `limit` of them; their ids."""
    old = (
        select(jobs.c.id)
        .where(
            jobs.c.purged.is_(None),
            jobs.c.ended <= database.clock() - days * DAY,
            jobs.c.parent.is_(None),
            jobs.c.status.in_(FINAL),
        )
        .order_by(jobs.c.ended)
        .limit(limit)
    )
    with database.read() as connection:
        found = connection.execute(old).scalars().all()
    return tuple(job for job in found if purge(database, job))


def drain(database: Database, store: ArtifactStore, limit: int = 200) -> int:
    """Remove the bytes of discarded blobs, at most `limit`; how many. Raises what the store raises."""
    with database.read() as connection:
        names = connection.execute(select(discarded.c.blob).limit(limit)).scalars().all()
    removed = []
    try:
        for name in names:
            store.remove(name)
            removed.append(name)
    finally:
        if removed:
            with database.write() as connection:
                connection.execute(delete(discarded).where(discarded.c.blob.in_(removed)))
    return len(removed)


def remove_orphans(database: Database, store: ArtifactStore, turn: int) -> tuple[str, ...]:
    """Remove old blobs that no job names from one of the store's `FOLDERS`, the one whose turn it is; their names."""
    kind, part = KINDS[turn % len(KINDS)], turn // len(KINDS) % 256
    oldest = database.clock() - ORPHAN_AGE
    old = [name for name, written in store.listed(f"{kind}/{part:02x}") if written < oldest]
    orphans = tuple(sorted(set(old) - _named(database, kind, old)))
    for name in orphans:
        store.remove(name)
    return orphans


def forgotten(database: Database, keys: Sequence[str]) -> tuple[str, ...]:
    """Of parts' cache keys, those whose jobs have all been purged: their checkpoints are nobody's."""
    known = select(jobs.c.cache_key, jobs.c.purged).where(jobs.c.cache_key.in_(keys))
    with database.read() as connection:
        rows = connection.execute(known).all()
    kept = {row.cache_key for row in rows if row.purged is None}
    return tuple(sorted({row.cache_key for row in rows} - kept))


def _blobs_of(connection: Connection, job: str) -> Iterator[str]:
    mine = select(*_BLOBS, jobs.c.partial).where(or_(jobs.c.id == job, jobs.c.parent == job))
    for *blobs, partial in connection.execute(mine):
        yield from filter(None, blobs)
        if partial is not None:
            yield partial["blob"]
    ids = select(jobs.c.id).where(or_(jobs.c.id == job, jobs.c.parent == job))
    yield from connection.execute(select(artifacts.c.blob).where(artifacts.c.job.in_(ids))).scalars()


def _named(database: Database, kind: str, names: Sequence[str]) -> set[str]:
    """Those of the names that a job or an artifact has."""
    found: set[str] = set()
    with database.read() as connection:
        for some in _slices(names, 500):
            if kind == "artifacts":
                found.update(connection.execute(select(artifacts.c.blob).where(artifacts.c.blob.in_(some))).scalars())
            else:
                column = dict(zip(KINDS, _BLOBS, strict=False))[kind]
                found.update(connection.execute(select(column).where(column.in_(some))).scalars())
        if kind == "artifacts" and names:
            partials = select(jobs.c.partial).where(jobs.c.partial.is_not(null()))
            found.update(partial["blob"] for partial in connection.execute(partials).scalars())
    return found


def _slices(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
