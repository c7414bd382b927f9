"""Reads `POST /analyze` as multipart/form-data: the files `model`, `images` and `objects`, and `request` as JSON.

`request` is a field or a file. Each part is optional where the others say enough.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath

from fastapi.concurrency import run_in_threadpool
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile

from api_schemas.images import UnusedImagesError, needs_images, with_images
from api_schemas.objects import PACKED, LocalImagesError, needs_objects, origin, with_names_only
from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore, Blob, chunks_of
from service.counting import CountedBody
from service.earlier import PLACE, Earlier
from service.problems import refusal
from service.question import (
    MAX_REQUEST,
    Question,
    brings_network,
    empty,
    fault,
    needs_no_model,
    parse,
    together,
    too_large,
)
from service.settings import ServiceSettings

PARTS = ("model", "images", "objects", "request")

# How zip files begin, which an .npz is too; the second is an empty one, which the engine refuses in its own words.
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
PICTURE = (b"\x89PNG", b"\xff\xd8\xff")

_MORE = {"images": "; put all pictures into one zip", "objects": "; put all label files into one zip"}


async def read_form(
    body: CountedBody, store: ArtifactStore, settings: ServiceSettings, earlier: Earlier | None = None
) -> Question:
    """The form as a question, its files stored; raises `ProblemError`.

    `earlier` is the job whose network is meant, where it does not come here.
    """
    form_of = body.request.form(max_files=len(PARTS), max_fields=len(PARTS), max_part_size=MAX_REQUEST)
    async with form_of as form:
        _refuse_a_torso(body)
        _refuse_other_parts(form)
        asked = await _request_part(form)
        model = _file(form, "model", "net.onnx", settings.max_upload, "RFENGINE_MAX_UPLOAD")
        images = _file(form, "images", "pictures.zip", settings.max_images, "RFENGINE_MAX_IMAGES")
        objects = _file(form, "objects", "instances.json", settings.max_objects, "RFENGINE_MAX_OBJECTS")
        files = {"models": model, "images": images, "objects": objects}
        asked, lent = _with_network(asked, files, earlier)
        asked = await _about_images(asked, images, is_lent="images" in lent)
        asked = await _about_objects(asked, objects, is_lent="objects" in lent)
        if model is not None and asked.name is None:
            asked = asked.model_copy(update={"name": _display_name(model.filename)})
        return await run_in_threadpool(_stored, store, asked, files, lent)


def without_files(asked: AnalyzeRequest, earlier: Earlier | None = None) -> Question:
    """A request that comes alone as a question; raises `ProblemError` where it needs a file that nobody lends."""
    asked, lent = (asked, {}) if earlier is None else _with_network(asked, {}, earlier)
    asked = _names_only(asked)
    if "images" not in lent:
        _refuse_without_images(asked)
    if "objects" not in lent:
        _refuse_without_objects(asked)
    return _question(asked, {}, lent)


def _with_network(
    asked: AnalyzeRequest, files: Mapping[str, UploadFile | None], earlier: Earlier | None
) -> tuple[AnalyzeRequest, Mapping[str, Blob]]:
    """The request with its only network, and what an earlier job lends to it."""
    model = files.get("models")
    if earlier is not None:
        if model is not None:
            message = f"the part `model` came, and model_of names the network of job {earlier.record.id}"
            raise fault(PLACE, f"{message}; leave one of them out")
        asked = earlier.about_it(asked)
        return asked, earlier.lent(asked, [kind for kind, part in files.items() if part is not None])
    if model is None and not needs_no_model(asked):
        raise fault("model", "the part `model` is missing; add the ONNX file, or a `spec` to the request")
    if model is not None and brings_network(asked):
        raise fault("spec", "both a `model` file and a `spec`, `zoo` or `study` were given; leave one out")
    return asked, {}


def _refuse_without_images(asked: AnalyzeRequest) -> None:
    if needs_images(asked):
        raise fault(
            "gradient.inputs",
            "the request's gradient.inputs is 'given', but no images came with it; send them as the part `images` of "
            "multipart/form-data, a picture, a zip of pictures or an .npz (curl: -F images=@pictures.zip)",
        )


def _refuse_without_objects(asked: AnalyzeRequest) -> None:
    if asked.coverage is not None and needs_objects(asked):
        raise fault(
            "coverage.objects",
            f"the policy's objects come from {origin(asked.coverage.objects)}, but no file came with it; send it as "
            "the part `objects` of multipart/form-data (curl: -F objects=@instances.json), a folder as a zip",
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
            raise fault(name, f"there is no part {name!r}; the parts are `model`, `images`, `objects` and `request`")
        if named.count(name) > 1:
            raise fault(name, f"the part {name!r} comes {named.count(name)} times; send it once{_MORE.get(name, '')}")


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


async def _about_images(asked: AnalyzeRequest, images: UploadFile | None, *, is_lent: bool) -> AnalyzeRequest:
    if images is None:
        if not is_lent:
            _refuse_without_images(asked)
        return asked
    magic = await _magic(images)
    if magic not in ZIP and not magic.startswith(PICTURE):
        raise fault(
            "images",
            f"the part `images` begins with {magic!r}, which is neither a PNG or JPEG picture nor a zip nor an .npz; "
            "send one picture, or several in one zip",
        )
    try:
        return with_images(asked)
    except UnusedImagesError as error:
        raise fault("images", str(error)) from None


async def _about_objects(asked: AnalyzeRequest, objects: UploadFile | None, *, is_lent: bool) -> AnalyzeRequest:
    asked = _names_only(asked)
    if objects is None:
        if not is_lent:
            _refuse_without_objects(asked)
        return asked
    if asked.coverage is None:
        raise fault("objects", "the request has no `coverage` that asks for objects; add a policy, or leave them out")
    source = asked.coverage.objects.source
    if not needs_objects(asked):
        raise fault(
            "objects",
            f"the part `objects` would not be used: the policy has its sizes in itself, as coverage.objects.{source}; "
            "leave one of them out",
        )
    magic = await _magic(objects)
    if source in PACKED and magic not in ZIP:
        raise fault(
            "objects",
            f"the part `objects` begins with {magic!r}, which is no zip; put the files of coverage.objects.{source} "
            "into one zip, also a single one",
        )
    return asked


def _names_only(asked: AnalyzeRequest) -> AnalyzeRequest:
    try:
        return with_names_only(asked)
    except LocalImagesError as error:
        raise fault("coverage.objects.images", str(error)) from None


async def _magic(part: UploadFile) -> bytes:
    begins = await part.read(4)
    await part.seek(0)
    return begins


def _stored(
    store: ArtifactStore, asked: AnalyzeRequest, files: Mapping[str, UploadFile | None], lent: Mapping[str, Blob]
) -> Question:
    """The question, with every file in the folder that it is named by."""
    with together(store) as blobs:
        for kind, part in files.items():
            if part is not None:
                blobs[kind] = store.put(kind, chunks_of(part.file))
        return _question(asked, blobs, lent)


def _question(asked: AnalyzeRequest, own: Mapping[str, Blob], lent: Mapping[str, Blob]) -> Question:
    files = {**lent, **own}
    return Question(asked, files.get("models"), files.get("images"), files.get("objects"), tuple(lent.values()))


def _display_name(filename: str | None) -> str | None:
    """What a client calls its file, for the report's eyes only: it never becomes a path."""
    last = PurePosixPath(PureWindowsPath(filename or "").name).stem
    return "".join(character for character in last if character.isprintable())[:255] or None
