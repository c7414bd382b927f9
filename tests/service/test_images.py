"""Images that come with a model: who may send them, what they mean, and what is left of those that are refused."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api_schemas.job import Summary
from jobstore import queries, transitions
from jobstore.artifacts import ArtifactStore, Blob
from service.app import create_app
from service.settings import ServiceSettings
from tests.service.calls import SPEC, blobs, form, problem, stores


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def array_file() -> bytes:
    packed = io.BytesIO()
    np.savez(packed, images=np.zeros((2, 3, 4, 4), np.float32))
    return packed.getvalue()


ZIP = zipped(a=b"one picture")
MODEL = ("net.onnx", b"model")
IMAGES = ("pictures.zip", ZIP)


def with_request(**fields: Any) -> str:
    return json.dumps(fields)


ACCEPTED: dict[str, tuple[dict[str, Any], str]] = {
    "a zip": (form(model=MODEL, images=IMAGES), "given"),
    "a picture": (form(model=MODEL, images=("cat.png", b"\x89PNG\r\n\x1a\n...")), "given"),
    "a photograph": (form(model=MODEL, images=("cat.jpg", b"\xff\xd8\xff\xe0...")), "given"),
    "an npz": (form(model=MODEL, images=("i.npz", array_file())), "given"),
    "asked for by name": (
        form(model=MODEL, images=IMAGES, request=with_request(gradient={"inputs": "given", "images": 8})),
        "given",
    ),
    "with other options": (form(model=MODEL, images=IMAGES, request=with_request(gradient={"images": 8})), "given"),
    "for a spec": (form(images=IMAGES, request=with_request(spec=SPEC)), "given"),
    "for a zoo network": (form(images=IMAGES, request=with_request(zoo="nopool-4")), "given"),
    "for the grids alone": (form(model=MODEL, images=IMAGES, request=with_request(analyses=["analytic"])), "noise"),
    "for the grids beside noise": (
        form(model=MODEL, images=IMAGES, request=with_request(gradient={"inputs": "noise"})),
        "noise",
    ),
}


@pytest.mark.parametrize(("body", "inputs"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(client: TestClient, body: dict[str, Any], inputs: str) -> None:
    answer = client.post("/analyze", **body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["request"]["gradient"]["inputs"] == inputs
    opened = stores(client)
    record = queries.get(opened.database, answer.json()["id"])
    assert record is not None
    assert record.images_blob is not None
    sent = next(content for name, (_, content) in body["files"] if name == "images")
    assert b"".join(opened.artifacts.chunks(record.images_blob)) == sent
    assert record.images_sha256 == hashlib.sha256(sent).hexdigest()


GIVEN = with_request(gradient={"inputs": "given"})
REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "given without images": (form(model=MODEL, request=GIVEN), 422, "gradient.inputs", "-F images=@"),
    "given in json": (
        {"json": {"spec": SPEC, "gradient": {"inputs": "given"}}},
        422,
        "gradient.inputs",
        "multipart/form-data",
    ),
    "of use to nobody": (
        form(model=MODEL, images=IMAGES, request=with_request(analyses=["constant_forward"])),
        422,
        "images",
        "constant_forward runs without",
    ),
    "of no use beside noise": (
        form(model=MODEL, images=IMAGES, request=with_request(analyses=["gradient"], gradient={"inputs": "texture"})),
        422,
        "images",
        "gradient.inputs is 'texture'",
    ),
    "without a model": (form(images=IMAGES), 422, "model", "missing"),
    "under another name": (form(model=MODEL, pictures=IMAGES), 422, "pictures", "`images`"),
    "in two parts": (
        {"files": [("model", MODEL), ("images", IMAGES), ("images", IMAGES)]},
        422,
        "images",
        "one zip",
    ),
    "too many parts": ({"files": [("model", MODEL), *[("images", IMAGES)] * 4]}, 400, "", ""),
    "two models": ({"files": [("model", MODEL), ("model", MODEL)]}, 422, "model", "2 times"),
    "without a file name": (form(model=MODEL, images="PK\x03\x04"), 422, "images", "-F images=@"),
    "empty": (form(model=MODEL, images=("i.zip", b"")), 422, "images", "empty"),
    "of another kind": (form(model=MODEL, images=("cat.gif", b"GIF89a")), 422, "images", "neither a PNG or JPEG"),
    "a large zip": (form(model=MODEL, images=("i.zip", ZIP + bytes(1 << 19))), 413, "", "RFENGINE_MAX_IMAGES"),
    "a large zip and model": (
        form(model=("n", bytes(1 << 20)), images=("i.zip", bytes(1 << 20))),
        413,
        "",
        "RFENGINE_MAX_IMAGES",
    ),
    "a large model": (form(model=("n", bytes((1 << 20) + 1))), 413, "", "RFENGINE_MAX_UPLOAD"),
}


@pytest.mark.parametrize(("body", "status", "location", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(client: TestClient, body: dict[str, Any], status: int, location: str, says: str) -> None:
    refused = problem(client.post("/analyze", **body), status)
    assert says in refused.detail
    assert [error.location for error in refused.errors] == ([location] if location else [])
    assert client.get("/jobs").json()["jobs"] == []
    assert blobs(client) == []


def test_an_endless_upload_is_cut_off(client: TestClient) -> None:
    """Nobody says how long it is, and it never ends: it is refused long before it is read."""
    read = 0

    def body() -> Any:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="images"; filename="i.zip"\r\n\r\nPK\x03\x04'
        for _ in range(1 << 10):
            read += 1 << 16
            yield bytes(1 << 16)

    answer = client.post("/analyze", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    problem(answer, 413)
    assert blobs(client) == []


WHOLE = (
    b'--b\r\nContent-Disposition: form-data; name="model"; filename="n.onnx"\r\n\r\nmodel\r\n'
    b'--b\r\nContent-Disposition: form-data; name="images"; filename="i.zip"\r\n\r\n' + ZIP + b"\r\n--b--\r\n"
)


def test_a_form_that_is_cut_off_is_never_taken_for_a_whole_one(client: TestClient) -> None:
    headers = {"Content-Type": 'multipart/form-data; boundary="b"'}
    last = len(WHOLE) - len(b"\r\n")
    for length in range(0, last):
        answer = client.post("/analyze", content=WHOLE[:length], headers=headers)
        assert problem(answer, 400).type in ("urn:rfengine:bad-body", "urn:rfengine:bad-request"), length
    assert blobs(client) == []
    assert client.post("/analyze", content=WHOLE, headers=headers).status_code == 202


def test_the_key_of_a_question_covers_its_images(client: TestClient) -> None:
    def ask(images: bytes | None) -> tuple[int, str]:
        parts: dict[str, Any] = {} if images is None else {"images": ("i.zip", images)}
        answer = client.post("/analyze", **form(model=MODEL, request='{"analyses": ["analytic"]}', **parts))
        return answer.status_code, answer.json()["cache_key"]

    keys = [ask(images) for images in (ZIP, zipped(a=b"another"), None)]
    assert [status for status, _ in keys] == [202] * 3
    assert len({key for _, key in keys}) == 3

    database = stores(client).database
    first = client.get(f"/jobs?cache_key={keys[0][1]}").json()["jobs"][0]["id"]
    transitions.claim(database, first, 30.0)
    assert transitions.finish(database, first, 1, Summary(targets={}), ())
    stored = len(blobs(client))
    assert ask(ZIP) == (200, keys[0][1])
    assert len(blobs(client)) == stored  # neither the model nor the images of the repetition
    assert ask(None)[0] == 202


def test_what_cannot_be_stored_whole_is_not_stored(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    put = ArtifactStore.put

    def full(self: ArtifactStore, kind: str, chunks: Any) -> Blob:
        if kind == "images":
            raise OSError(28, "No space left on device")
        return put(self, kind, chunks)

    monkeypatch.setattr(ArtifactStore, "put", full)
    problem(client.post("/analyze", **form(model=MODEL, images=IMAGES)), 503)
    assert blobs(client) == []


def test_the_document_has_the_part(client: TestClient) -> None:
    post = client.get("/openapi.json").json()["paths"]["/analyze"]["post"]
    parts = post["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert set(parts) == {"model", "images", "objects", "request"}
    assert parts["images"]["format"] == "binary"


def test_the_cap_is_a_setting(monkeypatch: pytest.MonkeyPatch, settings: ServiceSettings, tmp_path: Path) -> None:
    monkeypatch.setenv("RFENGINE_DATA", str(tmp_path))
    monkeypatch.setenv("RFENGINE_MAX_IMAGES", "77")
    assert ServiceSettings.from_environment().max_images == 77
    with TestClient(create_app(replace(settings, max_images=len(ZIP)))) as client:
        assert client.post("/analyze", **form(model=MODEL, images=IMAGES)).status_code == 202
    with TestClient(create_app(replace(settings, max_images=len(ZIP) - 1))) as client:
        problem(client.post("/analyze", **form(model=MODEL, images=IMAGES)), 413)
