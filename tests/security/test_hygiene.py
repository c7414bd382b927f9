"""Hostile input at every address: what comes back is an answer of ours, with nothing of the inside in it.

Beside the strings that a call sends come bytes that only a socket can send, to a real server.
"""

import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api_schemas.problem import MEDIA_TYPE, Problem
from jobstore import keys
from service.app import create_app
from service.settings import ServiceSettings
from tests.security.people import SPEC, bearer, every_route, job_of, key, stores
from tests.service.processes import Deployment

FIRST_KEY = "hunter2-the-first-key"

HOSTILE = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%00",
    "\x00",
    "' OR '1'='1",
    "'; DROP TABLE jobs; --",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "A" * 5000,
    "%s%n%x",
    "\U0001f600é\u202e",
    "-1",
    "1e999",
    "NaN",
    "[]",
    "null",
    "true",
    "__class__.__init__.__globals__",
    "$(id)`id`|id",
    "0" * 32,
]

# What only the inside knows: places of this machine, our modules and those beneath them, ways that errors look.
INSIDE = re.compile(
    r"Traceback|File \"|line \d+, in|site-packages|\.py\b|sqlalchemy|psycopg|sqlite3|kombu|celery|starlette|fastapi|"
    r"pydantic_core|uvicorn|h11|httptools|jobstore|api_schemas|SELECT |INSERT |UPDATE jobs|0x[0-9a-f]{8,}|hunter2"
)

