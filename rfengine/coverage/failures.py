"""The requirements that a check does not meet, in words that say place, value and next step."""

from collections.abc import Iterator, Mapping

from api_schemas.coverage import BinCoverage, Binding, CoverageResult, Failure, HeadCoverage
from api_schemas.policy import CoveragePolicy
from rfengine.errors import BadInput
from rfengine.reports.text import percent

WORDS: dict[Binding, str] = {
    "trf": "the theoretical field is too small",
    "erf": "the effective field is too small",
    "stride": "the stride is too coarse",
    "cut": "no tile shows all of the object",
    "no_head": "no head answers for it",
}
STEPS: dict[Binding, str] = {
    "trf": "make the input smaller, dilate or add a layer, or add a coarser head",
    "erf": "make the input smaller, or add context to the head (an SPP block, a large kernel)",
    "stride": "make the input larger or cut it into tiles, or add a finer head",
    "cut": "make tiles larger or their overlap, or look at the full image as well",
    "no_head": "widen the ranges of assign",
}


def failures_of(result: CoverageResult, policy: CoveragePolicy) -> list[Failure]:
    """Every requirement that is not met; the whole first, then heads, bins and clipping.

    Raises:
        BadInput: a share is required of objects that there are none of: that cannot be checked.
    """
    return [*_overall(result), *_heads(result, policy), *_bins(result), *_clipped(result)]


def because(binding: Mapping[Binding, int]) -> str:
    """What binds and how often, most first, with what to do about the first."""
    ordered = sorted(binding.items(), key=lambda each: -each[1])
    counted = ", ".join(f"{WORDS[name]} for {count:,}" for name, count in ordered)
    return f"{counted}; {STEPS[ordered[0][0]]}"


def _overall(result: CoverageResult) -> Iterator[Failure]:
    if result.share < result.required:
        yield Failure(
            code="covered",
            message=f"{percent(result.share)} of {result.objects.objects:,} objects are covered, "
            f"{percent(result.required)} are required: {because(result.binding)} (`rfengine recommend` tries it out)",
            has=result.share,
            needed=result.required,
        )


def _heads(result: CoverageResult, policy: CoveragePolicy) -> Iterator[Failure]:
    for head in result.heads:
        required = policy.required_of(head.name).covered
        if required is None:
            continue
        if head.share is None:
            raise BadInput(
                f"per_head.{head.name}.covered: no object goes to {head.name}, so there is nothing to check; drop it, "
                f"or change assign so that {head.name} answers for some"
            )
        if head.share < required:
            yield _of_head(head, required)


def _of_head(head: HeadCoverage, required: float) -> Failure:
    assert head.share is not None
    return Failure(
        code="head-covered",
        head=head.name,
        message=f"{head.name}: {percent(head.share)} of its {head.objects:,} objects are covered, {percent(required)} "
        f"are required: {because(head.binding)}",
        has=head.share,
        needed=required,
    )


def _bins(result: CoverageResult) -> Iterator[Failure]:
    for part in result.bins:
        if part.required is None:
            continue
        if part.share is None:
            raise BadInput(
                f"require.bins.{part.name}: no object is of that size, so there is nothing to check; drop it, or "
                "change bins (sizes are px of the network's input)"
            )
        if part.share < part.required:
            yield _of_bin(part, part.share, part.required)


def _of_bin(part: BinCoverage, share: float, required: float) -> Failure:
    return Failure(
        code="bin-covered",
        bin=part.name,
        message=f"size {part.name} px: {percent(share)} of {part.objects:,} objects are covered, {percent(required)} "
        f"are required: {because(part.binding)}",
        has=share,
        needed=required,
    )


def _clipped(result: CoverageResult) -> Iterator[Failure]:
    for head in result.heads:
        most = head.require.get("clipped")
        if most is not None and head.clipped_share > most:
            yield Failure(
                code="clipped",
                head=head.name,
                message=f"{head.name}: the fields of {percent(head.clipped_share)} of its units touch padding, at most "
                f"{percent(most)} may; make the input larger, or the field smaller",
                has=head.clipped_share,
                needed=most,
            )
