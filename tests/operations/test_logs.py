"""Lines of real processes: each says when, how grave, who, and about which job and request."""

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from jobstore import logs
from jobstore.environment import BadSettingError
from jobstore.logs import About
from tests.operations.logged import Logged
from tests.service.processes import eventually

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECRET = "s3cret"


def test_every_line_is_json_and_carries_job_and_request(deployment: Logged) -> None:
    deployment.settings |= {"RFENGINE_LOG": "json"}
    with deployment.service(), deployment.worker():
        answer = httpx.post(
            f"{deployment.url}/analyze",
            params={"token": SECRET},
            files={"model": b"model"},
            data={"request": '{"name": "raise"}'},
            headers={"X-Request-Id": "trace-1"},
        )
        job = answer.json()["id"]
        assert answer.headers["x-request-id"] == "trace-1"
        deployment.ended(job)
        deployment.ended(deployment.submit("segfault"))
    service, worker = deployment.lines("service"), deployment.lines("worker")
    for line in (*service, *worker):
        assert TIME.fullmatch(line["time"])
        assert abs(time.time() - parsed(line["time"])) < 120
        assert line["level"] in ("info", "warning", "error")
        assert line["logger"]
        assert line["message"]
    (posted,) = [line for line in service if line.get("request_id") == "trace-1"]
    assert (posted["method"], posted["route"], posted["status"], posted["job"]) == ("POST", "/analyze", 202, job)
    assert posted["bytes"] == len(answer.content)
    assert 0 < posted["seconds"] < 20
    mine = [line for line in worker if line.get("job") == job]
    assert {line["request_id"] for line in mine} == {"trace-1"}
    assert {line["process"] for line in mine} == {"worker", "child"}
    (raised,) = [line for line in mine if line["process"] == "child"]
    assert (raised["level"], raised["message"]) == ("error", "the engine raised what it should not")
    assert "RuntimeError" in raised["error"]
    assert raised["pid"] != mine[0]["pid"]
    assert SECRET not in "\n".join(deployment.said("service"))


def parsed(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def test_one_line_a_request_and_none_besides(deployment: Logged) -> None:
    deployment.settings |= {"RFENGINE_LOG": "json"}
    with deployment.service():
        before = len(eventually(lambda: deployment.lines("service")))  # the fixture asks until there is an answer
        for path in ("/healthz", "/nothing?key=1", f"/jobs/{'0' * 32}", "/jobs?limit=0"):
            httpx.get(f"{deployment.url}{path}")
        eventually(lambda: len(deployment.lines("service")) >= before + 4)
        told = [(line["path"], line["status"], line.get("job")) for line in deployment.lines("service")[before:]]
    assert told == [
        ("/healthz", 200, None),
        ("/nothing", 404, None),
        (f"/jobs/{'0' * 32}", 404, "0" * 32),
        ("/jobs", 422, None),
    ]


def test_request_ids_are_checked_and_made(deployment: Logged) -> None:
    with deployment.service():
        for given in ("ok.A-9", "x" * 128, "Root=1-67891233-abcdef012345678912345678"):
            assert (
                httpx.get(f"{deployment.url}/healthz", headers={"X-Request-Id": given}).headers["x-request-id"] == given
            )
        for given in ("", "a b", "x" * 129, 'quote"', "ä".encode()):
            made = httpx.get(f"{deployment.url}/healthz", headers={"X-Request-Id": given}).headers["x-request-id"]
            assert re.fullmatch("[0-9a-f]{32}", made)
        said = "\n".join(deployment.said("service"))
    assert "request=ok.A-9" in said
    assert 'quote"' not in said


def test_an_unknown_form_is_refused(deployment: Logged) -> None:
    deployment.settings |= {"RFENGINE_LOG": "xml"}
    for module in ("service", "worker"):
        ended = subprocess.run(
            [sys.executable, "-P", "-m", module], env=deployment.environment, capture_output=True, text=True, timeout=30
        )
        assert ended.returncode == 2
        assert "RFENGINE_LOG='xml'" in ended.stderr


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The root logger is as it was when the test is over."""
    logger = logging.getLogger()
    level = logger.level
    monkeypatch.setattr(logger, "handlers", [])
    yield
    logger.setLevel(level)
    logging.captureWarnings(False)
    logs.now_about(None, None)


@pytest.mark.parametrize("form", logs.FORMS)
def test_no_client_can_forge_a_line(root: None, capsys: pytest.CaptureFixture[str], form: logs.Form) -> None:
    logs.configure("service", form)
    logging.getLogger("l").info("GET %s", "/\n2026-01-01T00:00:00.000Z service ERROR l: forged\r\n")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_lines_are_about_what_the_block_says(root: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("worker", "json", About(request_id="all"))
    log = logging.getLogger("l")
    with logs.lines_about("j", "r"):
        log.info("within", extra={logs.FIELDS: {"seconds": 1.5}})
    log.info("without")
    within, without = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (within["job"], within["request_id"], within["seconds"]) == ("j", "r", 1.5)
    assert (without.get("job"), without["request_id"]) == (None, "all")


def test_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RFENGINE_LOG", raising=False)
    assert logs.form_from_environment() == "text"
    monkeypatch.setenv("RFENGINE_LOG", "JSON")
    with pytest.raises(BadSettingError, match="text or json"):
        logs.form_from_environment()
