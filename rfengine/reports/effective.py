"""The effective fields of a report as a table for the terminal: one row per target, unit and estimator."""

from rich.table import Table
from rich.text import Text

from api_schemas.report import ErfEntry, Metrics, Report
from rfengine.reports.plain import plain_table
from rfengine.reports.tail import Tail
from rfengine.reports.text import number, per_axis

COLUMNS = ("unit", "size", "of TRF", "95 %", "radius", "shape")
NOTE = "In px. size: side of the area above 4.55 % of the centre (Luo); 95 %: of the square with that mass."


def rows(report: Report) -> tuple[tuple[str, ...], ...]:
    """Target, estimator and a figure per column, for every effective field."""
    return tuple(
        (target, estimator, *_figures(entry))
        for target in report.targets
        for estimator, entries in report.effective.items()
        for entry in entries.get(target, ())
    )


def render_effective(report: Report) -> Table | None:
    """The main figures of every effective field; None when the report has none."""
    found = rows(report)
    if not found:
        return None
    table = plain_table("effective receptive fields", NOTE)
    table.add_column("target")
    table.add_column("estimator", no_wrap=True)
    for heading in COLUMNS:
        table.add_column(heading, justify="left" if heading == "shape" else "right", no_wrap=True)
    for target, *words in found:
        table.add_row(Tail(target), *map(Text, words))
    return table


def _figures(entry: ErfEntry) -> tuple[str, ...]:
    metrics = entry.metrics
    level, radius = next(iter(metrics.radius_px.axis.items()), ("", None))
    return (
        per_axis(entry.unit, ", "),
        f"{metrics.luo_size:.1f}",
        f"{metrics.share_of_trf:.0%}",
        number(metrics.energy_side["95"]),
        "" if radius is None else f"{radius} at {level}",
        _shape(metrics),
    )


def _shape(metrics: Metrics) -> str:
    """The best shape in a word; for the generalised Gaussian its exponent: 1 Laplace, 2 Gaussian, a box as it grows."""
    if metrics.best_shape == "generalised" and metrics.shapes is not None and metrics.shapes.generalised.exponent:
        return f"exp -x^{metrics.shapes.generalised.exponent:.1f}"
    return {None: "", "gaussian": "Gaussian", "laplace": "Laplace"}.get(metrics.best_shape, str(metrics.best_shape))
