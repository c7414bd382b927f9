"""What Prometheus reads: figures that are right, the same in every process, and named by its conventions."""

import re
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry, generate_latest

from service.app import create_app
from service.settings import ServiceSettings
from tests.operations.figures import Figures
from tests.operations.logged import Logged
from tests.service.calls import ONNX, stores
from tests.service.processes import Deployment, eventually, free_port
from worker.messages import Failed, PartDone
from worker.metrics import Figures as WorkerFigures
from worker.metrics import GpuCollector, address_of
from worker.problems import internal

UNITS = ("seconds", "bytes", "total", "info")


def scraped(url: str) -> Figures:
    answer = httpx.get(f"{url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return Figures(answer.text)


def test_figures_after_real_jobs(deployment: Logged) -> None:
    address = f"127.0.0.1:{free_port()}"
    deployment.settings |= {"RFENGINE_WORKER_METRICS": address}
    other = Deployment(deployment.data)
    with deployment.service(), other.service(), deployment.worker():
        for behaviour in ("fine:1", "fine:2", "raise"):
            deployment.ended(deployment.submit(behaviour))
        deployment.ended(deployment.submit("segfault"))
        deployment.ended(deployment.submit("sleep:0.6"))
        again = httpx.post(
            f"{deployment.url}/analyze", files={"model": b"model"}, data={"request": '{"name": "fine:1"}'}
        )
        assert again.status_code == 200
        httpx.get(f"{deployment.url}/jobs/{again.json()['id']}/report")
        eventually(lambda: scraped(deployment.url)("rfengine_workers", queue="cpu", state="alive") == 1)
        figures, second, worker = scraped(deployment.url), scraped(other.url), scraped(f"http://{address}")
        files = httpx.get(f"{deployment.url}/jobs/{again.json()['id']}/artifacts").json()["artifacts"]
    assert figures("rfengine_ledger_up") == 1
    assert figures("rfengine_jobs", queue="cpu", kind="analysis", status="succeeded") == 3
    assert figures("rfengine_jobs", queue="cpu", kind="analysis", status="failed") == 2
    assert figures("rfengine_failed_jobs", queue="cpu", code="internal-error") == 1
    assert figures("rfengine_failed_jobs", queue="cpu", code="crash") == 1
    assert figures("rfengine_attempts_total", queue="cpu") == 6  # the segfault was tried twice
    assert figures("rfengine_crashed_attempts", queue="cpu") == 2
    assert figures("rfengine_queue_depth", queue="cpu") == 0
    ended = {"queue": "cpu", "kind": "analysis", "status": "succeeded"}
    assert figures("rfengine_job_run_seconds_count", **ended) == 3
    assert figures("rfengine_job_run_seconds_bucket", **ended, le="+Inf") == 3
    assert figures("rfengine_job_run_seconds_bucket", **ended, le="0.5") <= 2
    assert 0.6 <= figures("rfengine_job_run_seconds_sum", **ended) < 15.0
    assert figures("rfengine_job_wait_seconds_count", **ended) == 3
    assert figures("rfengine_artifact_files") == 3 * len(files)
    assert figures("rfengine_artifact_bytes") >= 3 * sum(
        file["bytes"] for file in files if file["name"] != "report.json"
    )
    assert figures("rfengine_submissions_total", result="queued") == 5
    assert figures("rfengine_submissions_total", result="cached") == 1
    assert figures("rfengine_http_requests_total", method="POST", route="/analyze", status="202") == 5
    assert figures("rfengine_http_requests_total", method="GET", route="/jobs/{job}/report", status="200") == 1
    assert figures("rfengine_http_request_duration_seconds_count", method="POST", route="/analyze") == 6
    assert figures("rfengine_disk_free_bytes", store="database") > 0
    # Another process has answered other requests, and reads the same ledger.
    shared = {key: value for key, value in figures.samples.items() if ledger_figure(key[0])}
    assert shared == {key: value for key, value in second.samples.items() if ledger_figure(key[0])}
    assert second.total("rfengine_submissions_total") == 0
    assert worker("rfengine_worker_attempts_total", outcome="done") == 3
    assert worker("rfengine_worker_attempts_total", outcome="crashed") == 2
    assert worker("rfengine_worker_failures_total", code="internal-error") == 1
    assert worker("rfengine_worker_stage_seconds_count", stage="gradient") == 1
    assert 0.4 < worker("rfengine_worker_stage_seconds_sum", stage="gradient") < 15.0
    assert worker("rfengine_worker_jobs") == 0
    assert worker("process_resident_memory_bytes") > 1 << 20
    for found in (figures, worker):
        named_by_the_conventions(found)


def ledger_figure(name: str) -> bool:
    own = ("rfengine_http", "rfengine_submissions", "rfengine_event", "rfengine_disk", "process_")
    return not name.startswith(own)


def named_by_the_conventions(figures: Figures) -> None:
    """https://prometheus.io/docs/practices/naming/"""
    for name, kind in figures.types.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
        assert figures.help[name], name
        assert name.startswith(("rfengine_", "process_")), name
        assert "milli" not in name
        if kind == "histogram":
            assert name.endswith("_seconds")


def test_a_queue_that_waits_is_seen(client: TestClient) -> None:
    client.post("/analyze", content=b"one", headers=ONNX)
    client.post("/analyze", content=b"two", headers=ONNX)
    figures = Figures(client.get("/metrics").text)
    assert figures("rfengine_queue_depth", queue="cpu") == 2
    assert figures("rfengine_queue_depth", queue="gpu") == 0
    assert 0 < figures("rfengine_queue_oldest_age_seconds", queue="cpu") < 10
    assert figures("rfengine_queue_oldest_age_seconds", queue="gpu") == 0


def test_addresses_of_clients_do_not_become_labels(client: TestClient) -> None:
    for number in range(20):
        client.get(f"/nothing/{number}")
        client.get(f"/jobs/{number:032x}")
        client.request(f"M{number}", "/jobs")
    figures = Figures(client.get("/metrics").text)
    labels = {labels for name, labels in figures.samples if name == "rfengine_http_requests_total"}
    assert len(labels) < 8, labels
    assert figures("rfengine_http_requests_total", method="GET", route="/jobs/{job}", status="404") == 20


def test_without_a_ledger_the_rest_is_told(client: TestClient) -> None:
    client.get("/healthz")
    with stores(client).database.write() as connection:
        connection.exec_driver_sql("DROP TABLE jobs")
    figures = Figures(client.get("/metrics").text)
    assert figures("rfengine_ledger_up") == 0
    assert figures("rfengine_http_requests_total", method="GET", route="/healthz", status="200") == 1


def test_openmetrics_where_it_is_asked_for(client: TestClient) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_figures_are_for_admins(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, api_key="a-long-first-key-of-ours"))) as client:
        assert client.get("/metrics").status_code == 401
        key = {"Authorization": "Bearer a-long-first-key-of-ours"}
        assert client.get("/metrics", headers=key).status_code == 200


