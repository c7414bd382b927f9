"""Jobs: look at them, list them, cancel them, delete them, fetch what they made."""

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask

from api_schemas.job import ArtifactList, Job, JobPage, JobStatus
from jobstore import queries, retention, transitions
from jobstore.records import JobRecord
from service.access import Asking
from service.files import file_answer
from service.lookup import ID, no_job, the_job
from service.openapi import PREFER, problems
from service.preferences import applied, wanted_wait
from service.problems import refusal
from service.stores import Opened, Stores
from service.views import POLL_AFTER, from_cursor, job_answer, job_of, jobs_of, tagged, to_cursor
from service.waiting import Watching

log = logging.getLogger(__name__)

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", response_model=JobPage, responses=problems(422))
def list_jobs(
    request: Request,
    stores: Opened,
    caller: Asking,
    limit: Annotated[int, Query(ge=1, le=200, description="Jobs per page.")] = 50,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    cache_key: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$", description="Only this question's jobs.")] = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    parent: Annotated[str | None, Query(pattern=ID.pattern, description="The parts of this job instead.")] = None,
) -> Response:
    """Your jobs, newest first; jobs that are parts of another only where that one is named as `parent`."""
    found = queries.page(
        stores.database,
        limit=limit + 1,
        after=None if after is None else from_cursor(after),
        cache_key=cache_key,
        status=status,
        parent=parent,
        viewer=caller.viewer,
    )
    shown = found[:limit]
    page = JobPage(
        jobs=jobs_of(stores.database, shown),
        next=to_cursor(shown[-1]) if len(found) > limit else None,
    )
    return tagged(page, {"Cache-Control": "no-cache"}, request=request)


@router.get("/{job}", response_model=Job, responses=problems(404, 410), openapi_extra={"parameters": [PREFER]})
async def get_job(job: str, request: Request, stores: Opened, watch: Watching, caller: Asking) -> Response:
    """One job; 200 also when it failed, with the reason in `error`. `Prefer: wait=30` waits so long for its end."""
    record = await run_in_threadpool(the_job, stores, job, caller)
    seconds = wanted_wait(request, stores.settings.max_wait)
    if seconds is not None and not record.status.final:
        await watch.until_ended(job, seconds)
        record = await run_in_threadpool(the_job, stores, job, caller)
    shown = await run_in_threadpool(job_of, stores.database, record)
    return job_answer(shown, request=request, headers=None if seconds is None else applied(seconds))


@router.post("/{job}/cancel", response_model=Job, responses=problems(404, 410))
def cancel_job(job: str, stores: Opened, caller: Asking) -> Response:
    """End a job and its parts: what is queued or waits at once, what runs within seconds; an ended one stays as it is.

    A part that is canceled by itself counts as failed; the job it belongs to goes on without it.
    """
    the_job(stores, job, caller)
    record = transitions.cancel(stores.database, job)
    if record is None:
        raise no_job(job)
    answer = job_answer(job_of(stores.database, record))
    parent = None if record.parent is None else queries.get(stores.database, record.parent)
    if parent is not None and parent.status is JobStatus.QUEUED:
        answer.background = BackgroundTask(stores.announce, parent)  # it waited for this part only
    return answer


@router.delete("/{job}", status_code=204, response_class=Response, responses=problems(404, 409, 410))
def delete_job(job: str, stores: Opened, caller: Asking) -> Response:
    """Delete an ended job, its parts, what it was asked and all that it made; its address answers 410 from then on."""
    record = the_job(stores, job, caller)
    if record.parent is not None:
        detail = f"Job {job} is a part of another and goes with it: DELETE /jobs/{record.parent}"
        raise refusal("part-of-another", detail)
    if not retention.purge(stores.database, job):
        raise _not_ended(record)
    _remove_bytes(stores)
    return Response(status_code=204)


def _not_ended(record: JobRecord) -> Exception:
    what = "its parts have not all ended" if record.status.final else f"it is {record.status.value}"
    detail = f"Job {record.id} cannot be deleted: {what}; POST /jobs/{record.id}/cancel, then delete it when it has"
    return refusal("not-ended", detail, headers={"Retry-After": POLL_AFTER})


def _remove_bytes(stores: Stores) -> None:
    try:
        retention.drain(stores.database, stores.artifacts)
    except Exception:
        # Nobody can reach them any more, and their names are written down: a worker removes them.
        log.warning("files of a deleted job stay for now", exc_info=True)


@router.get("/{job}/artifacts", response_model=ArtifactList, responses=problems(404, 410))
def list_artifacts(job: str, request: Request, stores: Opened, caller: Asking) -> Response:
    """The files a job made; none before it has succeeded."""
    the_job(stores, job, caller)
    files = queries.artifacts_of(stores.database, job)
    shown = ArtifactList(artifacts=tuple(file.artifact for file in files))
    return tagged(shown, {"Cache-Control": "no-cache"}, request=request)


@router.get("/{job}/artifacts/{name}", response_class=Response, responses=problems(404, 410))
def get_artifact(job: str, name: str, request: Request, stores: Opened, caller: Asking) -> Response:
    """One file; it never changes."""
    the_job(stores, job, caller)
    file = queries.artifact(stores.database, job, name)
    if file is None:
        raise refusal("not-found", f"Job {job} has no artifact {name!r}; see /jobs/{job}/artifacts")
    return file_answer(stores, request, file)
