"""A report as Markdown, for a comment on a change or the summary of a CI job.

GitHub Flavored Markdown, https://github.github.com/gfm/. A model, its policy and its annotations are a stranger's, and
so is every word of theirs: none of them makes a link, a picture, a mention or a row of its own.
"""

import html
import re
from collections.abc import Iterable, Iterator

from api_schemas.report import Report
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
from rfengine.reports.document import document

# What means something anywhere in a line; an underscore inside a word means nothing.
SPECIAL = re.compile(r"[\\`*\[\]~^$]|(?<![^\W_])_|_(?![^\W_])")
# What means something where a line begins only.
LEADING = re.compile(r"^(?:[-=#]|\+(?!\S)|\d+[.)](?!\S))")
# What sites turn into links and mentions although Markdown does not: `@name`, `#12`, `GH-12`, `https://`, `www.`
LINKED = re.compile(r"(?<=@)|(?<=#)(?=\d)|(?<=GH)(?=-)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
NOTHING = "\u200b"  # a space of no width; what such bots as Renovate put there


def markdown(report: Report) -> str:
    """The whole report, its verdict first where it has one."""
    return markdown_of(document(report))


def markdown_of(blocks: Iterable[Block]) -> str:
    """Blocks as Markdown, one empty line between them."""
    return "\n\n".join(part for block in blocks for part in _parts(block)) + "\n"


def escaped(text: str) -> str:
    """Words that read the same and do nothing, in one line."""
    words = LINKED.sub(NOTHING, one_line(text))
    words = SPECIAL.sub(lambda found: f"\\{found[0]}", words)
    words = LEADING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", words)
    # A raw pipe would end a cell even behind a backslash that is a stranger's.
    words = html.escape(words, quote=False).replace("|", "&#124;")
    return words.replace(NOTHING, "&#8203;")


def code(name: str) -> str:
    """A name as code, in which nothing else means anything; as words where code cannot say it in a table."""
    name = one_line(name)
    if not name:
        return ""
    if "|" in name:
        return escaped(name)
    longest = max((len(run) for run in re.findall("`+", name)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{name}{space}{fence}"


def _parts(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {escaped(block.text)}"
        case Headline():
            yield f"## {'✅ PASS' if block.passed else '❌ FAIL'} {escaped(block.text)}"
        case Paragraph():
            yield escaped(block.text)
        case Listing():
            yield "\n".join(f"- {escaped(item)}" for item in block.items)
        case Table():
            yield from _table(block)
        case Details():
            yield f"<details>\n<summary>{html.escape(one_line(block.summary))}</summary>"
            yield from (part for inner in block.blocks for part in _parts(inner))
            yield "</details>"
        case Picture():
            pass


def _table(block: Table) -> Iterator[str]:
    if block.title is not None:
        yield f"### {escaped(block.title)}"
    lines = [_row(escaped(column.title) for column in block.columns)]
    lines.append(_row("---:" if column.right else "---" for column in block.columns))
    lines += [_row(code(cell) if isinstance(cell, Name) else escaped(cell) for cell in row) for row in block.rows]
    yield "\n".join(lines)
    if block.note is not None:
        yield f"<sub>{escaped(block.note)}</sub>"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
