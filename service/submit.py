"""`POST /analyze`: take a question in, or answer it from what is known."""

import logging
import uuid
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import IntegrityError
from starlette.background import BackgroundTask

from api_schemas.job import Job, cache_key
from api_schemas.queues import Queue, queue_of
from jobstore import queries, replays, transitions
from jobstore.artifacts import Blob
from jobstore.logs import about
from jobstore.records import JobRecord, NewJob
from jobstore.replays import Replay
from service import idempotency, quotas, webhooks
from service.access import Asking, Caller
from service.bodies import announced_files, read_question
from service.disk import refuse_without_room
from service.earlier import Earlier, with_own_files
from service.lookup import ID, the_job
from service.metrics import Counting
from service.openapi import ANALYZE_BODY, IDEMPOTENCY_KEY, PREFER, problems
from service.preferences import applied, wanted_wait
from service.problems import RETRY_LATER, ProblemError, refusal
from service.question import Question
from service.stores import Opened, Stores
from service.views import job_answer, job_of
from service.waiting import Watch, Watching

log = logging.getLogger(__name__)

router = APIRouter(tags=["jobs"])

_RESPONSES: dict[int | str, dict[str, Any]] = {
    **problems(400, 404, 409, 410, 413, 415, 422),
    200: {"model": Job, "description": "The same question was answered before, or the job ended while you waited."},
}


_MODEL_OF = (
    "The id of an earlier job: its network is asked about, and the body, JSON or a form, brings none. Images and "
    "objects that the request needs and does not bring are that job's too. The answer is as if all had been sent."
)


class Taken(NamedTuple):
    """The job for a question: new, or an earlier one, which its `Idempotency-Key` may have named."""

    record: JobRecord
    new: bool = False
    replayed: bool = False


@router.post(
    "/analyze",
    status_code=202,
    response_model=Job,
    responses=_RESPONSES,
    openapi_extra={"requestBody": ANALYZE_BODY, "parameters": [PREFER, IDEMPOTENCY_KEY, webhooks.PARAMETER]},
)
async def analyze(
    request: Request,
    stores: Opened,
    watch: Watching,
    caller: Asking,
    counting: Counting,
    model_of: Annotated[str | None, Query(pattern=ID.pattern, description=_MODEL_OF)] = None,
) -> Response:
    """Analyse a model: an ONNX file (multipart or raw), or a network described in JSON."""
    key = idempotency.key_of(request, caller)
    hook = webhooks.wanted(request, stores, caller)
    await run_in_threadpool(_refuse_when_full, stores, key, caller, announced_files(request))
    earlier = None if model_of is None else Earlier(await run_in_threadpool(the_job, stores, model_of, caller))
    try:
        question = await read_question(request, stores.artifacts, stores.settings, earlier)
    except OSError as error:
        log.exception("an upload could not be stored")
        detail = "The upload could not be stored; try again in a moment"
        raise refusal("storage-unavailable", detail, headers=RETRY_LATER) from error
    taken = await run_in_threadpool(_accept, stores, question, caller, key)
    await run_in_threadpool(webhooks.arrange, stores, taken.record, hook, caller)
    counting.taken("queued" if taken.new else "replayed" if taken.replayed else "cached")
    return await _answer(request, stores, watch, taken)


async def _answer(request: Request, stores: Stores, watch: Watch, taken: Taken) -> Response:
    """The job, after as much waiting for its end as the client would do."""
    record, headers = taken.record, dict(idempotency.REPLAYED if taken.replayed else {})
    seconds = wanted_wait(request, stores.settings.max_wait)
    if seconds is not None:
        headers |= applied(seconds)
        if taken.new:
            await run_in_threadpool(stores.announce, record)
        if not record.status.final:
            await watch.until_ended(record.id, seconds)
            record = await run_in_threadpool(_as_it_stands, stores, record)
    job = await run_in_threadpool(job_of, stores.database, record)
    answer = job_answer(job, 202 if taken.new and not job.status.final else 200, headers=headers)
    if taken.new and seconds is None:
        # The job is safe by now; the client need not wait for the broker.
        answer.background = BackgroundTask(stores.announce, record)
    return answer


