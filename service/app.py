"""Puts the service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service import (
    events,
    health,
    initialisers,
    jobs,
    metrics,
    openapi,
    page,
    problems,
    progress,
    reports,
    sessions,
    submit,
    zoo,
)
from service.closing import Closing
from service.heads import HeadAsGet
from service.logs import RequestLog
from service.metrics import Traffic
from service.security import Door
from service.settings import ServiceSettings
from service.stores import open_stores
from service.waiting import Watch

DESCRIPTION = "What vision networks can see: exact and effective receptive fields of ONNX models."


def create_app(settings: ServiceSettings) -> FastAPI:
    """The application; its stores open when it starts and close when it stops."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        stores = open_stores(settings)
        app.state.stores = stores
        app.state.watch = Watch(lambda ids: progress.look(stores.database, ids), settings.watch_every, closing)
        collector = metrics.ledger_collector(stores)
        registry.register(collector)
        try:
            yield
        finally:
            registry.unregister(collector)
            stores.close()

    app = FastAPI(
        title="rfengine",
        version="1",
        description=DESCRIPTION,
        lifespan=opened,
        docs_url=None,  # the framework's would load its scripts from elsewhere; see service/page.py
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    registry, closing = metrics.own_registry(), Closing()
    traffic = Traffic(registry)
    app.state.registry, app.state.closing, app.state.traffic = registry, closing, traffic
    problems.install(app)
    for room in (submit, jobs, events, reports, sessions, zoo, initialisers, health, metrics, page):
        app.include_router(room.router)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    app.add_middleware(Door, settings=settings)
    # Around all else, the framework's handler of unknown errors too: those answers have an id and a line as well.
    stack = app.build_middleware_stack
    app.build_middleware_stack = lambda: RequestLog(HeadAsGet(stack()), traffic)  # type: ignore[method-assign]
    return app
