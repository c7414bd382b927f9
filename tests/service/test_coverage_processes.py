"""Coverage checks through real processes: the verdict in every form, asked for with and without the client."""

import hashlib
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_schemas.formats import FORMATS
from api_schemas.job import JobStatus
from api_schemas.request import AnalyzeRequest
from rfengine.cli.client import Client
from rfengine.cli.question import Question
from rfengine.errors import BadInput
from tests.service.processes import Deployment
from tests.service.test_coverage import COCO, CSV, YOLO, asked
from tests.tiny import conv_chain


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    settings = {"RFENGINE_ENGINE": "worker.engine", "RFENGINE_LEASE": "30"}
    deployment = Deployment(tmp_path_factory.mktemp("coverage"), settings=settings)
    with deployment.service(), deployment.worker():
        yield deployment


NET = conv_chain(3)  # every unit sees 7 px
SOURCES: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "coco": ("instances.json", COCO, {}),
    "csv": ("boxes.csv", CSV, {}),
    "yolo": ("labels", YOLO, {"image_size": 32}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_check_that_fails_is_a_job_that_succeeds(deployment: Deployment, source: str) -> None:
    name, content, further = SOURCES[source]
    files = {"model": ("net.onnx", NET), "objects": (name, content)}
    body = {"files": files, "data": {"request": asked({source: f"some/where/{name}", **further})}}
    answer = httpx.post(f"{deployment.url}/analyze", **body)  # type: ignore[arg-type]
    assert answer.status_code == 202, answer.text
    ended = deployment.ended(answer.json()["id"], within=60)
    assert (ended["status"], ended["error"]) == ("succeeded", None)
    brief = ended["summary"]["coverage"]
    assert (brief["verdict"], brief["covered"], brief["objects"]) == ("fail", 1, 2)
    report = httpx.get(deployment.url + ended["links"]["report"]).json()
    checked = report["coverage"]["objects"]
    assert (checked["source"], checked["name"]) == (source, name)
    assert checked["sha256"] == hashlib.sha256(content).hexdigest()
    again = httpx.post(f"{deployment.url}/analyze", **body)  # type: ignore[arg-type]
    assert (again.status_code, again.json()["id"]) == (200, ended["id"])


def test_every_form_of_the_verdict(deployment: Deployment) -> None:
    sent = {"files": {"model": ("net.onnx", NET), "objects": ("i.json", COCO)}}
    job = httpx.post(f"{deployment.url}/analyze", **sent, data={"request": asked({"coco": "i.json"})}).json()
    deployment.ended(job["id"], within=60)

    def got(accept: str) -> httpx.Response:
        answer = httpx.get(deployment.url + job["links"]["report"], headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == accept
        return answer

    assert got("application/json").json()["coverage"]["verdict"] == "fail"
    assert "net" in got("text/markdown").text
    page = got("text/html").text
    assert page.startswith("<!DOCTYPE html>")
    pictures = [piece.split('"')[0] for piece in page.split('<img src="')[1:]]
    assert pictures
    for picture in pictures:
        assert httpx.get(deployment.url + picture).headers["content-type"].startswith("image/")
    suites = ElementTree.fromstring(got("application/xml").content)
    assert suites.findall(".//failure")
    assert got("application/sarif+json").json()["runs"][0]["results"]
    listed = {file["name"] for file in httpx.get(deployment.url + job["links"]["artifacts"]).json()["artifacts"]}
    assert {form.file for form in FORMATS.values()} <= listed


def test_a_check_that_passes(deployment: Deployment) -> None:
    layers = [{"type": "conv", "channels": 2, "kernel": 7}]
    request = asked({"sizes": [5, [7, 3]]}, spec={"input": [1, 1, 32, 32], "layers": layers})
    job = httpx.post(f"{deployment.url}/analyze", json=json.loads(request)).json()
    ended = deployment.ended(job["id"], within=60)
    assert ended["error"] is None
    assert ended["summary"]["coverage"]["verdict"] == "pass"


def test_objects_that_cannot_be_read_fail_with_the_reason(deployment: Deployment) -> None:
    files = {"model": ("net.onnx", NET), "objects": ("i.json", COCO[:-20])}
    job = httpx.post(f"{deployment.url}/analyze", files=files, data={"request": asked({"coco": "i.json"})}).json()
    ended = deployment.ended(job["id"], within=60)
    assert ended["status"] == "failed"
    assert "i.json" in ended["error"]["detail"]
    assert str(deployment.data) not in ended["error"]["detail"]
    assert ended["error"]["status"] == 422


def question(objects: Path, source: str, **further: Any) -> Question:
    request = AnalyzeRequest.model_validate(json.loads(asked({source: str(objects), **further})))
    return Question(NET, request, "client.onnx", objects=objects)


def test_the_client_sends_a_file_once(deployment: Deployment, tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "client.json").write_bytes(COCO)
    with Client(deployment.url) as client:
        job = client.wait(client.submit(question(tmp_path / "here" / "client.json", "coco")), lambda _: None)
        assert job.status is JobStatus.SUCCEEDED
        uploads = stored(deployment)
        # The same content elsewhere is the same question, answered before anything is sent.
        assert client.submit(question(tmp_path / "there" / "client.json", "coco")).id == job.id
        assert stored(deployment) == uploads
        report = client.report(job)
        assert report.coverage is not None
        assert report.coverage.verdict == "fail"


def test_the_client_sends_a_folder_as_one_zip(deployment: Deployment, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    (labels / "deep").mkdir(parents=True)
    (labels / "b.txt").write_text("0 0.5 0.5 0.1 0.125\n")
    (labels / "deep" / "a.txt").write_text("0 0.5 0.5 0.28 0.19\n")
    (labels / ".hidden.txt").write_text("no label")
    (labels / "photo.jpg").write_bytes(bytes(1000))
    with Client(deployment.url) as client:
        asking = question(labels, "yolo", image_size=32)
        job = client.wait(client.submit(asking), lambda _: None)
        assert job.error is None
        assert job.request["coverage"]["objects"]["yolo"] == "labels"
        for path in labels.rglob("*.txt"):
            path.touch()  # what decides is the content
        assert client.submit(asking).id == job.id
        report = client.report(job)
        assert report.coverage is not None
        assert report.coverage.objects.objects == 2
        single = client.wait(client.submit(question(labels / "b.txt", "yolo", image_size=32)), lambda _: None)
        assert single.error is None


def test_the_client_refuses_what_cannot_be_sent(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = {
        "image_size": question(tmp_path, "yolo", images=str(tmp_path)),
        "no such file or folder": question(tmp_path / "nothing", "voc"),
        "no such file": question(tmp_path / "nothing.json", "coco"),
        "no .txt or .xml file": question(tmp_path / "empty", "yolo", image_size=32),
    }
    for says, asking in refused.items():
        with Client("http://127.0.0.1:9") as client, pytest.raises(BadInput, match=says):
            client.submit(asking)


def stored(deployment: Deployment) -> int:
    return sum(1 for path in (deployment.data / "artifacts" / "objects").rglob("*") if path.is_file())
