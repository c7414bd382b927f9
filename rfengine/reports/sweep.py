"""A trainability sweep for the terminal: where learning ends, estimated beside learnt, what it cost."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from api_schemas.report import Report
from api_schemas.sweep_result import SweepResult, SweepRow
from rfengine.reports.plain import plain_table
from rfengine.reports.sweep_words import (
    ESTIMATORS,
    boundary_words,
    cost_words,
    estimates,
    failures_words,
    fit_words,
    interval_words,
    lasted,
    off,
)
from rfengine.reports.tail import Tail

NONE = "–"


def render_sweep(report: Report) -> Group | None:
    """The sweep of a report as tables and lines; None when it has none."""
    result = report.sweep
    if result is None:
        return None
    compared = any(estimates(row) and row.boundary == "found" for row in result.rows)
    tables = [_boundaries(result), *([_comparison(result)] if compared else [])]
    return Group(*(part for table in tables for part in (table, "")), Text("\n".join(_lines(result))))


def _boundaries(result: SweepResult) -> Table:
    """One line per network."""
    table = plain_table(
        "trainability: the farthest mark that is learnt" + ("" if result.complete else " (so far)"),
        "In px. N: depth; learnt: where the fitted accuracy is 0.75, with its 95 % interval; runs: trainings; "
        "fail: share of those within reach that fail all the same; TRF: theoretical radius; const, closed: radius at "
        "0.0012 of the constant network and of the closed form.",
    )
    table.add_column("network")
    for heading in ("N", "learnt", "95 %", "runs", "fail", "TRF", "const", "closed", "3 √N"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        table.add_row(Tail(row.network), *(Text(word) for word in _figures(row)))
    return table


def _figures(row: SweepRow) -> tuple[str, ...]:
    radii = row.radii
    return (
        NONE if row.depth is None else str(row.depth),
        boundary_words(row),
        interval_words(row),
        str(row.trainings),
        failures_words(row),
        *(
            NONE if radius is None else f"{radius:.1f}"
            for radius in (
                (None,) * 4
                if radii is None
                else (radii.trf, radii.constant_forward, radii.closed_form, radii.three_sqrt_depth)
            )
        ),
    )


def _comparison(result: SweepResult) -> Table:
    """What every estimator says less what was learnt."""
    table = plain_table(
        "estimated beside learnt", "Radius in px, and by how much it differs from the boundary; ✓: inside its interval."
    )
    table.add_column("network")
    table.add_column("learnt", justify="right", no_wrap=True)
    for name in ESTIMATORS.values():
        table.add_column(name, justify="right", no_wrap=True)
    for row in result.rows:
        if row.boundary != "found":
            continue
        said = {each.estimator: each for each in estimates(row)}
        cells = []
        for name in ESTIMATORS.values():
            each = said.get(name)
            inside = "✓" if each and each.inside else " "
            cells.append(f"{each.radius:.1f} {off(each)} {inside}" if each else NONE)
        table.add_row(Tail(row.network), *(Text(word) for word in (boundary_words(row), *cells)))
    return table


def _lines(result: SweepResult) -> Iterator[str]:
    """Fits, cost and short cuts."""
    for fit in result.fits:
        yield f"boundary = {fit_words(fit)} ({fit.points} networks)"
    yield f"{cost_words(result.cost)}, {lasted(result.cost.seconds)} of training on {result.device}"
    if not result.complete:
        yield "Not complete: what is known so far."
    yield from (f"- {words}" for words in result.short_cuts)
