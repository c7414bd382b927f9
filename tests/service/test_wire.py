"""What is no HTTP request, or a strange one, is answered by a problem as well; over a real server."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from api_schemas.problem import MEDIA_TYPE, Problem
from tests.service.processes import Deployment


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    there = Deployment(tmp_path_factory.mktemp("wire"))
    with there.service():
        yield there


def sent(deployment: Deployment, raw: bytes) -> tuple[int, Problem]:
    """The answer to raw bytes, after which the server hangs up."""
    with socket.create_connection(("127.0.0.1", deployment.port), timeout=5.0) as line:
        line.sendall(raw)
        answer = b""
        while chunk := line.recv(1 << 16):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    fields = dict(header.lower().split(": ", 1) for header in headers)
    assert fields["content-type"] == MEDIA_TYPE
    assert int(fields["content-length"]) == len(body)
    return int(status.split()[1]), Problem.model_validate_json(body)


LAST = b"Host: localhost\r\nConnection: close\r\n\r\n"
STRANGE = {
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "a space in the address": (b"GET /jobs /x HTTP/1.1\r\n" + LAST, 400),
    "bad UTF-8 in the address": (b"GET /jobs/\xff\xfe HTTP/1.1\r\n" + LAST, 400),
    "bad UTF-8, escaped": (b"GET /jobs/%FF%FE HTTP/1.1\r\n" + LAST, 404),
    "bad UTF-8 in a query": (b"GET /jobs?after=%FF HTTP/1.1\r\n" + LAST, 422),
    "a long address": (b"GET /" + b"x" * (1 << 17) + b" HTTP/1.1\r\n" + LAST, 431),
    "a long header": (b"GET /jobs HTTP/1.1\r\nCookie: " + b"x" * (1 << 17) + b"\r\n" + LAST, 431),
    "no number": (b"POST /analyze HTTP/1.1\r\nContent-Length: many\r\n" + LAST, 400),
    "two numbers": (b"POST /analyze HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + LAST, 400),
    "an astronomic number": (b"POST /analyze HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n" + LAST, 400),
    "a large number": (
        b"POST /analyze HTTP/1.1\r\nContent-Type: application/onnx\r\nContent-Length: 9999999999999\r\n" + LAST,
        413,
    ),
    "an unknown coding": (b"POST /analyze HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + LAST, 501),
    "a bad chunk": (b"POST /session HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"zz\r\n", 400),
    "an unknown method": (b"BREW /jobs HTTP/1.1\r\n" + LAST, 405),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "status"), STRANGE.values(), ids=STRANGE.keys())
def test_strange_requests_are_refused_in_order(deployment: Deployment, raw: bytes, status: int) -> None:
    got, problem = sent(deployment, raw)
    assert (got, problem.status) == (status, status)
    assert problem.type.startswith("urn:rfengine:")
    assert "Traceback" not in problem.detail
    assert httpx.get(f"{deployment.url}/healthz").status_code == 200