def test_a_child_cannot_make_up_labels_for_ever() -> None:
    figures = WorkerFigures(lambda: ())
    for name in ('evil"} 1', "x" * 99, *(f"stage {number}" for number in range(100))):
        with figures.stages() as entered:
            entered(name)
    figures.ended(Failed(problem=internal()))
    figures.ended(PartDone(result={}))
    found = Figures(generate_latest(figures.registry).decode())
    stages = {labels for name, labels in found.samples if name == "rfengine_worker_stage_seconds_count"}
    assert len(stages) <= 65
    assert found("rfengine_worker_stage_seconds_count", stage="other") >= 2
    assert found("rfengine_worker_attempts_total", outcome="failed") == 1


def test_cards_are_told_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the library's interface, as the machine that runs the tests has no card."""
    library: Any = ModuleType("pynvml")
    library.nvmlInit = lambda: None
    library.nvmlDeviceGetCount = lambda: 2
    library.nvmlDeviceGetHandleByIndex = lambda index: index
    library.nvmlDeviceGetMemoryInfo = lambda index: SimpleNamespace(used=10 + index, total=80)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    registry = CollectorRegistry()
    registry.register(GpuCollector())
    found = Figures(generate_latest(registry).decode())
    assert found("rfengine_gpu_memory_used_bytes", gpu="1") == 11
    assert found("rfengine_gpu_memory_bytes", gpu="0") == 80


@pytest.mark.parametrize("given", ["9108", ":9108", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="RFENGINE_WORKER_METRICS"):
        address_of(given)


def test_addresses() -> None:
    assert address_of("") is None
    assert address_of("0.0.0.0:9108") == ("0.0.0.0", 9108)
    assert address_of("[::1]:9108") == ("::1", 9108)
