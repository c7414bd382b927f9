"""`HEAD` wherever there is `GET`: the same answer without its body (RFC 9110, section 9.3.2)."""

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATE = "wants_no_body"
_FOUND = ("route", "endpoint", "path_params")  # what routing leaves in a scope, for who looks at it afterwards


class HeadAsGet:
    """ASGI middleware: asks what is inside for GET, and lets no byte of the answer's body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET", "state": {**scope.get("state", {}), _STATE: True}}
        try:
            await self._app(inner, receive, bodiless)
        finally:
            scope.update({name: inner[name] for name in _FOUND if name in inner})


def wants_body(request: Request) -> bool:
    """Whether it is worth making the answer's body: false for HEAD."""
    return not getattr(request.state, _STATE, False)
