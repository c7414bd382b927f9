"""A report as one HTML page: no scripts, nothing from elsewhere, light or dark as the reader likes it."""

from collections.abc import Callable, Iterable, Iterator
from html import escape
from urllib.parse import quote

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
from rfengine.reports.document import document, title
from rfengine.reports.html_style import STYLE

Pictures = Callable[[str], str]


def html(report: Report, *, pictures: Pictures | None = None) -> str:
    """The whole report as a page; `pictures` says where an artifact is found by its name, None leaves them out."""
    return html_of(document(report), heading=title(report), pictures=pictures)


def html_of(blocks: Iterable[Block], *, heading: str, pictures: Pictures | None = None) -> str:
    """Blocks as a page; `pictures` as in `html`."""
    body = "\n".join(line for block in blocks for line in _lines(block, pictures))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_words(heading)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def beside(artifact: str) -> str:
    """Where a picture is that lies in the page's own folder."""
    return f"./{quote(artifact, safe='', errors='replace')}"


def _lines(block: Block, pictures: Pictures | None) -> Iterator[str]:
    match block:
        case Heading():
            yield f"<h{block.level}>{_words(block.text)}</h{block.level}>"
        case Headline():
            kind = "pass" if block.passed else "fail"
            yield f'<h2 class="verdict"><span class="{kind}">{kind.upper()}</span> {_words(block.text)}</h2>'
        case Paragraph():
            yield f"<p>{_words(block.text)}</p>"
        case Listing():
            yield "<ul>"
            yield from (f"<li>{_words(item)}</li>" for item in block.items)
            yield "</ul>"
        case Table():
            yield from _table(block)
        case Details():
            yield f"<details>\n<summary>{_words(block.summary)}</summary>"
            yield from (line for inner in block.blocks for line in _lines(inner, pictures))
            yield "</details>"
        case Picture():
            if pictures is not None:
                words = _words(block.title)
                yield f'<figure><img src="{_words(pictures(block.artifact))}" alt="{words}">'
                yield f"<figcaption>{words}</figcaption></figure>"


def _table(block: Table) -> Iterator[str]:
    if block.title is not None:
        yield f"<h3>{_words(block.title)}</h3>"
    right = [' class="figure"' if column.right else "" for column in block.columns]
    yield '<div class="wide"><table>\n<thead>'
    heads = zip(block.columns, right, strict=True)
    yield _row(f'<th scope="col"{side}>{_words(column.title)}</th>' for column, side in heads)
    yield "</thead>\n<tbody>"
    for row in block.rows:
        yield _row(f"<td{side}>{_cell(cell)}</td>" for cell, side in zip(row, right, strict=True))
    yield "</tbody>\n</table></div>"
    if block.note is not None:
        yield f'<p class="note">{_words(block.note)}</p>'


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: str) -> str:
    if isinstance(cell, Name):
        return f"<code>{_words(cell)}</code>"
    return f'<span class="{cell}">{cell}</span>' if cell in ("pass", "fail") else _words(cell)


def _words(text: str) -> str:
    return escape(one_line(text))
