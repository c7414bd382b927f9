"""`GET /jobs/{id}/report`: what an analysis found, in the form that suits who asks."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api_schemas.formats import FORMATS, FormatName
from api_schemas.job import JobStatus
from api_schemas.report import Report
from jobstore import queries
from jobstore.records import JobRecord, StoredArtifact
from service.access import Asking
from service.files import IMMUTABLE, file_answer
from service.lookup import the_job
from service.negotiation import ANYTHING, best
from service.openapi import problems
from service.problems import ProblemError, refusal
from service.stores import Opened, Stores
from service.views import POLL_AFTER

router = APIRouter(prefix="/jobs", tags=["jobs"])

_PARTIAL = {"Cache-Control": "no-cache", "Rfengine-Partial": "true"}
_VARY = {"Vary": "Accept"}
_TEXT = {"schema": {"type": "string"}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problems(404, 406, 409, 410, 422),
    200: {
        "description": "The report, in the form that the header Accept, or `format`, asks for.",
        "content": {form.media_type: _TEXT for form in FORMATS.values() if form.name != "json"},
    },
}


@router.get("/{job}/report", response_model=Report, responses=_RESPONSES)
def get_report(
    job: str,
    request: Request,
    stores: Opened,
    caller: Asking,
    partial: Annotated[
        bool,
        Query(
            description="Of a job that has not succeeded the report so far, where there is one (the job's `partial`): "
            "JSON, with the header Rfengine-Partial and without pictures."
        ),
    ] = False,
    format: Annotated[FormatName | None, Query(description="The form by its name, instead of the header.")] = None,
) -> Response:
    """What the analysis found, as JSON unless asked otherwise; of a failed job, the reason as a problem."""
    record = the_job(stores, job, caller)
    if partial and record.partial is not None:
        return file_answer(stores, request, record.partial, _PARTIAL)
    _refuse_before_its_end(record)
    kept = _kept(stores, record)
    accept = ", ".join(request.headers.getlist("accept")) or ANYTHING
    file = _negotiated(record, kept, accept) if format is None else _named(record, kept, format)
    return file_answer(stores, request, file, {**IMMUTABLE, **_VARY})


def _refuse_before_its_end(record: JobRecord) -> None:
    job = record.id
    if record.status is JobStatus.FAILED and record.error is not None:
        raise ProblemError(record.error)
    so_far = "" if record.partial is None else f", or ask for /jobs/{job}/report?partial=true, what is known so far"
    if record.status is JobStatus.CANCELED:
        raise refusal("canceled", f"Job {job} was canceled before it had a report; submit it again{so_far}")
    if record.status is not JobStatus.SUCCEEDED:
        detail = f"Job {job} is {record.status.value}; poll /jobs/{job} until it has succeeded{so_far}"
        raise refusal("not-finished", detail, headers={"Retry-After": POLL_AFTER})


def _kept(stores: Stores, record: JobRecord) -> Mapping[FormatName, StoredArtifact]:
    """The forms in which the job's report is there, at least one."""
    files = {file.artifact.name: file for file in queries.artifacts_of(stores.database, record.id)}
    kept = {name: files[form.file] for name, form in FORMATS.items() if form.file in files}
    if kept:
        return kept
    if record.parent is not None:
        detail = f"Job {record.id} is a part of another, whose report has it: /jobs/{record.parent}/report"
        raise refusal("not-found", detail)
    raise refusal("not-found", f"Job {record.id} kept no report; submit it again")


def _negotiated(record: JobRecord, kept: Mapping[FormatName, StoredArtifact], accept: str) -> StoredArtifact:
    name = best(accept, {name: FORMATS[name].accepts for name in kept})
    if name is not None:
        return kept[name]
    there = ", ".join(FORMATS[name].media_type for name in kept)
    detail = (
        f"Accept: {accept[:200]!r} takes none of the forms that the report of job {record.id} is there in: {there}; "
        f"accept one of them, or ask for /jobs/{record.id}/report?format={next(iter(kept))}"
    )
    raise refusal("not-acceptable", detail + _anew(kept), headers=_VARY)


def _named(record: JobRecord, kept: Mapping[FormatName, StoredArtifact], name: FormatName) -> StoredArtifact:
    if name in kept:
        return kept[name]
    detail = f"Job {record.id} has no report as {name}; there is format={', format='.join(kept)}"
    raise refusal("not-found", detail + _anew(kept))


def _anew(kept: Mapping[FormatName, StoredArtifact]) -> str:
    """What to do for a form that every job of today has, where this one has it not."""
    return "" if len(kept) == len(FORMATS) else "; an older job has fewer forms: submit it again for the others"
