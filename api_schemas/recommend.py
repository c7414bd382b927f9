"""Changes to a detector that would meet its policy: what to ask for, and what was found. Every one was tried out."""

from typing import Any, Literal

from pydantic import Field

from api_schemas.base import Frozen, Open
from api_schemas.coverage import Verdict

Kind = Literal["resolution", "drop_head", "add_head", "dilation", "kernel", "block", "large_kernel", "context"]
KINDS: tuple[Kind, ...] = (
    "resolution",
    "drop_head",
    "add_head",
    "dilation",
    "kernel",
    "block",
    "large_kernel",
    "context",
)


class RecommendOptions(Frozen):
    """Options of `recommend`."""

    kinds: tuple[Kind, ...] = Field(KINDS, min_length=1, description="Which kinds of change to try.")
    at_most: int = Field(10, ge=1, le=100, description="How many recommendations to give.")
    trials: int = Field(200, ge=1, le=10_000, description="How many changed networks to analyse at most.")


class FieldChange(Open):
    """A head's fields before and after; null: the head is not there."""

    head: str
    trf: tuple[list[int] | None, list[int] | None]
    erf_side: tuple[int | None, int | None] = (None, None)


class Recommendation(Open):
    """One change, as it was found on the changed network."""

    kind: Kind
    title: str = Field(description="In a line: what, where, to what.")
    how: str = Field(description="How to make it, in a sentence or two.")
    layer: str | None = Field(None, description="The node or tensor that is changed.")
    change: dict[str, Any] = Field(description="The change as data, e.g. {'dilation': [1, 2]}: before and after.")
    verdict: Verdict = Field(description="Of the policy on the changed network.")
    share: tuple[float, float] = Field(description="Share of covered objects before and after.")
    fields: list[FieldChange] = Field(description="The heads whose fields the change moves.")
    parameters: int = Field(description="Parameters after less before.")
    multiply_adds: int = Field(description="Multiply-adds of one forward pass after less before.")
    inserts_weights: bool = Field(
        False, description="It adds weights that must be trained; fields were found with drawn ones."
    )


class RecommendResult(Open):
    """The changes that help, those that pass first, cheapest first."""

    options: RecommendOptions
    parameters: int = Field(description="Of the network as it is.")
    multiply_adds: int = Field(description="Of one forward pass of the network as it is.")
    recommendations: list[Recommendation]
    trials: int = Field(description="Changed networks that were analysed.")
    left_out: dict[str, int] = Field(
        default_factory=dict, description="Trials that are not shown, by reason: no better, not analysable, ..."
    )
    note: str | None = Field(None, description="What to know where there is nothing to recommend.")
