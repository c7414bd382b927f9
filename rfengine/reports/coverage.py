"""A coverage check as blocks of a page, and for the terminal."""

from collections.abc import Iterator

from rich.console import Group

from api_schemas.coverage import BaselineComparison, CoverageResult, HeadCoverage, Uncovered
from api_schemas.report import Report
from rfengine.reports.blocks import Block, Column, Details, Headline, Listing, Name, Paragraph, Table, columns
from rfengine.reports.coverage_words import (
    BINDING_WORDS,
    binding_words,
    change_words,
    every_failure,
    fits_words,
    headline_words,
    margin_words,
    required_words,
    trf_words,
)
from rfengine.reports.lines import render_blocks
from rfengine.reports.text import NONE, extent, number, per_axis, percent, shorten

NAME_WIDTH, SHOWN = 34, 5


def render_coverage(report: Report) -> Group | None:
    """The check of a report for the terminal, with the first few of the worst objects; None when it has none.

    With recommendations beside it, the verdict and why are enough.
    """
    if report.coverage is None:
        return None
    if report.recommend is not None:
        return render_blocks(tuple(_verdict(report.coverage)))
    return render_blocks(coverage_blocks(report.coverage, worst=SHOWN))


def coverage_blocks(result: CoverageResult, *, worst: int | None = None) -> tuple[Block, ...]:
    """Verdict and why, then heads, size bins, the baseline and the worst objects (at most so many)."""
    return tuple(_blocks(result, result.worst if worst is None else result.worst[:worst]))


def _verdict(result: CoverageResult) -> Iterator[Block]:
    what = "coverage" if result.policy is None else f"coverage, {shorten(result.policy, NAME_WIDTH)}"
    yield Headline(result.verdict == "pass", f"{what}: {headline_words(result)}")
    failures = every_failure(result)
    if failures:
        yield Listing(tuple(each.message for each in failures))


def _blocks(result: CoverageResult, worst: list[Uncovered]) -> Iterator[Block]:
    yield from _verdict(result)
    yield Paragraph(" ".join(_facts(result)))
    yield _heads(result)
    remarks = tuple(line for head in result.heads for line in _remarks(head))
    if remarks:
        yield Listing(remarks)
    yield _bins(result)
    if sum(head.objects > 0 for head in result.heads) > 1:
        yield Details("Heads by size", (_heads_by_size(result),))
    if result.baseline is not None:
        yield from _baseline(result.baseline)
    if worst:
        shown = sum(each.count for each in worst)
        yield Details(f"Worst objects ({shown:,} of {result.uncovered:,} that are not covered)", (_worst(worst),))


def _facts(result: CoverageResult) -> Iterator[str]:
    """What was checked, in sentences."""
    objects = result.objects
    name = "the policy" if objects.name is None else shorten(objects.name, NAME_WIDTH)
    images = "" if objects.images is None else f", {objects.images:,} image{'' if objects.images == 1 else 's'}"
    yield f"Objects: {objects.source} from {name}{images}, in an input of {extent(result.canvas)} px;"
    yield f"sides from {number(round(min(objects.smallest_px), 1))} to {number(round(max(objects.largest_px), 1))} px."
    left = ", ".join(f"{count:,} {shorten(why, NAME_WIDTH)}" for why, count in objects.ignored.items() if count)
    if left:
        yield f"Left aside: {left}."
    if result.estimator is not None:
        yield f"Effective fields by {result.estimator.replace('_', ' ')}."


