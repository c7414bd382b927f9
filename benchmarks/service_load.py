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
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from benchmarks import celery_peer
from benchmarks.load_bench import QUICK, Bench, Size, ready_worker
from benchmarks.loadgen import Connection, Round, load, percentile
from benchmarks.pairings import CONCURRENCY, PAIRINGS, REAL, megabytes
from tests.scale.servers import redis_server
from tests.service.processes import descendants, eventually


def requests(bench: Bench) -> dict[str, Any]:
    """Rates and latencies of the API alone; no worker runs, but for the one answer that is asked for again."""
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
    return found | {"api_after_each_mib": [round(size, 1) for size in memory]}


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
        eventually(lambda job=job: bench.show(job)["status"] == "succeeded", 60.0)  # type: ignore[misc]
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


async def _held(bench: Bench, number: int, jobs: list[str], before: float) -> dict[str, Any]:
    began = time.perf_counter()
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
        "api_mib": round(held, 1),
        "kib_per_stream": round(1024 * (held - before) / number, 1),
        "polls": polls.told(),
    }


def streams(bench: Bench) -> dict[str, Any]:
    """Streams of events on jobs that run, whose progress changes with every heartbeat, 10 s apart."""
    jobs = [bench.submit(f"sleep:{600 + place}") for place in range(CONCURRENCY)]
    eventually(lambda: all(bench.show(job)["status"] == "running" for job in jobs), 60.0)
    found = {}
    # Of before all streams: a process keeps what it once had, so that a later look would count less.
    before = megabytes(bench.pairing.api)
    for number in bench.size.streams:
        found[str(number)] = asyncio.run(_held(bench, number, jobs, before))
        time.sleep(1.0)  # for the service to see that they have gone
    for job in jobs:
        bench.ask(bench.target.request("POST", f"/jobs/{job}/cancel"))
    eventually(lambda: all(bench.show(job)["ended_at"] for job in jobs), 60.0)
    return found


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


def measure(name: str, size: Size, part: str) -> dict[str, Any]:
    """One pairing: the API alone, jobs from end to end, or both."""
    with PAIRINGS[name]() as pairing:
        bench = Bench(pairing, size)
        found: dict[str, Any] = {"load_before": round(os.getloadavg()[0], 1)}
        found["api_idle_mib"] = round(megabytes(pairing.api), 1)
        with ready_worker(bench, {}) as worker:
            found["fake_worker_idle_mib"] = round(megabytes(worker), 1)
            if part != "api":
                found["first_result"] = first_results(bench)
                found["jobs_per_s"] = beside_celery(bench)
            if part != "jobs":
                found["streams"] = streams(bench)
        if part != "api" and size.real_jobs:
            found["real"] = real_jobs(bench)
        if part != "jobs":
            found["requests"] = requests(bench)  # last, as it leaves a long queue behind
        return found | {"load_after": round(os.getloadavg()[0], 1)}


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_load")
    parser.add_argument("--pairing", choices=PAIRINGS)
    parser.add_argument("--part", choices=("api", "jobs", "all"), default="all")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(arguments)
    names = [asked.pairing] if asked.pairing else list(PAIRINGS)
    size = QUICK if asked.quick else Size()
    found = {name: measure(name, size, asked.part) for name in names}
    about = {"command": parser.prog, "cores": os.cpu_count(), "concurrency": CONCURRENCY, "size": asdict(size)}
    return about | found


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
