"""A check beside an earlier one: what got worse between two commits."""

from collections.abc import Iterator

from api_schemas.coverage import BaselineComparison, CoverageResult, Failure, HeadChange, HeadCoverage
from api_schemas.report import Report
from rfengine.coverage.check import with_failures
from rfengine.errors import BadInput
from rfengine.reports.text import percent

# Shares are of whole objects, so that anything beyond rounding is an object more.
ROUNDING = 1e-9


def compared(report: Report, before: Report, *, name: str) -> Report:
    """The report with what got worse than in an earlier one; any of that fails the check.

    Args:
        report: of this check.
        before: of the earlier one.
        name: what the earlier one is called in messages, such as its file.

    Raises:
        BadInput: one of them checks no coverage, or they are of different models.
    """
    now = report.coverage
    if now is None or report.model is None:
        raise BadInput("the report has no coverage, so there is nothing to compare with a baseline")
    then = before.coverage
    if then is None or before.model is None:
        raise BadInput(f"{name}: this report has no coverage; take one that `rfengine check --json` wrote")
    _refuse_another_model(report, before, now, then, name)
    heads = _changes(now, then)
    regressions = [*_regressions(heads), *_fell(now, then)]
    comparison = BaselineComparison(
        name=name,
        sha256=before.model.sha256,
        verdict=then.verdict,
        share=(then.share, now.share),
        heads=heads,
        regressions=regressions,
    )
    found = with_failures(now.model_copy(update={"baseline": comparison}), [*now.failures, *regressions])
    return report.model_copy(update={"coverage": found})


def _refuse_another_model(report: Report, before: Report, now: CoverageResult, then: CoverageResult, name: str) -> None:
    assert report.model is not None
    assert before.model is not None
    if before.model.name != report.model.name:
        raise BadInput(
            f"{name}: this is a check of '{before.model.name}', not of '{report.model.name}'; take the baseline of "
            "this model, or name the model alike in both checks (--name)"
        )
    if not {head.name for head in now.heads} & {head.name for head in then.heads}:
        there, here = (", ".join(head.name for head in result.heads) for result in (then, now))
        raise BadInput(f"{name}: it has the heads {there}, and this model {here}: nothing can be compared")
    if then.canvas != now.canvas:
        sizes = [" x ".join(map(str, result.canvas)) for result in (then, now)]
        raise BadInput(f"{name}: it was checked at {sizes[0]} px, and this is at {sizes[1]}; check both at one size")
    if then.question != now.question:
        what = _difference(now, then)
        raise BadInput(
            f"{name}: it answers another question ({what}), so that its shares cannot be compared with these; check "
            "its model again with this policy and these objects, and take that for a baseline"
        )


def _difference(now: CoverageResult, then: CoverageResult) -> str:
    """What of two questions differs, as far as results tell."""
    if now.objects.objects != then.objects.objects:
        return f"{then.objects.objects:,} objects, and this {now.objects.objects:,}"
    if now.objects.sha256 != then.objects.sha256:
        return "other objects"
    return "another policy: input, assign, bins or require"


def _changes(now: CoverageResult, then: CoverageResult) -> list[HeadChange]:
    before, after = ({head.name: head for head in result.heads} for result in (then, now))
    return [_change(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]


def _change(name: str, before: HeadCoverage | None, after: HeadCoverage | None) -> HeadChange:
    return HeadChange(
        head=name,
        trf=(before and before.trf, after and after.trf),
        erf_side=(before and before.erf_side, after and after.erf_side),
        share=(before and before.share, after and after.share),
    )


def _regressions(heads: list[HeadChange]) -> Iterator[Failure]:
    """Heads that are gone, and fields that shrank on any axis."""
    for change in heads:
        before, after = change.trf
        if before is None:
            continue
        if after is None:
            yield Failure(
                code="head-vanished",
                head=change.head,
                message=f"{change.head} was there in the baseline and is gone; keep it, or renew the baseline",
            )
            continue
        shorter = [(was, now) for was, now in zip(before, after, strict=True) if now < was]
        if shorter:
            yield _shrank(change.head, "theoretical", _size(before), _size(after), *shorter[0])
        was, now = change.erf_side
        if was is not None and now is not None and now < was:
            yield _shrank(change.head, "effective", str(was), str(now), was, now)


def _shrank(head: str, which: str, before: str, after: str, was: int, now: int) -> Failure:
    """`was` and `now` are the sides, px, of the axis that is shorter."""
    return Failure(
        code="field-shrank",
        head=head,
        message=f"{head}: the {which} field shrank from {before} to {after} px; undo that, or renew the baseline",
        has=now,
        needed=was,
    )


def _size(field: list[int]) -> str:
    return " x ".join(map(str, field))


def _fell(now: CoverageResult, then: CoverageResult) -> Iterator[Failure]:
    """Shares that are smaller: of all objects, and of those of a size."""
    if now.share < then.share - ROUNDING:
        more = now.uncovered - then.uncovered
        yield _fallen("coverage", then.share, now.share, more)
    for before, after in zip(then.bins, now.bins, strict=True):
        if before.share is not None and after.share is not None and after.share < before.share - ROUNDING:
            more = before.covered - after.covered
            yield _fallen(f"coverage of size {after.name} px", before.share, after.share, more, after.name)


def _fallen(what: str, before: float, after: float, more: int, size: str | None = None) -> Failure:
    return Failure(
        code="coverage-fell",
        bin=size,
        message=f"{what} fell from {percent(before)} to {percent(after)}: {more:,} more objects are not covered; undo "
        "that, or renew the baseline",
        has=after,
        needed=before,
    )
