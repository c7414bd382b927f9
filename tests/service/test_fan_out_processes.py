"""Sweeps over real processes: killed in the middle of a round, shared by two workers, canceled."""

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.processes import LEASE, Deployment, alive, descendants, eventually
from tests.worker.fake_parts import LOG


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path / "data", settings={"RFENGINE_CHECKPOINTS": str(tmp_path / "data" / "checkpoints")})


def submit(deployment: Deployment, behaviour: str) -> str:
    answer = httpx.post(f"{deployment.url}/analyze", json={"name": behaviour, "sweep": {}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def parts(deployment: Deployment, job: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = httpx.get(f"{deployment.url}/jobs?parent={job}").json()["jobs"]
    return listed[::-1]


def squares(deployment: Deployment, job: str) -> list[str]:
    targets: list[str] = httpx.get(f"{deployment.url}/jobs/{job}/report").json()["targets"]
    return targets


def log_of(deployment: Deployment, word: str) -> list[str]:
    path = deployment.data / LOG
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if line.startswith(word)]


def a_part_is_under_way(deployment: Deployment, job: str, done: int = 0) -> None:
    """A part runs that has a checkpoint already, and so many are done."""

    def under_way() -> bool:
        shown = parts(deployment, job)
        ended = sum(part["status"] == "succeeded" for part in shown)
        return ended >= done and any(part["status"] == "running" and part["progress"] > 0.1 for part in shown)

    eventually(under_way, within=30.0)


def test_rounds_come_to_a_report(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker():
        job = submit(deployment, "2x3")
        ended = deployment.ended(job)
        assert (ended["status"], ended["progress"], ended["attempt"]) == ("succeeded", 1.0, 3)
        assert ended["children"] == {"total": 6, "done": 6, "failed": 0, "running": 0}
        assert squares(deployment, job) == ["0", "1", "4", "9", "16", "25"]
        assert [part["attempt"] for part in parts(deployment, job)] == [1] * 6


@pytest.mark.parametrize("done", [1, 4])  # in the first round, and in the second
def test_kill_9_of_everything_in_a_round_costs_no_part_and_no_step_twice(deployment: Deployment, done: int) -> None:
    with deployment.service() as service:
        with deployment.worker() as worker:
            job = submit(deployment, "2x3 sleep:0.8")
            a_part_is_under_way(deployment, job, done)
            family = descendants(worker.pid)
            worker.kill()
            worker.wait()
            eventually(lambda: not alive(family), within=LEASE)
        service.send_signal(signal.SIGKILL)
        service.wait()
    before = log_of(deployment, "end")
    assert len(before) >= done
    with deployment.service(), deployment.worker():
        ended = deployment.ended(job, within=40.0)
        assert ended["status"] == "succeeded"
        assert squares(deployment, job) == ["0", "1", "4", "9", "16", "25"]
        assert sum(part["attempt"] for part in parts(deployment, job)) == 7  # one was taken up again
        kept = [line for line in log_of(deployment, "begin") if not line.endswith(" at 0")]
        assert len(kept) == 1  # and went on where it was
    assert sorted(log_of(deployment, "end")) == [f"end {number}" for number in range(6)]
    assert not list((deployment.data / "checkpoints").iterdir())


def test_kill_9_of_one_of_two_workers_leaves_its_part_to_the_other(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker():
        with deployment.worker() as victim:
            job = submit(deployment, "1x4 sleep:1.5")
            eventually(lambda: sum(part["status"] == "running" for part in parts(deployment, job)) == 2)
            victim.kill()
            victim.wait()
        ended = deployment.ended(job, within=40.0)
        assert ended["status"] == "succeeded"
        assert squares(deployment, job) == ["0", "1", "4", "9"]
        assert sorted(part["attempt"] for part in parts(deployment, job)) == [1, 1, 1, 2]


def test_two_workers_share_the_parts(deployment: Deployment) -> None:
    seconds = []
    for workers in (1, 2):
        with deployment.service(), deployment.worker() as first:
            eventually(lambda: descendants(first.pid))
            if workers == 1:
                seconds.append(timed(deployment, "one"))
                continue
            with deployment.worker() as second:
                eventually(lambda: descendants(second.pid))
                deployment.ended(submit(deployment, "1x2 sleep:0.2"))  # both are up by then
                seconds.append(timed(deployment, "two"))
    assert seconds[1] < 0.75 * seconds[0]


def timed(deployment: Deployment, salt: str) -> float:
    """Seconds that two rounds of four parts of half a second take."""
    began = time.monotonic()
    job = submit(deployment, f"2x4 sleep:0.5:{salt}")
    assert deployment.ended(job, within=60.0)["status"] == "succeeded"
    return time.monotonic() - began


def test_cancel_ends_every_part(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker(), deployment.worker():
        job = submit(deployment, "1x5 sleep:20")
        eventually(lambda: sum(part["status"] == "running" for part in parts(deployment, job)) == 2)
        asked = time.monotonic()
        assert httpx.post(f"{deployment.url}/jobs/{job}/cancel").json()["status"] == "canceled"
        eventually(lambda: {part["status"] for part in parts(deployment, job)} == {"canceled"}, within=5.0)
        assert time.monotonic() - asked < 5.0
        # The workers are free again.
        assert deployment.ended(deployment.submit("fine"))["status"] == "succeeded"


def test_other_jobs_are_done_between_the_parts(deployment: Deployment) -> None:
    with deployment.service(), deployment.worker():
        sweep = submit(deployment, "2x2 sleep:0.5")
        a_part_is_under_way(deployment, sweep)
        other = deployment.submit("fine")
        assert deployment.ended(other)["status"] == "succeeded"
        assert deployment.job(sweep)["ended_at"] is None
        assert deployment.ended(sweep, within=40.0)["status"] == "succeeded"
