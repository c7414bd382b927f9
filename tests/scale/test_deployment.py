"""The protocol on Redis, PostgreSQL and a bucket: real API processes and workers, killed without warning."""

import hashlib
import os
import signal
import sys
import time
from pathlib import Path

import redis

from tests.scale.deployed import Running, Scaled
from tests.scale.servers import Server
from tests.service.processes import LEASE, alive, descendants, eventually

RFENGINE = str(Path(sys.executable).parent / "rfengine")


def test_a_model_goes_in_and_files_come_out_of_the_bucket(running: Running) -> None:
    one, other = running.one, running.other
    assert one.http.get("/readyz").json()["status"] == "ready"
    model = os.urandom(9 << 20)  # more than one part of an upload
    job = one.submit("fine", model)
    ended = other.ended(job)
    assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
    report = other.http.get(f"/jobs/{job}/report").json()
    assert report["model"]["sha256"] == hashlib.sha256(model).hexdigest()
    for file in one.http.get(f"/jobs/{job}/artifacts").json()["artifacts"]:
        content = other.http.get(f"/jobs/{job}/artifacts/{file['name']}").content
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    again = other.http.post("/analyze", files={"model": model}, data={"request": '{"name": "fine"}'})
    assert (again.status_code, again.json()["id"]) == (200, job)
    assert not (running.deployment.folder / "nothing").exists(), "something was written to the default folder"


def test_a_second_machine_needs_three_urls_and_one_command(running: Running) -> None:
    with running.deployment.process([RFENGINE, "worker"], PATH=os.environ["PATH"]):
        # With a worker that is busy, whatever is done is done by the other one.
        busy = running.one.submit("sleep:60")
        ended = running.other.ended(running.other.submit("fine:there"))
        assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
        running.one.http.post(f"/jobs/{busy}/cancel")
        assert running.one.ended(busy)["status"] == "canceled"


def test_a_running_job_is_canceled_within_seconds(running: Running) -> None:
    job = running.one.submit("sleep:60")
    eventually(lambda: running.other.job(job)["stage"] == "gradient")
    asked = time.monotonic()
    running.other.http.post(f"/jobs/{job}/cancel")
    assert running.one.ended(job)["status"] == "canceled"
    assert time.monotonic() - asked < 3.0


def test_kill_9_of_worker_and_api_costs_an_attempt_and_no_job(running: Running) -> None:
    with running.deployment.worker() as worker, running.deployment.apis(1) as (api,):
        both = [api.submit("sleep:1.5"), api.submit("sleep:1.6")]
        eventually(lambda: [api.job(job)["stage"] for job in both] == ["gradient"] * 2)
        family = descendants(worker.pid)
        worker.kill()
        api.process.kill()
        eventually(lambda: not alive(family), within=LEASE)
    ended = [running.one.ended(job) for job in both]
    assert [job["status"] for job in ended] == ["succeeded"] * 2
    assert sorted(job["attempt"] for job in ended) == [1, 2]


def test_a_broker_that_forgets_everything_is_told_again(running: Running) -> None:
    running.worker.send_signal(signal.SIGSTOP)
    jobs = [running.one.submit(f"fine:{number}") for number in range(3)]
    with redis.Redis.from_url(running.deployment.urls.broker) as client:
        eventually(lambda: client.llen("cpu") >= 2)  # one may have been handed to the frozen worker
        client.flushdb()
    running.worker.send_signal(signal.SIGCONT)
    assert [running.one.ended(job)["status"] for job in jobs] == ["succeeded"] * 3


def test_the_broker_may_go_away_for_a_while(broker: tuple[Server, str], running: Running) -> None:
    server, _ = broker
    assert running.one.ended(running.one.submit("fine:before"))["status"] == "succeeded"
    server.kill(signal.SIGKILL)
    began = time.monotonic()
    jobs = [running.one.submit(f"fine:away {number}") for number in range(2)]
    assert time.monotonic() - began < 5.0, "a client waits for a broker that is not there"
    ready = running.other.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    server.start()
    assert [running.other.ended(job)["status"] for job in jobs] == ["succeeded"] * 2
    eventually(lambda: running.other.http.get("/readyz").json()["status"] == "ready")


def test_a_job_goes_to_the_queue_that_its_device_names(scaled: Scaled) -> None:
    scaled.settings = {"RFENGINE_GPU_QUEUE": "1"}
    no_gpu = scaled.process([RFENGINE, "worker", "--queue", "gpu"])
    with no_gpu as refused, scaled.worker("cpu"), scaled.apis(1) as (api,):
        assert api.http.get("/healthz").json()["gpu"] is True
        on_gpu = api.submit("device")
        on_cpu = api.submit("device", analyses=["analytic"])
        assert api.job(on_gpu)["cache_key"] != api.job(on_cpu)["cache_key"]
        assert api.ended(on_cpu)["summary"]["targets"]["t"]["status"] == "CUDA_VISIBLE_DEVICES=''"
        assert refused.wait(30.0) == 2
        assert api.job(on_gpu)["status"] == "queued"
        with scaled.worker("gpu", FAKE_GPU="1"):
            assert api.ended(on_gpu)["summary"]["targets"]["t"]["status"] == "CUDA_VISIBLE_DEVICES='0'"


def test_the_ledger_may_go_away_for_a_while(postgres: tuple[Server, str], running: Running) -> None:
    server, _ = postgres
    sleeping = running.one.submit("sleep:2")
    waiting = running.one.submit("fine:later")
    eventually(lambda: running.one.job(sleeping)["stage"] == "gradient")
    server.kill(signal.SIGKILL)
    assert running.other.http.get("/readyz").status_code == 503
    time.sleep(0.5)
    server.start()
    assert running.one.ended(sleeping)["status"] == "succeeded"
    assert running.one.ended(waiting)["status"] == "succeeded"
    assert running.other.http.get("/readyz").json()["status"] == "ready"
