"""What a report was asked to hold, one case each, with what was found."""

from collections.abc import Iterator
from dataclasses import dataclass

from api_schemas.coverage import CoverageResult, Failure, HeadCoverage
from api_schemas.report import Report
from rfengine.reports.coverage_words import (
    change_words,
    every_failure,
    fits_words,
    headline_words,
    required_words,
    share_words,
    trf_words,
)
from rfengine.reports.fields import seen
from rfengine.reports.text import per_axis, percent

REFUTED = "the probe on the real graph contradicts the calculus: a fault of the engine, report it"
# Failures that a comparison with the baseline finds.
OF_BASELINE = ("field-shrank", "coverage-fell", "head-vanished")


@dataclass(frozen=True)
class Case:
    """One requirement: the group it is listed under, its figures, and what is amiss, by code and message."""

    group: str
    name: str
    figures: str
    failures: tuple[tuple[str, str], ...] = ()
    skipped: str | None = None


def cases(report: Report) -> tuple[Case, ...]:
    """At least one: every requirement of a coverage check, else every target."""
    if report.coverage is not None:
        return tuple(_of_coverage(report.coverage))
    return tuple(_of_targets(report)) or (Case("analysis", "analysis", "The analysis came to its end."),)


def _of_coverage(result: CoverageResult) -> Iterator[Case]:
    left = list(every_failure(result))

    def case(group: str, name: str, figures: str, *codes: str, **place: str) -> Case:
        """A case with the failures that are about it, which are no other's then."""
        own = [f for f in left if f.code in codes and (f.head, f.bin) == (place.get("head"), place.get("bin"))]
        for failure in own:
            left.remove(failure)
        return Case(group, name, figures, tuple((each.code, each.message) for each in own))

    found = [case("coverage", "all objects", headline_words(result), "covered")]
    for head in result.heads:
        figures = f"stride {per_axis(head.stride)}, TRF {trf_words(head)}, fits {fits_words(head)} px; "
        figures += share_words(head.share, head.objects)
        one = case("coverage", f"head {head.name}", figures, "head-covered", head=head.name)
        unused = head.verdict == "unused" and not one.failures
        # A head that covers less than is required of all fails with the whole.
        own = one.failures or ((("covered", figures),) if head.verdict == "fail" and _is_short(head, result) else ())
        found.append(Case(one.group, one.name, figures, own, "no object is booked to it" if unused else None))
        if head.require.get("clipped") is not None:
            figures = f"{percent(head.clipped_share)} of its units touch padding"
            found.append(case("coverage", f"clipping of head {head.name}", figures, "clipped", head=head.name))
    for each in result.bins:
        if each.required is not None:
            figures = f"{share_words(each.share, each.objects)}; {required_words(each.required)} are required"
            found.append(case("coverage", f"bin {each.name}", figures, "bin-covered", bin=each.name))
    if result.baseline is not None:
        before, after = (percent(share) for share in result.baseline.share)
        found.append(case("baseline", "all objects", f"covered: {change_words(before, after)}", "coverage-fell"))
        for change in result.baseline.heads:
            figures = f"TRF {change_words(*change.trf)}, covered {change_words(*map(percent, change.share))}"
            found.append(case("baseline", f"head {change.head}", figures, *OF_BASELINE, head=change.head))
    yield from found
    yield from (_own(failure) for failure in left)
    if result.verdict == "fail" and not every_failure(result):
        yield Case("coverage", "verdict", headline_words(result), (("verdict", "The check failed."),))


def _is_short(head: HeadCoverage, result: CoverageResult) -> bool:
    return head.share is not None and head.share < result.required


def _own(failure: Failure) -> Case:
    """A failure that no case was made for."""
    group = "baseline" if failure.code in OF_BASELINE else "coverage"
    place = "".join(f", {kind} {name}" for kind, name in (("head", failure.head), ("bin", failure.bin)) if name)
    return Case(group, f"{failure.code}{place}", "", ((failure.code, failure.message),))


def _of_targets(report: Report) -> Iterator[Case]:
    known = set()
    for found in seen(report):
        if found.name not in report.targets:
            continue
        known.add(found.name)
        field = found.field
        name = f"{found.name} ← {found.source}" if found.source else found.name
        status = field.status.replace("_", " ")
        figures = f"size {per_axis(field.size)}, stride {per_axis(field.stride)}, padding {per_axis(field.padding)} px"
        refuted = "refuted" in (field.status, field.verified)
        yield Case("fields", name, f"{figures}; {status}", (("refuted", REFUTED),) if refuted else ())
    for target in report.targets:
        if target not in known:
            yield Case("fields", target, "Its theoretical field was not asked for.")
