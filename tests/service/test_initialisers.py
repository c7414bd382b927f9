"""`GET /initialisers`: what is listed can be asked for."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api_schemas.spec import LayerSpec
from jobstore.settings import StoreSettings
from service.app import create_app
from service.settings import ServiceSettings


@pytest.fixture
def listed(tmp_path: Path) -> list[dict[str, Any]]:
    store = StoreSettings(
        broker_url=f"sqlite:///{tmp_path}/broker.db",
        database_url=f"sqlite:///{tmp_path}/ledger.db",
        artifact_url=f"file://{tmp_path}/store",
    )
    with TestClient(create_app(ServiceSettings(store, hosts=("testserver",)))) as client:
        answer = client.get("/initialisers")
        assert answer.status_code == 200
        assert "/initialisers" in client.get("/openapi.json").json()["paths"]
    found: list[dict[str, Any]] = answer.json()
    return found


def test_names_titles_and_parameters(listed: list[dict[str, Any]]):
    by_name = {entry["name"]: entry for entry in listed}
    assert list(by_name) == sorted(by_name)
    assert {"he", "xavier", "decomposed", "circular_v2"} <= set(by_name)
    assert by_name["he"]["title"] == "Normal with variance 2 / fan-in (He et al. 2015, equation 10)."
    assert by_name["decomposed"]["parameters"]["order"]["enum"] == ["seed", "balanced"]
    assert by_name["circular"]["parameters"]["amplitude"]["default"] == 0.2


def test_every_entry_is_an_initialiser_of_a_layer_spec(listed: list[dict[str, Any]]):
    layer = {"type": "conv", "channels": 1, "kernel": 3}
    for entry in listed:
        defaults = {name: schema["default"] for name, schema in entry["parameters"].items()}
        for init in (entry["name"], {"name": entry["name"], **defaults}):
            spec = LayerSpec.model_validate({"input": [1, 1, 8, 8], "layers": [layer], "init": init})
            assert spec.init.name == entry["name"]
