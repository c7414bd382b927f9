"""Jobs: look at them, list them, cancel them, fetch what they made."""

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from api_schemas.job import ArtifactList, Job, JobPage, JobStatus
from api_schemas.report import Report
from jobstore import queries, transitions
from jobstore.records import JobRecord, StoredArtifact
from service.openapi import problems
from service.problems import ProblemError, refusal
from service.stores import Opened, Stores
from service.views import POLL_AFTER, from_cursor, job_answer, job_of, matches, tagged, to_cursor

router = APIRouter(prefix="/jobs", tags=["jobs"])

REPORT = "report.json"

_ID = re.compile(r"^[0-9a-f]{32}$")
# What a job made is shown, never run: a browser gets no scripts, no frames and no second guess at the type.
_INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
}

_IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable"}
_PARTIAL = {"Cache-Control": "no-cache", "Rfengine-Partial": "true"}


@router.get("", response_model=JobPage, responses=problems(401, 422))
def list_jobs(
    stores: Opened,
    limit: Annotated[int, Query(ge=1, le=200, description="Jobs per page.")] = 50,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    cache_key: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Only this question's jobs.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    parent: Annotated[str | None, Query(pattern=_ID.pattern, description="The parts of this job instead.")] = None,
) -> JobPage:
    """Jobs, newest first; jobs that are parts of another only where that one is named as `parent`."""
    place = None if after is None else from_cursor(after)
    found = queries.page(
        stores.database, limit=limit + 1, after=place, cache_key=cache_key, status=status, parent=parent
    )
    shown = found[:limit]
    return JobPage(
        jobs=tuple(job_of(stores.database, record) for record in shown),
        next=to_cursor(shown[-1]) if len(found) > limit else None,
    )


@router.get("/{job}", response_model=Job, responses=problems(401, 404))
def get_job(job: str, request: Request, stores: Opened) -> Response:
    """One job; 200 also when it failed, with the reason in `error`."""
    return job_answer(job_of(stores.database, _find(stores, job)), request=request)


@router.post("/{job}/cancel", response_model=Job, responses=problems(401, 404))
def cancel_job(job: str, stores: Opened) -> Response:
    """End a job and its parts: what is queued or waits at once, what runs within seconds; an ended one stays as it is.

    A part that is canceled by itself counts as failed; the job it belongs to goes on without it.
    """
    _find(stores, job)
    record = transitions.cancel(stores.database, job)
    if record is None:
        raise _no_job(job)
    answer = job_answer(job_of(stores.database, record))
    parent = None if record.parent is None else queries.get(stores.database, record.parent)
    if parent is not None and parent.status is JobStatus.QUEUED:
        answer.background = BackgroundTask(stores.announce, parent)  # it waited for this part only
    return answer


@router.get("/{job}/artifacts", response_model=ArtifactList, responses=problems(401, 404))
def list_artifacts(job: str, request: Request, stores: Opened) -> Response:
    """The files a job made; none before it has succeeded."""
    _find(stores, job)
    files = queries.artifacts_of(stores.database, job)
    shown = ArtifactList(artifacts=tuple(file.artifact for file in files))
    return tagged(shown, {"Cache-Control": "no-cache"}, request=request)


@router.head("/{job}/artifacts/{name}", include_in_schema=False)
@router.get("/{job}/artifacts/{name}", response_class=Response, responses=problems(401, 404))
def get_artifact(job: str, name: str, request: Request, stores: Opened) -> Response:
    """One file; it never changes."""
    _find(stores, job)
    file = queries.artifact(stores.database, job, name)
    if file is None:
        raise refusal("not-found", f"Job {job} has no artifact {name!r}; see /jobs/{job}/artifacts")
    return _file(stores, request, file)


@router.head("/{job}/report", include_in_schema=False)
@router.get("/{job}/report", response_model=Report, responses=problems(401, 404, 409, 422, 500))
def get_report(
    job: str,
    request: Request,
    stores: Opened,
    partial: Annotated[bool, Query(description="Before the end, the report so far (header Rfengine-Partial).")] = False,
) -> Response:
    """What the analysis found; of a failed job, the reason as a problem with its own status."""
    record = _find(stores, job)
    if partial and record.partial is not None:
        return _file(stores, request, record.partial, _PARTIAL)
    if record.status is JobStatus.FAILED and record.error is not None:
        raise ProblemError(record.error)
    so_far = "" if record.partial is None else f", or ask for /jobs/{job}/report?partial=true, what is known so far"
    if record.status is JobStatus.CANCELED:
        raise refusal("canceled", f"Job {job} was canceled before it had a report; submit it again{so_far}")
    if record.status is not JobStatus.SUCCEEDED:
        detail = f"Job {job} is {record.status.value}; poll /jobs/{job} until it has succeeded{so_far}"
        raise refusal("not-finished", detail, headers={"Retry-After": POLL_AFTER})
    file = queries.artifact(stores.database, job, REPORT)
    if file is None and record.parent is not None:
        raise refusal("not-found", f"Job {job} is a part of another, whose report has it: /jobs/{record.parent}/report")
    if file is None:
        raise refusal("not-found", f"Job {job} kept no report; submit it again")
    return _file(stores, request, file)


def _find(stores: Stores, job: str) -> JobRecord:
    record = queries.get(stores.database, job) if _ID.fullmatch(job) else None
    if record is None:
        raise _no_job(job)
    return record


def _no_job(job: str) -> ProblemError:
    return refusal("not-found", f"There is no job {job!r}; see /jobs for those there are")


def _file(stores: Stores, request: Request, file: StoredArtifact, caching: Mapping[str, str] = _IMMUTABLE) -> Response:
    artifact = file.artifact
    tag = f'"{artifact.sha256}"'
    headers = {**_INERT, **caching, "ETag": tag}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)
    headers |= {
        "Content-Length": str(artifact.bytes),
        "Content-Disposition": f'inline; filename="{artifact.name}"',
    }
    try:
        if request.method == "HEAD":
            stores.artifacts.open(file.blob).close()
            return Response(media_type=artifact.media_type, headers=headers)
        chunks = stores.artifacts.chunks(file.blob)
    except FileNotFoundError:
        detail = f"The bytes of {artifact.name!r} are not in the store any more; ask again, then submit the job again"
        raise refusal("not-found", detail) from None
    return StreamingResponse(chunks, media_type=artifact.media_type, headers=headers)
