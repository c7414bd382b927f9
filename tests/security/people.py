"""Keys, and jobs that belong to them."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api_schemas.job import Artifact
from jobstore import keys, transitions
from jobstore.keys import KeyRecord, NewKey
from jobstore.records import JobRecord, NewJob, StoredArtifact
from service.stores import Stores

SPEC = {"spec": {"input": [1, 3, 32, 32], "layers": [{"type": "conv", "name": "c", "channels": 4, "kernel": 3}]}}


def stores(client: TestClient) -> Stores:
    opened: Stores = client.app.state.stores  # type: ignore[attr-defined]
    return opened


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def key(client: TestClient, name: str = "somebody", **wishes: Any) -> dict[str, str]:
    """The header of a new key."""
    return bearer(new_key(client, name, **wishes)[1])


def new_key(client: TestClient, name: str = "somebody", **wishes: Any) -> tuple[KeyRecord, str]:
    return keys.create(stores(client).database, NewKey(name, **wishes))


def job_of(client: TestClient, owner: KeyRecord | None, status: str = "succeeded", cache_key: str = "k") -> JobRecord:
    """A job in the ledger, as the owner's submission and a worker would have left it."""
    opened = stores(client)
    mine = {} if owner is None else {"key_id": owner.id, "team": owner.team}
    record = transitions.submit(opened.database, NewJob(uuid.uuid4().hex, {"name": "n"}, cache_key, **mine))
    if status == "queued":
        return record
    claimed = transitions.claim(opened.database, record.id, 30.0)
    assert claimed is not None
    if status == "running":
        return claimed
    files = [stored(opened, name, kind) for name, kind in (("report.json", "application/json"), ("p.png", "image/png"))]
    assert transitions.finish(opened.database, record.id, claimed.attempt, None, files)
    return claimed


def stored(opened: Stores, name: str, media_type: str) -> StoredArtifact:
    blob = opened.artifacts.put("artifacts", [b"{}"])
    return StoredArtifact(Artifact(name=name, media_type=media_type, bytes=2, sha256=blob.sha256, title=""), blob.name)


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of all that the application answers, what its documentation leaves out among them."""
    return sorted({(method, path) for method, path in _walk(app.routes) if method not in ("HEAD", "OPTIONS")})


def _walk(routes: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(inner.routes)
        else:
            assert route.methods, f"{route} is no HTTP route: say here how it is guarded"
            yield from ((method, route.path) for method in route.methods)
