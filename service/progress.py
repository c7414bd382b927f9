"""How far a job is: the part of it that changes while it is done, and how its parts count in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_schemas.job import Children, JobStatus
from jobstore import fan_out, queries
from jobstore.database import Database
from jobstore.fan_out import Family
from jobstore.records import Glimpse, JobRecord


@dataclass(frozen=True)
class Seen:
    """A job as it was seen in passing; equal when there is nothing new to say."""

    status: JobStatus
    stage: str
    progress: float
    attempt: int
    children: Children | None = None
    partial: bool = False


def look(database: Database, ids: Sequence[str]) -> dict[str, Seen]:
    """Many jobs in passing, those that are there; a few queries, however many they are."""
    found = queries.glimpses(database, ids)
    families = fan_out.families(database, [each for each in found.values() if each.reaches is not None])
    return {id: seen(each, families.get(id)) for id, each in found.items()}


def seen(record: JobRecord | Glimpse, family: Family | None) -> Seen:
    """What changes of a job, given the jobs it is done in where there are any."""
    return Seen(
        status=record.status,
        stage=_stage(record, family),
        progress=_progress(record, family),
        attempt=record.attempt,
        children=None if family is None else _children(family),
        partial=record.has_partial,
    )


def _children(family: Family) -> Children:
    return Children(total=family.total, done=family.done, failed=family.failed, running=family.running)


def _stage(record: JobRecord | Glimpse, family: Family | None) -> str:
    if family is None or record.status is not JobStatus.WAITING:
        return record.stage
    return f"waiting for {family.round_unfinished} of {family.round_total} parts"


def _progress(record: JobRecord | Glimpse, family: Family | None) -> float:
    """Of a job that fanned out: what it had at its round's beginning, and the round's share of what the round brings.

    Once the round has ended the ledger has the sum, and nothing is added; so it never falls.
    """
    if family is None or record.reaches is None:
        return record.progress
    return record.progress + max(0.0, record.reaches - record.progress) * family.round_share