BODIES: list[dict[str, Any]] = [
    {"content": b""},
    {"content": b"{", "headers": {"Content-Type": "application/json"}},
    {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
    {"content": b'{"a":' * 50_000, "headers": {"Content-Type": "application/json"}},
    {"content": b'"\xff\xfe"', "headers": {"Content-Type": "application/json"}},
    {"content": b'{"spec": 1e999999}', "headers": {"Content-Type": "application/json"}},
    {"content": b'{"name": "' + b"9" * 5000 + b'", "zoo": "x"}', "headers": {"Content-Type": "application/json"}},
    {"content": b'{"input_shape": ' + b"9" * 5000 + b"}", "headers": {"Content-Type": "application/json"}},
    {"json": {"spec": {"__class__": "x", "layers": [{"type": "../../x"}]}}},
    {"json": {"zoo": "../../etc/passwd"}},
    {"json": {"coverage": {"objects": {"coco": "/etc/passwd"}}}},
    {"json": {"zoo": "x", "dtype": {"$ref": "file:///etc/passwd"}}},
    {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary="}},
    {"content": b"--b\r\n\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
    {"content": b"--b\r\nContent-Disposition: form-data; name=model; filename=../../x\r\n\r\nx\r\n--b--\r\n",
     "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
    {"files": {"model": ("../../../etc/passwd\x00.onnx", b"x")}, "data": {"request": "{"}},
    {"files": {"model": b"x", "images": b"x", "objects": b"x"}, "data": {"request": '{"name": "\\u0000"}'}},
    {"content": b"x", "headers": {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"}},
    {"content": b"x", "headers": {"Content-Type": "text/\xff"}},
    {"content": b"x", "headers": {"Content-Type": "application/onnx", "Content-Length": "9" * 30}},
    {"content": b"key=%ff%00&key=x", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
]  # fmt: skip

HEADERS = (
    "Accept", "Accept-Encoding", "Content-Type", "Cookie", "Idempotency-Key", "If-None-Match", "Last-Event-ID",
    "Prefer", "Range", "Rfengine-Webhook", "X-Forwarded-For", "X-Forwarded-Host", "X-Request-Id", "Traceparent",
)  # fmt: skip
AT_THE_DOOR = ("Authorization", "Host", "Origin", "Sec-Fetch-Site")
PARAMETERS = ("limit", "after", "cache_key", "status", "parent", "partial", "format", "model_of", "x")


@pytest.fixture
def behind_a_key(settings: ServiceSettings) -> Iterator[TestClient]:
    keyed = replace(settings, api_key=FIRST_KEY, webhooks=True)
    with TestClient(create_app(keyed), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def admin(behind_a_key: TestClient) -> dict[str, str]:
    return bearer(FIRST_KEY)


def routes(client: TestClient) -> list[tuple[str, str]]:
    return every_route(client.app)  # type: ignore[arg-type]


def innocent(answer: httpx.Response, data: Path, sent: str = "") -> None:
    """It is below 500, a problem where it is an error, and has nothing of the inside that was not sent."""
    what = f"{answer.request.method} {answer.request.url!s:.200} -> {answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500, what
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == MEDIA_TYPE, what
        Problem.model_validate_json(answer.content)
        told = answer.text
        assert INSIDE.search(told.replace(json.dumps(sent)[1:-1], "").replace(sent, "")) is None, what
    for secret in (FIRST_KEY, str(data), str(Path(__file__).parents[2]), sys.prefix):
        assert secret not in answer.text, what
        assert secret not in str(answer.headers), what


def test_hostile_addresses(behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path) -> None:
    for text in HOSTILE:
        asked = {(method, path.replace("{job}", text).replace("{name}", text)) for method, path in routes(behind_a_key)}
        beneath = {("GET", f"{place}/{text}") for place in ("", "/jobs", "/docs", "/session", "/healthz")}
        for method, place in asked | beneath:
            try:
                answer = behind_a_key.request(method, place, headers=admin, follow_redirects=False)
            except httpx.InvalidURL:
                continue  # cannot be sent as it is; a socket sends it below
            innocent(answer, tmp_path, text)


def test_hostile_names_of_files(behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path) -> None:
    owner = keys.remember_environment(stores(behind_a_key).database, FIRST_KEY)
    job = job_of(behind_a_key, owner)
    for text in [*HOSTILE, "../report.json", "report.json/../../ledger.db", "..", ".", "report.json%00.png"]:
        try:
            answer = behind_a_key.get(f"/jobs/{job.id}/artifacts/{text}", headers=admin)
        except httpx.InvalidURL:
            continue
        innocent(answer, tmp_path, text)


def test_hostile_parameters(behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path) -> None:
    for method, path in routes(behind_a_key):
        place = path.replace("{job}", "0" * 32).replace("{name}", "x")
        for text in HOSTILE:
            given = dict.fromkeys(PARAMETERS, text)
            innocent(
                behind_a_key.request(method, place, params=given, headers=admin, follow_redirects=False), tmp_path, text
            )
            for name in PARAMETERS if path == "/jobs" else ():
                innocent(behind_a_key.request(method, place, params={name: text}, headers=admin), tmp_path, text)


def test_hostile_headers(behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path) -> None:
    texts = ("", "\xff", "a" * 5000, "*/*;q=nan", "; DROP TABLE jobs; --")
    for text in texts:
        raw: Any = text.encode("latin-1")
        for method, path in routes(behind_a_key):
            place = path.replace("{job}", "0" * 32).replace("{name}", "x")
            headers = {**dict.fromkeys(HEADERS, raw), **admin}
            innocent(behind_a_key.request(method, place, headers=headers, follow_redirects=False), tmp_path, text)
        for name in (*HEADERS, *AT_THE_DOOR):
            for method, path in (("GET", "/jobs"), ("POST", "/analyze"), ("POST", "/session")):
                innocent(behind_a_key.request(method, path, headers={**admin, name: raw}), tmp_path, text)


def test_hostile_bodies(behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path) -> None:
    for method, path in routes(behind_a_key):
        if method == "GET":
            continue
        place = path.replace("{job}", "0" * 32).replace("{name}", "x")
        for body in BODIES:
            headers: dict[Any, Any] = {**admin}
            headers |= {name: value.encode("latin-1") for name, value in body.get("headers", {}).items()}
            answer = behind_a_key.request(method, place, **{**body, "headers": headers})
            innocent(answer, tmp_path)


def test_a_job_that_fails_inside_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path / "data", settings={"RFENGINE_DATABASE_URL": ""})
    with deployment.service(), deployment.worker():
        job = deployment.ended(deployment.submit("raise"))
        report = httpx.get(f"{deployment.url}/jobs/{job['id']}/report")
    assert job["status"] == "failed"
    for told in (json.dumps(job["error"]), report.text):
        assert INSIDE.search(told) is None
        assert "/etc/shadow" not in told
        assert str(tmp_path) not in told


def test_a_database_that_fails_is_a_problem_without_its_words(
    behind_a_key: TestClient, admin: dict[str, str], tmp_path: Path
) -> None:
    with stores(behind_a_key).database.write() as connection:
        for table in ("usage", "sessions", "deliveries", "parts", "artifacts", "jobs", "api_keys"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_gone")
    for method, path in routes(behind_a_key):
        place = path.replace("{job}", "0" * 32).replace("{name}", "x")
        body = {"json": SPEC} if path == "/analyze" else {}
        answer = behind_a_key.request(method, place, headers=admin, follow_redirects=False, **body)
        if answer.status_code >= 400:
            # Signing in shows no key here, and there is no such file of the page.
            others = {"/session": 401, "/static/{path:path}": 404}
            assert answer.status_code in (503, others.get(path)), (method, path, answer.status_code)
            assert INSIDE.search(answer.text.replace(place, "")) is None, answer.text
    problem = Problem.model_validate(behind_a_key.get("/jobs", headers=admin).json())
    assert problem.type == "urn:rfengine:storage-unavailable"


RAW = [
    b"GET /jobs HTTP/1.1\r\n\r\n",  # no Host
    b"GET /jobs HTTP/1.0\r\n\r\n",
    b"GET http://attacker.example/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: attacker.example\r\n\r\n",
    b"GET /jobs\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /%00%ff/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"G\xffT /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST /analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    b"POST /analyze HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /jobs HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n",
]  # fmt: skip


def test_bytes_that_are_no_request(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path / "data")
    with deployment.service():
        for sent in RAW:
            with socket.create_connection(("127.0.0.1", deployment.port), timeout=0.4) as connection:
                with suppress(ConnectionError):
                    connection.sendall(sent)
                got = _all(connection).decode("latin-1")
            assert INSIDE.search(got) is None, (sent[:80], got[:500])
            assert not re.match(r"HTTP/1\.1 5\d\d", got), (sent[:80], got[:500])
            assert str(tmp_path) not in got
            if b"attacker" in sent:
                assert re.match(r"HTTP/1\.1 4\d\d", got), got[:200]
        assert deployment.answers()


def _all(connection: socket.socket) -> bytes:
    got = b""
    try:
        while chunk := connection.recv(1 << 16):
            got += chunk
    except (TimeoutError, ConnectionError):
        pass
    return got


def test_what_a_key_looks_like_is_in_no_answer(client: TestClient, tmp_path: Path) -> None:
    mine = key(client, scopes=("admin",))
    for method, path in routes(client):
        place = path.replace("{job}", "0" * 32).replace("{name}", "x")
        answer = client.request(method, place, headers=mine, follow_redirects=False)
        assert mine["Authorization"].rpartition("_")[2] not in answer.text + str(answer.headers)
