"""Ledger records as the outside sees them."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import Request, Response
from pydantic import BaseModel

from api_schemas.job import Children, Job, JobStatus, Links
from jobstore import fan_out, queries
from jobstore.database import Database
from jobstore.fan_out import Family
from jobstore.queries import PageKey
from jobstore.records import JobRecord
from service.problems import refusal

POLL_AFTER = "1"  # seconds


def job_of(database: Database, record: JobRecord) -> Job:
    """The job's public face."""
    here = f"/jobs/{record.id}"
    family = fan_out.family(database, record) if record.fanned_out else None
    return Job(
        id=record.id,
        status=record.status,
        title=record.title or "",
        parent=record.parent,
        children=None if family is None else _children(family),
        stage=_stage(record, family),
        progress=_progress(record, family),
        attempt=record.attempt,
        queue_position=queries.queue_position(database, record),
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
            cancel=f"{here}/cancel",
            children=None if family is None else f"/jobs?parent={record.id}",
        ),
    )


def _children(family: Family) -> Children:
    return Children(total=family.total, done=family.done, failed=family.failed, running=family.running)


def _stage(record: JobRecord, family: Family | None) -> str:
    if family is None or record.status is not JobStatus.WAITING:
        return record.stage
    return f"waiting for {family.round_unfinished} of {family.round_total} parts"


def _progress(record: JobRecord, family: Family | None) -> float:
    """Of a job that fanned out: what it had at its round's beginning, and the round's share of what the round brings.

    Once the round has ended the ledger has the sum, and nothing is added; so it never falls.
    """
    if family is None or record.reaches is None:
        return record.progress
    return record.progress + max(0.0, record.reaches - record.progress) * family.round_share


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
