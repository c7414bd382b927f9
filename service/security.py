"""The door: finds out who asks before any route runs, and lets nobody in by a name or a page that is not ours.

What a route must not forget is done here, for every address: the names and pages of `service/hosts.py`, the key or the
session, the key's rate and its scopes. What is left to the routes is whose job it is (`service/access.py`).
"""

import logging

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobstore.keys import KeyRecord
from service import page
from service.access import ANYBODY, Caller, refuse_without, scope_of
from service.hosts import Hosts, refuse_other_pages
from service.keyring import Keyring, caller_of
from service.problems import RETRY_LATER, ProblemError, answer, refusal
from service.settings import ServiceSettings
from service.stores import Stores

log = logging.getLogger(__name__)

# Health checks are asked by machines without keys and tell nothing; at the third, keys are shown. The page asks for
# what it shows like any other client.
OPEN = ("/healthz", "/readyz", "/session", "/")
OPEN_BELOW = page.ROOT

# Every answer is what it says it is, is shown in nobody's frame, and its address is told to nobody else. (`no-referrer`
# would make a browser hide the origin of our own forms from us.)
_HARDENED = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "same-origin"}


class Door:
    """ASGI middleware: 421, 403, 401 or 429 as a problem, or the request with its `caller` in its state."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._hosts = Hosts.of(settings.hosts, settings.bound)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # there are none, so nothing guards them
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        hardened = _hardening(send)
        refused = await self._refused(scope)
        if refused is not None:
            await refused(scope, receive, hardened)
            return
        await self._app(scope, receive, hardened)

    async def _refused(self, scope: Scope) -> Response | None:
        """The answer to who is not let in; None, and the caller noted, for who is."""
        headers = Headers(scope=scope)
        try:
            self._hosts.refuse_others(headers)
            caller = await self._caller(scope, headers)
            if caller is not None:
                refuse_without(caller, scope_of(scope["method"], scope["path"]))
                scope.setdefault("state", {})["caller"] = caller
            return None
        except ProblemError as error:
            if error.problem.status == 401 and headers.get("sec-fetch-mode") == "navigate":
                return RedirectResponse("/session", 303)
            told = error.problem.model_copy(update={"instance": scope["path"]})
            return answer(told, error.headers)
        except SQLAlchemyError:
            log.exception("the database failed")
            detail = "The database does not answer; nothing was changed. Try again in a moment."
            return answer(refusal("storage-unavailable", detail).problem, RETRY_LATER)

    async def _caller(self, scope: Scope, headers: Headers) -> Caller | None:
        """Who asks; None at an open address. Raises `ProblemError`."""
        method, keyring = scope["method"], keyring_of(scope)
        session = None if "authorization" in headers else session_of(scope, headers)
        refuse_other_pages(headers, method, by_cookie=session is not None)
        if scope["path"] in OPEN or scope["path"].startswith(OPEN_BELOW):
            return None
        if not await run_in_threadpool(keyring.shut):
            return ANYBODY
        token = bearer(headers)
        record = await run_in_threadpool(_record, keyring, token, session)
        if record is None:
            raise no_key()
        await run_in_threadpool(keyring.spend, record.id)
        return caller_of(record)


def keyring_of(scope: Scope) -> Keyring:
    """The keyring of the application that a request is for."""
    stores: Stores = scope["app"].state.stores
    return stores.keyring


def bearer(headers: Headers) -> str | None:
    """The key in the header Authorization, None where there is none."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def session_of(scope: Scope, headers: Headers) -> str | None:
    """The session's id in the cookies, None where there is none."""
    return cookie_parser(headers.get("cookie", "")).get(cookie_name(scope))


def cookie_name(scope: Scope) -> str:
    """Of the session's cookie: with TLS under a name that browsers let no other host and no plain page set."""
    return "__Host-rfengine_session" if scope["scheme"] == "https" else "rfengine_session"


def no_key() -> ProblemError:
    """The refusal of who shows no key, or one that is not good any more."""
    detail = "Send a key as `Authorization: Bearer <key>`; in a browser, sign in at /session"
    return refusal("unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def _record(keyring: Keyring, token: str | None, session: str | None) -> KeyRecord | None:
    if token is not None:
        return keyring.by_token(token)
    return None if session is None else keyring.by_session(session)


def _hardening(send: Send) -> Send:
    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            added = [(n.encode(), v.encode()) for n, v in _HARDENED.items() if n.encode() not in there]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return hardened
