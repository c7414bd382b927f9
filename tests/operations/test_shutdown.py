"""SIGTERM: what can be finished in time is, the rest is handed back, and nothing that is open is torn off."""

import signal
import socket
import threading
import time
from contextlib import closing

import httpx

from jobstore import workers
from jobstore.database import open_database
from tests.operations.logged import Logged
from tests.service.processes import eventually
from worker.shutdown import Shutdown


def running_in(deployment: Logged, job: str) -> None:
    eventually(lambda: deployment.job(job)["stage"] == "gradient")


def test_a_job_that_ends_within_the_grace_is_finished(deployment: Logged) -> None:
    deployment.settings |= {"RFENGINE_GRACE": "12"}
    with deployment.service(), deployment.worker() as worker:
        job = deployment.submit("sleep:1.5")
        running_in(deployment, job)
        waiting = deployment.submit("fine")
        worker.terminate()
        assert worker.wait(15.0) == 0
        ended = deployment.job(job)
        assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
        # Nothing new was begun.
        assert (deployment.job(waiting)["status"], deployment.job(waiting)["attempt"]) == ("queued", 0)
    assert any("stopping: what runs has 12 s" in line for line in deployment.said("worker"))


def test_a_job_that_takes_longer_is_handed_back(deployment: Logged) -> None:
    deployment.settings |= {"RFENGINE_GRACE": "0.7"}
    with deployment.service(), closing(open_database(f"sqlite:///{deployment.data}/ledger.db")) as database:
        with deployment.worker() as worker:
            (there,) = eventually(lambda: workers.present(database))
            assert (there.pid, there.queue, there.stopping, there.jobs) == (worker.pid, "cpu", False, ())
            job = deployment.submit("sleep:3")
            running_in(deployment, job)
            eventually(lambda: workers.present(database)[0].jobs == (job,))
            asked = time.monotonic()
            worker.terminate()
            assert deployment.job(job)["status"] == "running"
            eventually(lambda: deployment.job(job)["status"] == "queued", within=5.0)
            assert 0.6 < time.monotonic() - asked < 5.0
            assert worker.wait(10.0) == 0
            assert workers.present(database) == ()
        with deployment.worker():
            ended = deployment.ended(job)
            assert (ended["status"], ended["attempt"]) == ("succeeded", 2)


def test_an_open_request_is_finished_and_none_is_taken(deployment: Logged) -> None:
    with deployment.service() as service:
        body = b"model" * 1000
        head = (
            f"POST /analyze HTTP/1.1\r\nHost: 127.0.0.1:{deployment.port}\r\n"
            f"Content-Type: application/onnx\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", deployment.port)) as line:
            line.sendall(head.encode() + body[:100])
            time.sleep(0.3)
            service.terminate()
            eventually(lambda: refused(deployment.port), within=5.0)
            assert service.poll() is None
            line.sendall(body[100:])
            line.settimeout(5.0)
            assert b" 202 " in line.recv(1 << 16).split(b"\r\n")[0]
        assert service.wait(5.0) == 0
    with deployment.service(), deployment.worker():
        (job,) = httpx.get(f"{deployment.url}/jobs").json()["jobs"]
        assert deployment.ended(job["id"])["status"] == "succeeded"


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return True
    return False


def test_streams_and_long_polls_are_ended_politely(deployment: Logged) -> None:
    with deployment.service() as service:
        job = deployment.submit("fine")
        begun, streamed, polled = threading.Event(), [], []

        def stream() -> None:
            # httpx raises where a stream is cut before its last chunk.
            with httpx.stream("GET", f"{deployment.url}/jobs/{job}/events", timeout=20.0) as answer:
                for line in answer.iter_lines():
                    streamed.append(line)
                    begun.set()
            streamed.append("whole")

        def poll() -> None:
            answer = httpx.get(f"{deployment.url}/jobs/{job}", headers={"Prefer": "wait=30"}, timeout=40.0)
            polled.append((answer.status_code, answer.json()["status"]))

        threads = [threading.Thread(target=stream), threading.Thread(target=poll)]
        for thread in threads:
            thread.start()
        assert begun.wait(10.0)
        time.sleep(0.5)
        asked = time.monotonic()
        service.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(10.0)
        assert service.wait(10.0) == 0
        assert time.monotonic() - asked < 4.0
    assert streamed[-1] == "whole"
    assert "event: state" in streamed
    assert polled == [(200, "queued")]


def test_no_grace_is_no_wait() -> None:
    shutdown = Shutdown(0.0)
    shutdown.begin()
    assert shutdown.closing.is_set()
    assert shutdown.stop.is_set()


def test_the_second_step_comes_when_the_grace_is_over() -> None:
    shutdown = Shutdown(0.2)
    shutdown.begin()
    assert shutdown.closing.is_set()
    assert not shutdown.stop.is_set()
    assert shutdown.stop.wait(5.0)
