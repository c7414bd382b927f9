"""A running job ends within two seconds of being asked, over real processes."""

import statistics
import time
from pathlib import Path

import httpx

from tests.service.processes import Deployment, eventually

TIMES = 5


def test_a_running_job_ends_within_two_seconds(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    took = []
    with deployment.service(), deployment.worker():
        for number in range(TIMES):
            # One says how far it is all the time, the other nothing at all.
            job = deployment.submit("sleep:60" if number % 2 else "loop", model=str(number).encode())
            eventually(lambda job=job: deployment.job(job)["stage"] in ("import", "gradient"))
            asked = time.monotonic()
            answer = httpx.post(f"{deployment.url}/jobs/{job}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (200, "running")
            assert httpx.post(f"{deployment.url}/jobs/{job}/cancel").status_code == 200
            ended = httpx.get(f"{deployment.url}/jobs/{job}", headers={"Prefer": "wait=10"}, timeout=20.0)
            took.append(time.monotonic() - asked)
            assert ended.json()["status"] == "canceled"
        after = deployment.ended(deployment.submit("fine"))
        assert after["status"] == "succeeded"
    print(f"canceled in {statistics.median(took):.2f} s (median), {max(took):.2f} s at most")
    assert max(took) < 2.0
