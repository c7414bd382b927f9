"""A coverage policy: which objects a detector must find, which heads answer for them, and what a head must see.

All px are of the network's input unless said otherwise. A policy that could never fail is refused.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from api_schemas.base import Frozen
from api_schemas.policy_assignment import AnyHead, Assignment, AssignmentWord
from api_schemas.policy_objects import FILES, InputRule, Objects


def _no_percentage(value: Any) -> Any:
    if isinstance(value, int | float) and value > 1:
        raise ValueError(f"{value:g} is more than all; a share is between 0 and 1 ({value:g} % is {value / 100:g})")
    return value


Share = Annotated[float, Field(gt=0, le=1), BeforeValidator(_no_percentage)]
MOST_HEADS = 64
EVERY_HEAD: Literal["auto"] = "auto"


class HeadRule(Frozen):
    """One head, or several by a pattern or a stride: exactly one of the three."""

    name: str | None = Field(None, min_length=1, max_length=80, description="What to call it; default: by its stride.")
    tensor: str | None = Field(None, min_length=1, max_length=1024, description="A tensor or a node of the model.")
    pattern: str | None = Field(
        None,
        min_length=1,
        max_length=1024,
        description="Names of tensors, with * and ?; those of one stride are one head.",
    )
    stride: float | None = Field(None, gt=0, le=1e6, description="The head found by itself that has this stride, px.")

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> Self:
        given = [way for way in ("tensor", "pattern", "stride") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of tensor, pattern and stride, not {', '.join(given) or 'none'}")
        return self


class TrfRequirement(Frozen):
    """The theoretical field must be at least `at_least` x object + 2 x margin, on each axis.

    Where units of a head see different sizes, the smallest counts.
    """

    at_least: float = Field(1.0, gt=0, le=1000, description="Times the object's height and width.")
    margin_px: float = Field(0, ge=0, le=1e5, description="Context on every side of that, px.")
    off_centre: bool = Field(
        False,
        description="The object's centre may lie half a stride from the unit's: the field must have that as well.",
    )
    global_context: Literal["local", "whole"] = Field(
        "local",
        description="Where the whole image enters besides (global pooling, attention): count the local field only, or "
        "the whole image.",
    )
    upper_bound: Literal["refuse", "accept"] = Field(
        "refuse", description="What to do with a head whose field is known as an upper bound only."
    )


class ErfRequirement(Frozen):
    """The square that holds `energy` % of the effective field must have a side of `at_least` x the longest side."""

    at_least: float = Field(1.0, gt=0, le=1000, description="Times the object's longest side.")
    energy: Literal[50, 90, 95, 99] = Field(95, description="Percentage of the map's sum.")
    estimator: Literal["gradient", "constant_forward", "closed_form"] = "gradient"
    margin_px: float = Field(0, ge=0, le=1e5, description="Context on every side of that, px.")


class StrideRequirement(Frozen):
    """A stride must be at most `at_most` x the object's side, on each axis: smaller objects fall between two units."""

    at_most: float = Field(1.0, gt=0, le=1000)


def _short(key: str, model: type[Frozen]) -> BeforeValidator:
    """A bare number is the rule's factor."""

    def written_out(value: Any) -> Any:
        if isinstance(value, str | bool):
            raise ValueError(f"{value!r} is neither a number nor an object; write 1.5, say, or {{{key}: 1.5}}")
        return {key: value} if isinstance(value, int | float) and not isinstance(value, bool) else value

    return BeforeValidator(written_out, json_schema_input_type=model | float)


class HeadRequirements(Frozen):
    """What a head must see of an object it answers for; a bare number is the rule's factor."""

    trf: Annotated[TrfRequirement, _short("at_least", TrfRequirement)] | None = None
    erf: Annotated[ErfRequirement, _short("at_least", ErfRequirement)] | None = None
    stride: Annotated[StrideRequirement, _short("at_most", StrideRequirement)] | None = None
    clipped: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Largest share of a head's units whose field touches padding; 0 forbids clipping.",
    )
    covered: Share | None = Field(None, description="Least share of the head's objects that must be covered.")


class Requirements(HeadRequirements):
    """What is required of all heads, and of all objects together."""

    covered: Share = Field(1.0, description="Least share of all objects that must be covered.")
    bins: dict[str, Share] = Field(
        default_factory=dict, max_length=64, description="Least share of the objects of a size bin, by its name."
    )


def _no_bare_path(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f"{value!r:.60}: say what it is, such as {{coco: {value:.60}}}; there are {', '.join(FILES)}")
    return value


