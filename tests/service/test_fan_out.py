"""Jobs that are done in parts, as clients see them: the parent, its parts, what is known so far, and cancels."""

import hashlib
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api_schemas.fan_out import Part, Spread
from api_schemas.job import Artifact, Job, JobStatus, Summary, SweepSummaryRow
from jobstore import fan_out, queries, transitions
from jobstore.records import StoredArtifact
from tests.service.calls import ONNX, SPEC, blobs, form, problem, stores

MODEL = ("net.onnx", b"model")
ROW = SweepSummaryRow(network="nopool-res-8x16", depth=8, boundary="found", boundary_px=8.5, trainings=12)
SO_FAR = b'{"targets": []}'


def part(number: int) -> Part:
    key = hashlib.sha256(str(number).encode()).hexdigest()
    return Part(key=key, body={"number": number}, title=f"8 px, seed {number}")


def spread(client: TestClient, parts: int = 3) -> str:
    """A sweep that waits for its first round, with something known."""
    answer = client.post("/analyze", json={"sweep": {}})
    assert answer.status_code == 202, answer.text
    job = str(answer.json()["id"])
    opened = stores(client)
    record = transitions.claim(opened.database, job, 30.0)
    assert record is not None
    blob = opened.artifacts.put("artifacts", [SO_FAR])
    face = Artifact(name="report.json", media_type="application/json", bytes=blob.bytes, sha256=blob.sha256)
    plan = Spread(
        parts=tuple(part(number) for number in range(parts)),
        progress=0.25,
        reaches=0.75,
        summary=Summary(sweep=[ROW]),
    )
    partial = StoredArtifact(face, blob.name)
    assert fan_out.spread(opened.database, job, 1, plan, engine_version="0", partial=partial) is not None
    return job


def look(client: TestClient, job: str) -> dict[str, Any]:
    answer = client.get(f"/jobs/{job}")
    assert answer.status_code == 200, answer.text
    Job.model_validate(answer.json())
    got: dict[str, Any] = answer.json()
    return got


def parts_of(client: TestClient, job: str) -> list[str]:
    """In the order in which they were asked for."""
    listed = client.get(f"/jobs?parent={job}").json()["jobs"]
    return [child["id"] for child in listed][::-1]


def done(client: TestClient, child: str) -> None:
    database = stores(client).database
    record = transitions.claim(database, child, 30.0)
    assert record is not None
    assert transitions.finish_part(database, child, record.attempt, {})


def test_a_parent_that_waits_says_for_what(client: TestClient) -> None:
    job = spread(client)
    first, second, third = parts_of(client, job)
    done(client, first)
    transitions.claim(stores(client).database, second, 30.0)
    shown = look(client, job)
    assert (shown["status"], shown["stage"]) == ("waiting", "waiting for 2 of 3 parts")
    assert shown["children"] == {"total": 3, "done": 1, "failed": 0, "running": 1}
    assert shown["progress"] == pytest.approx(0.25 + 0.5 / 3)
    assert shown["summary"]["sweep"][0]["boundary_px"] == 8.5
    assert (shown["parent"], shown["queue_position"]) == (None, None)
    assert client.get(f"/jobs/{job}").headers["retry-after"]
    child = look(client, third)
    assert (child["parent"], child["children"], child["title"]) == (job, None, "8 px, seed 2")
    assert (child["status"], child["queue_position"]) == ("queued", 0)
    assert [entry["id"] for entry in client.get(shown["links"]["children"]).json()["jobs"]] == [third, second, first]


def test_parts_are_listed_with_their_parent_only(client: TestClient) -> None:
    job = spread(client)
    assert [entry["id"] for entry in client.get("/jobs").json()["jobs"]] == [job]
    assert len(client.get(f"/jobs?parent={job}&status=queued&limit=2").json()["jobs"]) == 2
    assert client.get(f"/jobs?parent={'0' * 32}").json()["jobs"] == []
    assert "parent" in problem(client.get("/jobs?parent=nonsense"), 422).detail


def test_parts_do_not_fill_the_queue(client: TestClient) -> None:
    spread(client, parts=50)  # the queue takes 5
    assert client.post("/analyze", content=b"model", headers=ONNX).status_code == 202


def test_what_is_known_so_far_can_be_had(client: TestClient) -> None:
    job = spread(client)
    refused = problem(client.get(f"/jobs/{job}/report"), 409)
    assert f"/jobs/{job}/report?partial=true" in refused.detail
    answer = client.get(f"/jobs/{job}/report?partial=true")
    assert (answer.status_code, answer.content) == (200, SO_FAR)
    assert (answer.headers["rfengine-partial"], answer.headers["cache-control"]) == ("true", "no-cache")
    tagged = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/jobs/{job}/report?partial=true", headers=tagged).status_code == 304
    assert client.head(f"/jobs/{job}/report?partial=true").headers["rfengine-partial"] == "true"
    assert client.get(f"/jobs/{job}/artifacts").json()["artifacts"] == []
    client.post(f"/jobs/{job}/cancel")
    assert client.get(f"/jobs/{job}/report?partial=true").content == SO_FAR  # what was found is not thrown away
    problem(client.get(f"/jobs/{job}/report"), 409)


