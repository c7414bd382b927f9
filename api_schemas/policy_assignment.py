"""Which heads answer for an object: one model per rule, told apart by `by`.

Sizes are px of the network's input.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api_schemas.base import Frozen
from api_schemas.policy_objects import WidthHeight

Side = Literal["longest", "shortest", "area"]
SIDE = "What an object's size is: its longest or shortest side, or `area`, the square root of width times height."
Edge = Annotated[float, Field(ge=0, le=1e6)]


class AnyHead(Frozen):
    """Task-aligned: every head answers, and one that meets the requirements is enough."""

    by: Literal["any"] = "any"


class SizeRanges(Frozen):
    """Each head answers for the sizes in its range."""

    by: Literal["size_ranges"] = "size_ranges"
    of: Side = Field("area", description=SIDE)
    ranges: dict[str, tuple[Edge, Edge | None]] = Field(
        min_length=1, description="Per head: from (included), to (excluded; null: no limit), px."
    )

    @model_validator(mode="after")
    def _ranges_are_not_empty(self) -> Self:
        for head, (low, high) in self.ranges.items():
            if high is not None and high <= low:
                raise ValueError(f"ranges.{head}: [{low:g}, {high:g}] holds no size; give the smaller end first")
        return self


class Fcos(Frozen):
    """Tian et al. 2019, section 3.2: by the largest distance from the centre to a side, half the longest side.

    Heads in the order of their strides; one more than there are boundaries.
    """

    by: Literal["fcos"] = "fcos"
    boundaries: tuple[Edge, ...] = Field((64, 128, 256, 512), description="Largest distance of each head but the last.")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError(f"boundaries: {list(self.boundaries)} must ascend")
        return self


class Fpn(Frozen):
    """Lin et al. 2017, equation 1: level k = floor(k0 + log2(sqrt(w h) / 224)), the stride of a level being 2^k."""

    by: Literal["fpn"] = "fpn"
    canonical_px: float = Field(224, gt=0, le=1e6)
    canonical_level: int = Field(4, ge=0, le=16, description="k0: the level of objects of canonical size.")


class Anchors(Frozen):
    """The head whose anchor fits best by shape answers, where it fits well enough."""

    by: Literal["anchors"] = "anchors"
    anchors: dict[str, Annotated[tuple[WidthHeight, ...], Field(min_length=1)]] = Field(
        min_length=1, description="Per head: width and height of each anchor, px."
    )
    iou: float | None = Field(
        None, gt=0, le=1, description="Least intersection over union of box and anchor, both about one centre."
    )
    ratio: float | None = Field(
        None, ge=1, le=100, description="Largest of w/anchor w, anchor w/w, and the same of h (YOLOv5's anchor_t)."
    )
    always: bool = Field(
        False, description="The best anchor answers also where none fits well enough (RetinaNet, SSD)."
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.iou is None) == (self.ratio is None):
            raise ValueError("give exactly one of iou (RetinaNet, SSD: 0.5) and ratio (YOLOv5: 4)")
        return self


class StrideMultiples(Frozen):
    """Each head answers for sizes from so many of its strides to so many."""

    by: Literal["stride_multiples"] = "stride_multiples"
    of: Side = Field("area", description=SIDE)
    low: float = Field(4, ge=0, le=1e4)
    high: float = Field(16, gt=0, le=1e4)
    open_ended: bool = Field(
        True, description="The finest head also takes what is smaller, the coarsest what is larger."
    )

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"low ({self.low:g}) is not below high ({self.high:g}); no object has a head")
        return self


Assignment = Annotated[
    AnyHead | SizeRanges | Fcos | Fpn | Anchors | StrideMultiples,
    Field(discriminator="by", description="Which heads answer for an object; a bare word is a rule with its defaults."),
]

# Rules that have defaults for all they need.
AssignmentWord = Literal["any", "fcos", "fpn", "stride_multiples"]
