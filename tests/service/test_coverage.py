"""Coverage checks over HTTP: the policy in the request, its objects beside it, and what is refused."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api_schemas.job import Summary
from api_schemas.objects import with_names_only
from api_schemas.request import AnalyzeRequest
from jobstore import queries, transitions
from service.app import create_app
from service.settings import ServiceSettings
from tests.service.calls import SPEC, blobs, form, problem, stores

MODEL = ("net.onnx", b"model")
REQUIRE = {"require": {"trf": 1}, "input": {"resize": "none"}}
COCO = json.dumps(
    {
        "images": [{"id": 1, "width": 32, "height": 32, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [
            {"id": 10, "image_id": 1, "category_id": 1, "bbox": [2, 2, 3, 4], "iscrowd": 0},
            {"id": 11, "image_id": 1, "category_id": 1, "bbox": [5, 5, 9, 6], "iscrowd": 0},
        ],
    }
).encode()
CSV = b"width,height\n3,4\n9,6\n"


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), content)
    return packed.getvalue()


YOLO = zipped(a="0 0.5 0.5 0.1 0.125\n", b="0 0.5 0.5 0.28 0.19\n")


def asked(objects: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"coverage": {"objects": objects, **REQUIRE}, **fields})


def with_objects(source: str, path: str, content: bytes, **further: Any) -> dict[str, Any]:
    return form(model=MODEL, objects=("o", content), request=asked({source: path, **further}))


ACCEPTED: dict[str, tuple[dict[str, Any], tuple[str, str] | None]] = {
    "coco": (with_objects("coco", "instances.json", COCO), ("coco", "instances.json")),
    "csv": (with_objects("csv", "boxes.csv", CSV), ("csv", "boxes.csv")),
    "yolo": (with_objects("yolo", "labels", YOLO, image_size=32), ("yolo", "labels")),
    "of a folder": (with_objects("coco", "/data/private/instances.json", COCO), ("coco", "instances.json")),
    "of a place that climbs": (with_objects("csv", "../../../etc/passwd", CSV), ("csv", "passwd")),
    "of a Windows folder": (with_objects("csv", "C:\\data\\boxes.csv", CSV), ("csv", "boxes.csv")),
    "of a folder with a slash": (with_objects("yolo", "data/labels/", YOLO, image_size=32), ("yolo", "labels")),
    "of no name": (with_objects("yolo", "..", YOLO, image_size=32), ("yolo", "yolo")),
    "of a name that hides": (with_objects("csv", "a\u202eb\x00.csv", CSV), ("csv", "ab.csv")),
    "of a spec": (form(objects=("o", CSV), request=asked({"csv": "b.csv"}, spec=SPEC)), ("csv", "b.csv")),
    "with sizes of its own": (form(model=MODEL, request=asked({"sizes": [3]})), None),
    "with sizes, as json": ({"json": json.loads(asked({"sizes": [3]}, spec=SPEC))}, None),
}


@pytest.mark.parametrize(("body", "named"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(client: TestClient, body: dict[str, Any], named: tuple[str, str] | None) -> None:
    answer = client.post("/analyze", **body)
    assert answer.status_code == 202, answer.text
    shown = answer.json()["request"]
    assert "coverage" in shown["analyses"]
    opened = stores(client)
    record = queries.get(opened.database, answer.json()["id"])
    assert record is not None
    if named is None:
        assert (record.objects_blob, record.objects_sha256) == (None, None)
        return
    source, name = named
    assert shown["coverage"]["objects"][source] == name
    sent = next(content for part, (_, content) in body["files"] if part == "objects")
    assert record.objects_blob is not None
    assert record.objects_blob.startswith("objects/")
    assert b"".join(opened.artifacts.chunks(record.objects_blob)) == sent
    assert record.objects_sha256 == hashlib.sha256(sent).hexdigest()


REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "no part": (form(model=MODEL, request=asked({"coco": "i.json"})), 422, "coverage.objects", "-F objects=@"),
    "as json": (
        {"json": json.loads(asked({"coco": "dir/i.json"}, spec=SPEC))},
        422,
        "coverage.objects",
        "come from coco 'i.json', but no file came with it; send it as the part `objects` of multipart/form-data",
    ),
    "without a policy": (form(model=MODEL, objects=("o", CSV)), 422, "objects", "no `coverage`"),
    "beside sizes": (
        form(model=MODEL, objects=("o", CSV), request=asked({"sizes": [3]})),
        422,
        "objects",
        "coverage.objects.sizes",
    ),
    "beside a histogram": (
        form(model=MODEL, objects=("o", CSV), request=asked({"histogram": [{"size": 3, "count": 2}]})),
        422,
        "objects",
        "coverage.objects.histogram",
    ),
    "empty": (with_objects("csv", "b.csv", b""), 422, "objects", "empty"),
    "without a file name": (
        form(model=MODEL, objects="w,h\n3,3\n", request=asked({"csv": "b.csv"})),
        422,
        "objects",
        "-F objects=@instances.json",
    ),
    "labels that are no zip": (with_objects("yolo", "l", b"0 .5 .5 .1 .1", image_size=32), 422, "objects", "no zip"),
    "a folder of images": (
        with_objects("yolo", "labels", YOLO, images="/home/me/images"),
        422,
        "coverage.objects.images",
        "'images' of images is not sent to a server; give image_size",
    ),
    "a folder of images, as json": (
        {"json": json.loads(asked({"yolo": "labels", "images": "images"}, spec=SPEC))},
        422,
        "coverage.objects.images",
        "image_size",
    ),
    "twice": (
        {"files": [*with_objects("csv", "b", CSV)["files"], ("objects", ("o", CSV))]},
        422,
        "objects",
        "one zip",
    ),
    "too large": (with_objects("csv", "b.csv", CSV + bytes(1 << 19)), 413, "", "RFENGINE_MAX_OBJECTS"),
    "a typo": (
        form(model=MODEL, request=json.dumps({"coverage": {"objects": {"coc": "i.json"}, **REQUIRE}})),
        422,
        "coverage.objects.coc",
        "coco",
    ),
    "no policy": (form(model=MODEL, request='{"analyses": ["coverage"]}'), 422, "request", "without a policy"),
}


@pytest.mark.parametrize(("body", "status", "location", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(client: TestClient, body: dict[str, Any], status: int, location: str, says: str) -> None:
    refused = problem(client.post("/analyze", **body), status)
    assert says in refused.detail
    assert "/home" not in refused.detail
    assert [error.location for error in refused.errors] == ([location] if location else [])
    assert client.get("/jobs").json()["jobs"] == []
    assert blobs(client) == []


def test_the_key_is_of_the_content_and_not_of_its_place(client: TestClient) -> None:
    def ask(path: str, content: bytes) -> tuple[int, str]:
        answer = client.post("/analyze", **with_objects("csv", path, content))
        return answer.status_code, answer.json()["cache_key"]

    first = ask("/here/boxes.csv", CSV)
    assert ask("C:\\there\\boxes.csv", CSV) == first
    assert ask("boxes.csv", CSV + b"1,1\n")[1] != first[1]
    job = client.get(f"/jobs?cache_key={first[1]}").json()["jobs"][0]["id"]
    transitions.claim(stores(client).database, job, 30.0)
    assert transitions.finish(stores(client).database, job, 1, Summary(), ())
    stored = len(blobs(client))
    assert ask("there/boxes.csv", CSV) == (200, first[1])
    assert len(blobs(client)) == stored  # neither the model nor the objects of the repetition


LONG = st.text(st.characters(codec="utf-8"), min_size=250, max_size=300)


@given(path=st.text(st.sampled_from("ab./\\: \u202e\0ё"), min_size=1) | LONG)
def test_both_ends_of_the_wire_give_a_path_one_name(path: str) -> None:
    request = AnalyzeRequest.model_validate({"coverage": {"objects": {"csv": path}, **REQUIRE}})
    once = with_names_only(request)
    assert once.coverage is not None
    name = once.coverage.objects.path or ""
    assert name.isprintable()
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\\")
    read_again = AnalyzeRequest.model_validate_json(once.model_dump_json(exclude_unset=True, by_alias=True))
    assert with_names_only(read_again) == once


def test_the_cap_is_a_setting(monkeypatch: pytest.MonkeyPatch, settings: ServiceSettings, tmp_path: Path) -> None:
    monkeypatch.setenv("RFENGINE_DATA", str(tmp_path))
    assert ServiceSettings.from_environment().max_objects == 1 << 30
    monkeypatch.setenv("RFENGINE_MAX_OBJECTS", "77")
    assert ServiceSettings.from_environment().max_objects == 77
    body = with_objects("csv", "b.csv", CSV)
    with TestClient(create_app(replace(settings, max_objects=len(CSV)))) as client:
        assert client.post("/analyze", **body).status_code == 202
    with TestClient(create_app(replace(settings, max_objects=len(CSV) - 1))) as client:
        problem(client.post("/analyze", **body), 413)


def test_the_document_has_the_part(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    body = document["paths"]["/analyze"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert body["schema"]["properties"]["objects"]["format"] == "binary"
    schemas = document["components"]["schemas"]
    policy = schemas["AnalyzeRequest"]["properties"]["coverage"]["anyOf"][0]["$ref"].rpartition("/")[2]
    assert {"objects", "require", "assign"} <= set(schemas[policy]["properties"])
