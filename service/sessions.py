"""`/session`: a browser shows a key once, and has a cookie from then on.

The cookie is a random id, out of reach of scripts (HttpOnly), never sent by other sites' pages (SameSite=Strict), and
with TLS never without it (Secure). The ledger has its digest, so any API process knows it and an operator can end it.
"""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.param_functions import Header
from fastapi.responses import HTMLResponse, RedirectResponse

from jobstore import sessions
from jobstore.keys import KeyRecord
from service import page
from service.counting import CountedBody
from service.openapi import problems
from service.problems import refusal
from service.question import too_large
from service.security import bearer, cookie_name, no_key, session_of
from service.stores import Opened

router = APIRouter(prefix="/session", tags=["session"])

FORM = "application/x-www-form-urlencoded"
MOST = 4096  # bytes of a form
_NEVER_KEPT = {"Cache-Control": "no-store"}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>rfengine: sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{base}css/base.css"><link rel="stylesheet" href="{base}css/shell.css">
<main class="sign-in card"><h1>Sign in</h1><form class="stack" method="post" action="/session">
<label class="field"><span>API key</span>
<input name="key" type="password" autocomplete="current-password" required autofocus></label>
<button class="primary">Sign in</button></form></main></html>
"""


@router.get("", response_class=HTMLResponse)
def sign_in_page() -> HTMLResponse:
    """Where a browser shows its key."""
    shown = _PAGE.replace("{base}", page.base())
    return HTMLResponse(shown, headers={"Content-Security-Policy": page.POLICY, **_NEVER_KEPT})


@router.post("", status_code=204, responses=problems(413, 415))
async def sign_in(
    request: Request,
    stores: Opened,
    authorization: Annotated[str | None, Header(description="`Bearer <key>`, or a form with the field `key`.")] = None,
) -> Response:
    """Begin a session with the key in `Authorization` (204), or in a form's field `key` (303 to the front page)."""
    by_form = authorization is None
    token = await _form_key(request) if by_form else bearer(request.headers)
    record = None if token is None else await run_in_threadpool(stores.keyring.by_token, token)
    if record is None:
        raise no_key()
    response = RedirectResponse("/", 303) if by_form else Response(status_code=204)
    response.headers.update(_NEVER_KEPT)
    _set_cookie(response, request, await run_in_threadpool(_begin, stores, record), int(sessions.LASTS))
    return response


@router.delete("", status_code=204)
def sign_out(request: Request, stores: Opened) -> Response:
    """End the session; also where there is none."""
    id = session_of(request.scope, request.headers)
    if id is not None:
        stores.keyring.forget_session(id)
    response = Response(status_code=204, headers=_NEVER_KEPT)
    _set_cookie(response, request, "", 0)
    return response


def _begin(stores: Opened, record: KeyRecord) -> str:
    return sessions.begin(stores.database, record.id, record.digest)


async def _form_key(request: Request) -> str | None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", FORM):
        detail = f"Content-Type {kind[:100]!r} is not understood; send the key as `Authorization: Bearer <key>`"
        raise refusal("unsupported-media-type", detail)
    counted = CountedBody(request, MOST, too_large("The form", MOST, "send the field `key` alone"))
    body = await counted.request.body()
    return next(iter(parse_qs(body.decode("ascii", "replace")).get("key", ())), None)


def _set_cookie(response: Response, request: Request, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(request.scope),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