def _as_it_stands(stores: Stores, record: JobRecord) -> JobRecord:
    return queries.get(stores.database, record.id) or record


def _refuse_when_full(stores: Stores, key: str | None, caller: Caller, coming: int) -> None:
    if key is not None and replays.remembered(stores.database, key) is not None:
        return  # it is in the queue already, or has been
    quotas.refuse_spent(stores, caller, coming)
    refuse_without_room(stores.disks, stores.settings.min_free)
    waiting = queries.queued(stores.database)
    if waiting >= stores.settings.max_queue:
        detail = f"{waiting} jobs are waiting, which is all the queue takes; try again later"
        raise refusal("busy", detail, headers={"Retry-After": "30"})


def _accept(stores: Stores, question: Question, caller: Caller, key: str | None) -> Taken:
    """The job for a question: the one that its key names, else one that answered it before, else a new one."""
    replay = None if key is None else idempotency.replay_of(key, question)
    try:
        taken = _known(stores, question, caller, replay)
        if taken is None:
            question = with_own_files(stores.artifacts, question)
        if taken is None or not taken.replayed:
            quotas.charge(stores, caller, sum(upload.bytes for upload in question.uploads))
        taken = taken or _submitted(stores, question, caller, replay)
    except ProblemError:
        _drop_uploads(stores, question)
        raise
    if not taken.new:
        _drop_uploads(stores, question)
    return taken


def _known(stores: Stores, question: Question, caller: Caller, replay: Replay | None) -> Taken | None:
    before = None if replay is None else idempotency.answered(stores, replay)
    if before is not None:
        return Taken(before, replayed=True)
    record = queries.cached(stores.database, _cache_key(stores, question), caller.viewer)
    if record is None or replay is None:
        return None if record is None else Taken(record)
    record, bound = idempotency.bound(stores, replay, record)
    return Taken(record, replayed=bound)


def _submitted(stores: Stores, question: Question, caller: Caller, replay: Replay | None) -> Taken:
    model, model_sha256 = _name_and_digest(question.model)
    images, images_sha256 = _name_and_digest(question.images)
    objects, objects_sha256 = _name_and_digest(question.objects)
    new = NewJob(
        id=uuid.uuid4().hex,
        request=_asked(question),
        cache_key=_cache_key(stores, question),
        queue=_queue(stores, question),
        model_blob=model,
        model_sha256=model_sha256,
        images_blob=images,
        images_sha256=images_sha256,
        objects_blob=objects,
        objects_sha256=objects_sha256,
        replay=replay,
        key_id=caller.key_id,
        team=caller.team,
        request_id=about().request_id,
    )
    try:
        return Taken(transitions.submit(stores.database, new, quotas.room_for_one(stores, caller)), new=True)
    except IntegrityError:
        # The same key came twice at once, and the other was first.
        before = None if replay is None else idempotency.answered(stores, replay)
        if before is None:
            raise
        return Taken(before, replayed=True)


def _cache_key(stores: Stores, question: Question) -> str:
    return cache_key(
        _asked(question),
        model_sha256=_name_and_digest(question.model)[1],
        images_sha256=_name_and_digest(question.images)[1],
        objects_sha256=_name_and_digest(question.objects)[1],
        engine_version=stores.engine_version,
        device=_queue(stores, question),
    )


def _queue(stores: Stores, question: Question) -> Queue:
    return queue_of(question.request, gpu=stores.settings.store.gpu_queue)


def _asked(question: Question) -> dict[str, Any]:
    return question.request.model_dump(mode="json", by_alias=True)


def _drop_uploads(stores: Stores, question: Question) -> None:
    for upload in question.uploads:
        stores.artifacts.remove(upload.name)


def _name_and_digest(blob: Blob | None) -> tuple[str, str] | tuple[None, None]:
    return (None, None) if blob is None else (blob.name, blob.sha256)
