"""The load generator counts rightly, and the load benchmark runs against a real service."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest

from benchmarks import service_load
from benchmarks.loadgen import Round, Target, load, percentile

REQUEST = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (0.991, 100.0), (1.0, 100.0), (0.001, 1.0)])
def test_a_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
def test_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_a_round_tells_answers_a_second_and_milliseconds() -> None:
    assert Round(2.0, [0.001, 0.002, 0.003, 0.004]).told() == {"per_s": 2.0, "p50_ms": 2.0, "p99_ms": 4.0}


async def _against(pause: float, status: str, use: Callable[[Target], Awaitable[Round]]) -> tuple[Round, int]:
    """Use a server that answers every request after the pause; and how many connections it saw."""
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline():
            await reader.readuntil(b"\r\n")
            await asyncio.sleep(pause)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1")
    async with server:
        return await use(Target("127.0.0.1", server.sockets[0].getsockname()[1])), connections


def test_rate_and_latency_are_those_of_the_server() -> None:
    requests = itertools.repeat(REQUEST, 40)
    found, connections = asyncio.run(
        _against(0.05, "200 OK", lambda target: load(target, requests, clients=4, expect=200))
    )
    assert (len(found.latencies), connections) == (40, 4)
    assert min(found.latencies) >= 0.05
    # Four at a time, ten after each other; a busy machine may be slower, none faster.
    assert 20.0 < found.rate <= 4 / 0.05
    assert found.seconds >= sum(found.latencies) / 4 - 0.01


def test_a_refusal_is_no_answer() -> None:
    with pytest.raises(AssertionError, match="503 instead of 200"):
        asyncio.run(_against(0.0, "503 Busy", lambda target: load(target, iter([REQUEST]), clients=1, expect=200)))


def test_a_quick_run_against_a_real_service() -> None:
    found = service_load.main(["--pairing", "embedded", "--quick"])["embedded"]
    assert set(found["jobs_per_s"]) == {"ours", "celery"}
    for name in ("cached", "poll", "poll_unchanged", "accepted", "poll_queued", "list_50_queued"):
        told = found["requests"][name]
        assert told["per_s"] > 0.0, name
        assert 0.0 < told["p50_ms"] <= told["p99_ms"], name
    assert found["streams"]["10"]["polls"]["per_s"] > 0.0
    assert 10.0 < found["api_idle_mib"] < 1000.0
