"""The per-layer table of a report: plain rows, and the same as a table for the terminal."""

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from api_schemas.report import Report
from rfengine.reports.fields import Seen, seen
from rfengine.reports.plain import plain_table
from rfengine.reports.tail import Tail
from rfengine.reports.text import common_prefix, per_axis, printable, shorten

TARGET = "▶"
NAME_WIDTH = 34


@dataclass(frozen=True)
class Row:
    """One tensor as words; figures that agree on all axes stand once, else `h×w`."""

    tensor: str
    op: str
    shape: str
    size: str
    stride: str
    padding: str
    start: str
    status: str
    context: tuple[str, ...]
    aligned: bool
    target: bool


def rows(report: Report) -> tuple[Row, ...]:
    """Every tensor in the order of computation; with several inputs, `tensor ← input` for each it depends on."""
    targets = set(report.targets)
    return tuple(_row(found, found.name in targets) for found in seen(report))


def render(report: Report) -> Table:
    """The rows as a table for the terminal; targets are bold and marked. A narrow one cuts names, not figures.

    What all names begin with is said once, below the table.
    """
    assert report.model is not None, "fields are those of a model"
    listed = rows(report)
    prefix = common_prefix([row.tensor for row in listed])
    table = plain_table(
        f"{shorten(report.model.name, 48)}: theoretical receptive fields",
        f"{TARGET} target. In {unit(report)}, h×w where the axes differ; start is the centre of unit 0."
        + (f" All names begin with {shorten(prefix, NAME_WIDTH)}" if prefix else ""),
    )
    table.add_column("tensor", min_width=10)
    for heading, least in (("op", 6), ("shape", 6)):
        table.add_column(heading, min_width=least, overflow="ellipsis")
    for heading in ("size", "stride", "padding", "start"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status", overflow="fold")
    for row in listed:
        # No-break space: the mark stays with the name.
        name = Tail(row.tensor.removeprefix(prefix), mark=f"{TARGET if row.target else ' '}\u00a0")
        words = (
            printable(row.op),
            row.shape,
            row.size,
            row.stride,
            row.padding,
            row.start,
            remarks(row),
        )
        # As Text, since a stranger's tensor name may look like markup.
        table.add_row(name, *(Text(word) for word in words), style="bold" if row.target else "")
    return table


def unit(report: Report) -> str:
    """What the figures count: pixels, or the units of the tensor that they are relative to."""
    source = report.analytic.source if report.analytic else None
    return f"units of {shorten(source, NAME_WIDTH)}" if source else "px"


def remarks(row: Row) -> str:
    """Status, and what qualifies it: paths that meet off centre, and through how many nodes the whole image enters."""
    context = f"global ×{len(row.context)}" if row.context else ""
    return ", ".join(word for word in (row.status, "" if row.aligned else "misaligned", context) if word)


def _row(found: Seen, target: bool) -> Row:
    tensor, field = found.tensor, found.field
    return Row(
        tensor=f"{found.name} ← {found.source}" if found.source else found.name,
        op=tensor.op,
        shape="×".join(map(str, tensor.shape)),
        size=per_axis(field.size),
        stride=per_axis(field.stride),
        padding=per_axis(field.padding),
        start=per_axis(field.start),
        status=field.status.replace("_", " "),
        context=tuple(field.global_context),
        aligned=field.aligned,
        target=target,
    )