def _heads(result: CoverageResult) -> Table:
    measured = any(head.erf_side is not None for head in result.heads)
    rows = []
    for head in result.heads:
        effective = (NONE if head.erf_side is None else str(head.erf_side),) if measured else ()
        rows.append(
            (
                Name(head.name),
                head.verdict,
                per_axis(head.stride),
                trf_words(head),
                *effective,
                fits_words(head),
                f"{head.objects:,}",
                percent(head.share),
                margin_words(head.margin),
                binding_words(head.binding),
            )
        )
    figures = ("stride", "TRF", *(("ERF",) if measured else ()), "fits", "objects", "covered", "margin")
    note = "In px of the input, h×w where the axes differ. TRF: smallest theoretical field; "
    if measured:
        energies = sorted({head.erf_energy for head in result.heads if head.erf_energy is not None})
        share = "".join(f"{energy} % " for energy in energies[:1])
        note += f"ERF: smallest side with {share}of the effective one; "
    note += "fits: sides of the square objects that it may cover; margin: of the object that comes off worst."
    return Table(columns(("head", "verdict"), figures, "not covered by"), tuple(rows), "Heads", note)


def _remarks(head: HeadCoverage) -> Iterator[str]:
    """What qualifies a head's figures."""
    name = shorten(head.name, NAME_WIDTH)
    if head.trf_status == "upper_bound":
        yield f"{name}: its theoretical field is known as an upper bound only"
    if head.global_context:
        more = f" and {len(head.global_context) - 1} more" if len(head.global_context) > 1 else ""
        yield f"{name}: the whole image also enters through {shorten(head.global_context[0], NAME_WIDTH)}{more}"


def _bins(result: CoverageResult) -> Table:
    required = any(each.required is not None for each in result.bins)
    rows = tuple(
        (
            Name(each.name),
            f"{each.objects:,}",
            f"{each.objects - each.covered:,}",
            percent(each.share),
            *((required_words(each.required),) if required else ()),
            binding_words(each.binding),
        )
        for each in result.bins
    )
    figures = ("objects", "not covered", "covered", *(("required",) if required else ()))
    note = "By the square root of width × height, px; cut: no tile holds all of it."
    return Table(columns(("bin",), figures, "not covered by"), rows, "Sizes", note)


def _heads_by_size(result: CoverageResult) -> Table:
    """Covered of all objects, per head and bin."""
    rows = tuple(
        (Name(head.name), *(f"{each.covered:,} / {each.objects:,}" if each.objects else NONE for each in head.bins))
        for head in result.heads
    )
    figures = tuple(Column(each.name) for each in result.bins)
    return Table((*columns(("head",), ()), *figures), rows, note="Covered / booked, by the bins of sizes.")


def _baseline(baseline: BaselineComparison) -> Iterator[Block]:
    measured = any(side is not None for each in baseline.heads for side in each.erf_side)
    changed = tuple(
        (
            Name(each.head),
            change_words(*each.trf),
            *((change_words(*each.erf_side),) if measured else ()),
            change_words(*(None if share is None else percent(share) for share in each.share)),
        )
        for each in baseline.heads
    )
    before, after = baseline.share
    yield Table(columns(("head",), ("TRF", *(("ERF",) if measured else ()), "covered")), changed, "Beside the baseline")
    yield Paragraph(
        f"Baseline: {shorten(baseline.name, NAME_WIDTH)} ({baseline.sha256[:12]}), verdict {baseline.verdict}; "
        f"objects covered: {change_words(percent(before), percent(after))}."
    )


def _worst(listed: list[Uncovered]) -> Table:
    rows = tuple(
        (
            NONE if each.image is None else Name(each.image),
            NONE if each.annotation is None else Name(each.annotation),
            NONE if each.label is None else Name(each.label),
            "×".join(number(round(side, 1)) for side in each.size_px),
            f"{each.count:,}",
            NONE if each.head is None else Name(each.head),
            BINDING_WORDS[each.binding],
            _has(each),
        )
        for each in listed
    )
    shown = (*columns(("image", "annotation", "label"), ("h×w", "count"), "head", "needs"), Column("has / needed"))
    return Table(shown, rows, note="In px of the input; of a stride, needed is the most.")


def _has(each: Uncovered) -> str:
    if each.has_px is None or each.needed_px is None:
        return NONE
    return f"{number(round(each.has_px, 1))} / {number(round(each.needed_px, 1))}"
