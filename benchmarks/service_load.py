"""What the service carries: requests a second, streams held, memory, and jobs a second beside plain Celery.

    python -m benchmarks.service_load                          both pairings, some minutes
    python -m benchmarks.service_load --pairing embedded       SQLite files; `scale`: Redis, PostgreSQL, S3
    python -m benchmarks.service_load --quick                  few requests, to see that it runs

One API process and one worker, whose engine does nothing, on loopback. Of a rate the best of three rounds is told. The
answer is one JSON object, kept in `benchmarks/data/service_load.json`.
"""

import argparse
import asyncio
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import celery_peer
from benchmarks.loadgen import Answer, Connection, Round, Target, load, percentile
from benchmarks.pairings import CONCURRENCY, PAIRINGS, REAL, Pairing, megabytes
from tests.scale.servers import redis_server
from tests.service.processes import descendants, eventually

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


def requests(bench: Bench) -> dict[str, Any]:
    """Rates and latencies of the API alone; no worker runs, but for the one answer that is asked for again."""
    idle = megabytes(bench.pairing.api)
    with bench.pairing.worker({}):
        known = bench.submit("the same question")
        eventually(lambda: bench.show(known)["ended_at"], 60.0)
    shown = bench.target.request("GET", f"/jobs/{known}")
    tag = bench.ask(shown).headers["etag"]
    unchanged = bench.target.request("GET", f"/jobs/{known}", If_None_Match=tag)
    memory = [megabytes(bench.pairing.api)]

    def noted(found: Round) -> dict[str, float]:
        memory.append(megabytes(bench.pairing.api))
        return found.told()

    found = {
        "cached": noted(bench.best(lambda: itertools.repeat(bench.question("the same question")), 200)),
        "poll": noted(bench.best(lambda: itertools.repeat(shown), 200)),
        "poll_unchanged": noted(bench.best(lambda: itertools.repeat(unchanged), 304)),
        "accepted": noted(bench.best(lambda: iter(bench.question, b""), 202)),
        # With a queue of some thousand jobs, which is what the round before left.
        "poll_queued": noted(bench.best(_same(bench, f"/jobs/{bench.submit()}"), 200)),
        "list_50_queued": noted(bench.best(_same(bench, "/jobs?limit=50"), 200, max(10, bench.size.requests // 20))),
    }
    return found | {"api_idle_mib": round(idle, 1), "api_after_each_mib": [round(size, 1) for size in memory]}


def _same(bench: Bench, path: str) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.repeat(bench.target.request("GET", path))


def first_results(bench: Bench) -> dict[str, Any]:
    """Seconds from POST to the report in hand, one job at a time, polled every 5 ms."""
    for _ in range(CONCURRENCY):
        _to_report(bench)
    times = [_to_report(bench) for _ in range(bench.size.first_results)]
    return {"p50_ms": round(1e3 * percentile(times, 0.5), 1), "p99_ms": round(1e3 * percentile(times, 0.99), 1)}


def _to_report(bench: Bench, real: bool = False) -> float:
    async def one() -> float:
        connection = await Connection.to(bench.target)
        began = time.perf_counter()
        job = (await connection.ask(bench.question(real=real))).json()["id"]
        while (shown := (await connection.ask(bench.target.request("GET", f"/jobs/{job}"))).json())["ended_at"] is None:
            await asyncio.sleep(0.005)
        assert shown["status"] == "succeeded", shown["error"]
        assert (await connection.ask(bench.target.request("GET", f"/jobs/{job}/report"))).status == 200
        seconds = time.perf_counter() - began
        connection.close()
        return seconds

    return asyncio.run(one())


def job_rate(bench: Bench) -> float:
    """Jobs a second, from the first one's POST to the last one's end."""
    jobs: list[str] = []

    async def burst() -> None:
        some = itertools.islice(iter(bench.question, b""), bench.size.jobs)
        clients = bench.size.clients
        await load(
            bench.target, some, clients=clients, expect=202, seen=lambda answer: jobs.append(answer.json()["id"])
        )

    began = time.perf_counter()
    asyncio.run(burst())
    for job in jobs:
        eventually(lambda job=job: bench.show(job)["status"] == "succeeded", 300.0)  # type: ignore[misc]
    return len(jobs) / (time.perf_counter() - began)


def beside_celery(bench: Bench) -> dict[str, float]:
    """No-op jobs a second of ours and of plain Celery, in turn."""
    size = bench.size
    peers = {"celery": (False, size.peer_jobs), "celery_process_per_task": (True, size.peer_apart)}
    rates: dict[str, list[float]] = {"ours": []}
    with ExitStack() as stack:
        asking = {}
        for name, (apart, tasks) in peers.items():
            if tasks:
                _, url = stack.enter_context(redis_server())
                asking[name] = stack.enter_context(celery_peer.worker(url, CONCURRENCY, process_per_task=apart))
        for _ in range(size.rounds):
            rates["ours"].append(job_rate(bench))
            for name, peer in asking.items():
                rates.setdefault(name, []).append(celery_peer.rate(peer, peers[name][1]))
    return {name: round(max(found), 2) for name, found in rates.items()}


async def _held(bench: Bench, number: int, jobs: list[str]) -> dict[str, Any]:
    before, began = megabytes(bench.pairing.api), time.perf_counter()
    streams = [await Connection.to(bench.target) for _ in range(number)]
    for start in range(0, number, 50):
        some = enumerate(streams[start : start + 50])
        follow = [bench.target.request("GET", f"/jobs/{job}/events") for job in jobs]
        await asyncio.gather(*(stream.follow(follow[place % len(jobs)]) for place, stream in some))
    opened = time.perf_counter() - began
    readers = [asyncio.ensure_future(stream.drain()) for stream in streams]
    await asyncio.sleep(1.0)
    held = megabytes(bench.pairing.api)
    poll = itertools.repeat(bench.target.request("GET", f"/jobs/{jobs[0]}"), bench.size.requests)
    polls = await load(bench.target, poll, clients=4, expect=200)
    assert not any(reader.done() for reader in readers), "a stream was ended"
    for reader, stream in zip(readers, streams, strict=True):
        reader.cancel()
        stream.close()
    return {
        "open_s": round(opened, 2),
        "kib_per_stream": round(1024 * (held - before) / number, 1),
        "polls": polls.told(),
    }


def streams(bench: Bench) -> dict[str, Any]:
    """Streams of events on jobs that run, whose progress changes with every heartbeat, 10 s apart."""
    jobs = [bench.submit(f"sleep:{600 + place}") for place in range(CONCURRENCY)]
    eventually(lambda: all(bench.show(job)["status"] == "running" for job in jobs), 60.0)
    found = {}
    for number in bench.size.streams:
        found[str(number)] = asyncio.run(_held(bench, number, jobs))
        time.sleep(1.0)  # for the service to see that they have gone
    for job in jobs:
        bench.ask(bench.target.request("POST", f"/jobs/{job}/cancel"))
    eventually(lambda: all(bench.show(job)["ended_at"] for job in jobs), 60.0)
    return found


@contextmanager
def ready_worker(bench: Bench, settings: Mapping[str, str]) -> Iterator[int]:
    """A worker that waits for jobs, with what its children are forked from; its process id."""
    with bench.pairing.worker(settings) as worker:
        real = settings == REAL
        job = bench.submit(real=real)
        eventually(lambda: bench.show(job)["ended_at"], 120.0)
        yield worker.pid


def real_jobs(bench: Bench) -> dict[str, Any]:
    """A small network's theoretical fields by the real engine, and memory of that worker: idle, and more with a job."""
    with ready_worker(bench, REAL) as worker:
        time.sleep(1.0)
        idle, peak = megabytes(worker), 0.0
        job = bench.submit(real=True)
        while bench.show(job)["ended_at"] is None:
            peak = max(peak, megabytes(worker))
        times = [_to_report(bench, real=True) for _ in range(bench.size.real_jobs)]
        return {
            "p50_ms": round(1e3 * percentile(times, 0.5), 1),
            "worker_idle_mib": round(idle, 1),
            "worker_processes": 1 + len(descendants(worker)),
            "child_mib": round(max(0.0, peak - idle), 1),
        }


def measure(name: str, size: Size) -> dict[str, Any]:
    """One pairing, everything."""
    with PAIRINGS[name]() as pairing:
        bench = Bench(pairing, size)
        found: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 1)}
        with ready_worker(bench, {}):
            found["first_result"] = first_results(bench)
            found["streams"] = streams(bench)
            found["jobs_per_s"] = beside_celery(bench)
        if size.real_jobs:
            found["real"] = real_jobs(bench)
        # Last, as it leaves a long queue behind.
        found["requests"] = requests(bench)
        return found | {"load_after": round(os.getloadavg()[0], 1)}


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_load")
    parser.add_argument("--pairing", choices=PAIRINGS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(arguments)
    names = [asked.pairing] if asked.pairing else list(PAIRINGS)
    size = QUICK if asked.quick else Size()
    found = {name: measure(name, size) for name in names}
    about = {"command": parser.prog, "cores": os.cpu_count(), "concurrency": CONCURRENCY, "size": asdict(size)}
    return about | found


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
