"""Real processes, killed without warning: every accepted job ends, once, and by itself."""

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from rfengine.cli.serve import running
from tests.service.processes import LEASE, Deployment, alive, descendants, eventually


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path / "data")


def running_in(deployment: Deployment, job: str) -> None:
    eventually(lambda: deployment.job(job)["stage"] == "gradient")


def test_a_model_goes_in_and_files_come_out(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker():
        job = deployment.submit("fine")
        ended = deployment.ended(job)
        assert (ended["status"], ended["attempt"], ended["progress"]) == ("succeeded", 1, 1.0)
        report = httpx.get(f"{deployment.url}/jobs/{job}/report").json()
        assert report["schema"] == "rfengine.report/1"
        for file in httpx.get(f"{deployment.url}/jobs/{job}/artifacts").json()["artifacts"]:
            content = httpx.get(f"{deployment.url}/jobs/{job}/artifacts/{file['name']}")
            assert len(content.content) == file["bytes"]
        again = httpx.post(f"{deployment.url}/analyze", files={"model": b"model"}, data={"request": '{"name": "fine"}'})
        assert (again.status_code, again.json()["id"]) == (200, job)


def test_what_is_known_can_be_had_while_the_rest_is_measured(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker():
        job = deployment.submit("known:sleep:1")
        with httpx.stream("GET", f"{deployment.url}/jobs/{job}/events", timeout=10.0) as answer:
            told = next(line for line in answer.iter_lines() if '"partial":true' in line)
        assert '"status":"running"' in told
        assert deployment.job(job)["partial"] is True
        early = httpx.get(f"{deployment.url}/jobs/{job}/report?partial=true")
        assert (early.status_code, early.headers["rfengine-partial"]) == (200, "true")
        assert (early.json()["targets"], early.json()["artifacts"]) == (["t"], [])
        assert httpx.get(f"{deployment.url}/jobs/{job}/report").status_code == 409
        assert deployment.ended(job)["partial"] is False
        whole = httpx.get(f"{deployment.url}/jobs/{job}/report?partial=true")
        assert "rfengine-partial" not in whole.headers
        assert len(whole.json()["artifacts"]) == 1


def test_a_question_about_an_earlier_model_outlives_it(deployment: Deployment) -> None:
    with deployment.service():
        with deployment.worker():
            first = deployment.submit("fine", b"12345")
            deployment.ended(first)
        second = httpx.post(f"{deployment.url}/analyze?model_of={first}", json={"name": "again"}).json()["id"]
        assert httpx.delete(f"{deployment.url}/jobs/{first}").status_code == 204
        with deployment.worker():
            assert deployment.ended(second)["status"] == "succeeded"
        assert httpx.get(f"{deployment.url}/jobs/{second}/report").json()["model"]["nodes"] == 5
        assert httpx.post(f"{deployment.url}/analyze?model_of={first}", json={}).status_code == 410


def test_hostile_jobs_cost_only_themselves(deployment: Deployment) -> None:
    deployment.settings |= {"RFENGINE_JOB_TIMEOUT": "3", "RFENGINE_CHILD_MEMORY": str(128 << 20)}
    with deployment.service(), deployment.worker():
        before = deployment.submit("fine:before")
        hostile = {kind: deployment.submit(kind) for kind in ("segfault", "loop", "allocate", "raise")}
        after = deployment.submit("fine:after")
        errors = {kind: deployment.ended(job)["error"]["type"] for kind, job in hostile.items()}
        assert deployment.ended(before)["status"] == deployment.ended(after)["status"] == "succeeded"
    assert errors == {
        "segfault": "urn:rfengine:crash",
        "loop": "urn:rfengine:timeout",
        "allocate": "urn:rfengine:out-of-memory",
        "raise": "urn:rfengine:internal-error",
    }


def test_kill_9_of_the_worker_costs_an_attempt_and_no_job(deployment: Deployment) -> None:
    with deployment.service():
        with deployment.worker() as worker:
            job = deployment.submit("sleep:1")
            waiting = deployment.submit("fine:waiting")
            running_in(deployment, job)
            family = descendants(worker.pid)
            assert family
            worker.kill()
            worker.wait()
            # The child of a dead worker must not go on beside its successor.
            eventually(lambda: not alive(family), within=LEASE)
        with deployment.worker():
            ended = deployment.ended(job)
            assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
            assert deployment.ended(waiting)["status"] == "succeeded"


def test_kill_9_of_the_child_is_tried_again(deployment: Deployment, tmp_path: Path) -> None:
    with deployment.service(), deployment.worker():
        ended = deployment.ended(deployment.submit(f"crash_once:{tmp_path}/marker"))
        assert (ended["status"], ended["attempt"]) == ("succeeded", 2)


def test_kill_9_of_the_service_forgets_nothing(deployment: Deployment) -> None:
    with deployment.service() as service:
        jobs = [deployment.submit(f"fine:{number}") for number in range(3)]
        service.send_signal(signal.SIGKILL)
        service.wait()
    with deployment.service(), deployment.worker():
        assert [deployment.ended(job)["status"] for job in jobs] == ["succeeded"] * 3


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="model"; filename="n.onnx"\r\n\r\nmodel\r\n'
    b'--b\r\nContent-Disposition: form-data; name="images"; filename="i.zip"\r\n\r\nPK\x03\x04' + bytes(1 << 20)
)


@pytest.mark.parametrize(("kind", "body"), [("multipart/form-data; boundary=b", FORM), ("application/onnx", FORM)])
def test_an_upload_that_breaks_off_leaves_nothing(deployment: Deployment, kind: str, body: bytes) -> None:
    head = f"POST /analyze HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body) + 9}\r\n\r\n"
    with deployment.service():
        with socket.create_connection(("127.0.0.1", deployment.port)) as line:
            line.sendall(head.encode() + body)
            line.shutdown(socket.SHUT_WR)
            line.recv(1 << 16)
        assert httpx.get(f"{deployment.url}/jobs").json()["jobs"] == []
        eventually(lambda: not [path for path in (deployment.data / "artifacts").rglob("*") if path.is_file()])


def test_a_worker_that_is_asked_to_stop_hands_back_and_goes(deployment: Deployment) -> None:
    with deployment.service():
        with deployment.worker() as worker:
            job = deployment.submit("sleep:1")
            running_in(deployment, job)
            asked = time.monotonic()
            worker.terminate()
            eventually(lambda: deployment.job(job)["status"] == "queued", within=2.0)
            assert worker.wait(10.0) == 0
            assert time.monotonic() - asked < 5.0
        with deployment.worker():
            assert deployment.ended(job)["status"] == "succeeded"


def test_a_frozen_worker_comes_back_to_nothing(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker() as frozen:
        job = deployment.submit("sleep:1")
        running_in(deployment, job)
        frozen.send_signal(signal.SIGSTOP)
        with deployment.worker():
            ended = deployment.ended(job)
        frozen.send_signal(signal.SIGCONT)
        assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
        # The thawed worker tries to finish what is no longer its own; it lives on and takes the next job.
        assert deployment.ended(deployment.submit("fine:next"))["status"] == "succeeded"
        assert deployment.job(job) == ended


def test_the_service_starts_without_the_engine() -> None:
    code = "import service.__main__, sys; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"'(\w+)'", loaded))
    assert {"service", "jobstore", "fastapi"} <= names
    assert not names & {"torch", "rfengine", "worker", "onnx", "onnxruntime", "celery"}


def test_health_is_answered_within_two_seconds(deployment: Deployment) -> None:
    began = time.monotonic()
    with deployment.service():
        assert time.monotonic() - began < 2.0


@pytest.fixture
def environment(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in deployment.environment.items():
        monkeypatch.setenv(name, value)


def test_serve_keeps_its_processes_and_stops_them(environment: None, tmp_path: Path) -> None:
    with running(tmp_path / "served") as url:
        assert httpx.get(f"{url}/readyz").json()["status"] == "ready"
        family = serve_family(tmp_path / "served")
        assert len(family) == 2
        api = next(pid for pid, command in family.items() if "service" in command)
        job = httpx.post(f"{url}/analyze", content=b"x", headers={"Content-Type": "application/onnx"}).json()["id"]
        subprocess.run(["kill", "-9", str(api)], check=True)
        # The socket outlives the process: the request waits for the next one.
        ended = eventually(lambda: httpx.get(f"{url}/jobs/{job}", timeout=15.0).json()["ended_at"])
        assert ended
    assert not serve_family(tmp_path / "served")


def test_serve_gives_up_on_settings_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFENGINE_LEASE", "soon")
    with pytest.raises(RuntimeError, match="code 2"), running(tmp_path / "served"):
        pass


def test_strangers_are_not_let_in_without_a_key(deployment: Deployment) -> None:
    command = [sys.executable, "-P", "-m", "service", "--host", "0.0.0.0", "--port", "0"]
    refused = subprocess.run(command, env=deployment.environment, capture_output=True, text=True, timeout=20.0)
    assert refused.returncode == 2
    assert "RFENGINE_API_KEY" in refused.stderr


def serve_family(data: Path) -> dict[int, str]:
    """The processes that serve a data folder, by id, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if f"RFENGINE_DATA={data}\0".encode() in environment and (" -m service" in command or " -m worker" in command):
            found[int(entry.name)] = command
    return found
