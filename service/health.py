"""Whether the service lives, and whether it can do its work."""

import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from api_schemas.base import Open
from jobstore import queries
from jobstore.database import Database
from jobstore.migrations import is_current
from service.disk import NoRoomError, check_room
from service.problems import RETRY_LATER
from service.stores import Opened, Stores

log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


class Health(Open):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str
    gpu: bool = Field(False, description="Whether there is a queue for workers with a GPU; it is part of cache keys.")


class Readiness(Open):
    """What works: without database, artifact store or room nothing does; without broker, jobs start late."""

    status: Literal["ready", "degraded", "unavailable"] = Field(
        description="degraded: jobs are taken and will be done, later than usual; unavailable: none are taken."
    )
    checks: dict[str, Literal["ok", "failed"]]
    reasons: dict[str, str] = Field(
        default_factory=dict, description="Of each check that failed, what is wrong and what to do."
    )


@dataclass(frozen=True)
class Check:
    """One thing a job will ask of the stores: what to try, and what it means where that fails."""

    name: str
    attempt: Callable[[], None]
    reason: str
    vital: bool = True


class OldSchemaError(Exception):
    """The ledger's schema is not the one that this process knows."""


@router.get("/healthz")
def healthz(stores: Opened) -> Health:
    """Liveness: no store is asked."""
    return Health(version=stores.engine_version, gpu=stores.settings.store.gpu_queue)


@router.get("/readyz", responses={503: {"model": Readiness}})
def readyz(stores: Opened, response: Response) -> Readiness:
    """Readiness: every store is asked to do what a job will ask of it."""
    found = {check.name: (check, _failure(check)) for check in _checks(stores)}
    reasons = {name: reason for name, (_, reason) in found.items() if reason is not None}
    vital = any(check.vital for check, reason in found.values() if reason is not None)
    response.headers["Cache-Control"] = "no-store"
    if vital:
        response.status_code = 503
        response.headers.update(RETRY_LATER)
    return Readiness(
        status="unavailable" if vital else "degraded" if reasons else "ready",
        checks={name: "ok" if reason is None else "failed" for name, (_, reason) in found.items()},
        reasons=reasons,
    )


def _checks(stores: Stores) -> tuple[Check, ...]:
    return (
        Check(
            "database",
            lambda: queries.probe(stores.database, f"service-{os.getpid()}"),
            "The ledger does not answer; see that what RFENGINE_DATABASE_URL names runs and can be reached",
        ),
        Check(
            "schema",
            lambda: _is_current(stores.database),
            "The ledger cannot be read; see `database`",
        ),
        Check(
            "artifacts",
            stores.artifacts.probe,
            "The artifact store takes no files; see that what RFENGINE_ARTIFACT_URL names is there and may be written",
        ),
        Check(
            "disk",
            lambda: check_room(stores.disks, stores.settings.min_free),
            "The free room cannot be told",
        ),
        Check(
            "broker",
            stores.broker.check,
            "The broker does not answer: jobs are kept, and start when workers sweep or the broker is back; see "
            "that what RFENGINE_BROKER_URL names runs and can be reached",
            vital=False,
        ),
    )


def _failure(check: Check) -> str | None:
    """Why the check fails, in words that give away no address and no secret; None where it does not."""
    try:
        check.attempt()
    except (NoRoomError, OldSchemaError) as error:
        return str(error)
    except Exception as error:
        log.warning("not ready: the check of %s failed", check.name, exc_info=True)
        if isinstance(error, SQLAlchemyError) and _read_only(error):
            return "The ledger takes no writes: it is read-only; give its files, or its server, back the right to write"
        return check.reason
    return None


def _is_current(database: Database) -> None:
    with database.read() as connection:
        if not is_current(connection):
            raise OldSchemaError("The ledger's schema is older than this service; restart it, which migrates")


def _read_only(error: SQLAlchemyError) -> bool:
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
    return getattr(cause, "sqlstate", None) == "25006"  # PostgreSQL: read_only_sql_transaction
