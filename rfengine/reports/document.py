"""A finished report as blocks: what its page says, in whatever language it is written then."""

from collections.abc import Iterable, Iterator
from itertools import chain

from api_schemas.advice import AdviceByInput
from api_schemas.report import Report
from rfengine.reports import approximations, effective, sweep_markdown, table
from rfengine.reports.advice import lines_of
from rfengine.reports.blocks import Block, Column, Details, Heading, Listing, Name, Paragraph, Picture, Table, columns
from rfengine.reports.coverage import coverage_blocks
from rfengine.reports.pages import blocks_of
from rfengine.reports.recommend import recommend_blocks
from rfengine.reports.text import extent, shorten
from rfengine.reports.verified import verdict

NAME_WIDTH = 60
# Sites cut comments at 65,536 characters.
MOST_ROWS = 200


def document(report: Report) -> tuple[Block, ...]:
    """All that a report says: the verdict first, then what was found, warnings, pictures, and of which model."""
    parts: tuple[Iterable[Block], ...] = (
        () if report.coverage is None else coverage_blocks(report.coverage),
        () if report.recommend is None else recommend_blocks(report.recommend),
        _fields(report),
        _approximations(report),
        _effective(report),
        _advice(report),
        _sweep(report),
        _study(report),
        _warnings(report),
        _pictures(report),
        _about(report),
    )
    return (Heading(title(report), level=1), *chain.from_iterable(parts))


def title(report: Report) -> str:
    """What the page is about: the model, or the study."""
    if report.model is not None:
        return f"Receptive fields of {shorten(report.model.name, NAME_WIDTH)}"
    return "Receptive fields" if report.study is None else "Receptive fields: a study"


def _fields(report: Report) -> Iterator[Block]:
    rows = table.rows(report)
    if not rows:
        return
    yield Heading("Theoretical receptive fields")
    checked = verdict(report)
    if checked is not None:
        yield Paragraph(checked)
    note = f"In {table.unit(report)}, h×w where the axes differ; start is the centre of unit 0."
    yield _tensors([row for row in rows if row.target], note)
    if len(rows) > sum(row.target for row in rows):
        inner: list[Block] = [_tensors(rows[:MOST_ROWS], note)]
        if len(rows) > MOST_ROWS:
            inner.append(Paragraph(f"{len(rows) - MOST_ROWS} more stand in the report as JSON."))
        yield Details(f"All {len(rows)} tensors, in the order of computation", tuple(inner))


def _tensors(rows: Iterable[table.Row], note: str) -> Table:
    shown = tuple(
        (Name(row.tensor), row.op, row.shape, row.size, row.stride, row.padding, row.start, table.remarks(row))
        for row in rows
    )
    return Table(columns(("tensor", "op", "shape"), ("size", "stride", "padding", "start"), "status"), shown, note=note)


def _approximations(report: Report) -> Iterator[Block]:
    found = approximations.lines(report)
    if found:
        yield Heading("Formulas for chains beside the exact fields")
        rows = tuple((Name(line.target), *line[1:]) for line in found)
        yield Table(columns(("target", "formula", "estimates"), ("says", "exact")), rows, note=approximations.NOTE)


def _effective(report: Report) -> Iterator[Block]:
    found = effective.rows(report)
    if found:
        yield Heading("Effective receptive fields")
        *figures, last = effective.COLUMNS
        rows = tuple((Name(target), *words) for target, *words in found)
        yield Table((*columns(("target", "estimator"), figures), Column(last, right=False)), rows, note=effective.NOTE)


def _advice(report: Report) -> Iterator[Block]:
    if report.advice is None:
        return
    several = isinstance(report.advice, AdviceByInput)
    by_input = report.advice.by_input if isinstance(report.advice, AdviceByInput) else {"": report.advice}
    said = tuple(
        f"{shorten(name, NAME_WIDTH)}: {line}" if several else line
        for name, advice in by_input.items()
        for line in lines_of(advice)
    )
    if said:
        yield Heading("What the fields say of the design")
        yield Listing(said)


def _sweep(report: Report) -> Iterator[Block]:
    if report.sweep is not None:
        yield Heading("Trainability")
        yield from blocks_of(sweep_markdown.markdown(report.sweep))


def _study(report: Report) -> Iterator[Block]:
    if report.study is not None:
        # Here, since all that runs a study comes with it.
        from rfengine.studies.markdown import markdown

        yield Heading("Study")
        yield from blocks_of(markdown(report.study))


def _warnings(report: Report) -> Iterator[Block]:
    if report.warnings:
        yield Heading("Warnings")
        yield Listing(
            tuple(
                f"{each.code}: {each.message}" + (f" ({shorten(each.tensor, NAME_WIDTH)})" if each.tensor else "")
                for each in report.warnings
            )
        )


def _pictures(report: Report) -> Iterator[Block]:
    """Every picture once: what comes as SVG too is shown as PNG."""
    shown = {each.name.removesuffix(".png") for each in report.artifacts if each.name.endswith(".png")}
    ordered = sorted(report.artifacts, key=lambda each: not each.name.startswith("coverage."))
    for each in ordered:
        if each.media_type.startswith("image/") and each.name.removesuffix(".svg") not in shown:
            yield Picture(each.name, each.title or each.name)


def _about(report: Report) -> Iterator[Block]:
    """Of which model, by which engine: what a figure is worth without."""
    engine, model = report.engine, report.model
    torch = "" if engine.torch is None else f", torch {engine.torch}"
    made = f"rfengine {engine.version}{torch} on {engine.device}"
    if model is None:
        yield Paragraph(f"By {made}.")
        return
    inputs = ", ".join(f"{shorten(name, NAME_WIDTH)} {extent(shape)}" for name, shape in model.inputs.items())
    yield Paragraph(
        f"{shorten(model.name, NAME_WIDTH)} (sha256 {model.sha256[:12]}, opset {model.opset}, {model.nodes:,} nodes), "
        f"input {inputs}; by {made}."
    )