class CoveragePolicy(Frozen):
    """One coverage check."""

    name: str | None = Field(None, min_length=1, max_length=255, description="What to call the check in reports.")
    heads: Literal["auto"] | Annotated[tuple[HeadRule, ...], Field(min_length=1, max_length=MOST_HEADS)] = Field(
        EVERY_HEAD,
        description="`auto`: the last feature maps, those of one stride and size being one head, named P3 for stride "
        "8, P4 for 16 and so on. A bare string is a tensor, or a pattern where it has * or ?; a number is a stride.",
    )
    objects: Annotated[Objects, BeforeValidator(_no_bare_path, json_schema_input_type=Objects)]
    input: InputRule = InputRule()
    assign: Assignment = AnyHead()
    require: Requirements
    per_head: dict[str, HeadRequirements] = Field(
        default_factory=dict,
        max_length=MOST_HEADS,
        description="By a head's name: requirements that take the place of the same ones in `require`.",
    )
    bins: dict[str, float | None] = Field(
        default_factory=lambda: _named((16, 32, 64, 128, 256, 512)),
        min_length=1,
        max_length=64,
        description="Size bins by the square root of width x height, px: name to upper edge, the last null. A list of "
        "edges names them itself.",
    )
    worst: int = Field(20, ge=0, le=1000, description="How many uncovered objects to name.")

    @field_validator("heads", mode="before", json_schema_input_type=Literal["auto"] | list[HeadRule | str | float])
    @classmethod
    def _words_are_rules(cls, value: Any) -> Any:
        return [_rule(each) for each in value] if isinstance(value, list | tuple) else value

    @field_validator("assign", mode="before", json_schema_input_type=Assignment | AssignmentWord)
    @classmethod
    def _a_word_is_a_rule(cls, value: Any) -> Any:
        return {"by": value} if isinstance(value, str) else value

    @field_validator("bins", mode="before", json_schema_input_type=dict[str, float | None] | list[float])
    @classmethod
    def _edges_name_themselves(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and all(
            isinstance(edge, int | float) and not isinstance(edge, bool) for edge in value
        ):
            return _named(value)
        return value

    @model_validator(mode="after")
    def _bins_ascend(self) -> Self:
        *edges, last = self.bins.values()
        known = [edge for edge in edges if edge is not None]
        if last is not None or len(known) < len(edges) or known != sorted(set(known)) or any(e <= 0 for e in known):
            raise ValueError(
                f"bins: {list(self.bins.values())} must ascend from above 0, and end with null (no limit); a list of "
                "edges needs none"
            )
        unknown = [name for name in self.require.bins if name not in self.bins]
        if unknown:
            raise ValueError(f"require.bins.{unknown[0]}: no such bin; there are {', '.join(self.bins)}")
        return self

    @model_validator(mode="after")
    def _something_is_required(self) -> Self:
        asked = [self.require, *self.per_head.values()]
        if all(r.trf is None and r.erf is None and r.stride is None for r in asked):
            raise ValueError("require: no trf, erf or stride; without one of them every object counts as covered")
        estimators = {r.erf.estimator for r in asked if r.erf is not None}
        if len(estimators) > 1:
            raise ValueError(f"erf.estimator: {', '.join(sorted(estimators))}; use one for all heads")
        return self

    @property
    def estimator(self) -> str | None:
        """Which effective field the policy needs, if any."""
        asked = (self.require, *self.per_head.values())
        return next((r.erf.estimator for r in asked if r.erf is not None), None)

    def required_of(self, head: str) -> HeadRequirements:
        """What is required of a head: its own where given, else what is required of all; `covered` is its own only."""
        own = self.per_head.get(head, HeadRequirements())
        general = {name: getattr(self.require, name) for name in ("trf", "erf", "stride", "clipped")}
        given = {name: value for name, value in own if value is not None}
        return HeadRequirements(**{**general, **given})


def _rule(word: Any) -> Any:
    if isinstance(word, str):
        return {"pattern" if any(c in word for c in "*?") else "tensor": word}
    return {"stride": word} if isinstance(word, int | float) else word


def _named(edges: Any) -> dict[str, float | None]:
    """Bins from their inner edges: `<32`, `32-96`, `>=96`."""
    if not edges:
        return {"all": None}
    words = [f"{edge:g}" for edge in edges]
    names = [f"<{words[0]}", *(f"{a}-{b}" for a, b in pairwise(words)), f">={words[-1]}"]
    return dict(zip(names, [*edges, None], strict=True))


SCHEMA_ID = "rfengine.policy/1"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of policies, short forms included, for editors that check as one types."""
    found = CoveragePolicy.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **found}
