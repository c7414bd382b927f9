"""Bodies that are counted while they come in: no header of a client is believed about their size."""

from fastapi import Request
from starlette.types import Message

from service.problems import ProblemError

_REMEMBERED = 1 << 10  # bytes


def announced(request: Request) -> int:
    """How many bytes the client says will come; 0 where it does not say."""
    given = request.headers.get("content-length", "")
    return int(given[:20]) if given.isascii() and given.isdecimal() else 0


class CountedBody:
    """A request that hands out at most `cap` bytes of its body and raises `refused` beyond.

    `request` is the request to read from; `end` has the last bytes that were read.
    """

    def __init__(self, request: Request, cap: int, refused: ProblemError) -> None:
        if announced(request) > cap:
            raise refused
        self._inner = request
        self._cap = cap
        self._refused = refused
        self._seen = 0
        self.end = b""
        self.request = Request(request.scope, self._receive)

    async def _receive(self) -> Message:
        message = await self._inner.receive()
        body = message.get("body", b"")
        self._seen += len(body)
        if self._seen > self._cap:
            raise self._refused
        self.end = (self.end + body[-_REMEMBERED:])[-_REMEMBERED:]
        return message
