"""A job as the service shows it: its state, its progress, and links to what it made."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from api_schemas.base import Open
from api_schemas.coverage import Verdict
from api_schemas.problem import Problem


class JobStatus(StrEnum):
    """Where a job stands. `succeeded`, `failed` and `canceled` are final."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for children
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED)


class ErfSummary(Open):
    """The main figures of one effective receptive field at the target's centre unit."""

    luo_size: float = Field(description="Square root of the number of pixels above 4.55 % of the centre, px.")
    radius: float | None = Field(None, description="Largest axis distance at or above the first level, px.")
    energy_side_95: int | None = Field(
        None, description="Side of the smallest centred square with 95 % of the map, px."
    )


class TargetSummary(Open):
    """The main figures of one target; lists follow the spatial axes, h before w."""

    size: list[int] = Field(description="Theoretical receptive field, px.")
    stride: list[int | float] = Field(description="Pixels from one unit to the next.")
    padding: list[int] = Field(description="Pixels of unit 0's field before the image.")
    status: str
    constant_forward: ErfSummary | None = None
    gradient: ErfSummary | None = None
    closed_form: ErfSummary | None = None


class SweepSummaryRow(Open):
    """The main figures of one network of a trainability sweep."""

    network: str
    depth: int | None = Field(None, description="Layers with weights on the longest way to the target.")
    boundary: Literal["found", "below", "above", "open"] = Field(
        "open", description="`below`, `above`: outside the searched distances; `open`: too few runs yet."
    )
    boundary_px: float | None = Field(None, description="Distance at which the fitted accuracy is 0.75, px.")
    interval_px: tuple[float, float] | None = Field(None, description="95 % interval of the boundary, px.")
    trainings: int = Field(0, ge=0, description="Trainings that have ended.")


class CoverageSummary(Open):
    """A coverage check in brief."""

    verdict: Verdict
    covered: int = Field(description="Objects that are covered.")
    objects: int = Field(description="Objects that were checked.")
    share: float = Field(description="Covered over all objects.")
    failures: list[str] = Field(default_factory=list, description="Messages of the first five failures.")


class Summary(Open):
    """What fits into a table: the report in brief."""

    targets: dict[str, TargetSummary] = Field(default_factory=dict)
    coverage: CoverageSummary | None = Field(None, description="Of a coverage check: its verdict.")
    sweep: list[SweepSummaryRow] | None = Field(None, description="Of a sweep: what is known so far, per network.")
    warnings: int = Field(0, description="How many warnings the report carries.")


class Links(Open):
    """Where the rest is: paths relative to the service's root."""

    self: str
    report: str
    artifacts: str
    events: str | None = None
    cancel: str | None = None
    children: str | None = Field(None, description="The jobs that this one has waited for, where it has.")


class Children(Open):
    """The jobs that a job is done in, of all its rounds so far; those that are in none of the three states wait."""

    total: int = Field(ge=0)
    done: int = Field(ge=0, description="Succeeded.")
    failed: int = Field(ge=0, description="Failed, or canceled by themselves; the job goes on without them.")
    running: int = Field(ge=0)


class Job(Open):
    """What `GET /jobs/{id}` answers."""

    id: str
    status: JobStatus
    title: str = Field("", description="Of a job that is part of another: what it does, in a few words.")
    parent: str | None = Field(None, description="Id of the job that this one is a part of.")
    children: Children | None = Field(None, description="The jobs that this one is done in; null where it has none.")
    stage: str = Field(
        "", description="What is being done now, e.g. `import`, `gradient`, `waiting for 6 of 12 parts`."
    )
    progress: float = Field(0.0, ge=0, le=1, description="Share of the work that is done.")
    attempt: int = Field(0, ge=0, description="How often a worker has taken the job up.")
    partial: bool = Field(
        False, description="Whether there is a report so far (`/report?partial=true`); never once it has succeeded."
    )
    queue_position: int | None = Field(None, description="Jobs ahead of this one; null when it is not queued.")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    request: dict[str, Any] = Field(description="The request as understood, defaults filled in.")
    cache_key: str = Field(description="Hash of model, images, objects, request, engine version and device class.")
    error: Problem | None = None
    summary: Summary | None = Field(
        None, description="The report in brief; of a sweep that waits, what is known so far."
    )
    links: Links


class JobState(Open):
    """Data of the event `state` of `GET /jobs/{id}/events`: like the job's fields of the same names."""

    status: JobStatus
    stage: str
    attempt: int = Field(ge=0)
    partial: bool = False


class JobProgress(Open):
    """Data of the event `progress` of `GET /jobs/{id}/events`: like the job's fields of the same names."""

    progress: float = Field(ge=0, le=1)
    children: Children | None = None


class JobPage(Open):
    """One page of `GET /jobs`, newest first."""

    jobs: tuple[Job, ...]
    next: str | None = Field(None, description="Cursor of the next page; null on the last.")


class Artifact(Open):
    """One immutable file that a job made."""

    name: str = Field(description="File name, also the last segment of its address.")
    media_type: str
    bytes: int = Field(ge=0, description="Size in bytes.")
    sha256: str = Field(description="Hex digest of the content.")
    title: str = Field("", description="What the file shows.")


class ArtifactList(Open):
    """What `GET /jobs/{id}/artifacts` answers."""

    artifacts: tuple[Artifact, ...]


def cache_key(
    request: Mapping[str, Any],
    *,
    model_sha256: str | None,
    images_sha256: str | None,
    objects_sha256: str | None,
    engine_version: str,
    device: str,
) -> str:
    """The key of an answer: equal for equal questions to equal engines, on both ends of the wire.

    `request` is the whole request as JSON data, defaults filled in; `device` is the class, such as `cpu`.
    """
    question = {
        "request": request,
        "model": model_sha256,
        "images": images_sha256,
        "objects": objects_sha256,
        "engine": engine_version,
        "device": device,
    }
    canonical = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
