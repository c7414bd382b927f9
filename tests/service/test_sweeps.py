"""A real sweep through real processes: planned, trained in parts by the worker, reported with pictures."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.processes import Deployment

TRAINING = {"steps": 4, "evaluate_every": 2, "evaluation_samples": 16}
TINY = {"depths": [6], "maps": 4, "trainings": 4, "training": TRAINING}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Any:
    data = tmp_path_factory.mktemp("sweeps")
    settings = {"RFENGINE_ENGINE": "worker.engine", "RFENGINE_LEASE": "30", "RFENGINE_CHECKPOINTS": str(data / "ck")}
    deployment = Deployment(data, settings=settings)
    with deployment.service(), deployment.worker():
        yield deployment


def accepted(deployment: Deployment, **question: Any) -> str:
    answer = httpx.post(f"{deployment.url}/analyze", **question)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_the_seeds_nets(deployment: Deployment) -> None:
    job = accepted(deployment, json={"analyses": ["sweep"], "sweep": TINY})
    ended = deployment.ended(job, within=120)
    assert ended["status"] == "succeeded", ended["error"]
    assert ended["children"]["done"] == ended["children"]["total"] > 0
    (row,) = ended["summary"]["sweep"]
    assert (row["network"], row["depth"], row["boundary"]) == ("nopool-res-6x4", 6, "below")
    report = httpx.get(f"{deployment.url}/jobs/{job}/report").json()
    runs = report["sweep"]["rows"][0]["runs"]
    assert len(runs) == ended["children"]["total"]
    assert {run["steps"] for run in runs} == {4}
    grown = report["sweep"]["rows"][0]["grown"]
    assert len(grown) == len(runs)
    assert all(each["before"]["luo_size"] > 0 for each in grown)
    names = {artifact["name"] for artifact in report["artifacts"]}
    assert {"sweep.heatmap.png", "sweep.boundary.png", "nopool-res-6x4.accuracy.png", "e_symbol.samples.png"} <= names
    picture = httpx.get(f"{deployment.url}/jobs/{job}/artifacts/sweep.heatmap.png")
    assert picture.content.startswith(b"\x89PNG")


def test_a_model_of_ones_own(deployment: Deployment, tmp_path: Path) -> None:
    from tests.training.test_network import onnx_net

    request = '{"sweep": {"distances": [7, 8], "method": "grid", "seeds": 1, "erf": false, "training": %s}}'
    filled = request % str(TRAINING).replace("'", '"')
    job = accepted(deployment, files={"model": ("mine.onnx", onnx_net())}, data={"request": filled})
    ended = deployment.ended(job, within=120)
    assert ended["status"] == "succeeded", ended["error"]
    assert [row["network"] for row in ended["summary"]["sweep"]] == ["mine"]
    assert ended["summary"]["sweep"][0]["trainings"] == 2


def test_what_cannot_be_trained_fails_with_the_reason(deployment: Deployment) -> None:
    job = accepted(deployment, json={"sweep": {"depths": [8], "training": {"canvas": 16}}})
    ended = deployment.ended(job, within=60)
    assert ended["status"] == "failed"
    assert "a mark at 7 px does not fit a canvas of 16 px" in ended["error"]["detail"]
    refused = httpx.post(
        f"{deployment.url}/analyze", json={"sweep": {"distances": [7, 40], "training": {"canvas": 64}}}
    )
    assert refused.status_code == 422
    assert "the mark at 40 px does not fit a canvas of 64 px" in refused.text
