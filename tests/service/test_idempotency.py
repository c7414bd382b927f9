"""A question that is sent twice under one key is one job."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import ServiceSettings
from tests.service.calls import ONNX, blobs, form, problem, stores
from tests.service.test_api import succeeded

REPLAYED = "idempotent-replayed"


def keyed(key: str) -> dict[str, str]:
    return {**ONNX, "Idempotency-Key": key}


def test_the_same_again_is_the_same_job(client: TestClient) -> None:
    first = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert (first.status_code, first.headers.get(REPLAYED)) == (202, None)
    again = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert (again.status_code, again.headers[REPLAYED]) == (200, "true")
    assert again.json() == first.json()
    assert len(client.get("/jobs").json()["jobs"]) == len(blobs(client)) == 1


def test_without_a_key_every_question_is_new(client: TestClient) -> None:
    ids = {client.post("/analyze", content=b"model", headers=ONNX).json()["id"] for _ in range(2)}
    ids.add(client.post("/analyze", content=b"model", headers=keyed("k")).json()["id"])
    ids.add(client.post("/analyze", content=b"model", headers=keyed("l")).json()["id"])
    assert len(ids) == 4


def test_a_form_is_what_is_in_it(client: TestClient) -> None:
    # Every sending of a form has a boundary of its own.
    first, again = (
        client.post("/analyze", **form(model=("n.onnx", b"abc")), headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


@pytest.mark.parametrize(
    "other",
    [
        {"content": b"other", "headers": ONNX},
        form(model=("n.onnx", b"model"), request='{"gradient": {"seed": 1}}'),
        {"json": {"zoo": "nopool-4"}},
    ],
    ids=["model", "options", "kind"],
)
def test_another_question_under_the_key_is_refused(client: TestClient, other: dict[str, object]) -> None:
    first = client.post("/analyze", content=b"model", headers=keyed("k")).json()["id"]
    headers = {**other.pop("headers", {}), "Idempotency-Key": "k"}  # type: ignore[dict-item]
    refused = problem(client.post("/analyze", **other, headers=headers), 409)  # type: ignore[arg-type]
    assert refused.type == "urn:rfengine:idempotency-conflict"
    assert first in refused.detail
    assert len(blobs(client)) == 1  # what was refused leaves nothing behind


def test_an_answer_that_was_there_is_bound_too(client: TestClient) -> None:
    job = succeeded(client)
    known = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert (known.status_code, known.json()["id"], known.headers.get(REPLAYED)) == (200, job, None)
    again = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert (again.json()["id"], again.headers[REPLAYED]) == (job, "true")
    problem(client.post("/analyze", content=b"other", headers=keyed("k")), 409)


def test_many_at_once_are_one(client: TestClient, settings: ServiceSettings) -> None:
    def send(_: int) -> tuple[int, str, str | None]:
        answer = client.post("/analyze", content=b"model", headers=keyed("k"))
        return answer.status_code, answer.json()["id"], answer.headers.get(REPLAYED)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(16)))
    assert len({id for _, id, _ in answers}) == 1
    assert sorted((status, replayed) for status, _, replayed in answers) == [(200, "true")] * 15 + [(202, None)]
    assert len(client.get("/jobs").json()["jobs"]) == len(blobs(client)) == 1


def test_a_full_queue_does_not_refuse_what_is_in_it(client: TestClient) -> None:
    first = client.post("/analyze", content=b"0", headers=keyed("k")).json()["id"]
    for number in range(1, 5):
        client.post("/analyze", content=str(number).encode(), headers=ONNX)
    problem(client.post("/analyze", content=b"new", headers=keyed("l")), 503)
    again = client.post("/analyze", content=b"0", headers=keyed("k"))
    assert (again.status_code, again.json()["id"]) == (200, first)


def test_a_key_is_free_again_when_its_job_is_deleted(client: TestClient) -> None:
    job = client.post("/analyze", content=b"model", headers=keyed("k")).json()["id"]
    client.post(f"/jobs/{job}/cancel")
    again = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert (again.json()["id"], again.json()["status"]) == (job, "canceled")
    assert client.delete(f"/jobs/{job}").status_code == 204
    fresh = client.post("/analyze", content=b"model", headers=keyed("k"))
    assert fresh.status_code == 202
    assert fresh.json()["id"] != job


def test_an_upgrade_between_two_sendings_changes_nothing(client: TestClient, settings: ServiceSettings) -> None:
    job = client.post("/analyze", content=b"model", headers=keyed("k")).json()["id"]
    with TestClient(create_app(settings)) as upgraded:
        opened = stores(upgraded)
        upgraded.app.state.stores = replace(opened, engine_version="99")  # type: ignore[attr-defined]
        assert upgraded.post("/analyze", content=b"model", headers=keyed("k")).json()["id"] == job
        # An answer of another engine is none: the cache's key has the version in it.
        fresh = upgraded.post("/analyze", content=b"model", headers=ONNX)
        old = client.get(f"/jobs/{job}").json()["cache_key"]
        assert (fresh.status_code, fresh.json()["cache_key"] == old) == (202, False)


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\x7f"])
def test_a_key_that_is_none(client: TestClient, key: str) -> None:
    refused = problem(client.post("/analyze", content=b"model", headers=keyed(key)), 422)
    assert [error.location for error in refused.errors] == ["header.idempotency-key"]
    assert blobs(client) == []
