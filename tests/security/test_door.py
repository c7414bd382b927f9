"""By which names and from which pages the service is asked, and what a browser's session is."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from jobstore import keys, sessions, transitions
from jobstore.tables import sessions as table
from service import keyring
from service.app import create_app
from service.hosts import Hosts
from service.settings import ServiceSettings
from tests.security.people import SPEC, bearer, every_route, job_of, key, new_key, stored, stores
from tests.service.calls import problem
from tests.service.processes import eventually

OURS = "http://testserver"
COOKIE = "rfengine_session"


@pytest.fixture
def loopback(settings: ServiceSettings) -> Iterator[TestClient]:
    """As it is started without any setting: no key, no names but loopback's."""
    with TestClient(create_app(replace(settings, hosts=())), base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.fixture
def member(client: TestClient) -> TestClient:
    """A browser that has signed in."""
    assert client.post("/session", headers=key(client, "me")).status_code == 204
    return client


def test_a_name_that_was_bent_to_the_loopback_gets_nothing(loopback: TestClient) -> None:
    for method, path in every_route(loopback.app):  # type: ignore[arg-type]
        for name in (
            "attacker.example",
            "attacker.example:8000",
            "127.0.0.1.attacker.example",
            "localhost.evil.example",
        ):
            refused = loopback.request(method, path, headers={"Host": name})
            assert problem(refused, 421).type == "urn:rfengine:misdirected"


@pytest.mark.parametrize("name", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST", "127.0.0.9"])
def test_loopbacks_own_names_are_taken(loopback: TestClient, name: str) -> None:
    assert loopback.get("/healthz", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    ("named", "bound", "taken", "refused"),
    [
        ((), "127.0.0.1", ("localhost", "127.0.0.1:80", "::1", "[::1]"), ("10.0.0.7", "example.org", "", "0.0.0.0")),
        ((), "10.0.0.7", ("10.0.0.7:8000", "localhost"), ("10.0.0.8", "example.org")),
        (
            ("rf.example.org",),
            "10.0.0.7",
            ("rf.example.org:443", "RF.Example.org."),
            ("x.rf.example.org", "example.org"),
        ),
        ((), "0.0.0.0", ("10.0.0.7", "[2001:db8::1]:8000", "localhost"), ("example.org", "10.0.0.7.example.org")),
        ((), "::", ("10.0.0.7",), ("example.org",)),
        (("*",), "0.0.0.0", ("anything.example",), ()),
    ],
)
def test_which_names_are_ours(
    named: tuple[str, ...], bound: str, taken: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    hosts = Hosts.of(named, bound)
    assert [name for name in taken if not hosts.admits(name)] == []
    assert [name for name in refused if hosts.admits(name)] == []


FOREIGN = [
    {"Origin": "https://attacker.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "http://localhost:8000"},  # a page of this machine, but not of this address
    {"Origin": "file://"},
    {"Origin": "http://127.0.0.1:8000.attacker.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("said", FOREIGN)
def test_a_page_of_another_site_changes_nothing_on_the_loopback(loopback: TestClient, said: dict[str, str]) -> None:
    for method, path in every_route(loopback.app):  # type: ignore[arg-type]
        if method != "GET":
            assert problem(loopback.request(method, path, headers=said), 403).type == "urn:rfengine:forbidden"


@pytest.mark.parametrize("said", [{}, {"Origin": "http://127.0.0.1:8000"}, {"Sec-Fetch-Site": "same-origin"}])
def test_programs_and_our_own_pages_may(loopback: TestClient, said: dict[str, str]) -> None:
    assert loopback.post("/analyze", json=SPEC, headers=said).status_code in (200, 202)


def test_a_session_stands_for_its_key(client: TestClient) -> None:
    mine, token = new_key(client, "me", team="a")
    job = job_of(client, mine)
    begun = client.post("/session", headers=bearer(token))
    assert begun.status_code == 204
    flags = begun.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "samesite=strict", "path=/", f"max-age={12 * 3600}"} <= set(flags)
    assert "secure" not in flags
    assert token not in begun.headers["set-cookie"]
    assert [each["id"] for each in client.get("/jobs").json()["jobs"]] == [job.id]
    events = client.get(f"/jobs/{job.id}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    problem(client.get(f"/jobs/{job_of(client, new_key(client)[0]).id}"), 404)


def test_with_tls_the_cookie_is_never_sent_without(settings: ServiceSettings) -> None:
    with TestClient(create_app(settings), base_url="https://testserver") as client:
        begun = client.post("/session", headers=key(client))
        assert begun.headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
        assert "; secure" in begun.headers["set-cookie"].lower()
        assert client.get("/jobs").status_code == 200
        # The name that a plain page could set is not looked at here.
        value = client.cookies[f"__Host-{COOKIE}"]
        client.cookies.clear()
        problem(client.get("/jobs", headers={"Cookie": f"{COOKIE}={value}"}), 401)


def test_a_form_signs_in_and_leads_to_the_front_page(client: TestClient) -> None:
    _, token = new_key(client)
    page = client.get("/session")
    assert 'action="/session"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    sent = client.post("/session", data={"key": token}, headers={"Origin": OURS}, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    assert client.get("/jobs").status_code == 200
    own = {"Origin": OURS}
    problem(client.post("/session", data={"key": "rfe_wrong"}, headers=own), 401)
    problem(client.post("/session", content=b"key=" + b"x" * 5000, headers={"Content-Type": FORM} | own), 413)
    problem(client.post("/session", json={"key": token}, headers=own), 415)


FORM = "application/x-www-form-urlencoded"


def test_a_page_that_asks_without_a_session_is_led_to_the_form(client: TestClient) -> None:
    key(client)
    led = client.get("/docs", headers={"Sec-Fetch-Mode": "navigate"}, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/session")


@pytest.mark.parametrize("said", [*FOREIGN, {}])
def test_a_cookie_changes_nothing_from_another_page(member: TestClient, said: dict[str, str]) -> None:
    for method, path in every_route(member.app):  # type: ignore[arg-type]
        if method != "GET":
            problem(member.request(method, path, headers=said), 403)


def test_a_cookie_changes_things_from_our_own_page(member: TestClient) -> None:
    assert member.post("/analyze", json=SPEC, headers={"Origin": OURS}).status_code == 202
    assert member.post("/analyze", json=SPEC, headers={"Sec-Fetch-Site": "same-origin"}).status_code in (200, 202)


def test_a_session_ends_when_it_is_ended_or_its_key_is(client: TestClient) -> None:
    record, token = new_key(client)
    for end in ("signed out", "revoked", "too old"):
        client.post("/session", headers=bearer(token))
        cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
        client.cookies.clear()
        assert client.get("/jobs", headers=cookie).status_code == 200
        if end == "signed out":
            left = client.delete("/session", headers=cookie | {"Origin": OURS})
            assert left.status_code == 204
            assert f'{COOKIE}="";' in left.headers["set-cookie"]
        elif end == "revoked":
            keys.revoke(stores(client).database, record.id)
            record, token = new_key(client)
        else:
            _age(client, sessions.LASTS + 1)
        _forget_what_was_believed(client)
        problem(client.get("/jobs", headers=cookie), 401)


def test_a_session_of_the_environments_key_ends_when_that_changes(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, api_key="one"))) as client:
        client.post("/session", headers=bearer("one"))
        assert client.get("/jobs").status_code == 200
        cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    for other in ("two", None):
        with TestClient(create_app(replace(settings, api_key=other))) as client:
            key(client)  # so that keys are asked for
            problem(client.get("/jobs", headers=cookie), 401)


def test_the_ledger_has_no_sessions_id(member: TestClient, settings: ServiceSettings) -> None:
    folder = Path(settings.store.database_url.removeprefix("sqlite:///")).parent
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    assert keys.digest_of(member.cookies[COOKIE]).encode() in kept
    assert member.cookies[COOKIE].encode() not in kept


def test_every_answer_is_hardened(client: TestClient) -> None:
    admin = key(client, scopes=("admin",))
    answers = [client.request(m, p, headers=admin, follow_redirects=False) for m, p in every_route(client.app)]  # type: ignore[arg-type]
    answers.append(client.get("/nowhere", headers=admin))
    answers.append(client.get("/jobs"))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("report.html", "text/html", "inline"),
        ("p.png", "image/png", "inline"),
        ("x.bin", "application/octet-stream", "attachment"),
        ("x.js", "application/javascript", "attachment"),
        ("x.xhtml", "application/xhtml+xml", "attachment"),
    ],
)
def test_what_a_job_made_is_inert(client: TestClient, name: str, kind: str, shown: str) -> None:
    mine, token = new_key(client)
    job = job_of(client, mine, "running")
    opened = stores(client)
    assert transitions.finish(opened.database, job.id, job.attempt, None, [stored(opened, name, kind)])
    answer = client.get(f"/jobs/{job.id}/artifacts/{name}", headers=bearer(token))
    assert answer.headers["content-disposition"] == f'{shown}; filename="{name}"'
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy


def _age(client: TestClient, seconds: float) -> None:
    with stores(client).database.write() as connection:
        connection.execute(update(table).values(expires=table.c.expires - seconds))


def _forget_what_was_believed(client: TestClient) -> None:
    stores(client).keyring._known.clear()


def test_a_key_that_was_revoked_is_believed_for_a_second_at_most(client: TestClient) -> None:
    record, token = new_key(client)
    assert client.get("/jobs", headers=bearer(token)).status_code == 200
    keys.revoke(stores(client).database, record.id)
    time.sleep(1.05)
    problem(client.get("/jobs", headers=bearer(token)), 401)


def test_an_open_stream_ends_when_its_key_is_revoked(client: TestClient) -> None:
    record, token = new_key(client)
    job = job_of(client, record, "running")
    database = stores(client).database

    def revoke_then_move_on() -> None:
        eventually(lambda: client.app.state.watch.watched)  # type: ignore[attr-defined]
        keys.revoke(database, record.id)
        time.sleep(keyring.BELIEVED + 0.1)
        transitions.heartbeat(database, job.id, job.attempt, 30.0, "secret", 0.5)
        time.sleep(1.0)
        transitions.cancel(database, job.id)
        transitions.finish(database, job.id, job.attempt, None, [])

    with ThreadPoolExecutor(1) as elsewhere:
        moved = elsewhere.submit(revoke_then_move_on)
        stream = client.get(f"/jobs/{job.id}/events", headers=bearer(token))
        moved.result()
    assert "event: state" in stream.text
    assert "secret" not in stream.text
    assert "event: done" not in stream.text
    problem(client.get(f"/jobs/{job.id}/events", headers=bearer(token)), 401)
