"""`GET /jobs/{id}/events`: a job's changes as server-sent events, until it ends.

https://html.spec.whatwg.org/multipage/server-sent-events.html. An event's id says what its reader knows by then, so
that a stream that is taken up again with `Last-Event-ID` repeats nothing; the service remembers no reader.
"""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api_schemas.job import Job, JobProgress, JobState
from jobstore import queries
from jobstore.records import JobRecord
from service.access import Asking, Caller
from service.examples import EVENT
from service.heads import wants_body
from service.lookup import the_job
from service.openapi import problems
from service.progress import Seen
from service.stores import Opened, Stores
from service.views import job_of, seen_now
from service.waiting import Watch, Watching

router = APIRouter(prefix="/jobs", tags=["jobs"])

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = ": still here\n\n"
HEARTBEAT_SECONDS = 15.0  # below what proxies take for silence
_DONE = "done"

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events until it has a page of them
    "X-Content-Type-Options": "nosniff",
}
# Of one event: JSON Schema has no words for a stream.
_EVENT = {
    "type": "object",
    "description": "One event of the stream; `data` is JSON.",
    "properties": {
        "event": {"enum": ["state", "progress", "done"]},
        "id": {"type": "string", "description": "What to send as `Last-Event-ID` to go on behind this event."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "Of `state`: status, stage, attempt and partial; of `progress`: progress and children; of "
            "`done`: the job as GET /jobs/{job} shows it.",
        },
    },
    "required": ["event", "id", "data"],
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problems(404, 410),
    200: {
        "description": "Events until the job has ended: `state` and `progress` when they change, `done` with the job.",
        "content": {MEDIA_TYPE: {"schema": _EVENT, "example": EVENT}},
    },
    204: {"description": "`Last-Event-ID` is that of `done`: there is nothing more, and no need to come back."},
}


class _Known(NamedTuple):
    """What a reader knows, as an event's id says it: digests of the last state and the last progress."""

    state: str = ""
    progress: str = ""

    @property
    def id(self) -> str:
        return f"{self.state}.{self.progress}"

    @classmethod
    def of(cls, id: str) -> "_Known":
        """From an id; one that is none of ours knows nothing."""
        state, _, progress = id.partition(".")
        return cls(state, progress)


@router.get("/{job}/events", response_class=Response, responses=_RESPONSES)
async def follow_job(
    job: str,
    request: Request,
    stores: Opened,
    caller: Asking,
    watch: Watching,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that arrived, to go on behind it.")
    ] = None,
) -> Response:
    """Follow a job as server-sent events until it has ended; a comment comes where nothing happens for 15 s."""
    record = await run_in_threadpool(the_job, stores, job, caller)
    if last_event_id == _DONE and record.status.final:
        return Response(status_code=204, headers=_HEADERS)
    if not wants_body(request):
        return Response(media_type=MEDIA_TYPE, headers=_HEADERS)
    known = _Known.of(last_event_id or "")
    events = _events(stores, watch, record, known, caller)
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=_HEADERS)


async def _events(
    stores: Stores, watch: Watch, record: JobRecord, known: _Known, caller: Caller
) -> AsyncGenerator[str, None]:
    first = await run_in_threadpool(seen_now, stores.database, record)
    async with aclosing(watch.changes(record.id, first, HEARTBEAT_SECONDS)) as changes:
        async for seen in changes:
            if not await run_in_threadpool(stores.keyring.still_admits, caller):
                return  # revoked meanwhile: the reader comes back and is refused
            if seen is None:
                yield HEARTBEAT
                continue
            events, known = _news(seen, known)
            for event in events:
                yield event
            if seen.status.final:
                break
        else:
            return  # gone, or the service stops: the reader comes back and is told which
    ended = await run_in_threadpool(_ended, stores, record.id)
    if ended is not None:
        yield _event("done", ended, _DONE)


def _news(seen: Seen, known: _Known) -> tuple[list[str], _Known]:
    """The events that tell a reader what it does not know, and what it knows then."""
    state = JobState(status=seen.status, stage=seen.stage, attempt=seen.attempt, partial=seen.partial)
    progress = JobProgress(progress=seen.progress, children=seen.children)
    events = []
    if (digest := _digest(state)) != known.state:
        known = known._replace(state=digest)
        events.append(_event("state", state, known.id))
    if (digest := _digest(progress)) != known.progress:
        known = known._replace(progress=digest)
        events.append(_event("progress", progress, known.id))
    return events, known


def _ended(stores: Stores, job: str) -> Job | None:
    record = queries.get(stores.database, job)
    return None if record is None or record.purged is not None else job_of(stores.database, record)


def _digest(body: BaseModel) -> str:
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:16]


def _event(name: str, body: BaseModel, id: str) -> str:
    # JSON has no bare line ends, which would end the data.
    return f"event: {name}\nid: {id}\ndata: {body.model_dump_json(by_alias=True)}\n\n"