def test_a_job_that_knows_nothing_yet_has_no_partial_report(client: TestClient) -> None:
    job = client.post("/analyze", json={"sweep": {}}).json()["id"]
    refused = problem(client.get(f"/jobs/{job}/report?partial=true"), 409)
    assert "partial" not in refused.detail


def test_a_part_says_where_its_result_is(client: TestClient) -> None:
    job = spread(client)
    child = parts_of(client, job)[0]
    done(client, child)
    assert f"/jobs/{job}/report" in problem(client.get(f"/jobs/{child}/report"), 404).detail


def test_cancel_of_a_parent_ends_its_parts(client: TestClient) -> None:
    job = spread(client)
    first, second, third = parts_of(client, job)
    done(client, first)
    transitions.claim(stores(client).database, second, 30.0)
    for _ in range(2):
        canceled = client.post(f"/jobs/{job}/cancel").json()
        assert (canceled["status"], canceled["children"]["failed"]) == ("canceled", 1)
        assert canceled["progress"] == pytest.approx(0.25 + 0.5 / 3)  # what was shown does not fall
    assert [look(client, child)["status"] for child in (first, second, third)] == ["succeeded", "running", "canceled"]
    assert queries.cancel_requested(stores(client).database, second)


def test_cancel_of_the_last_part_goes_on_with_the_parent(client: TestClient) -> None:
    job = spread(client, parts=2)
    done(client, parts_of(client, job)[0])
    assert client.post(f"/jobs/{parts_of(client, job)[1]}/cancel").json()["status"] == "canceled"
    parent = look(client, job)
    assert (parent["status"], parent["progress"]) == ("queued", 0.75)
    assert parent["children"] == {"total": 2, "done": 1, "failed": 1, "running": 0}
    with stores(client).broker.connection.clone() as line, line.channel() as channel:  # type: ignore[no-untyped-call]
        sent = [channel._get("cpu")["headers"]["root_id"] for _ in range(channel._size("cpu"))]
    assert sent == [job, job]  # when it came in, and now


def test_a_parent_that_has_succeeded_is_done_whatever_its_rounds_reached(client: TestClient) -> None:
    job = spread(client, parts=1)
    done(client, parts_of(client, job)[0])
    transitions.claim(stores(client).database, job, 30.0)
    transitions.finish(stores(client).database, job, 2, Summary(sweep=[ROW]), [])
    shown = look(client, job)
    assert (shown["status"], shown["progress"], shown["stage"]) == ("succeeded", 1.0, "start")
    assert shown["children"]["done"] == 1
    problem(client.get(f"/jobs/{job}/report?partial=true"), 404)  # what was partial is gone


def test_a_part_is_no_answer_to_a_question(client: TestClient) -> None:
    job = spread(client, parts=1)
    child = parts_of(client, job)[0]
    done(client, child)
    record = queries.get(stores(client).database, child)
    assert record is not None
    assert record.status is JobStatus.SUCCEEDED
    assert queries.cached(stores(client).database, record.cache_key) is None


SWEEPS: dict[str, tuple[dict[str, Any], int]] = {
    "of the seed's networks, as JSON": ({"json": {"sweep": {}}}, 0),
    "asked for by name": ({"json": {"analyses": ["sweep"]}}, 0),
    "of the seed's networks, in a form": (form(request=json.dumps({"sweep": {}})), 0),
    "of a model": (form(model=MODEL, request=json.dumps({"sweep": {}})), 1),
    "of a spec": ({"json": {"sweep": {}, "spec": SPEC}}, 0),
    "of a network of the zoo": ({"json": {"sweep": {}, "zoo": "nopool-4"}}, 0),
}


@pytest.mark.parametrize(("body", "uploads"), SWEEPS.values(), ids=SWEEPS.keys())
def test_a_sweep_comes_with_a_network_or_without(client: TestClient, body: dict[str, Any], uploads: int) -> None:
    answer = client.post("/analyze", **body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["request"]["sweep"]["method"] == "planned"
    assert len(blobs(client)) == uploads


@pytest.mark.parametrize("network", [{"spec": SPEC}, {"zoo": "nopool-4"}])
def test_a_sweep_of_two_networks_is_refused(client: TestClient, network: dict[str, Any]) -> None:
    body = form(model=MODEL, request=json.dumps({"sweep": {}, **network}))
    refused = problem(client.post("/analyze", **body), 422)
    assert [error.location for error in refused.errors] == ["spec"]
    assert blobs(client) == []
