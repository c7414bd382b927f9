"""Puts the service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from service import health, initialisers, jobs, openapi, problems, reports, submit, zoo
from service.security import KeyRequired
from service.settings import ServiceSettings
from service.stores import open_stores

DESCRIPTION = "What vision networks can see: exact and effective receptive fields of ONNX models."


def create_app(settings: ServiceSettings) -> FastAPI:
    """The application; its stores open when it starts and close when it stops."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        stores = open_stores(settings)
        app.state.stores = stores
        try:
            yield
        finally:
            stores.close()

    app = FastAPI(title="rfengine", version="1", description=DESCRIPTION, lifespan=opened, redoc_url=None)
    problems.install(app)
    for room in (submit, jobs, reports, zoo, initialisers, health):
        app.include_router(room.router)
    app.add_api_route("/", _front_door, include_in_schema=False)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    if settings.api_key is not None:
        app.add_middleware(KeyRequired, key=settings.api_key)
    return app


def _front_door() -> RedirectResponse:
    return RedirectResponse("/docs")
