"""`POST /analyze`: take a question in, or answer it from what is known."""

import logging
import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask

from api_schemas.job import Job, cache_key
from jobstore import queries, transitions
from jobstore.artifacts import Blob
from jobstore.records import JobRecord, NewJob
from service.bodies import read_question
from service.openapi import ANALYZE_BODY, problems
from service.problems import RETRY_LATER, refusal
from service.question import Question
from service.stores import Opened, Stores
from service.views import job_answer, job_of

log = logging.getLogger(__name__)

router = APIRouter(tags=["jobs"])

DEVICE = "cpu"

_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problems(400, 401, 413, 415, 422, 503),
    200: {"model": Job, "description": "The same question was answered before."},
}


@router.post(
    "/analyze",
    status_code=202,
    response_model=Job,
    responses=_RESPONSES,
    openapi_extra={"requestBody": ANALYZE_BODY},
)
async def analyze(request: Request, stores: Opened) -> Response:
    """Analyse a model: an ONNX file (multipart or raw), or a network described in JSON."""
    await run_in_threadpool(_refuse_when_full, stores)
    try:
        question = await read_question(request, stores.artifacts, stores.settings)
    except OSError as error:
        log.exception("an upload could not be stored")
        detail = "The upload could not be stored; try again in a moment"
        raise refusal("storage-unavailable", detail, headers=RETRY_LATER) from error
    record, known = await run_in_threadpool(_accept, stores, question)
    job = await run_in_threadpool(job_of, stores.database, record)
    answer = job_answer(job, 200 if known else 202)
    if not known:
        # The job is safe by now; the client need not wait for the broker.
        answer.background = BackgroundTask(stores.announce, record)
    return answer


def _refuse_when_full(stores: Stores) -> None:
    waiting = queries.queued(stores.database)
    if waiting >= stores.settings.max_queue:
        detail = f"{waiting} jobs are waiting, which is all the queue takes; try again later"
        raise refusal("busy", detail, headers={"Retry-After": "30"})


def _accept(stores: Stores, question: Question) -> tuple[JobRecord, bool]:
    """The job for a question, and whether it had been answered before."""
    asked = question.request.model_dump(mode="json", by_alias=True)
    model, model_sha256 = _name_and_digest(question.model)
    images, images_sha256 = _name_and_digest(question.images)
    objects, objects_sha256 = _name_and_digest(question.objects)
    key = cache_key(
        asked,
        model_sha256=model_sha256,
        images_sha256=images_sha256,
        objects_sha256=objects_sha256,
        engine_version=stores.engine_version,
        device=DEVICE,
    )
    known = queries.cached(stores.database, key)
    if known is not None:
        for upload in question.uploads:
            stores.artifacts.remove(upload.name)
        return known, True
    new = NewJob(
        id=uuid.uuid4().hex,
        request=asked,
        cache_key=key,
        queue=DEVICE,
        model_blob=model,
        model_sha256=model_sha256,
        images_blob=images,
        images_sha256=images_sha256,
        objects_blob=objects,
        objects_sha256=objects_sha256,
    )
    return transitions.submit(stores.database, new), False


def _name_and_digest(blob: Blob | None) -> tuple[str, str] | tuple[None, None]:
    return (None, None) if blob is None else (blob.name, blob.sha256)
