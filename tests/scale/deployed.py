"""What docker-compose.yml starts, started here as plain processes: its own commands, with this machine's addresses."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.scale.servers import CREDENTIALS
from tests.service.processes import LEASE, ROOT, eventually, free_port

KEY = "a key that only these tests know"


@cache
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def command(service: str, port: int = 8000) -> list[str]:
    """What compose runs; only the interpreter and the port are this machine's."""
    first, *words = compose()["services"][service]["command"]
    assert first == "python"
    return [sys.executable, *(str(port) if word == "8000" else word for word in words)]


@dataclass(frozen=True)
class Urls:
    """The three settings, and where the S3 server is."""

    broker: str
    database: str
    artifacts: str
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        named = {
            "RFENGINE_BROKER_URL": self.broker,
            "RFENGINE_DATABASE_URL": self.database,
            "RFENGINE_ARTIFACT_URL": self.artifacts,
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        return named | CREDENTIALS


@dataclass
class Scaled:
    """Any number of API processes and workers that know of each other by the three URLs alone."""

    urls: Urls
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "RFENGINE_DATA": str(self.folder / "nothing"),
            "RFENGINE_CHECKPOINTS": str(self.folder / "checkpoints"),
            "RFENGINE_ENGINE": "tests.worker.fake_engine",
            "RFENGINE_LEASE": str(LEASE),
            "RFENGINE_SWEEP": "0.3",
            "RFENGINE_GRACE": "0",
            **self.urls.environment,
            **self.settings,
        }

    @contextmanager
    def apis(self, number: int) -> Iterator[list["Api"]]:
        """So many API processes, all answering."""
        with ExitStack() as stack:
            started = []
            for _ in range(number):
                port = free_port()
                process = stack.enter_context(self.process(command("api", port), RFENGINE_API_KEY=KEY))
                started.append(Api(f"http://127.0.0.1:{port}", process))
            for api in started:
                eventually(api.answers, within=30.0)
            yield started

    @contextmanager
    def worker(self, queue: str = "cpu", **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        with self.process(command(f"worker-{queue}"), **settings) as process:
            yield process

    @contextmanager
    def process(self, words: list[str], **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(words, env=self.environment | settings, cwd=self.folder)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Api:
    """A client of one API process."""

    url: str
    process: subprocess.Popen[bytes]

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30.0)

    def answers(self) -> bool:
        assert self.process.poll() is None, "the API process ended"
        try:
            return self.http.get("/healthz", timeout=2.0).status_code == 200
        except httpx.TransportError:
            return False

    def submit(self, behaviour: str, model: bytes = b"model", **request: Any) -> str:
        asked = {"name": behaviour, **request}
        answer = self.http.post("/analyze", files={"model": model}, data={"request": json.dumps(asked)})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, job: str) -> dict[str, Any]:
        answer = self.http.get(f"/jobs/{job}")
        assert answer.status_code == 200, answer.text
        got: dict[str, Any] = answer.json()
        return got

    def ended(self, job: str, within: float = 30.0) -> dict[str, Any]:
        eventually(lambda: self.job(job)["ended_at"], within)
        return self.job(job)


@dataclass(frozen=True)
class Running:
    """What runs for many tests."""

    deployment: Scaled
    one: Api
    other: Api
    worker: subprocess.Popen[bytes]
