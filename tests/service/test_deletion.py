"""What was deleted is gone, says so, and takes nothing with it that is somebody's."""

import pytest
from fastapi.testclient import TestClient

from api_schemas.fan_out import Spread
from jobstore import fan_out, queries, retention, transitions
from tests.service.calls import blobs, problem, stores
from tests.service.test_api import failed, submitted, succeeded


def test_a_deleted_job_is_gone_with_all_that_it_made(client: TestClient) -> None:
    job, kept = succeeded(client), succeeded(client, b"other")
    report = client.get(f"/jobs/{job}/report")
    answer = client.delete(f"/jobs/{job}")
    assert (answer.status_code, answer.content) == (204, b"")
    for call in ("", "/report", "/artifacts", "/artifacts/t.png", "/events"):
        refused = problem(client.get(f"/jobs/{job}{call}"), 410)
        assert refused.type == "urn:rfengine:gone"
        assert "submit the question again" in refused.detail
    for method, path in (("POST", f"/jobs/{job}/cancel"), ("DELETE", f"/jobs/{job}")):
        problem(client.request(method, path), 410)
    assert len(blobs(client)) == 3
    assert [found["id"] for found in client.get("/jobs").json()["jobs"]] == [kept]
    assert client.get(f"/jobs/{job}/report", headers={"If-None-Match": report.headers["etag"]}).status_code == 410
    # The same question is a new one.
    assert client.post("/analyze", content=b"model", headers={"Content-Type": "application/onnx"}).status_code == 202


def test_a_failed_one_too(client: TestClient) -> None:
    job = failed(client)
    assert client.delete(f"/jobs/{job}").status_code == 204
    problem(client.get(f"/jobs/{job}/report"), 410)


def test_what_runs_has_to_be_canceled_first(client: TestClient) -> None:
    job = submitted(client)
    for claimed in (False, True):
        if claimed:
            transitions.claim(stores(client).database, job, 30.0)
        answer = client.delete(f"/jobs/{job}")
        assert problem(answer, 409).type == "urn:rfengine:not-ended"
        assert answer.headers["retry-after"]
    assert client.get(f"/jobs/{job}").json()["status"] == "running"
    assert len(blobs(client)) == 1


def test_parts_go_with_their_job_only(client: TestClient) -> None:
    job = submitted(client)
    database = stores(client).database
    transitions.claim(database, job, 30.0)
    plan = Spread.model_validate({"parts": [{"key": "a" * 64, "body": {}, "title": "t"}], "progress": 0.1})
    (part,) = fan_out.spread(database, job, 1, plan, engine_version="1") or ()
    client.post(f"/jobs/{job}/cancel")
    refused = problem(client.delete(f"/jobs/{part}"), 409)
    assert f"/jobs/{job}" in refused.detail
    assert client.delete(f"/jobs/{job}").status_code == 204
    problem(client.get(f"/jobs/{part}"), 410)
    assert client.get(f"/jobs?parent={job}").json()["jobs"] == []
    assert blobs(client) == []


def test_an_expired_job_answers_like_a_deleted_one(client: TestClient) -> None:
    job = succeeded(client)
    assert retention.expire(stores(client).database, 0.0) == (job,)
    problem(client.get(f"/jobs/{job}"), 410)


def test_files_that_cannot_be_removed_now_are_removed_later(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = succeeded(client)
    opened = stores(client)
    with monkeypatch.context() as away:
        away.setattr(type(opened.artifacts), "remove", lambda *_: (_ for _ in ()).throw(OSError("away")))
        assert client.delete(f"/jobs/{job}").status_code == 204
    problem(client.get(f"/jobs/{job}/artifacts/t.png"), 410)
    assert len(blobs(client)) == 3
    assert retention.drain(opened.database, opened.artifacts) == 3
    assert blobs(client) == []
    assert queries.get(opened.database, job) is not None
