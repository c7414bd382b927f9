"""`rfengine oracles`: every published figure beside the engine's, as tables and as JSON."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rfengine import __version__
from rfengine.oracles import FAMILIES, Compared, Family, Finding, named
from rfengine.oracles.finding import Value
from rfengine.reports.plain import plain_table
from rfengine.reports.text import number

SCHEMA = "rfengine.oracles/1"
NONE = "–"
EQUAL, DIFFERENT, SHOWN = Text("✓", style="green"), Text("✗", style="bold red"), Text(NONE)


def wanted(name: str | None) -> tuple[Family, ...]:
    """The family of a name, or all of them.

    Raises:
        BadInput: no family has the name.
        MissingExtra: nothing could be compared; a run that compares nothing must not pass.
    """
    chosen = (named(name),) if name else tuple(FAMILIES.values())
    missing = [error for family in chosen if (error := family.missing)]
    if len(missing) == len(chosen):
        raise missing[0]
    return chosen


def render(compared: Compared, *, failures_only: bool) -> RenderableType:
    """A family's table with its summary below; the summary alone where there is nothing to list."""
    if compared.skipped:
        return _summary(compared)
    shown = compared.different if failures_only else compared.findings
    return Group(_table(compared.family, shown), _summary(compared), "") if shown else _summary(compared)


def to_json(results: Sequence[Compared]) -> str:
    """Everything that was compared, as JSON."""
    families = [_family(compared) for compared in results]
    equal = not any(compared.different for compared in results)
    return json.dumps({"schema": SCHEMA, "version": __version__, "equal": equal, "families": families}, indent=2)


def _family(compared: Compared) -> dict[str, Any]:
    family = compared.family
    return {
        "name": family.name,
        "title": family.title,
        "source": family.source,
        "skipped": compared.skipped,
        "figures": len(compared.counted),
        "different": len(compared.different),
        "findings": [_finding(finding) for finding in compared.findings],
    }


def _finding(finding: Finding) -> dict[str, Value]:
    return {
        "group": finding.group,
        "place": finding.place,
        "figure": finding.figure,
        "expected": _json(finding.expected),
        "found": _json(finding.found),
        "tolerance": finding.tolerance,
        "compared": finding.compared,
        "equal": finding.equal if finding.compared else None,
    }


def _json(value: Value) -> Value:
    """The value, but nan and inf as words: JSON has no numbers for them."""
    if isinstance(value, tuple):
        return tuple(map(_json, value))
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _summary(compared: Compared) -> Text:
    family = compared.family
    if compared.skipped:
        return Text(f"{family.name}: skipped; {compared.skipped}", style="yellow")
    total, different = len(compared.counted), len(compared.different)
    text = Text(f"{family.name}: {total - different} of {total} equal")
    text.stylize("bold red" if different else "bold green")
    return text


def _table(family: Family, findings: Iterable[Finding]) -> Table:
    """One row per place, one line in it per figure; a heading where a new group begins."""
    listed = list(findings)
    figures = {finding.figure for finding in listed}
    shared = len(figures) == 1  # a figure that all of them are stands in the title
    table = plain_table(
        family.title + (f": {figures.pop()}" if shared else ""),
        f"Source: {family.source}. {family.note}",
    )
    table.add_column("place", overflow="fold")
    for heading in ("expected", "found") if shared else ("figure", "expected", "found"):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "figure" else "right")
    table.add_column("ok", no_wrap=True)
    for group, members in groupby(listed, lambda finding: finding.group):
        table.add_row(Text(group, style="bold"))
        for place, lines in groupby(members, lambda finding: finding.place):
            table.add_row(*_cells(place, list(lines), shared))
        table.add_section()
    return table


def _cells(place: str, findings: Sequence[Finding], shared: bool) -> list[RenderableType]:
    columns = [] if shared else [[Text(finding.figure) for finding in findings]]
    columns += [
        [Text(_expected(finding)) for finding in findings],
        [Text(words(finding.found), style="bold red" if _ok(finding) is DIFFERENT else "") for finding in findings],
        [_ok(finding) for finding in findings],
    ]
    return [Padding(Text(place), (0, 0, 0, 2)), *(Text("\n").join(column) for column in columns)]


def _ok(finding: Finding) -> Text:
    if not finding.compared:
        return SHOWN
    return EQUAL if finding.equal else DIFFERENT


def _expected(finding: Finding) -> str:
    tolerance = f" ± {number(finding.tolerance)}" if finding.tolerance else ""
    return words(finding.expected) + tolerance


def words(value: Value) -> str:
    """A figure in print: `11, 4, 0`, `yes`, `–` for no value."""
    if isinstance(value, tuple):
        return ", ".join(map(words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return NONE if value is None else value
