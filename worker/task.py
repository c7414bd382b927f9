"""What a child is given, as pure data; it knows nothing of the queue or the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api_schemas.fan_out import PartOutcome


@dataclass(frozen=True)
class Analysis:
    """Answer the request in one go."""


@dataclass(frozen=True)
class Planning:
    """Answer the request, or say what must be done first."""

    finished: tuple[PartOutcome, ...]
    width: int  # parts that a round may ask for, about


@dataclass(frozen=True)
class PartWork:
    """Do one part."""

    body: Mapping[str, Any]
    checkpoint: Path  # a file that outlives this process and its worker


Errand = Analysis | Planning | PartWork


@dataclass(frozen=True)
class Task:
    """One errand, and where it is done."""

    job: str
    engine: str
    request: Mapping[str, Any]
    name: str
    model: Path | None
    images: Path | None
    objects: Path | None
    out: Path  # where the files go
    empty: Path  # the working directory: a library that looks around finds nothing
    memory: int
    gpu_memory: float = 0.0  # share of each GPU's memory; 0 for no limit
    request_id: str | None = None  # for the log
    errand: Errand = field(default_factory=Analysis)
