"""Whether the service lives, and whether it can do its work."""

import logging
import os
from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Response

from api_schemas.base import Open
from jobstore import queries
from service.stores import Opened

log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


class Health(Open):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str


class Readiness(Open):
    """What works: without database or artifact store nothing does; without broker, jobs start late."""

    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Literal["ok", "failed"]]


@router.get("/healthz")
def healthz(stores: Opened) -> Health:
    """Liveness: no store is asked."""
    return Health(version=stores.engine_version)


@router.get("/readyz", responses={503: {"model": Readiness}})
def readyz(stores: Opened, response: Response) -> Readiness:
    """Readiness: every store is asked to do what a job will ask of it."""
    checks = {
        "database": _works("database", lambda: queries.probe(stores.database, f"service-{os.getpid()}")),
        "artifacts": _works("artifacts", stores.artifacts.probe),
        "broker": _works("broker", stores.broker.check),
    }
    verdicts: dict[str, Literal["ok", "failed"]] = {name: "ok" if ok else "failed" for name, ok in checks.items()}
    response.headers["Cache-Control"] = "no-store"
    if not (checks["database"] and checks["artifacts"]):
        response.status_code = 503
        return Readiness(status="unavailable", checks=verdicts)
    return Readiness(status="ready" if checks["broker"] else "degraded", checks=verdicts)


def _works(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        log.warning("the %s does not answer", name, exc_info=True)
        return False
    return True
