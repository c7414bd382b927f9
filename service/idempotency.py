"""The header `Idempotency-Key`: a question that is sent twice becomes one job.

After draft-ietf-httpapi-idempotency-key-header, with 409 for a key that comes with another question. A key is its
caller's own, and is known as long as its job is.
"""

import hashlib
import re

from fastapi import Request

from api_schemas.job import cache_key
from jobstore import queries, replays
from jobstore.records import JobRecord
from jobstore.replays import Replay
from service.access import Caller
from service.problems import refusal
from service.question import Question, fault
from service.stores import Stores

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotent-Replayed": "true"}
PATTERN = "^[\\x21-\\x7e]{1,255}$"

_KEY = re.compile(PATTERN)


def key_of(request: Request, caller: Caller) -> str | None:
    """The key under which the ledger knows the header of this caller; None without one. Raises `ProblemError`."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        message = f"header {HEADER} is {given!r:.60}; send 1 to 255 visible ASCII characters, such as a UUID"
        raise fault(f"header.{HEADER.lower()}", message)
    # Digested: a caller's key is nobody's business, and two callers may choose the same.
    return hashlib.sha256(f"{caller.key_id or ''}\n{given}".encode()).hexdigest()


def replay_of(key: str, question: Question) -> Replay:
    """The key with what was asked: the request and the files' contents, whatever form the body had."""
    digest = cache_key(
        question.request.model_dump(mode="json", by_alias=True),
        model_sha256=None if question.model is None else question.model.sha256,
        images_sha256=None if question.images is None else question.images.sha256,
        objects_sha256=None if question.objects is None else question.objects.sha256,
        engine_version="",  # an upgrade between two sendings does not make them two questions
        device="",
    )
    return Replay(key, digest)


def answered(stores: Stores, replay: Replay) -> JobRecord | None:
    """The job that the key was used for; raises `ProblemError` where that was another question."""
    known = replays.remembered(stores.database, replay.key)
    if known is None:
        return None
    if known.digest != replay.digest:
        detail = f"This {HEADER} was used for another question, job {known.job}; send a new key with a new question"
        raise refusal("idempotency-conflict", detail)
    return queries.get(stores.database, known.job)


def bound(stores: Stores, replay: Replay, job: JobRecord) -> tuple[JobRecord, bool]:
    """Bind the key to a job that answered before it; the job that it is bound to, and whether it was already."""
    if replays.remember(stores.database, replay, job.id):
        return job, False
    return answered(stores, replay) or job, True
