"""Reads the body of `POST /analyze` in its three forms, counting every byte and keeping none of them in memory.

- multipart/form-data: the file `model`, and `request` as JSON (a field or a file), each optional where the other
  says enough;
- application/json: a request with a `spec` or a `zoo` name;
- a raw ONNX file, with the default request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.types import Message

from api_schemas.problem import InvalidParam
from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore, Blob, chunks_of
from service.problems import invalid_model, refusal

MULTIPART = "multipart/form-data"
JSON = "application/json"
RAW = ("application/octet-stream", "application/onnx", "application/x-onnx")

MAX_REQUEST = 16 << 20  # bytes of JSON
WRITE_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Question:
    """What was asked, and the uploaded model where there is one."""

    request: AnalyzeRequest
    model: Blob | None


async def read_question(request: Request, store: ArtifactStore, max_upload: int) -> Question:
    """The body as a question, its model stored; raises `ProblemError`."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        detail = f"Content-Encoding {encoding!r} is not accepted; send the bytes as they are"
        raise refusal("unsupported-media-type", detail)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        return await _multipart(_counted(request, max_upload), store)
    if kind == JSON:
        return await _json(_counted(request, min(max_upload, MAX_REQUEST)))
    if kind in RAW:
        return await _raw(_counted(request, max_upload), store)
    accepted = ", ".join((MULTIPART, JSON, *RAW))
    if not kind and not [chunk async for chunk in _counted(request, MAX_REQUEST).stream() if chunk]:
        raise _empty()
    detail = f"Content-Type {kind!r} is not understood; send one of {accepted}"
    raise refusal("unsupported-media-type", detail, headers={"Accept": accepted})


def _counted(request: Request, cap: int) -> Request:
    """The same request, which refuses to hand out more than `cap` bytes of its body."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > cap:
        raise _too_large(cap)
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > cap:
            raise _too_large(cap)
        return message

    return Request(request.scope, receive)


async def _raw(request: Request, store: ArtifactStore) -> Question:
    writer = await run_in_threadpool(store.writer, "models")
    with writer:
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= WRITE_AT_ONCE:
                await run_in_threadpool(writer.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(writer.write, bytes(waiting))
        if not writer.bytes:
            raise _empty()
        return Question(AnalyzeRequest(), await run_in_threadpool(writer.commit))


async def _json(request: Request) -> Question:
    body = await request.body()
    if not body.strip():
        raise _empty()
    asked = _parse(body, "body")
    if not _brings_network(asked):
        detail = "a JSON body needs `spec`, the network as layers, or `zoo`, a reference network's name"
        raise _missing("spec", f"{detail}; send an ONNX file as multipart or raw")
    return Question(asked, None)


async def _multipart(request: Request, store: ArtifactStore) -> Question:
    async with request.form(max_files=2, max_fields=2, max_part_size=MAX_REQUEST) as form:
        unknown = sorted(set(form) - {"model", "request"})
        if unknown:
            raise _missing(unknown[0], f"there is no part {unknown[0]!r}; the parts are `model` and `request`")
        asked = await _request_part(form)
        model = form.get("model")
        if model is None:
            if not _brings_network(asked):
                raise _missing("model", "the part `model` is missing; add the ONNX file, or a `spec` to the request")
            return Question(asked, None)
        if not isinstance(model, UploadFile):
            raise _missing("model", "the part `model` has no file name; send it as a file (curl: -F model=@net.onnx)")
        if _brings_network(asked):
            raise _missing("spec", "both a `model` file and a `spec` or `zoo` were given; leave one of them out")
        if not model.size:
            raise _empty()
        blob = await run_in_threadpool(store.put, "models", chunks_of(model.file))
        named = asked if asked.name is not None else asked.model_copy(update={"name": _display_name(model.filename)})
        return Question(named, blob)


def _brings_network(asked: AnalyzeRequest) -> bool:
    return asked.spec is not None or asked.zoo is not None


async def _request_part(form: FormData) -> AnalyzeRequest:
    part = form.get("request")
    if part is None:
        return AnalyzeRequest()
    if isinstance(part, str):
        return _parse(part.encode(), "request")
    if (part.size or 0) > MAX_REQUEST:
        raise _too_large(MAX_REQUEST)
    return _parse(await part.read(), "request")


def _parse(body: bytes, place: str) -> AnalyzeRequest:
    parse: Callable[[bytes], AnalyzeRequest] = AnalyzeRequest.model_validate_json
    try:
        return parse(body)
    except ValidationError as error:
        raise invalid_model(place, error) from None


def _display_name(filename: str | None) -> str | None:
    """What a client calls its file, for the report's eyes only: it never becomes a path."""
    last = PurePosixPath(PureWindowsPath(filename or "").name).stem
    return "".join(character for character in last if character.isprintable())[:255] or None


def _empty() -> Exception:
    return refusal("empty-body", "The body is empty; send an ONNX file, or a JSON request with a `spec`")


def _too_large(cap: int) -> Exception:
    return refusal(
        "too-large", f"The body has more than {cap} bytes; send a smaller model, or raise RFENGINE_MAX_UPLOAD"
    )


def _missing(location: str, message: str) -> Exception:
    detail = message[0].upper() + message[1:]
    return refusal("invalid-request", detail, errors=[InvalidParam(location=location, message=message)])
