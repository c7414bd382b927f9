"""Nobody sees what is not theirs, at any address: the routes are those that the application has today."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api_schemas.job import JobStatus
from jobstore import keys, queries, transitions
from jobstore.keys import NewKey
from jobstore.settings import StoreSettings
from service.app import create_app
from service.settings import ServiceSettings
from tests.security.people import SPEC, bearer, every_route, job_of, key, new_key, stores
from tests.service.calls import problem

APP = create_app(ServiceSettings(StoreSettings("sqlite://", "sqlite://", "memory://x")))
ROUTES = every_route(APP)
OF_A_JOB = [(method, path) for method, path in ROUTES if "{job}" in path]
OPEN = {
    ("GET", "/"),
    ("GET", "/static/{path:path}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/session"),
    ("POST", "/session"),
    ("DELETE", "/session"),
}

# What shows the same to every key. A new address without a job in it has to be entered here, or shown to hide what is
# not its caller's by a test below.
FOR_ALL = {
    ("GET", "/docs"),
    ("GET", "/initialisers"),
    ("GET", "/openapi.json"),
    ("GET", "/zoo"),
}
TESTED_BELOW = {("GET", "/jobs"), ("POST", "/analyze"), ("GET", "/metrics")}


def at(path: str, job: str) -> str:
    return path.replace("{job}", job).replace("{name}", "p.png")


def test_every_address_is_known_to_these_tests() -> None:
    known = {*OF_A_JOB, *OPEN, *FOR_ALL, *TESTED_BELOW}
    admin = {route for route in ROUTES if route[1].startswith("/admin")}
    assert set(ROUTES) - known - admin == set()
    assert len(OF_A_JOB) >= 7


@pytest.mark.parametrize("shown", ["nothing", "a wrong key", "a revoked key", "a cookie that is none"])
def test_every_address_asks_for_a_key(client: TestClient, shown: str) -> None:
    record, token = new_key(client)
    keys.revoke(stores(client).database, record.id)
    headers = {
        "nothing": {},
        "a wrong key": bearer(f"{token[:-1]}{'1' if token[-1] == '0' else '0'}"),
        "a revoked key": bearer(token),
        "a cookie that is none": {"Cookie": "rfengine_session=abc", "Origin": "http://testserver"},
    }[shown]
    for method, path in set(ROUTES) - OPEN:
        refused = client.request(method, at(path, "0" * 32), headers=headers, follow_redirects=False)
        assert problem(refused, 401).type == "urn:rfengine:unauthorized"
        assert refused.headers["www-authenticate"] == "Bearer"


def test_asking_for_the_head_alone_is_asking(client: TestClient) -> None:
    other = job_of(client, new_key(client, "other")[0])
    me = key(client, "me")
    for method, path in ROUTES:
        if method == "GET" and (method, path) not in OPEN:
            assert client.head(at(path, other.id), follow_redirects=False).status_code == 401
            if "{job}" in path:
                assert client.head(at(path, other.id), headers=me).status_code == 404


@pytest.mark.parametrize("whose", ["a key without a team", "another team", "nobody", "the admin's"])
def test_a_strangers_job_is_as_if_it_were_not_there(client: TestClient, whose: str) -> None:
    me = key(client, "me", team="mine")
    owner = {
        "a key without a team": lambda: new_key(client, "other")[0],
        "another team": lambda: new_key(client, "other", team="theirs")[0],
        "the admin's": lambda: new_key(client, "chief", scopes=("admin",))[0],
        "nobody": lambda: None,
    }[whose]()
    for status in ("succeeded", "queued"):
        job = job_of(client, owner, status)
        for method, path in OF_A_JOB:
            refused = client.request(method, at(path, job.id), headers=me)
            missing = client.request(method, at(path, "f" * 32), headers=me)
            assert problem(refused, 404).type == "urn:rfengine:not-found"
            # Word for word what is said of a job that never was.
            assert refused.text.replace(job.id, "f" * 32) == missing.text
        kept = queries.get(stores(client).database, job.id)
        assert kept is not None
        assert (kept.status, kept.purged) == (JobStatus(status), None)
    assert client.get("/jobs", headers=me).json()["jobs"] == []


@pytest.mark.parametrize("who", ["the key itself", "another of its team"])
def test_ones_own_job_and_the_teams_are_seen_everywhere(client: TestClient, who: str) -> None:
    mine, token = new_key(client, "me", team="ours")
    headers = bearer(token) if who == "the key itself" else key(client, "you", team="ours")
    for method, path in OF_A_JOB:
        job = job_of(client, mine)
        assert client.request(method, at(path, job.id), headers=headers).status_code in (200, 204)


def test_an_admin_sees_what_no_key_made_but_not_what_others_did(client: TestClient) -> None:
    admin = key(client, "chief", scopes=("admin",))
    other = job_of(client, new_key(client, "other")[0])
    for method, path in OF_A_JOB:
        assert client.request(method, at(path, job_of(client, None).id), headers=admin).status_code in (200, 204)
        problem(client.request(method, at(path, other.id), headers=admin), 404)


def test_lists_have_ones_own_alone(client: TestClient) -> None:
    (mine, my), (yours, your), (teams, _) = (
        new_key(client, "me", team="a"),
        new_key(client, "you"),
        new_key(client, "mate", team="a"),
    )
    ids = {owner.name: job_of(client, owner).id for owner in (mine, yours, teams)}
    job_of(client, None)
    seen = {name: {job["id"] for job in client.get("/jobs", headers=bearer(token)).json()["jobs"]}
            for name, token in (("me", my), ("you", your))}  # fmt: skip
    assert seen == {"me": {ids["me"], ids["mate"]}, "you": {ids["you"]}}
    # Nor by the key of a question that somebody else asked, nor as a part of somebody else's job.
    asked = client.get("/jobs", params={"cache_key": "k" * 64}, headers=bearer(your))
    assert asked.status_code == 422
    assert client.get("/jobs", params={"parent": ids["me"]}, headers=bearer(your)).json()["jobs"] == []


def test_an_answer_is_found_again_within_a_team_only(client: TestClient) -> None:
    mine = key(client, "me", team="a")
    first = client.post("/analyze", json=SPEC, headers=mine)
    assert first.status_code == 202
    _finish(client, first.json()["id"])
    again = {
        "me": client.post("/analyze", json=SPEC, headers=mine),
        "mate": client.post("/analyze", json=SPEC, headers=key(client, "mate", team="a")),
        "stranger": client.post("/analyze", json=SPEC, headers=key(client, "stranger")),
        "other team": client.post("/analyze", json=SPEC, headers=key(client, "other", team="b")),
        "admin": client.post("/analyze", json=SPEC, headers=key(client, "chief", scopes=("admin",))),
    }
    assert {who: answer.status_code for who, answer in again.items()} == {
        "me": 200,
        "mate": 200,
        "stranger": 202,
        "other team": 202,
        "admin": 202,
    }
    assert len({answer.json()["id"] for answer in again.values()}) == 4


def test_a_replay_key_is_its_callers_own(client: TestClient) -> None:
    same = {"Idempotency-Key": "the-same"}
    mine, yours = key(client, "me", team="a"), key(client, "you", team="b")
    first = client.post("/analyze", json=SPEC, headers=mine | same)
    second = client.post("/analyze", json=SPEC, headers=yours | same)
    again = client.post("/analyze", json=SPEC, headers=mine | same)
    assert (first.status_code, second.status_code, again.status_code) == (202, 202, 200)
    assert first.json()["id"] == again.json()["id"] != second.json()["id"]


def test_figures_of_the_whole_service_are_for_admins(client: TestClient) -> None:
    assert problem(client.get("/metrics", headers=key(client)), 403).type == "urn:rfengine:forbidden"
    assert client.get("/metrics", headers=key(client, scopes=("admin",))).status_code == 200


def test_a_key_that_may_read_changes_nothing(client: TestClient) -> None:
    mine, token = new_key(client, "reader", scopes=("read",))
    job = job_of(client, mine, "queued")
    for method, path in ROUTES:
        if method != "GET" and (method, path) not in OPEN:
            refused = client.request(method, at(path, job.id), headers=bearer(token))
            assert problem(refused, 403).type == "urn:rfengine:forbidden"
    assert client.get(f"/jobs/{job.id}", headers=bearer(token)).json()["status"] == "queued"


def test_the_environments_key_may_do_everything_and_owns_what_it_makes(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, api_key="first-key")), raise_server_exceptions=False) as client:
        first = bearer("first-key")
        job = client.post("/analyze", json=SPEC, headers=first).json()["id"]
        assert client.get(f"/jobs/{job}", headers=first).status_code == 200
        assert client.get("/metrics", headers=first).status_code == 200
        problem(client.get(f"/jobs/{job}", headers=key(client)), 404)
        assert keys.ever_made(stores(client).database)
    # Without the setting its key is none, whatever the ledger remembers.
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        problem(client.get("/jobs", headers=first), 401)


def test_a_service_without_keys_shows_everything_until_there_is_one(client: TestClient, tmp_path: Path) -> None:
    job = client.post("/analyze", json=SPEC).json()["id"]
    assert client.get(f"/jobs/{job}").status_code == 200
    keys.create(stores(client).database, NewKey("first"))
    client.app.state.stores.keyring._looked = -10.0  # type: ignore[attr-defined]
    problem(client.get(f"/jobs/{job}"), 401)


def _finish(client: TestClient, job: str) -> None:
    claimed = transitions.claim(stores(client).database, job, 30.0)
    assert claimed is not None
    assert transitions.finish(stores(client).database, job, claimed.attempt, None, [])
