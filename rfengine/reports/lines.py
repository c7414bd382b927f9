"""Blocks of a page for the terminal."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from rfengine.reports.blocks import (
    Block,
    Details,
    Heading,
    Headline,
    Listing,
    Name,
    Paragraph,
    Picture,
    Table,
    one_line,
)
from rfengine.reports.plain import plain_table
from rfengine.reports.tail import Tail

LOOKS = {"pass": "green", "fail": "red"}


def render_blocks(blocks: Iterable[Block]) -> Group:
    """The blocks one below the other; narrow terminals cut names and fold words, never figures."""
    return Group(*(line for block in blocks for line in _lines(block)))


def _lines(block: Block) -> Iterator[RenderableType]:
    match block:
        case Heading():
            yield Text(one_line(block.text), style="bold")
        case Headline():
            word, colour = ("PASS", "green") if block.passed else ("FAIL", "red")
            yield Text.assemble((word, f"bold {colour}"), " ", one_line(block.text))
        case Paragraph():
            yield Text(one_line(block.text))
            yield ""
        case Listing():
            yield _listing(block)
            yield ""
        case Table():
            yield _table(block)
            yield ""
        case Details():
            yield Text(one_line(block.summary), style="bold")
            yield from (line for inner in block.blocks for line in _lines(inner))
        case Picture():
            pass


def _listing(block: Listing) -> RichTable:
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    for item in block.items:
        grid.add_row("-", Text(one_line(item)))
    return grid


def _table(block: Table) -> RichTable:
    table = plain_table(block.title, None if block.note is None else one_line(block.note))
    for column in block.columns:
        if column.right:
            table.add_column(column.title, justify="right", no_wrap=True)
        else:
            table.add_column(column.title)
    for row in block.rows:
        # As Text, since a stranger's words may look like markup.
        cells = (
            Tail(cell) if isinstance(cell, Name) else Text(one_line(cell), style=LOOKS.get(cell, "")) for cell in row
        )
        table.add_row(*cells)
    return table
