"""Pages that sweeps write are parts of a report's page: nothing of them is lost on the way."""

from rfengine.reports.blocks import Column, Listing, Paragraph, Table
from rfengine.reports.pages import blocks_of
from rfengine.reports.sweep_markdown import markdown
from tests.reports.test_sweep import QUICK, UNCERTAIN, result, row


def test_paragraphs_lists_and_tables() -> None:
    page = "Words.\n\n| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n| short |\n\n- one\n- two\n"
    assert list(blocks_of(page)) == [
        Paragraph("Words."),
        Table((Column("a", right=False), Column("b")), (("x|y", "1"), ("short", ""))),
        Listing(("one", "two")),
    ]
    assert list(blocks_of("")) == []
    for broken in ("| a | b |", "| a | b |\n| c | d |", "| a | b |\n| --- |", "- a\nb"):
        assert list(blocks_of(broken)) == [Paragraph(broken)]


def test_a_sweep_keeps_every_cell() -> None:
    for each in (QUICK, UNCERTAIN, result([row(8, network="a|b")])):
        (table,) = [block for block in blocks_of(markdown(each)) if isinstance(block, Table)]
        assert [cells[0] for cells in table.rows] == [row.network for row in each.rows]
        assert all(len(cells) == len(table.columns) for cells in table.rows)
