"""Reads `POST /analyze` as multipart/form-data: the files `model` and `images`, and `request` as JSON.

`request` is a field or a file. Each part is optional where the others say enough.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath, PureWindowsPath

from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile

from api_schemas.images import UnusedImagesError, needs_images, with_images
from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore, Blob, chunks_of
from service.counting import CountedBody
from service.problems import refusal
from service.question import MAX_REQUEST, Question, brings_network, empty, fault, needs_no_model, parse, too_large
from service.settings import ServiceSettings

PARTS = ("model", "images", "request")

# Both forms of `images` are zip files; the second is an empty one, which the engine refuses in its own words.
ZIP = (b"PK\x03\x04", b"PK\x05\x06")


async def read_form(body: CountedBody, store: ArtifactStore, settings: ServiceSettings) -> Question:
    """The form as a question, its files stored; raises `ProblemError`."""
    form_of = body.request.form(max_files=len(PARTS), max_fields=len(PARTS), max_part_size=MAX_REQUEST)
    async with form_of as form:
        _refuse_a_torso(body)
        _refuse_other_parts(form)
        asked = await _request_part(form)
        model = _file(form, "model", "net.onnx", settings.max_upload, "RFENGINE_MAX_UPLOAD")
        images = _file(form, "images", "pictures.zip", settings.max_images, "RFENGINE_MAX_IMAGES")
        if model is None and not needs_no_model(asked):
            raise fault("model", "the part `model` is missing; add the ONNX file, or a `spec` to the request")
        if model is not None and brings_network(asked):
            raise fault("spec", "both a `model` file and a `spec`, `zoo` or `study` were given; leave one out")
        asked = await _settled(asked, images)
        if model is not None and asked.name is None:
            asked = asked.model_copy(update={"name": _display_name(model.filename)})
        return await run_in_threadpool(_stored, store, asked, model, images)


def refuse_without_images(asked: AnalyzeRequest) -> None:
    """Raise `ProblemError` where a request cannot be answered without images."""
    if needs_images(asked):
        raise fault(
            "gradient.inputs",
            "the request's gradient.inputs is 'given', but no images came with it; send them as the part `images` of "
            "multipart/form-data, a zip of pictures or an .npz (curl: -F images=@pictures.zip)",
        )


def _refuse_a_torso(body: CountedBody) -> None:
    # The parser drops a part that is cut off and says nothing.
    _, options = parse_options_header(body.request.headers["content-type"])
    if b"--" + options[b"boundary"] + b"--" not in body.end:
        raise refusal("bad-body", "The form ends before its last boundary, so a part was cut off; send it again")


def _refuse_other_parts(form: FormData) -> None:
    named = [name for name, _ in form.multi_items()]
    for name in named:
        if name not in PARTS:
            raise fault(name, f"there is no part {name!r}; the parts are `model`, `images` and `request`")
        if named.count(name) > 1:
            more = "; put all pictures into one zip" if name == "images" else ""
            raise fault(name, f"the part {name!r} comes {named.count(name)} times; send it once{more}")


async def _request_part(form: FormData) -> AnalyzeRequest:
    part = form.get("request")
    if part is None:
        return AnalyzeRequest()
    if isinstance(part, str):
        return parse(part.encode(), "request")
    if (part.size or 0) > MAX_REQUEST:
        raise too_large("The part `request`", MAX_REQUEST, "send a smaller layer spec")
    return parse(await part.read(), "request")


def _file(form: FormData, name: str, example: str, cap: int, setting: str) -> UploadFile | None:
    part = form.get(name)
    if part is None:
        return None
    if not isinstance(part, UploadFile):
        raise fault(name, f"the part `{name}` has no file name; send it as a file (curl: -F {name}=@{example})")
    if not part.size:
        raise empty() if name == "model" else fault(name, f"the part `{name}` is empty; send a file with content")
    if part.size > cap:
        raise too_large(f"The part `{name}`", cap, f"send a smaller file, or raise {setting}")
    return part


async def _settled(asked: AnalyzeRequest, images: UploadFile | None) -> AnalyzeRequest:
    if images is None:
        refuse_without_images(asked)
        return asked
    magic = await images.read(4)
    await images.seek(0)
    if magic not in ZIP:
        raise fault(
            "images",
            f"the part `images` begins with {magic!r}, which is neither a zip nor an .npz; put the pictures into one "
            "zip, also a single one",
        )
    try:
        return with_images(asked)
    except UnusedImagesError as error:
        raise fault("images", str(error)) from None


def _stored(
    store: ArtifactStore, asked: AnalyzeRequest, model: UploadFile | None, images: UploadFile | None
) -> Question:
    with _together(store) as blobs:
        for part, kind in ((model, "models"), (images, "images")):
            blobs[kind] = None if part is None else store.put(kind, chunks_of(part.file))
        return Question(asked, blobs["models"], blobs["images"])


@contextmanager
def _together(store: ArtifactStore) -> Iterator[dict[str, Blob | None]]:
    """Blobs that are of use together only: none stays where one could not be stored."""
    blobs: dict[str, Blob | None] = {}
    try:
        yield blobs
    except BaseException:
        for blob in blobs.values():
            if blob is not None:
                store.remove(blob.name)
        raise


def _display_name(filename: str | None) -> str | None:
    """What a client calls its file, for the report's eyes only: it never becomes a path."""
    last = PurePosixPath(PureWindowsPath(filename or "").name).stem
    return "".join(character for character in last if character.isprintable())[:255] or None
