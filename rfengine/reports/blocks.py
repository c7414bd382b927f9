"""What a page is made of, before it is Markdown, HTML or lines of a terminal.

All strings are plain words; who writes them in a language escapes them for it. A stranger's name (a tensor, a file, a
label) is a `Name`, so that it can be told from our words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rfengine.reports.text import printable


class Name(str):
    """A stranger's name, shown as it is."""

    __slots__ = ()


@dataclass(frozen=True)
class Heading:
    """The title of what follows."""

    text: str
    level: int = 2  # 1: of the page


@dataclass(frozen=True)
class Headline:
    """A verdict in a line."""

    passed: bool
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A sentence or more."""

    text: str


@dataclass(frozen=True)
class Listing:
    """One point a line."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """One column of a table; figures stand at the right."""

    title: str
    right: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of words, one per column; the note explains headings and units."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Details:
    """What only some readers open."""

    summary: str
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True)
class Picture:
    """An artifact that is an image, by its name."""

    artifact: str
    title: str


Block = Heading | Headline | Paragraph | Listing | Table | Details | Picture


def columns(left: Sequence[str], right: Sequence[str], *rest: str) -> tuple[Column, ...]:
    """Columns of words, of figures, and of words again."""
    return (
        *(Column(title, right=False) for title in left),
        *(Column(title) for title in right),
        *(Column(title, right=False) for title in rest),
    )


def one_line(text: str) -> str:
    """A stranger's words in one line, without terminal codes and what no document may hold."""
    return printable(" ".join(text.split()))
