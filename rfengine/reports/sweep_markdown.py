"""A finished trainability sweep as Markdown: its tables, fits and cost."""

from collections.abc import Iterable, Iterator

from api_schemas.sweep_result import SweepResult, SweepRow
from rfengine.reports.sweep_words import (
    ESTIMATORS,
    boundary_words,
    cost_words,
    dataset_words,
    estimates,
    failures_words,
    fit_words,
    interval_words,
    lasted,
    off,
    protocol_words,
)

HEADS = ("network", "depth", "boundary, px", "95 % interval, px", "trainings", "failures", "theoretical radius, px")


def markdown(result: SweepResult) -> str:
    """Protocol, a line per network with estimates and how far they are off, a line per fit, cost and short cuts."""
    parts = [
        f"{_capital(dataset_words(result.options.dataset))}; {protocol_words(result.options)}.".replace(" · ", ", "),
        "\n".join(_table(result.rows)),
        "\n".join(f"- boundary = {fit_words(fit)} over {fit.points} networks" for fit in result.fits),
        f"{cost_words(result.cost)}, {lasted(result.cost.seconds)} of training on {result.device}."
        + ("" if result.complete else " Not complete: what is known so far."),
        "\n".join(f"- {words}" for words in result.short_cuts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(rows: Iterable[SweepRow]) -> Iterator[str]:
    yield _line([*HEADS, *(f"{name}, px" for name in ESTIMATORS.values())])
    yield _line(["---", *["---:"] * (len(HEADS) - 1 + len(ESTIMATORS))])
    for row in rows:
        said = {each.estimator: each for each in estimates(row)}
        cells = []
        for name in ESTIMATORS.values():
            each = said.get(name)
            less = f" ({off(each)})" if each and each.deviation is not None else ""
            cells.append("" if each is None else f"{each.radius:.1f}{less}")
        yield _line(
            [
                row.network.replace("|", "\\|"),
                "" if row.depth is None else str(row.depth),
                boundary_words(row),
                interval_words(row),
                str(row.trainings),
                failures_words(row),
                "" if row.radii is None else f"{row.radii.trf:.1f}",
                *cells,
            ]
        )


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
