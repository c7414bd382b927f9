"""The targets' exact figures beside what formulas for chains say, as a table for the terminal."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from api_schemas.approximations import Approximations
from api_schemas.report import FieldReport, Report
from rfengine.reports.fields import seen
from rfengine.reports.plain import plain_table
from rfengine.reports.text import number, per_axis, shorten

NAME_WIDTH = 34
NOTE = (
    "In px, h×w where the axes differ; reach: half of the size less one. No exact figure: the formula estimates the "
    "effective field."
)


class Line(NamedTuple):
    """One formula at one target: what it estimates, what it says, and the exact figure where there is one."""

    target: str
    formula: str
    estimates: str
    says: str
    exact: str

    @property
    def agrees(self) -> bool:
        """Whether the formula's figure is the exact one."""
        return self.says == self.exact


def lines(report: Report) -> tuple[Line, ...]:
    """Every formula at every target that has approximations."""
    targets = set(report.targets)
    return tuple(
        Line(f"{found.name} ← {found.source}" if found.source else found.name, *line)
        for found in seen(report)
        if found.name in targets and found.field.approximations is not None
        for line in _compared(found.field, found.field.approximations, found.tensor.units)
    )


def render_approximations(report: Report) -> Table | None:
    """The lines as a table; None when the report has no approximations. What disagrees is bold."""
    found = lines(report)
    if not found:
        return None
    table = plain_table("formulas for chains beside the exact fields", NOTE)
    table.add_column("target", min_width=10, overflow="ellipsis")
    for heading in ("formula", "estimates"):
        table.add_column(heading, no_wrap=True)
    for heading in ("says", "exact"):
        table.add_column(heading, justify="right", no_wrap=True)
    last = ""
    for line in found:
        name = "" if line.target == last else shorten(line.target, NAME_WIDTH)
        words = (name, line.formula, line.estimates, line.says, line.exact)
        table.add_row(*(Text(word) for word in words), style="bold" if line.exact and not line.agrees else "")
        last = line.target
    return table


def _compared(field: FieldReport, said: Approximations, units: Sequence[int]) -> Iterator[tuple[str, str, str, str]]:
    """(formula, what it estimates, what it says, what is exact)."""
    size, stride, start = per_axis(field.size), per_axis(field.stride), per_axis(field.start)
    reach = per_axis([(each - 1) / 2 for each in field.size])
    level = number(said.level)
    yield "n", "units", per_axis(said.n), per_axis(units)
    yield "j", "stride", per_axis(said.j), stride
    yield "r", "size", per_axis(said.r), size
    yield "start", "start", per_axis(said.start), start
    yield "layer formula", "size", per_axis(said.layer_formula), size
    yield "naive shift", "reach", per_axis(said.naive_shift), reach
    yield "rule of thumb", "size", _one_digit(said.rule_of_thumb), ""
    for name, sigma, two, radius, side in (
        ("CLT", said.clt_sigma, said.clt_two_sigma, said.clt_radius, said.clt_size),
        ("Luo", said.luo_sigma, said.luo_two_sigma, said.luo_radius, said.luo_size),
    ):
        if sigma is not None and two is not None and radius is not None and side is not None:
            yield f"{name} sigma", "radius", _one_digit(sigma), ""
            yield f"{name} 2 sigma", "radius", _one_digit(two), ""
            yield f"{name} at {level}", "radius", _one_digit(radius), ""
            yield f"{name} area", "size", _one_digit([side]), ""
    if said.luo_shift is not None:
        yield "Luo shift", "offset", _one_digit(said.luo_shift), ""


def _one_digit(values: Sequence[float]) -> str:
    return per_axis([round(value, 1) + 0.0 for value in values])
