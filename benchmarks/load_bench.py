"""One deployment under load: what is asked of it, how much, and how it is looked at."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.loadgen import Answer, Connection, Round, Target, load
from benchmarks.pairings import REAL, Pairing
from tests.service.processes import eventually

MODEL = b"model" * 800  # 4 kB, which the engine that does nothing takes for a network
ZOO = {"zoo": "nopool-4", "analyses": ["analytic"]}


@dataclass(frozen=True)
class Size:
    """How much is asked."""

    requests: int = 400  # of each kind in a round
    rounds: int = 3
    clients: int = 8
    streams: tuple[int, ...] = (200, 1000, 2000)
    jobs: int = 60  # in a round of jobs end to end
    peer_jobs: int = 200  # of plain Celery
    peer_apart: int = 10  # of Celery with a process per task; 0: leave it out
    first_results: int = 40
    real_jobs: int = 5


QUICK = Size(
    requests=20, rounds=1, clients=4, streams=(10,), jobs=4, peer_jobs=10, peer_apart=0, first_results=2, real_jobs=0
)
_numbers = itertools.count()


@dataclass(frozen=True)
class Bench:
    """One pairing under load."""

    pairing: Pairing
    size: Size

    @property
    def target(self) -> Target:
        return self.pairing.target

    def question(self, name: str | None = None, real: bool = False) -> bytes:
        """A POST of a job; a new one where no name is given."""
        named = f"nothing {next(_numbers)}" if name is None else name
        return self.target.analyze({"name": named, **(ZOO if real else {})}, None if real else MODEL)

    def ask(self, request: bytes) -> Answer:
        async def once() -> Answer:
            connection = await Connection.to(self.target)
            try:
                return await connection.ask(request)
            finally:
                connection.close()

        return asyncio.run(once())

    def submit(self, name: str | None = None, real: bool = False) -> str:
        answer = self.ask(self.question(name, real))
        assert answer.status in (200, 202), answer.body
        return str(answer.json()["id"])

    def show(self, job: str) -> dict[str, Any]:
        got: dict[str, Any] = self.ask(self.target.request("GET", f"/jobs/{job}")).json()
        return got

    def best(self, requests: Callable[[], Iterator[bytes]], expect: int, number: int | None = None) -> Round:
        """The fastest of the rounds."""
        size = self.size
        rounds = []
        for _ in range(size.rounds):
            some = itertools.islice(requests(), number or size.requests)
            rounds.append(asyncio.run(load(self.target, some, clients=size.clients, expect=expect)))
        return max(rounds, key=lambda each: each.rate)


@contextmanager
def ready_worker(bench: Bench, settings: Mapping[str, str]) -> Iterator[int]:
    """A worker that waits for jobs, with what its children are forked from; its process id."""
    with bench.pairing.worker(settings) as worker:
        real = settings == REAL
        job = bench.submit(real=real)
        eventually(lambda: bench.show(job)["ended_at"], 120.0)
        yield worker.pid
