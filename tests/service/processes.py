"""Real service and worker processes for the tests, over one data folder and with an engine that needs no torch."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
LEASE = 2.0


def eventually(true: Callable[[], Any], within: float = 15.0) -> Any:
    """Poll until something is true; gives it back."""
    deadline = time.monotonic() + within
    while True:
        got = true()
        if got:
            return got
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Deployment:
    """One data folder, one port, and the processes on them."""

    data: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RFENGINE_")}
        return inherited | {
            "PYTHONPATH": str(ROOT),
            "RFENGINE_DATA": str(self.data),
            "RFENGINE_ENGINE": "tests.worker.fake_engine",
            "RFENGINE_LEASE": str(LEASE),
            "RFENGINE_SWEEP": "0.3",
            "RFENGINE_GRACE": "0",  # a test that is done should not wait for what it left running
            **self.settings,
        }

    @contextmanager
    def service(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._process("service", "--port", str(self.port)) as process:
            eventually(self.answers, 60.0)  # a machine that is busy takes its time to load the service
            yield process

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._process("worker") as process:
            yield process

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2.0).status_code == 200
        except httpx.TransportError:
            return False

    def submit(self, behaviour: str, model: bytes = b"model") -> str:
        answer = httpx.post(
            f"{self.url}/analyze", files={"model": model}, data={"request": f'{{"name": "{behaviour}"}}'}
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, job: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/jobs/{job}")
        assert answer.status_code == 200, answer.text
        got: dict[str, Any] = answer.json()
        return got

    def ended(self, job: str, within: float = 20.0) -> dict[str, Any]:
        eventually(lambda: self.job(job)["ended_at"], within)
        return self.job(job)

    @contextmanager
    def _process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-P", "-m", *command], env=self.environment)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def descendants(pid: int) -> set[int]:
    """Every process that a process has started, and they."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    direct = {int(child) for child in children}
    return direct.union(*(descendants(child) for child in direct))


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if _runs(pid)}


def _runs(pid: int) -> bool:
    # One that has ended stays listed as a zombie until its new parent looks at it.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
