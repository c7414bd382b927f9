"""What the API tests send, expect and look at."""

from typing import Any

import httpx
from fastapi.testclient import TestClient

from api_schemas.problem import MEDIA_TYPE, Problem
from service.stores import Stores

ONNX = {"Content-Type": "application/onnx"}
SPEC = {
    "input": [1, 3, 32, 32],
    "layers": [{"type": "conv", "name": "c", "channels": 4, "kernel": 3}, {"type": "relu"}],
}


def stores(client: TestClient) -> Stores:
    opened: Stores = client.app.state.stores  # type: ignore[attr-defined]
    return opened


def blobs(client: TestClient) -> list[str]:
    store = stores(client).artifacts
    return list(store.filesystem.find(store.root))


def problem(answer: httpx.Response, status: int) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    got = Problem.model_validate(answer.json())
    assert got.status == status
    assert got.type.startswith("urn:rfengine:")
    assert "Traceback" not in answer.text
    return got


def form(**parts: Any) -> dict[str, Any]:
    """A multipart body; a tuple is (file name, content), a string a plain field."""
    return {"files": [(name, part if isinstance(part, tuple) else (None, part)) for name, part in parts.items()]}
