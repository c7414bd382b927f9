"""What answers and questions look like, for the OpenAPI document; a test holds each to its schema."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from api_schemas.engine import EngineInfo
from api_schemas.initialisers import entries
from api_schemas.job import (
    Artifact,
    ArtifactList,
    Job,
    JobPage,
    JobStatus,
    Links,
    Summary,
    TargetSummary,
)
from api_schemas.report import ModelInfo, Report
from api_schemas.request import AnalyzeRequest
from api_schemas.zoo import names

_ID = "1f4b3f0b6a6f4a0f9f6c2c1d7e8a9b0c"
_HERE = f"/jobs/{_ID}"
_CREATED = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
_SPEC = {
    "input": [1, 3, 32, 32],
    "layers": [{"type": "conv", "name": "c", "channels": 4, "kernel": 3}, {"type": "relu"}],
}
_PICTURE = Artifact(name="c.gradient.png", media_type="image/png", bytes=31337, sha256="c" * 64, title="ERF of c")

QUESTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "a network as layers": {"spec": _SPEC, "analyses": ["analytic"]},
        "a reference network": {"zoo": "nopool-4"},
        "a coverage check": {
            "zoo": "nopool-4",
            "coverage": {"objects": {"sizes": [5, [7, 9]]}, "require": {"trf": 1.5}},
        },
    }
)

_JOB = Job(
    id=_ID,
    status=JobStatus.SUCCEEDED,
    stage="report",
    progress=1.0,
    attempt=1,
    created_at=_CREATED,
    started_at=_CREATED + timedelta(seconds=0.1),
    ended_at=_CREATED + timedelta(seconds=2.5),
    request=AnalyzeRequest.model_validate(QUESTIONS["a network as layers"]).model_dump(mode="json", by_alias=True),
    cache_key="a" * 64,
    summary=Summary(targets={"c": TargetSummary(size=[3, 3], stride=[1, 1], padding=[1, 1], status="exact")}),
    links=Links(
        self=_HERE,
        report=f"{_HERE}/report",
        artifacts=f"{_HERE}/artifacts",
        events=f"{_HERE}/events",
        cancel=f"{_HERE}/cancel",
    ),
)
_WAITING = {"status": JobStatus.QUEUED, "stage": "", "progress": 0.0, "attempt": 0, "queue_position": 0}
_QUEUED = _JOB.model_copy(update={**_WAITING, "started_at": None, "ended_at": None, "summary": None})
_CANCELED = _QUEUED.model_copy(
    update={"status": JobStatus.CANCELED, "queue_position": None, "ended_at": _CREATED + timedelta(seconds=9)}
)

_REPORT = Report(
    engine=EngineInfo(version="0.1.0"),
    model=ModelInfo(sha256="b" * 64, name="net", opset=17, nodes=2, inputs={"input": [1, 3, 32, 32]}),
    targets=["c"],
    artifacts=[_PICTURE],
)

EVENT = {
    "event": "state",
    "id": "b0813757b35cff3c.",
    "data": '{"status":"running","stage":"gradient","attempt":1,"partial":true}',
}

# By address, method and status.
ANSWERS: Mapping[tuple[str, str, str], Any] = MappingProxyType(
    {
        ("/analyze", "post", "202"): _QUEUED.model_dump(mode="json"),
        ("/analyze", "post", "200"): _JOB.model_dump(mode="json"),
        ("/jobs", "get", "200"): JobPage(jobs=(_JOB,)).model_dump(mode="json"),
        ("/jobs/{job}", "get", "200"): _JOB.model_dump(mode="json"),
        ("/jobs/{job}/cancel", "post", "200"): _CANCELED.model_dump(mode="json"),
        ("/jobs/{job}/artifacts", "get", "200"): ArtifactList(artifacts=(_PICTURE,)).model_dump(mode="json"),
        ("/jobs/{job}/report", "get", "200"): _REPORT.model_dump(mode="json", exclude_none=True),
        ("/zoo", "get", "200"): [names()[0].model_dump(mode="json")],
        ("/initialisers", "get", "200"): [entries()[0].model_dump(mode="json")],
        ("/healthz", "get", "200"): {"status": "ok", "version": "0.1.0"},
        ("/readyz", "get", "200"): {"status": "ready", "checks": {"database": "ok"}, "reasons": {}},
        ("/readyz", "get", "503"): {
            "status": "unavailable",
            "checks": {"database": "failed"},
            "reasons": {"database": "The ledger does not answer; see that what RFENGINE_DATABASE_URL names runs"},
        },
    }
)
