"""Each HTTP request has an id, and one line in the log when it has been answered."""

import logging
import re
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobstore import logs
from jobstore.environment import BadSettingError, text
from service.metrics import Traffic

log = logging.getLogger("service.requests")

HEADER = "X-Request-Id"
# As proxies and tracers write them; anything else is replaced, so that nobody writes into our logs at will.
ID = re.compile(r"[A-Za-z0-9._:=+/@-]{1,128}")
JOB = re.compile(r"/jobs/([0-9a-f]{32})(?:/|$)")


def configure_requests() -> None:
    """Read RFENGINE_ACCESS_LOG, and write no line per request where it is 0; raises `BadSettingError`."""
    wanted = text("RFENGINE_ACCESS_LOG", "1")
    if wanted not in ("0", "1"):
        raise BadSettingError(f"RFENGINE_ACCESS_LOG={wanted!r} is neither 0 nor 1; set it to one of them")
    log.setLevel(logging.INFO if wanted == "1" else logging.WARNING)


class RequestLog:
    """ASGI middleware, the outermost: the id, the line, and the figures of each request."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request within its own context."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER.lower(), "")
        request_id = given if ID.fullmatch(given) else uuid.uuid4().hex
        answer = _Answer(self._traffic, send, request_id, _job_in(scope["path"]))
        began = time.perf_counter()
        # Not undone: the server runs each request as a task of its own, and what it says about a failure comes after.
        logs.now_about(answer.job, request_id)
        try:
            await self._app(scope, receive, answer.send)
        finally:
            answer.ended()
            self._told(scope, answer, time.perf_counter() - began)

    def _told(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        route = route_of(scope)
        self._traffic.answered(scope["method"], route, answer.status, answer.seconds_to_start(seconds))
        fields = {
            "method": scope["method"],
            "path": scope["path"],  # without the query, which may carry a secret
            "route": route,
            "status": answer.status,
            "seconds": round(seconds, 6),
            "bytes": answer.bytes,
            "client": (scope.get("client") or [None])[0],
        }
        if answer.job is not None:
            fields["job"] = answer.job
        status = f"{answer.status} {_phrase(answer.status)}" if answer.status else "broken off"
        said = f"{scope['method']} {scope['path']} {status} in {seconds:.3f} s, {answer.bytes} bytes"
        log.info("%s", said, extra={logs.FIELDS: fields})


@dataclass
class _Answer:
    """Watches one answer on its way out; `status` is 0 until it has begun."""

    traffic: Traffic
    forward: Send
    request_id: str
    job: str | None
    status: int = 0
    bytes: int = 0
    streams: bool = False
    began: float = 0.0
    started: float | None = None

    def __post_init__(self) -> None:
        self.began = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Pass on, with the id in a header."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started = time.perf_counter() - self.began
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self.request_id
            self.job = self.job or _job_in(headers.get("location", ""))
            if headers.get("content-type", "").startswith("text/event-stream"):
                self.streams = True
                self.traffic.streams.inc()
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self.forward(message)

    def seconds_to_start(self, whole: float) -> float:
        """Of a stream, until it began: how long it is held says nothing about the service."""
        return self.started if self.streams and self.started is not None else whole

    def ended(self) -> None:
        """A stream that was counted is counted no more."""
        if self.streams:
            self.traffic.streams.dec()


def route_of(scope: Scope) -> str:
    """The path as it was declared, such as `/jobs/{job}`; `none` where no route took the request."""
    found = scope.get("route")
    path = getattr(found, "path", None)
    return str(path) if path else "none"


def _job_in(path: str) -> str | None:
    found = JOB.match(path)
    return found[1] if found else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
