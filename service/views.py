"""Ledger records as the outside sees them."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter

from api_schemas.job import Job, Links
from jobstore import fan_out, queries
from jobstore.database import Database
from jobstore.queries import PageKey
from jobstore.records import JobRecord
from service.lookup import ID
from service.problems import refusal
from service.progress import Seen, seen

POLL_AFTER = "1"  # seconds


def job_of(database: Database, record: JobRecord) -> Job:
    """The job's public face."""
    (job,) = jobs_of(database, [record])
    return job


def jobs_of(database: Database, records: Sequence[JobRecord]) -> tuple[Job, ...]:
    """The public faces of many jobs; as many queries as for one."""
    positions = queries.queue_positions(database, records)
    families = fan_out.families(database, [record for record in records if record.fanned_out])
    return tuple(_face(record, seen(record, families.get(record.id)), positions.get(record.id)) for record in records)


def _face(record: JobRecord, now: Seen, position: int | None) -> Job:
    here = f"/jobs/{record.id}"
    return Job(
        id=record.id,
        status=now.status,
        title=record.title or "",
        parent=record.parent,
        children=now.children,
        stage=now.stage,
        progress=now.progress,
        attempt=now.attempt,
        partial=now.partial,
        queue_position=position,
        created_at=_time(record.created),
        started_at=None if record.started is None else _time(record.started),
        ended_at=None if record.ended is None else _time(record.ended),
        request=dict(record.request),
        cache_key=record.cache_key,
        error=None if record.error is None else record.error.model_copy(update={"instance": here}),
        summary=record.summary,
        links=Links(
            self=here,
            report=f"{here}/report",
            artifacts=f"{here}/artifacts",
            events=f"{here}/events",
            cancel=f"{here}/cancel",
            children=None if now.children is None else f"/jobs?parent={record.id}",
        ),
    )


def seen_now(database: Database, record: JobRecord) -> Seen:
    """What changes of the job, its parts counted."""
    return seen(record, fan_out.family(database, record) if record.fanned_out else None)


def job_answer(
    job: Job, status: int = 200, request: Request | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The job as an HTTP answer: tagged, and asking to be polled until it has ended."""
    headers = {"Cache-Control": "no-cache", **(headers or {})}
    if not job.status.final:
        headers["Retry-After"] = POLL_AFTER
    if status == 202:
        headers["Location"] = job.links.self
    return tagged(job, headers, status, request)


def tagged(body: BaseModel, headers: Mapping[str, str], status: int = 200, request: Request | None = None) -> Response:
    """A JSON answer with an ETag; 304 where the request shows that it has it already."""
    return tagged_bytes(body.model_dump_json(by_alias=True).encode(), headers, status, request)


def tagged_list(kind: Any, items: Sequence[BaseModel], request: Request) -> Response:
    """The same of a catalogue, which changes with the version of the service only."""
    content = TypeAdapter(kind).dump_json(list(items), by_alias=True)
    return tagged_bytes(content, {"Cache-Control": "no-cache"}, 200, request)


def tagged_bytes(content: bytes, headers: Mapping[str, str], status: int, request: Request | None) -> Response:
    """JSON text as an answer, tagged by its digest."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request is not None and matches(request, tag):
        return Response(status_code=304, headers={**headers, "ETag": tag})
    return Response(content, status, {**headers, "ETag": tag}, media_type="application/json")


def matches(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names the tag."""
    given = [part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")]
    return tag in given or "*" in given


def to_cursor(record: JobRecord) -> str:
    """Where the next page begins, as clients pass it back."""
    return base64.urlsafe_b64encode(json.dumps([record.created, record.id]).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> PageKey:
    """The place a cursor stands for; raises `ProblemError`."""
    try:
        created, job = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not (isinstance(created, float) and math.isfinite(created) and ID.fullmatch(job)):
            raise ValueError("a place that no page has ended at")
        return PageKey(created, job)
    except (ValueError, TypeError, RecursionError):
        raise refusal(
            "invalid-request",
            f"after={cursor!r} is not a cursor of this service; take `next` of the page before",
        ) from None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
