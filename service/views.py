"""Ledger records as the outside sees them."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import Request, Response
from pydantic import BaseModel

from api_schemas.job import Job, Links
from jobstore import queries
from jobstore.database import Database
from jobstore.queries import PageKey
from jobstore.records import JobRecord
from service.problems import refusal

POLL_AFTER = "1"  # seconds


def job_of(database: Database, record: JobRecord) -> Job:
    """The job's public face."""
    here = f"/jobs/{record.id}"
    return Job(
        id=record.id,
        status=record.status,
        stage=record.stage,
        progress=record.progress,
        attempt=record.attempt,
        queue_position=queries.queue_position(database, record),
        created_at=_time(record.created),
        started_at=None if record.started is None else _time(record.started),
        ended_at=None if record.ended is None else _time(record.ended),
        request=dict(record.request),
        cache_key=record.cache_key,
        error=None if record.error is None else record.error.model_copy(update={"instance": here}),
        summary=record.summary,
        links=Links(self=here, report=f"{here}/report", artifacts=f"{here}/artifacts", cancel=f"{here}/cancel"),
    )


def job_answer(job: Job, status: int = 200, request: Request | None = None) -> Response:
    """The job as an HTTP answer: tagged, and asking to be polled until it has ended."""
    headers = {"Cache-Control": "no-cache"}
    if not job.status.final:
        headers["Retry-After"] = POLL_AFTER
    if status == 202:
        headers["Location"] = job.links.self
    return tagged(job, headers, status, request)


def tagged(body: BaseModel, headers: Mapping[str, str], status: int = 200, request: Request | None = None) -> Response:
    """A JSON answer with an ETag; 304 where the request shows that it has it already."""
    content = body.model_dump_json(by_alias=True).encode()
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
        return PageKey(float(created), str(job))
    except (ValueError, TypeError):
        raise refusal(
            "invalid-request",
            f"after={cursor!r} is not a cursor of this service; take `next` of the page before",
        ) from None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
