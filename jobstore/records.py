"""What the ledger hands out: frozen records, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api_schemas.job import Artifact, JobStatus, Summary
from api_schemas.problem import Problem
from jobstore.replays import Replay


@dataclass(frozen=True)
class NewJob:
    """What a submitter knows of a job."""

    id: str
    request: Mapping[str, Any]
    cache_key: str
    queue: str = "cpu"
    model_blob: str | None = None
    model_sha256: str | None = None
    images_blob: str | None = None
    images_sha256: str | None = None
    objects_blob: str | None = None
    objects_sha256: str | None = None
    replay: Replay | None = None
    request_id: str | None = None
    key_id: str | None = None
    team: str | None = None


@dataclass(frozen=True)
class JobRecord:
    """A job as the ledger knew it at one moment.

    queued -> running -> succeeded | failed | canceled; running -> queued when its worker is lost, its child crashes
    or it is handed back; running -> waiting -> queued when it fans out; queued, waiting -> canceled. Times are seconds
    since the epoch. `progress` of a job that fanned out is as of its last round's beginning (see `Family`).
    """

    id: str
    queue: str
    status: JobStatus
    stage: str
    progress: float
    request: Mapping[str, Any]
    cache_key: str
    model_blob: str | None
    model_sha256: str | None
    images_blob: str | None
    images_sha256: str | None
    objects_blob: str | None
    objects_sha256: str | None
    attempt: int
    lease_expires: float | None
    cancel_requested: bool
    created: float
    started: float | None
    ended: float | None
    error: Problem | None
    summary: Summary | None
    losses: int
    crashes: int
    publishes: int
    next_publish: float | None
    parent: str | None
    title: str | None
    reaches: float | None
    partial: "StoredArtifact | None"
    purged: float | None
    request_id: str | None
    key_id: str | None
    team: str | None

    @property
    def owner(self) -> str | None:
        """Who shares this job's answers: a group, or a key by itself; None where no key made it."""
        if self.key_id is None:
            return None
        return f"key {self.key_id}" if self.team is None else f"team {self.team}"

    @property
    def has_partial(self) -> bool:
        """Whether there is a report so far, before it has succeeded."""
        return self.partial is not None

    @property
    def fanned_out(self) -> bool:
        """Whether it has, or had, jobs of its own to wait for."""
        return self.reaches is not None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "JobRecord":
        """The record of a row of the table `jobs`."""
        parsed = {
            "status": JobStatus(row["status"]),
            "error": None if row["error"] is None else Problem.model_validate(row["error"]),
            "summary": None if row["summary"] is None else Summary.model_validate(row["summary"]),
            "partial": None if row["partial"] is None else StoredArtifact.of(row["partial"]),
        }
        return cls(**{**row, **parsed})


@dataclass(frozen=True)
class Glimpse:
    """The part of a job that changes while it is done; see `JobRecord`."""

    id: str
    status: JobStatus
    stage: str
    progress: float
    attempt: int
    reaches: float | None
    has_partial: bool


@dataclass(frozen=True)
class StoredArtifact:
    """An artifact's public face and the name of its bytes in the artifact store."""

    artifact: Artifact
    blob: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "StoredArtifact":
        """From a row of the table `artifacts`, or what `to_row` gave."""
        return cls(Artifact.model_validate(dict(row)), row["blob"])

    def to_row(self) -> dict[str, Any]:
        """As JSON data, all but the job it belongs to."""
        return {**self.artifact.model_dump(), "blob": self.blob}
