"""Back from our own Markdown to blocks: pages that sweeps and studies write are parts of a report's page."""

import re
from collections.abc import Iterator

from rfengine.reports.blocks import Block, Column, Listing, Paragraph, Table

CELL = re.compile(r"(?<!\\)\|")
RULE = re.compile(r"---:?")


def blocks_of(page: str) -> Iterator[Block]:
    """Paragraphs, lists and tables of a page made of nothing else, as plain words.

    A stranger's name may have broken a line of it: what is no table then is a paragraph, and a ragged row is cut or
    filled.
    """
    for part in page.strip().split("\n\n"):
        lines = part.split("\n")
        if part and all(line.startswith("- ") for line in lines):
            yield Listing(tuple(line[2:] for line in lines))
        elif part:
            yield _table(lines) or Paragraph(part)


def _table(lines: list[str]) -> Table | None:
    heads, rules, *rows = (_cells(line) for line in (*lines, ""))
    if len(heads) != len(rules) or not heads or not all(map(RULE.fullmatch, rules)):
        return None
    columns = tuple(Column(head, right=rule.endswith(":")) for head, rule in zip(heads, rules, strict=True))
    return Table(columns, tuple(tuple([*row, *[""] * len(heads)][: len(heads)]) for row in rows[:-1]))


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]]
