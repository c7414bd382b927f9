"""A load generator of one process: HTTP/1.1 over connections that stay open, and what came of it.

It writes and reads bytes itself, so that it costs a fraction of what the service does; it reads what this service
sends, answers with a Content-Length, and event streams, and no more of HTTP.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOUNDARY = "a-boundary-of-the-load-generator"


@dataclass(frozen=True)
class Answer:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Round:
    """What a round of requests took: seconds of all together, and of each."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def told(self) -> dict[str, float]:
        """Rate, and milliseconds that half and 99 in 100 of the answers took at most."""
        milliseconds = [1e3 * latency for latency in self.latencies]
        return {
            "per_s": round(self.rate, 1),
            "p50_ms": round(percentile(milliseconds, 0.5), 2),
            "p99_ms": round(percentile(milliseconds, 0.99), 2),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least such a share of them does not exceed (the nearest rank)."""
    if not values or not 0.0 < share <= 1.0:
        raise ValueError(f"percentile {share} of {len(values)} values: give some values, and a share in (0, 1]")
    return sorted(values)[math.ceil(share * len(values)) - 1]


@dataclass(frozen=True)
class Target:
    """A service's address, and the key that it wants."""

    host: str
    port: int
    key: str | None = None

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """A request as it goes over the line; `_` in a header's name stands for `-`."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.key is not None:
            lines.append(f"Authorization: Bearer {self.key}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def analyze(self, request: Mapping[str, Any], model: bytes | None) -> bytes:
        """A question: a form with a model and the rest of the request, or the request alone."""
        if model is None:
            return self.request("POST", "/analyze", json.dumps(request).encode(), Content_Type="application/json")
        part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
        body = (part % ("request", "")).encode() + json.dumps(request).encode() + b"\r\n"
        body += (part % ("model", '; filename="a.onnx"')).encode() + model + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.request("POST", "/analyze", body, Content_Type=f"multipart/form-data; boundary={BOUNDARY}")


class Connection:
    """One connection, on which requests follow each other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, target: Target) -> "Connection":
        return cls(*await asyncio.open_connection(target.host, target.port))

    async def ask(self, request: bytes) -> Answer:
        """The answer to a request; raises `IncompleteReadError` where the service ends the connection instead."""
        self._writer.write(request)
        status, headers = await self._head()
        length = 0 if status in (204, 304) else int(headers["content-length"])
        return Answer(status, headers, await self._reader.readexactly(length))

    async def follow(self, request: bytes) -> None:
        """Open a stream of events and wait for its first one."""
        self._writer.write(request)
        status, _ = await self._head()
        assert status == 200, f"a stream was answered {status}"
        while not (await self._reader.readline()).startswith(b"data:"):
            pass

    async def drain(self) -> None:
        """Read whatever comes until the other side ends it."""
        while await self._reader.read(1 << 16):
            pass

    def close(self) -> None:
        self._writer.close()

    async def _head(self) -> tuple[int, dict[str, str]]:
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        return int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def load(
    target: Target,
    requests: Iterable[bytes],
    *,
    clients: int,
    expect: int,
    seen: Callable[[Answer], object] | None = None,
) -> Round:
    """Send the requests over so many connections, each asking anew when it is answered.

    Every answer must have the status `expect`: a refusal is fast and would look like speed.
    """
    waiting: Iterator[bytes] = iter(requests)
    latencies: list[float] = []

    async def client(connection: Connection) -> None:
        for request in waiting:
            began = time.perf_counter()
            answer = await connection.ask(request)
            latencies.append(time.perf_counter() - began)
            assert answer.status == expect, f"{answer.status} instead of {expect}: {answer.body[:500]!r}"
            if seen is not None:
                seen(answer)

    connections = [await Connection.to(target) for _ in range(clients)]
    began = time.perf_counter()
    try:
        await asyncio.gather(*(client(connection) for connection in connections))
    finally:
        seconds = time.perf_counter() - began
        for connection in connections:
            connection.close()
    return Round(seconds, latencies)
