"""Every error the service answers, as an RFC 9457 problem: its own, the framework's and the stores'."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api_schemas.problem import MEDIA_TYPE, InvalidParam, Problem
from service.methods import methods_at

log = logging.getLogger(__name__)

RETRY_LATER = {"Retry-After": "10"}


class Kind(NamedTuple):
    """One kind of problem."""

    title: str
    status: int


KINDS: dict[str, Kind] = {
    "empty-body": Kind("There is nothing to analyse", 400),
    "bad-body": Kind("The body cannot be read", 400),
    "bad-request": Kind("This is no HTTP request", 400),
    "unauthorized": Kind("A key is needed", 401),
    "forbidden": Kind("The key, or the page that asks, may not do this", 403),
    "not-found": Kind("There is no such thing", 404),
    "not-acceptable": Kind("The report is not to be had in that form", 406),
    "not-finished": Kind("The job has no report yet", 409),
    "not-ended": Kind("The job, or a part of it, has not ended", 409),
    "part-of-another": Kind("The job is a part of another", 409),
    "idempotency-conflict": Kind("The key was used for another question", 409),
    "gone": Kind("The job's content is gone", 410),
    "canceled": Kind("The job was canceled", 409),
    "too-large": Kind("The body is too large", 413),
    "unsupported-media-type": Kind("The body's type is not understood", 415),
    "misdirected": Kind("The service does not go by that name", 421),
    "invalid-request": Kind("The request is not as it should be", 422),
    "over-quota": Kind("The key has used up what it is allowed", 429),
    "too-many-requests": Kind("The key asks too often", 429),
    "head-too-large": Kind("The request's address and headers are too long", 431),
    "internal-error": Kind("The service failed", 500),
    "not-implemented": Kind("The service cannot do this", 501),
    "busy": Kind("The queue is full", 503),
    "storage-unavailable": Kind("The storage does not answer", 503),
}


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = dict(headers or {})


def refusal(
    kind: str, detail: str, *, errors: Sequence[InvalidParam] = (), headers: Mapping[str, str] | None = None
) -> ProblemError:
    """The exception for one of `KINDS`; the detail says place, value and next step."""
    title, status = KINDS[kind]
    problem = Problem(type=f"urn:rfengine:{kind}", title=title, status=status, detail=detail, errors=tuple(errors))
    return ProblemError(problem, headers)


def invalid(found: Sequence[InvalidParam]) -> ProblemError:
    """The refusal of data with faults, of which there is at least one."""
    first = f"{found[0].location}: {found[0].message}"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return refusal("invalid-request", f"{first}{more}; correct the fields named in `errors`", errors=found)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP answer for a problem."""
    content = problem.model_dump_json(exclude_none=True)
    return Response(content, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(ProblemError, _own)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)


async def _own(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return answer(error.problem.model_copy(update={"instance": request.url.path}), error.headers)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    known = {
        404: f"There is nothing at {request.url.path}; see /docs for what there is.",
        405: f"{request.method} is not possible at {request.url.path}; see the Allow header.",
    }
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = methods_at(request.app.openapi(), request.url.path, headers.get("Allow", ""))
    problem = Problem(
        type=f"urn:rfengine:{status.phrase.lower().replace(' ', '-')}",
        title=status.phrase,
        status=status.value,
        detail=known.get(status.value, str(error.detail)),
        instance=request.url.path,
    )
    return answer(problem, headers)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        InvalidParam(location=_location(fault["loc"]) or "request", message=fault["msg"]) for fault in error.errors()
    ]
    return await _own(request, invalid(found))


async def _database(request: Request, error: Exception) -> Response:
    log.error("the database failed", exc_info=error)
    detail = "The database does not answer; nothing was changed. Try again in a moment."
    return await _own(request, refusal("storage-unavailable", detail, headers=RETRY_LATER))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


async def _unexpected(request: Request, _error: Exception) -> Response:
    # The server logs the exception itself; none of it goes into the answer.
    detail = "The service met an error that it does not know; try again, and report it if it stays."
    return await _own(request, refusal("internal-error", detail))


def _location(parts: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in parts)
