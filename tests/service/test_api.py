"""The HTTP contract, without a worker: what is accepted, what is refused and how, what a job looks like."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api_schemas.job import Artifact, Job, Summary
from api_schemas.problem import MEDIA_TYPE, Problem
from api_schemas.request import AnalyzeRequest
from jobstore import transitions
from jobstore.records import StoredArtifact
from service.app import create_app
from service.settings import ServiceSettings
from tests.service.calls import ONNX, SPEC, blobs, form, problem, stores

PICTURE = b"\x89PNG\r\n\x1a\n"


def submitted(client: TestClient, content: bytes = b"model") -> str:
    answer = client.post("/analyze", content=content, headers=ONNX)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def succeeded(client: TestClient, content: bytes = b"model") -> str:
    """A job as a worker leaves it."""
    job = submitted(client, content)
    opened = stores(client)
    assert transitions.claim(opened.database, job, 30.0) is not None
    files = []
    for name, kind, data in (("report.json", "application/json", b"{}"), ("t.png", "image/png", PICTURE)):
        blob = opened.artifacts.put("artifacts", [data])
        face = Artifact(name=name, media_type=kind, bytes=blob.bytes, sha256=blob.sha256, title="T")
        files.append(StoredArtifact(face, blob.name))
    assert transitions.finish(opened.database, job, 1, Summary(targets={}), files)
    return job


def failed(client: TestClient) -> str:
    job = submitted(client)
    database = stores(client).database
    transitions.claim(database, job, 30.0)
    transitions.fail(database, job, 1, Problem(type="urn:rfengine:bad-model", title="t", status=422, detail="d"))
    return job


ACCEPTED: dict[str, tuple[dict[str, Any], bool, str | None]] = {
    "multipart": (form(model=("net.onnx", b"abc")), True, "net"),
    "multipart with options": (form(model=("n.onnx", b"abc"), request='{"name": "mine"}'), True, "mine"),
    "options as a file": (
        form(model=("n.onnx", b"abc"), request=("r.json", b'{"name": "mine"}')),
        True,
        "mine",
    ),
    "a spec in multipart": (form(request=json.dumps({"spec": SPEC})), False, None),
    "a file name that would climb": (form(model=("../../etc/pass\u202ewd.onnx", b"abc")), True, "passwd"),
    "a Windows path": (form(model=("C:\\nets\\net.onnx", b"abc")), True, "net"),
    "json": ({"json": {"spec": SPEC, "analyses": ["analytic"]}}, False, None),
    "raw": ({"content": b"abc", "headers": {"Content-Type": "application/octet-stream"}}, True, None),
    "raw onnx": ({"content": b"abc", "headers": ONNX}, True, None),
    "raw x-onnx": ({"content": b"abc", "headers": {"Content-Type": "application/x-onnx"}}, True, None),
}


@pytest.mark.parametrize(("body", "has_model", "name"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(client: TestClient, body: dict[str, Any], has_model: bool, name: str | None) -> None:
    answer = client.post("/analyze", **body)
    assert answer.status_code == 202, answer.text
    job = Job.model_validate(answer.json())
    assert answer.headers["location"] == job.links.self == f"/jobs/{job.id}"
    assert int(answer.headers["retry-after"]) >= 1
    assert (job.status, job.progress, job.queue_position) == ("queued", 0.0, 0)
    assert job.request["name"] == name
    # What is echoed is a whole request: it can be sent again.
    assert AnalyzeRequest.model_validate(job.request).analyses
    assert len(blobs(client)) == has_model
    assert len(client.get("/jobs").json()["jobs"]) == 1


JSON_BODY = {"Content-Type": "application/json"}
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({}, 400, ""),
    "empty raw": ({"content": b"", "headers": ONNX}, 400, ""),
    "empty json": ({"content": b" ", "headers": JSON_BODY}, 400, ""),
    "empty file": (form(model=("n.onnx", b"")), 400, ""),
    "broken multipart": (
        {"content": b"xxx", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        400,
        "",
    ),
    "no boundary": ({"content": b"xxx", "headers": {"Content-Type": "multipart/form-data"}}, 400, ""),
    "text": ({"content": b"hello", "headers": {"Content-Type": "text/plain"}}, 415, ""),
    "no type": ({"content": b"hello"}, 415, ""),
    "compressed": ({"content": b"abc", "headers": {**ONNX, "Content-Encoding": "gzip"}}, 415, ""),
    "too large": ({"content": b"x" * (1 << 21), "headers": ONNX}, 413, ""),
    "too large in a form": (form(model=("n", b"x" * (1 << 21))), 413, ""),
    "no json": ({"content": b"{", "headers": JSON_BODY}, 422, "body"),
    "json of another kind": ({"json": [1]}, 422, "body"),
    "json without a spec": ({"json": {}}, 422, "spec"),
    "unknown layer": ({"json": {"spec": {**SPEC, "layers": [{"type": "convolve"}]}}}, 422, "spec"),
    "unknown key": ({"json": {"spec": SPEC, "target": ["c"]}}, 422, "target"),
    "unknown analysis": ({"json": {"spec": SPEC, "analyses": ["magic"]}}, 422, "analyses.0"),
    "option out of range": ({"json": {"spec": SPEC, "gradient": {"images": 0}}}, 422, "gradient.images"),
    "bad option in a form": (
        form(model=("n", b"a"), request='{"gradient": {"seed": -1}}'),
        422,
        "gradient.seed",
    ),
    "form without model": (form(request="{}"), 422, "model"),
    "model without a file name": (form(model="abc"), 422, "model"),
    "model and spec": (form(model=("n", b"a"), request=json.dumps({"spec": SPEC})), 422, "spec"),
    "unknown part": (form(modle=("n", b"a")), 422, "modle"),
}


@pytest.mark.parametrize(("body", "status", "location"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(client: TestClient, body: dict[str, Any], status: int, location: str) -> None:
    refused = problem(client.post("/analyze", **body), status)
    assert refused.instance == "/analyze"
    if location:
        assert any(error.location.startswith(location) for error in refused.errors), refused.errors
    assert client.get("/jobs").json()["jobs"] == []
    assert blobs(client) == []  # a refused upload leaves nothing behind


def test_a_fault_is_told_once_and_without_the_insides_of_the_checker(client: TestClient) -> None:
    asked = {"spec": SPEC, "analyses": ["magic"], "gradient": {"units": ["middle"]}}
    refused = problem(client.post("/analyze", json=asked), 422)
    assert {error.location: error.message.split(", got ")[1] for error in refused.errors} == {
        "analyses.0": "'magic'",
        "gradient.units.0": "'middle'",
    }
    body = problem(client.post("/analyze", content=b"{", headers=JSON_BODY), 422)
    assert [error.location for error in body.errors] == ["body"]


def test_a_body_without_a_length_is_counted_too(client: TestClient) -> None:
    pieces = (b"x" * (1 << 16) for _ in range(64))
    problem(client.post("/analyze", content=pieces, headers=ONNX), 413)
    assert blobs(client) == []


def test_the_queue_has_an_end(client: TestClient) -> None:
    for number in range(5):
        submitted(client, str(number).encode())
    answer = client.post("/analyze", content=b"one too many", headers=ONNX)
    assert problem(answer, 503).type == "urn:rfengine:busy"
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["/nope", "/jobs/nope", f"/jobs/{'0' * 32}", f"/jobs/{'0' * 32}/report", "/jobs/%00"])
def test_what_is_not_there(client: TestClient, path: str) -> None:
    problem(client.get(path), 404)


ALLOWED = {
    "/analyze": "POST",
    "/jobs": "GET, HEAD",
    f"/jobs/{'0' * 32}": "DELETE, GET, HEAD",
    f"/jobs/{'0' * 32}/cancel": "POST",
    "/": "GET, HEAD",
}


@pytest.mark.parametrize(("path", "methods"), ALLOWED.items())
def test_a_wrong_method_names_the_right_ones(client: TestClient, path: str, methods: str) -> None:
    answer = client.put(path, content=b"")
    problem(answer, 405)
    assert answer.headers["allow"] == methods


@pytest.mark.parametrize(
    "query",
    [
        "limit=%FF",
        "after=%FF%FE",
        "after=WzFlOTk5LCAiMDAwIl0",
        "parent=%00",
        "limit=0",
        "limit=x",
        "after=nonsense",
        "after=MTIz",
        "cache_key=short",
        "status=odd",
    ],
)
def test_a_bad_query_is_named(client: TestClient, query: str) -> None:
    refused = problem(client.get(f"/jobs?{query}"), 422)
    assert query.partition("=")[0] in refused.detail


def test_a_failure_of_ours_tells_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.queries.get", lambda *_: {}["/secret/path"])
    answer = client.get(f"/jobs/{'0' * 32}")
    assert problem(answer, 500).type == "urn:rfengine:internal-error"
    assert "secret" not in answer.text


def test_a_job_is_tagged_until_it_changes(client: TestClient) -> None:
    job = submitted(client)
    first = client.get(f"/jobs/{job}")
    assert first.headers["retry-after"]
    same = client.get(f"/jobs/{job}", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    transitions.claim(stores(client).database, job, 30.0)
    changed = client.get(f"/jobs/{job}", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "running")


def test_a_failed_job_is_shown_with_its_reason(client: TestClient) -> None:
    job = failed(client)
    shown = client.get(f"/jobs/{job}")
    assert (shown.status_code, shown.json()["status"]) == (200, "failed")
    assert "retry-after" not in shown.headers
    assert shown.json()["error"]["instance"] == f"/jobs/{job}"
    assert problem(client.get(f"/jobs/{job}/report"), 422).type == "urn:rfengine:bad-model"


def test_a_report_has_to_be_waited_for(client: TestClient) -> None:
    job = submitted(client)
    answer = client.get(f"/jobs/{job}/report")
    assert problem(answer, 409).type == "urn:rfengine:not-finished"
    assert answer.headers["retry-after"]
    client.post(f"/jobs/{job}/cancel")
    assert problem(client.get(f"/jobs/{job}/report"), 409).type == "urn:rfengine:canceled"


def test_files_are_inert_and_immutable(client: TestClient) -> None:
    job = succeeded(client)
    listed = client.get(f"/jobs/{job}/artifacts").json()["artifacts"]
    assert [file["name"] for file in listed] == ["report.json", "t.png"]
    answer = client.get(f"/jobs/{job}/artifacts/t.png")
    assert (answer.content, answer.headers["content-type"]) == (PICTURE, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"] == f'"{hashlib.sha256(PICTURE).hexdigest()}"'
    again = client.get(f"/jobs/{job}/artifacts/t.png", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    report = client.get(f"/jobs/{job}/report")
    assert (report.json(), report.headers["content-type"]) == ({}, "application/json")


def test_head_is_get_without_the_body(client: TestClient) -> None:
    job = succeeded(client)
    for path in (f"/jobs/{job}/artifacts/t.png", f"/jobs/{job}/report"):
        named = {"X-Request-Id": "same"}
        got, head = client.get(path, headers=named), client.head(path, headers=named)
        assert (head.status_code, head.content) == (200, b"")
        for answer in (head, got):
            del answer.headers["x-request-id"]
        assert head.headers == got.headers
        assert int(head.headers["content-length"]) == len(got.content) > 0
        again = client.head(path, headers={"If-None-Match": got.headers["etag"]})
        assert (again.status_code, again.headers["etag"]) == (304, got.headers["etag"])
    assert client.head(f"/jobs/{job}/artifacts/nope.png").status_code == 404
    assert client.head(f"/jobs/{submitted(client, b'other')}/report").status_code == 409
    for name in [blob for blob in blobs(client) if "/artifacts/" in blob]:
        Path(name).unlink()
    assert client.head(f"/jobs/{job}/artifacts/t.png").status_code == 404


def test_head_is_wherever_get_is(client: TestClient) -> None:
    job = succeeded(client)
    document = client.get("/openapi.json").json()
    paths = [path for path, operations in document["paths"].items() if "get" in operations]
    assert len(paths) > 8
    for path in ("/openapi.json", "/jobs?limit=0", "/nope", *paths):
        asked = path.format(job=job, name="t.png")
        got, head = client.get(asked), client.head(asked)
        assert (head.status_code, head.content) == (got.status_code, b""), asked
        for name in ("content-type", "etag", "cache-control"):
            assert head.headers.get(name) == got.headers.get(name), asked
    assert client.head("/analyze").status_code == 405


@pytest.mark.parametrize(
    "path", ["/jobs", "/jobs/{job}", "/jobs/{job}/report", "/jobs/{job}/artifacts", "/zoo", "/initialisers"]
)
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str) -> None:
    asked = path.format(job=succeeded(client))
    tag = client.get(asked).headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(asked, headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(asked, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["nope.png", "..%2f..%2fledger.db", "%2e%2e"])
def test_files_are_found_by_the_ledger_alone(client: TestClient, name: str) -> None:
    assert client.get(f"/jobs/{succeeded(client)}/artifacts/{name}").status_code == 404


def test_cancel_can_be_repeated(client: TestClient) -> None:
    job = submitted(client)
    for _ in range(2):
        answer = client.post(f"/jobs/{job}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    done = succeeded(client, b"other")
    assert client.post(f"/jobs/{done}/cancel").json()["status"] == "succeeded"
    problem(client.post(f"/jobs/{'0' * 32}/cancel"), 404)


def test_the_same_question_is_answered_from_the_store(client: TestClient) -> None:
    job = succeeded(client)
    stored = len(blobs(client))
    again = client.post("/analyze", content=b"model", headers=ONNX)
    assert (again.status_code, again.json()["id"]) == (200, job)
    assert len(blobs(client)) == stored
    key = again.json()["cache_key"]
    assert [found["id"] for found in client.get(f"/jobs?cache_key={key}").json()["jobs"]] == [job]
    other = client.post("/analyze", **form(model=("n", b"model"), request='{"gradient": {"seed": 1}}'))
    assert (other.status_code, other.json()["cache_key"] == key) == (202, False)


def test_pages_cover_all_jobs_once(client: TestClient) -> None:
    jobs = [submitted(client, str(number).encode()) for number in range(5)]
    seen, after = [], ""
    while True:
        page = client.get(f"/jobs?limit=2{after}").json()
        seen += [job["id"] for job in page["jobs"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == jobs[::-1]


def test_a_broker_that_is_down_delays_and_refuses_nothing(settings: ServiceSettings, tmp_path: Path) -> None:
    (tmp_path / "in the way").touch()
    down = replace(settings.store, broker_url=f"sqlite:///{tmp_path}/in the way/broker.db")
    with TestClient(create_app(replace(settings, store=down))) as client:
        assert client.get("/readyz").json()["status"] == "degraded"
        assert client.post("/analyze", content=b"abc", headers=ONNX).status_code == 202


def test_without_a_store_the_service_is_not_ready(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/readyz").json() == {
        "status": "ready",
        "checks": dict.fromkeys(("database", "schema", "artifacts", "disk", "broker"), "ok"),
        "reasons": {},
    }
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    (tmp_path / "store").touch()  # a file where the folder was
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["artifacts"]) == (503, "failed")
    problem(client.post("/analyze", content=b"abc", headers=ONNX), 503)
    assert client.get("/healthz").json()["status"] == "ok"


def test_a_key_is_asked_for(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, api_key="sesame"))) as client:
        assert client.get("/healthz").status_code == 200
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic sesame"}):
            answer = client.get("/jobs", headers=given)
            problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/jobs", headers={"Authorization": "Bearer sesame"}).status_code == 200


def test_the_document_knows_bodies_and_problems(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    post = document["paths"]["/analyze"]["post"]
    assert set(post["requestBody"]["content"]) >= {
        "multipart/form-data",
        "application/json",
        "application/onnx",
    }
    assert MEDIA_TYPE in post["responses"]["422"]["content"]
    schemas = document["components"]["schemas"]
    assert {"AnalyzeRequest", "Problem", "Job", "Report"} <= set(schemas)
    wanted = set(_references(document))
    assert wanted <= {f"#/components/schemas/{name}" for name in schemas}


def test_the_front_door_leads_somewhere(client: TestClient) -> None:
    assert client.get("/").status_code == 200


def test_cursors_are_opaque_but_not_trusted(client: TestClient) -> None:
    crafted = base64.urlsafe_b64encode(b'["x", 1]').decode()
    problem(client.get(f"/jobs?after={crafted}"), 422)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_a_page_of_many_jobs_costs_as_many_queries_as_one_of_few(client: TestClient) -> None:
    def cost(limit: int) -> int:
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        engine = stores(client).database.engine
        event.listen(engine, "before_cursor_execute", count)
        assert len(client.get(f"/jobs?limit={limit}").json()["jobs"]) == limit
        event.remove(engine, "before_cursor_execute", count)
        return counted

    for number in range(5):
        client.post("/analyze", json={"spec": SPEC, "name": str(number)})
    assert cost(5) == cost(2)
