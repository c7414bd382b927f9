"""Recommended changes as blocks of a page, and for the terminal."""

from collections.abc import Iterator

from rich.console import Group

from api_schemas.recommend import FieldChange, Recommendation, RecommendResult
from api_schemas.report import Report
from rfengine.reports.blocks import Block, Details, Heading, Listing, Paragraph, Table, columns
from rfengine.reports.coverage_words import MINUS, change_words
from rfengine.reports.lines import render_blocks
from rfengine.reports.text import percent, shorten

NAME_WIDTH, LISTED = 34, 3
UNITS = ("", " k", " M", " G", " T")


def render_recommend(report: Report) -> Group | None:
    """The recommendations of a report for the terminal; None when it has none."""
    return None if report.recommend is None else render_blocks(recommend_blocks(report.recommend))


def recommend_blocks(result: RecommendResult) -> tuple[Block, ...]:
    """The ranked changes with what they cost, how to make them, and what was tried besides."""
    return tuple(_blocks(result))


def human(count: int) -> str:
    """`4.46 M`, `950`, `−34.3 G`: three digits."""
    size, place = float(abs(count)), 0
    # 999.5 would read as 1e+03.
    while size >= 999.5 and place < len(UNITS) - 1:
        size, place = size / 1000, place + 1
    return f"{MINUS if count < 0 else ''}{size:.3g}{UNITS[place]}"


def cost_words(change: int, before: int) -> str:
    """`+4.46 M (+12 %)`: what is added, and of what there was."""
    if change == 0:
        return "0"
    sign = "+" if change > 0 else ""
    if before <= 0:
        return f"{sign}{human(change)}"
    share = 100 * abs(change) / before
    words = f"{share:.2g}" if share < 10 else f"{share:.0f}"
    return f"{sign}{human(change)} ({'+' if change > 0 else MINUS}{words} %)"


def _blocks(result: RecommendResult) -> Iterator[Block]:
    found = result.recommendations
    yield Heading("Recommended changes")
    if result.note is not None:
        yield Paragraph(result.note)
    if found:
        yield _table(result)
        yield Details("How to make them", (Listing(tuple(map(_how, found))),))
    tried = "1 changed network was" if result.trials == 1 else f"{result.trials:,} changed networks were"
    left = ", ".join(f"{count:,} {shorten(why, NAME_WIDTH)}" for why, count in result.left_out.items() if count)
    yield Paragraph(
        f"{tried} analysed, the network as it is having {human(result.parameters)} parameters and "
        f"{human(result.multiply_adds)} multiply-adds." + (f" Not shown: {left}." if left else "")
    )


def _table(result: RecommendResult) -> Table:
    rows = tuple(
        (
            each.title,
            each.verdict,
            change_words(*map(percent, each.share)),
            cost_words(each.parameters, result.parameters),
            cost_words(each.multiply_adds, result.multiply_adds),
            _fields(each.fields),
        )
        for each in result.recommendations
    )
    note = "Those that pass first, cheapest first. TRF, ERF: sizes in px, before and after."
    shown = columns(("change", "then"), ("covered", "parameters", "multiply-adds"), "fields")
    return Table(shown, rows, note=note)


def _fields(changes: list[FieldChange]) -> str:
    """`P4 TRF 315 → 379, P5 TRF 443 → 571`."""
    words = []
    for each in changes[:LISTED]:
        name = shorten(each.head, NAME_WIDTH)
        words.append(f"{name} TRF {change_words(*each.trf)}")
        if each.erf_side != (None, None):
            words.append(f"{name} ERF {change_words(*each.erf_side)}")
    more = [f"{len(changes) - LISTED} more heads"] if len(changes) > LISTED else []
    return ", ".join([*words, *more])


def _how(each: Recommendation) -> str:
    drawn = " Its new weights must be trained; fields were found with drawn ones." if each.inserts_weights else ""
    return f"{each.title}: {each.how}{drawn}"
