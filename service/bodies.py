"""Reads the body of `POST /analyze` in its three forms, counting every byte and keeping none of them in memory.

- multipart/form-data: files and a request (see `service/forms.py`);
- application/json: a request with a `spec`, a `zoo` name, a `study` or a `sweep`;
- a raw ONNX file, with the default request.
"""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore
from service.counting import CountedBody, announced
from service.earlier import PLACE, Earlier
from service.forms import read_form, without_files
from service.problems import refusal
from service.question import MAX_REQUEST, Question, empty, fault, needs_no_model, parse, too_large
from service.settings import ServiceSettings

MULTIPART = "multipart/form-data"
JSON = "application/json"
RAW = ("application/octet-stream", "application/onnx", "application/x-onnx")

WRITE_AT_ONCE = 1 << 20

_SMALLER_MODEL = "send a smaller model, or raise RFENGINE_MAX_UPLOAD"
_SMALLER_FORM = (
    "send a smaller model, fewer images or fewer objects, or raise RFENGINE_MAX_UPLOAD, RFENGINE_MAX_IMAGES or "
    "RFENGINE_MAX_OBJECTS"
)


async def read_question(
    request: Request, store: ArtifactStore, settings: ServiceSettings, earlier: Earlier | None = None
) -> Question:
    """The body as a question, its files stored; raises `ProblemError`.

    `earlier` is the job whose network is meant, where the body has none.
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        detail = f"Content-Encoding {encoding!r} is not accepted; send the bytes as they are"
        raise refusal("unsupported-media-type", detail)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        cap = settings.max_upload + settings.max_images + settings.max_objects
        return await read_form(_counted(request, cap, _SMALLER_FORM), store, settings, earlier)
    if kind == JSON:
        counted = _counted(request, min(settings.max_upload, MAX_REQUEST), "send a smaller layer spec")
        return await _json(counted, earlier)
    if kind in RAW:
        if earlier is not None:
            message = "the body is a model, and model_of names another; send the request as JSON"
            raise fault(PLACE, message)
        return await _raw(_counted(request, settings.max_upload, _SMALLER_MODEL), store)
    accepted = ", ".join((MULTIPART, JSON, *RAW))
    if not kind:
        counted = _counted(request, MAX_REQUEST, f"say in Content-Type what it is: {accepted}")
        if not [chunk async for chunk in counted.request.stream() if chunk]:
            raise empty()
    detail = f"Content-Type {kind!r} is not understood; send one of {accepted}"
    raise refusal("unsupported-media-type", detail, headers={"Accept": accepted})


def announced_files(request: Request) -> int:
    """How many bytes of files the client says will come, about; 0 where it does not say, or sends none."""
    return 0 if request.headers.get("content-type", "").lower().startswith(JSON) else announced(request)


def _counted(request: Request, cap: int, advice: str) -> CountedBody:
    return CountedBody(request, cap, too_large("The body", cap, advice))


async def _raw(body: CountedBody, store: ArtifactStore) -> Question:
    writer = await run_in_threadpool(store.writer, "models")
    with writer:
        waiting = bytearray()
        async for chunk in body.request.stream():
            waiting += chunk
            if len(waiting) >= WRITE_AT_ONCE:
                await run_in_threadpool(writer.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(writer.write, bytes(waiting))
        if not writer.bytes:
            raise empty()
        return Question(AnalyzeRequest(), await run_in_threadpool(writer.commit))


async def _json(body: CountedBody, earlier: Earlier | None) -> Question:
    text = await body.request.body()
    if not text.strip():
        raise empty()
    asked = parse(text, "body")
    if earlier is None and not needs_no_model(asked):
        needed = "`spec`, the network as layers, `zoo`, a reference network's name, `study` or `sweep`"
        raise fault("spec", f"a JSON body needs {needed}, or model_of; send an ONNX file as multipart or raw")
    return without_files(asked, earlier)
