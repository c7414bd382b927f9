"""The language between planner, ledger and worker for a job that is done in parts, each a job of its own.

A planner is a function of what has ended: it answers a report, or the parts that must be done before it is asked again.
"""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from api_schemas.base import Frozen
from api_schemas.job import Summary
from api_schemas.problem import Problem
from api_schemas.report import Report


class Part(Frozen):
    """A piece of work as pure data. Equal keys mean equal results: a part that was done anywhere is not done again."""

    key: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hex, of everything that decides the result.")
    body: dict[str, Any] = Field(description="What the engine is to do; the ledger carries it unread.")
    title: str = Field("", max_length=200, description="What it is, in a few words for people.")
    weight: float = Field(1.0, gt=0, allow_inf_nan=False, description="Its work, in any unit that the round shares.")


class PartOutcome(Frozen):
    """How a part ended: with a result, or with a problem (it failed, or was canceled by itself)."""

    part: Part
    result: dict[str, Any] | None = None
    problem: Problem | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.result is None) == (self.problem is None):
            raise ValueError(f"part {self.part.key[:8]}: it has a result or a problem, not both and not neither")
        return self


class Spread(Frozen):
    """A planner's answer that is no report yet: what to do next, and what is known so far."""

    parts: tuple[Part, ...] = Field(min_length=1, max_length=10_000)
    progress: float = Field(0.0, ge=0, le=1, description="Share of the whole work that is done now.")
    reaches: float | None = Field(
        None, ge=0, le=1, description="Share that is done when these parts are; null: half of what is left."
    )
    summary: Summary | None = Field(None, description="Partial results in brief, shown while the job waits.")
    partial: Report | None = Field(None, description="The report so far; its files are not kept, only what it says.")

    @model_validator(mode="after")
    def _no_part_twice(self) -> Self:
        if len({part.key for part in self.parts}) != len(self.parts):
            raise ValueError(f"{len(self.parts)} parts, of which some have the same key; ask for each once")
        return self


def fans_out(request: Mapping[str, Any]) -> bool:
    """Whether a request, as JSON data, is planned and done in parts rather than answered in one go."""
    return request.get("sweep") is not None
