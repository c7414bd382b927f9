"""Jobs: look at them, list them, cancel them, fetch what they made."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.background import BackgroundTask

from api_schemas.job import ArtifactList, Job, JobPage, JobStatus
from jobstore import queries, transitions
from service.files import file_answer
from service.lookup import ID, found_job, no_job
from service.openapi import problems
from service.problems import refusal
from service.stores import Opened
from service.views import from_cursor, job_answer, job_of, tagged, to_cursor

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", response_model=JobPage, responses=problems(401, 422))
def list_jobs(
    stores: Opened,
    limit: Annotated[int, Query(ge=1, le=200, description="Jobs per page.")] = 50,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    cache_key: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Only this question's jobs.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    parent: Annotated[str | None, Query(pattern=ID.pattern, description="The parts of this job instead.")] = None,
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
    return job_answer(job_of(stores.database, found_job(stores, job)), request=request)


@router.post("/{job}/cancel", response_model=Job, responses=problems(401, 404))
def cancel_job(job: str, stores: Opened) -> Response:
    """End a job and its parts: what is queued or waits at once, what runs within seconds; an ended one stays as it is.

    A part that is canceled by itself counts as failed; the job it belongs to goes on without it.
    """
    found_job(stores, job)
    record = transitions.cancel(stores.database, job)
    if record is None:
        raise no_job(job)
    answer = job_answer(job_of(stores.database, record))
    parent = None if record.parent is None else queries.get(stores.database, record.parent)
    if parent is not None and parent.status is JobStatus.QUEUED:
        answer.background = BackgroundTask(stores.announce, parent)  # it waited for this part only
    return answer


@router.get("/{job}/artifacts", response_model=ArtifactList, responses=problems(401, 404))
def list_artifacts(job: str, request: Request, stores: Opened) -> Response:
    """The files a job made; none before it has succeeded."""
    found_job(stores, job)
    files = queries.artifacts_of(stores.database, job)
    shown = ArtifactList(artifacts=tuple(file.artifact for file in files))
    return tagged(shown, {"Cache-Control": "no-cache"}, request=request)


@router.head("/{job}/artifacts/{name}", include_in_schema=False)
@router.get("/{job}/artifacts/{name}", response_class=Response, responses=problems(401, 404))
def get_artifact(job: str, name: str, request: Request, stores: Opened) -> Response:
    """One file; it never changes."""
    found_job(stores, job)
    file = queries.artifact(stores.database, job, name)
    if file is None:
        raise refusal("not-found", f"Job {job} has no artifact {name!r}; see /jobs/{job}/artifacts")
    return file_answer(stores, request, file)
