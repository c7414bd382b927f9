"""The door: with an API key set, nothing but the health checks answers without it."""

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.problems import answer, refusal

OPEN = ("/healthz", "/readyz")


class KeyRequired:
    """ASGI middleware that asks for `Authorization: Bearer <key>`."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http" or scope["path"] in OPEN or self._admits(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        refused = refusal("unauthorized", "Send the service's key as `Authorization: Bearer <key>`")
        await answer(refused.problem, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _admits(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # In constant time: how long a wrong key takes must not say how much of it was right.
        return hmac.compare_digest(given.strip().encode(), self._key) and scheme.lower() == "bearer"
