"""Another question about an earlier job's network: as if the files had been sent, and with files of its own."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api_schemas.job import Summary
from jobstore import queries, retention, transitions
from jobstore.artifacts import ArtifactStore, Blob
from jobstore.records import JobRecord
from tests.service.calls import ONNX, SPEC, blobs, form, problem, stores
from tests.service.test_coverage import COCO, asked
from tests.service.test_images import IMAGES, MODEL, ZIP, zipped

OTHER = {"analyses": ["analytic"]}
GIVEN = {"gradient": {"inputs": "given"}}


def taken(client: TestClient, path: str = "/analyze", status: int = 202, **body: Any) -> JobRecord:
    answer = client.post(path, **body)
    assert answer.status_code == status, answer.text
    record = queries.get(stores(client).database, answer.json()["id"])
    assert record is not None
    return record


def again(client: TestClient, job: JobRecord, status: int = 202, **body: Any) -> JobRecord:
    return taken(client, f"/analyze?model_of={job.id}", status, **body)


def finished(client: TestClient, job: JobRecord) -> None:
    transitions.claim(stores(client).database, job.id, 30.0)
    assert transitions.finish(stores(client).database, job.id, 1, Summary(targets={}), ())


def content(client: TestClient, blob: str | None) -> bytes:
    assert blob is not None
    return b"".join(stores(client).artifacts.chunks(blob))


@pytest.mark.parametrize("how", [{"json": OTHER}, form(request=json.dumps(OTHER))], ids=["json", "form"])
def test_it_is_as_if_the_model_had_been_sent(client: TestClient, how: dict[str, Any]) -> None:
    first = taken(client, **form(model=MODEL))
    second = again(client, first, **how)
    sent = taken(client, **form(model=MODEL, request=json.dumps(OTHER)))
    assert second.id != first.id
    assert (second.cache_key, second.request) == (sent.cache_key, sent.request)
    assert second.request["name"] == "net"
    assert (second.model_sha256, second.queue) == (first.model_sha256, first.queue)
    assert again(client, first, json={**OTHER, "name": "mine"}).request["name"] == "mine"


@pytest.mark.parametrize("which", ["delete", "expire"])
def test_it_outlives_the_job_that_lent_the_model(client: TestClient, which: str) -> None:
    first = taken(client, **form(model=MODEL))
    second = again(client, first, json=OTHER)
    finished(client, first)
    if which == "delete":
        assert client.delete(f"/jobs/{first.id}").status_code == 204
    else:
        assert retention.expire(stores(client).database, 0.0) == (first.id,)
        retention.drain(stores(client).database, stores(client).artifacts)
    assert content(client, second.model_blob) == b"model"
    assert len(blobs(client)) == 1
    finished(client, second)
    third = again(client, second, json={"analyses": ["gradient"]})
    assert client.delete(f"/jobs/{second.id}").status_code == 204
    assert content(client, third.model_blob) == b"model"
    assert problem(client.post(f"/analyze?model_of={first.id}", json=OTHER), 410).type == "urn:rfengine:gone"


def test_an_answered_question_costs_no_copy_and_takes_nothing_from_its_lender(client: TestClient) -> None:
    first = taken(client, **form(model=MODEL))
    second = again(client, first, json=OTHER)
    finished(client, second)
    assert again(client, first, 200, json=OTHER).id == second.id
    assert len(blobs(client)) == 2
    assert content(client, first.model_blob) == b"model"


def test_a_key_names_the_same_question_however_it_came(client: TestClient) -> None:
    key = {"Idempotency-Key": "one"}
    first = taken(client, **form(model=MODEL))
    second = again(client, first, json=OTHER, headers=key)
    assert again(client, first, 200, json=OTHER, headers=key).id == second.id
    assert taken(client, status=200, **form(model=MODEL, request=json.dumps(OTHER)), headers=key).id == second.id
    refused = client.post(f"/analyze?model_of={first.id}", json={"analyses": ["gradient"]}, headers=key)
    assert problem(refused, 409).type == "urn:rfengine:idempotency-conflict"
    assert len(blobs(client)) == 2


@pytest.mark.parametrize("network", [{"spec": SPEC}, {"zoo": "nopool-4"}], ids=["spec", "zoo"])
def test_a_network_that_was_described_is_meant_too(client: TestClient, network: dict[str, Any]) -> None:
    first = taken(client, json={**network, "name": "mine"})
    second = again(client, first, json=OTHER)
    sent = taken(client, json={**network, "name": "mine", **OTHER})
    assert (second.cache_key, second.model_blob) == (sent.cache_key, None)


def test_a_sweep_of_the_network_too(client: TestClient) -> None:
    first = taken(client, **form(model=MODEL))
    second = again(client, first, json={"sweep": {}})
    assert content(client, second.model_blob) == b"model"
    assert again(client, second, json=OTHER).cache_key == again(client, first, json=OTHER).cache_key


def test_images_come_along_where_they_are_needed(client: TestClient) -> None:
    first = taken(client, **form(model=MODEL, images=IMAGES))
    assert again(client, first, json=OTHER).images_blob is None
    second = again(client, first, json=GIVEN)
    assert content(client, second.images_blob) == ZIP
    assert second.cache_key == taken(client, **form(model=MODEL, images=IMAGES, request=json.dumps(GIVEN))).cache_key
    own = zipped(a=b"another")
    third = again(client, first, **form(images=("i.zip", own)))
    assert third.request["gradient"]["inputs"] == "given"
    assert (content(client, third.images_blob), content(client, third.model_blob)) == (own, b"model")


def test_objects_come_along_where_they_are_needed(client: TestClient) -> None:
    words = asked({"coco": "annotations/instances.json"})
    first = taken(client, **form(model=MODEL, objects=("o", COCO), request=words))
    stricter = json.loads(words)
    stricter["coverage"]["require"] = {"trf": 2}
    second = again(client, first, json=stricter)
    assert content(client, second.objects_blob) == COCO
    assert second.request["coverage"]["objects"]["coco"] == "instances.json"
    assert again(client, first, json=OTHER).objects_blob is None


NETWORKS: dict[str, Any] = {
    "spec": ({"json": {"spec": SPEC}}, "bring"),
    "zoo": ({"json": {"zoo": "nopool-4"}}, "bring"),
    "a model": (form(model=MODEL), "part `model` came"),
    "a raw model": ({"content": b"model", "headers": ONNX}, "body is a model"),
}


@pytest.mark.parametrize(("body", "says"), NETWORKS.values(), ids=NETWORKS.keys())
def test_two_networks_are_refused(client: TestClient, body: dict[str, Any], says: str) -> None:
    first = taken(client, **form(model=MODEL))
    refused = problem(client.post(f"/analyze?model_of={first.id}", **body), 422)
    assert [error.location for error in refused.errors] == ["query.model_of"]
    assert says in refused.detail
    assert len(blobs(client)) == 1


def test_what_nobody_lends_is_missing(client: TestClient) -> None:
    first = taken(client, **form(model=MODEL))
    missing = problem(client.post(f"/analyze?model_of={first.id}", json=GIVEN), 422)
    assert [error.location for error in missing.errors] == ["gradient.inputs"]
    missing = problem(client.post(f"/analyze?model_of={first.id}", json=json.loads(asked({"coco": "i.json"}))), 422)
    assert [error.location for error in missing.errors] == ["coverage.objects"]
    sweep = taken(client, json={"sweep": {}})
    none = problem(client.post(f"/analyze?model_of={sweep.id}", json=OTHER), 422)
    assert "no network of its own" in none.detail
    problem(client.post(f"/analyze?model_of={'0' * 32}", json=OTHER), 404)
    assert "model_of" in problem(client.post("/analyze?model_of=nonsense", json=OTHER), 422).detail
    assert "model_of" in problem(client.post("/analyze", json={}), 422).detail
    problem(
        client.post(f"/analyze?model_of={first.id}", content=b"", headers={"Content-Type": "application/json"}), 400
    )
    assert len(blobs(client)) == 1


def test_files_that_are_gone_or_do_not_fit_leave_nothing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = taken(client, **form(model=MODEL, images=IMAGES))
    put = ArtifactStore.put

    def full(self: ArtifactStore, kind: str, chunks: Any) -> Blob:
        if kind == "images":
            raise OSError(28, "No space left on device")
        return put(self, kind, chunks)

    with monkeypatch.context() as patch:
        patch.setattr(ArtifactStore, "put", full)
        refused = problem(client.post(f"/analyze?model_of={first.id}", json=GIVEN), 503)
    assert refused.type == "urn:rfengine:storage-unavailable"
    assert len(blobs(client)) == 2
    assert first.images_blob is not None
    stores(client).artifacts.remove(first.images_blob)
    refused = problem(client.post(f"/analyze?model_of={first.id}", json=GIVEN), 410)
    assert "not stored any more" in refused.detail
    assert len(blobs(client)) == 1


def test_the_document_has_the_parameter(client: TestClient) -> None:
    post = client.get("/openapi.json").json()["paths"]["/analyze"]["post"]
    assert {"model_of", "Prefer", "Idempotency-Key"} <= {parameter["name"] for parameter in post["parameters"]}
    assert {"404", "410"} <= set(post["responses"])
