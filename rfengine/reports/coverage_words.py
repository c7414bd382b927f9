"""What all forms of a report say alike of a coverage check."""

from collections.abc import Mapping

from api_schemas.coverage import Binding, CoverageResult, Failure, HeadCoverage
from rfengine.reports.text import NONE, limit_px, number, per_axis, percent

MINUS = "−"
BINDING_WORDS: dict[Binding, str] = {
    "trf": "TRF",
    "erf": "ERF",
    "stride": "stride",
    "cut": "cut",
    "no_head": "no head",
}


def required_words(share: float | None) -> str:
    """A required share, as it was asked for."""
    return NONE if share is None else f"{number(100 * share)} %"


def margin_words(margin: float | None) -> str:
    """`+4 %`, `−54 %`: below 0 some objects are not covered, and it never reads as 0 then."""
    if margin is None:
        return NONE
    whole = round(100 * margin)
    if margin < 0:
        return f"{MINUS}{max(1, -whole)} %"
    return f"+{whole} %"


def binding_words(binding: Mapping[Binding, int]) -> str:
    """`TRF 69, stride 7`, the most frequent first; empty where nothing binds."""
    ordered = sorted(binding.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{BINDING_WORDS[what]} {count:,}" for what, count in ordered if count)


def fits_words(head: HeadCoverage) -> str:
    """Sides of the square objects that a head may cover: `8–295`, `≤ 61`."""
    small, large = head.smallest_px, head.largest_px
    if small is None and large is None:
        return "any"
    if small is not None and large is not None:
        return f"{limit_px(small, up=True)}–{limit_px(large, up=False)}" if small <= large else "none"
    if large is not None:
        return f"≤ {limit_px(large, up=False)}"
    assert small is not None
    return f"≥ {limit_px(small, up=True)}"


def trf_words(head: HeadCoverage) -> str:
    """A head's theoretical field, px; `≤` where it is known as an upper bound only."""
    return f"{'≤ ' if head.trf_status == 'upper_bound' else ''}{per_axis(head.trf)}"


def change_words(before: object, after: object) -> str:
    """`571 → 443`; one figure where nothing changed."""
    words = [
        NONE if each is None else per_axis(each) if isinstance(each, list) else str(each) for each in (before, after)
    ]
    return words[0] if words[0] == words[1] else " → ".join(words)


def every_failure(result: CoverageResult) -> tuple[Failure, ...]:
    """Every requirement that is not met and everything that got worse, each once."""
    worse = [] if result.baseline is None else result.baseline.regressions
    found = [*result.failures, *(each for each in worse if each not in result.failures)]
    return tuple(found)


def headline_words(result: CoverageResult) -> str:
    """`92.4 % of 1,000 objects are covered; 99 % are required`."""
    return f"{share_words(result.share, result.objects.objects)}; {required_words(result.required)} are required"


def share_words(share: float | None, objects: int) -> str:
    """`92.4 % of 1,000 objects are covered`."""
    return (
        f"{percent(share)} of {objects:,} object{'' if objects == 1 else 's'} {'is' if objects == 1 else 'are'} covered"
    )
