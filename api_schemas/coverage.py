"""What a coverage check found: per head and size bin what is covered, what is not and why, and the verdict.

Lists over axes are h before w; px are of the network's input unless said otherwise. Counts weigh objects by their
`count` where a source has one.
"""

from typing import Any, Literal

from pydantic import Field

from api_schemas.base import Open

Verdict = Literal["pass", "fail"]
# What keeps an object from being covered. `cut`: no tile holds all of it; `no_head`: no head answers for it.
Binding = Literal["trf", "erf", "stride", "cut", "no_head"]


class BinCoverage(Open):
    """The objects of one size bin."""

    name: str
    from_px: float = Field(description="Square root of width x height, included.")
    to_px: float | None = Field(None, description="The same, excluded; null: no limit.")
    objects: int
    covered: int
    share: float | None = Field(None, description="Covered over objects; null where there are none.")
    binding: dict[Binding, int] = Field(default_factory=dict, description="Uncovered objects by what binds.")
    required: float | None = Field(None, description="Least share, where one is required of this bin.")


class HeadCoverage(Open):
    """One head and the objects that are booked to it.

    An object is booked to the finest head that answers for it and covers it; where none does, to the one that comes
    nearest.
    """

    name: str
    tensors: list[str] = Field(description="Its tensors: branches for boxes and classes, say. The weakest counts.")
    units: list[int] = Field(description="Number of units along each axis.")
    stride: list[float]
    trf: list[int] = Field(description="Theoretical field, px: the smallest over tensors and phases.")
    trf_status: str = Field(description="As in `analytic`: exact, canvas or upper_bound.")
    erf_side: int | None = Field(None, description="Energy side, px, the smallest over tensors; null: not asked for.")
    erf_energy: int | None = Field(None, description="Percentage of the map's sum inside that side.")
    clipped_share: float = Field(description="Share of units whose field touches padding, the largest over tensors.")
    global_context: list[str] = Field(default_factory=list, description="Nodes through which the whole image enters.")
    require: dict[str, Any] = Field(description="What is required of it.")
    largest_px: float | None = Field(
        None, description="Side of the largest square object it may cover; null: no limit."
    )
    smallest_px: float | None = Field(None, description="Side of the smallest; null: no limit.")
    objects: int
    covered: int
    share: float | None = None
    margin: float | None = Field(
        None,
        description="Least of has / needed over its objects and requirements, less 1: below 0 some are not covered.",
    )
    binding: dict[Binding, int] = Field(default_factory=dict)
    bins: list[BinCoverage]
    verdict: Literal["pass", "partial", "fail", "unused"] = Field(
        description="`fail`: it fails a requirement of its own, or that of all objects fails and it covers less than "
        "that; `partial`: it covers less than is required of all, and the whole passes; `unused`: no object is booked "
        "to it."
    )


class Uncovered(Open):
    """One object that is not covered."""

    image: str | None = Field(None, description="The image's file name or id.")
    annotation: str | None = Field(None, description="The annotation's id, or its place in the file.")
    label: str | None = None
    box: list[float] | None = Field(None, description="x, y, width, height, px of the image.")
    image_size: list[float] | None = Field(None, description="Height and width of the image, px.")
    size_px: list[float] = Field(description="Height and width in the network's input.")
    count: int = 1
    head: str | None = Field(None, description="The head that comes nearest; null: none answers for it.")
    binding: Binding
    has_px: float | None = Field(None, description="What the head has: size of its field, or its stride.")
    needed_px: float | None = Field(None, description="What the object needs: at least, or of a stride at most.")
    ratio: float = Field(description="How near it comes: has / needed (needed / has of a stride), below 1.")


class Failure(Open):
    """One requirement that is not met."""

    code: Literal["covered", "head-covered", "bin-covered", "clipped", "field-shrank", "coverage-fell", "head-vanished"]
    message: str = Field(description="Place, value and next step.")
    head: str | None = None
    bin: str | None = None
    has: float | None = None
    needed: float | None = None


class ObjectsInfo(Open):
    """The objects that were checked."""

    source: str = Field(description="Kind of source, a key of the policy's `objects`.")
    name: str | None = Field(None, description="File or folder name.")
    sha256: str | None = Field(None, description="Of what was read.")
    images: int | None = None
    objects: int = Field(description="How many were checked.")
    ignored: dict[str, int] = Field(default_factory=dict, description="How many were left aside, by reason.")
    largest_px: list[float] = Field(description="Largest height and width in the network's input.")
    smallest_px: list[float] = Field(description="Smallest height and width in the network's input.")


class HeadChange(Open):
    """One head beside the same head of the baseline."""

    head: str
    trf: tuple[list[int] | None, list[int] | None] = Field(description="Before and after; null: not there.")
    erf_side: tuple[int | None, int | None] = (None, None)
    share: tuple[float | None, float | None] = (None, None)


class BaselineComparison(Open):
    """This check beside an earlier one of the same model."""

    name: str
    sha256: str = Field(description="The baseline's model file.")
    verdict: Verdict = Field(description="The baseline's.")
    share: tuple[float, float] = Field(description="Share of covered objects, before and after.")
    heads: list[HeadChange]
    regressions: list[Failure]


class CoverageResult(Open):
    """The verdict. `fail` where any requirement is not met, or anything got worse than the baseline."""

    verdict: Verdict
    policy: str | None = Field(None, description="The policy's name.")
    question: str | None = Field(
        None,
        description="Digest of the objects and of what the policy asks of each: shares of two checks compare only "
        "where it is the same.",
    )
    canvas: list[int] = Field(description="Height and width of the network's input.")
    estimator: str | None = Field(None, description="What the effective fields were measured by.")
    objects: ObjectsInfo
    covered: int
    uncovered: int
    share: float = Field(description="Covered over all objects.")
    required: float = Field(description="Least share.")
    margin: float | None = Field(
        None,
        description="Least over all objects that have a head of what the best of their heads has / needed, less 1.",
    )
    binding: dict[Binding, int] = Field(default_factory=dict, description="Uncovered objects by what binds.")
    heads: list[HeadCoverage]
    bins: list[BinCoverage]
    worst: list[Uncovered] = Field(description="The objects that are furthest from being covered, worst first.")
    failures: list[Failure]
    baseline: BaselineComparison | None = None
