"""Questions to the ledger; none of them changes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, null, select, tuple_, update

from api_schemas.job import JobStatus
from jobstore.database import Database
from jobstore.owners import EVERYBODY, Viewer
from jobstore.records import Glimpse, JobRecord, StoredArtifact
from jobstore.tables import artifacts, jobs, probes

BATCH = 500  # ids in one statement

_GLIMPSE = (
    jobs.c.id, jobs.c.status, jobs.c.stage, jobs.c.progress, jobs.c.attempt, jobs.c.reaches,
    jobs.c.partial.is_not(null()).label("has_partial"),
)  # fmt: skip


@dataclass(frozen=True)
class PageKey:
    """Where a page ends: the creation time and the id of its last job."""

    created: float
    id: str


def get(database: Database, job: str) -> JobRecord | None:
    """The job, or None."""
    with database.read() as connection:
        row = connection.execute(select(jobs).where(jobs.c.id == job)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))


def glimpses(database: Database, ids: Sequence[str]) -> dict[str, Glimpse]:
    """What changes of many jobs, for those of them that are there and not purged; cheap enough to be asked often."""
    found: dict[str, Glimpse] = {}
    with database.read() as connection:
        for start in range(0, len(ids), BATCH):
            some = jobs.c.id.in_(ids[start : start + BATCH])
            for row in connection.execute(select(*_GLIMPSE).where(some, jobs.c.purged.is_(None))).mappings():
                known = {**row, "status": JobStatus(row["status"]), "has_partial": bool(row["has_partial"])}
                found[row["id"]] = Glimpse(**known)
    return found


def cancel_requested(database: Database, job: str) -> bool:
    """Whether someone asked for the job's end; cheap enough to be asked every second."""
    with database.read() as connection:
        return bool(connection.execute(select(jobs.c.cancel_requested).where(jobs.c.id == job)).scalar())


def queue_positions(database: Database, records: Sequence[JobRecord]) -> dict[str, int]:
    """How many queued jobs are ahead of each, by its id; without those that are not queued. One query for all."""
    waiting = {record.id: record.created for record in records if record.status is JobStatus.QUEUED}
    if not waiting:
        return {}
    place = func.row_number().over(partition_by=jobs.c.queue, order_by=(jobs.c.created, jobs.c.id))
    # Who came after all of them is in nobody's way, and need not be numbered.
    ahead = (jobs.c.status == JobStatus.QUEUED.value) & (jobs.c.created <= max(waiting.values()))
    line = select(jobs.c.id, place.label("place")).where(ahead).subquery()
    with database.read() as connection:
        rows = connection.execute(select(line).where(line.c.id.in_(waiting))).all()
    return {row.id: row.place - 1 for row in rows}


def queued(database: Database) -> int:
    """How many jobs wait for a worker; the parts of others do not count, as their number is nobody's wish."""
    with database.read() as connection:
        waiting = select(func.count()).where(jobs.c.status == JobStatus.QUEUED.value, jobs.c.parent.is_(None))
        return int(connection.execute(waiting).scalar_one())


def cached(database: Database, cache_key: str, viewer: Viewer = EVERYBODY) -> JobRecord | None:
    """The newest succeeded job that answers the same question, of those that the viewer sees."""
    same = select(jobs).where(
        jobs.c.cache_key == cache_key,
        jobs.c.status == JobStatus.SUCCEEDED.value,
        jobs.c.parent.is_(None),
        jobs.c.purged.is_(None),
        viewer.condition(),
    )
    with database.read() as connection:
        row = connection.execute(same.order_by(jobs.c.created.desc()).limit(1)).mappings().first()
    return None if row is None else JobRecord.of(dict(row))


def page(
    database: Database,
    *,
    limit: int,
    after: PageKey | None = None,
    cache_key: str | None = None,
    status: JobStatus | None = None,
    parent: str | None = None,
    viewer: Viewer = EVERYBODY,
) -> tuple[JobRecord, ...]:
    """Jobs that the viewer sees, newest first, beginning behind `after`: the children of `parent`, or nobody's."""
    wanted = select(jobs).order_by(jobs.c.created.desc(), jobs.c.id.desc()).limit(limit)
    wanted = wanted.where(jobs.c.purged.is_(None), viewer.condition())
    wanted = wanted.where(jobs.c.parent.is_(None) if parent is None else jobs.c.parent == parent)
    if after is not None:
        wanted = wanted.where(tuple_(jobs.c.created, jobs.c.id) < (after.created, after.id))
    if cache_key is not None:
        wanted = wanted.where(jobs.c.cache_key == cache_key)
    if status is not None:
        wanted = wanted.where(jobs.c.status == status.value)
    with database.read() as connection:
        return tuple(JobRecord.of(dict(row)) for row in connection.execute(wanted).mappings())


def artifacts_of(database: Database, job: str) -> tuple[StoredArtifact, ...]:
    """What the job made, in the order it was made."""
    mine = select(artifacts).where(artifacts.c.job == job).order_by(artifacts.c.position)
    with database.read() as connection:
        rows = connection.execute(mine).mappings().all()
    return tuple(StoredArtifact.of(dict(row)) for row in rows)


def artifact(database: Database, job: str, name: str) -> StoredArtifact | None:
    """One artifact by the name the ledger knows it by, or None."""
    return next((file for file in artifacts_of(database, job) if file.artifact.name == name), None)


def probe(database: Database, name: str) -> None:
    """Write something, to know that the database takes writes; raises what the database raises."""
    now = database.clock()
    with database.write() as connection:
        known = connection.execute(update(probes).where(probes.c.name == name).values(at=now)).rowcount
        if not known:
            connection.execute(insert(probes).values(name=name, at=now))
