"""What the HTTP server answers before there is a request that the application could answer: a problem, too."""

import sys
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api_schemas.problem import MEDIA_TYPE, Problem
from service.problems import refusal

# Bytes of a request's first line and headers together: an address and a few cookies fit, a book does not.
LONGEST_HEAD = 64 << 10
LINGER_SECONDS = 1.0


class ProblemProtocol(H11Protocol):
    """HTTP/1.1 whose refusals of what is no request are RFC 9457 problems."""

    _refused = False

    def data_received(self, data: bytes) -> None:
        """Take bytes in; those behind a refusal are dropped."""
        if not self._refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the signature is the server's
        """Answer what could not be read, and hang up; called by the server while it handles the parser's error."""
        problem = _refused(sys.exc_info()[1])
        body = problem.model_dump_json(exclude_none=True).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        reason = HTTPStatus(problem.status).phrase.encode()
        for event in (
            h11.Response(status_code=problem.status, headers=headers, reason=reason),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        # Hanging up on a client that still sends would reset the connection, and the answer with it.
        self._refused = True
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _refused(error: BaseException | None) -> Problem:
    hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
    if hint == 431:
        detail = f"The request's address and headers have more than {LONGEST_HEAD} bytes together; send less of them"
        return refusal("head-too-large", detail).problem
    if hint == 501:
        detail = "The request's Transfer-Encoding is not understood; send `chunked`, or a Content-Length"
        return refusal("not-implemented", detail).problem
    detail = "What came is no HTTP/1.1 request, or its body was cut off; send it through an HTTP client, once more"
    return refusal("bad-request", detail).problem
