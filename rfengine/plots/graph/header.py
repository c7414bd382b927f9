"""The words above the graph: what it is, and what colours, squares and marks mean."""

from collections.abc import Iterator, Sequence

from rfengine.plots import families, palette, svg
from rfengine.plots.graph.box import GLYPH, glyph

HEADER = 118.0
BIG, WORDS = 22.0, 12.0
GAP = 22.0


def header(headline: str, line: str, ops: Sequence[str], *, left: float, top: float) -> Iterator[str]:
    """The headline, one quieter line, and the legend. `ops`: the operators whose families are shown."""
    yield (
        f'<text x="{svg.number(left)}" y="{svg.number(top + 18)}" font-size="{svg.number(BIG)}" font-weight="bold">'
        f"{svg.text(headline)}</text>"
    )
    yield f'<g font-size="{svg.number(WORDS)}" fill="{palette.QUIET}">'
    yield f'<text x="{svg.number(left)}" y="{svg.number(top + 40)}">{svg.text(line)}</text>'
    x, middle = left, top + 68
    present = {families.family(op) for op in ops}
    for name in (*families.FAMILIES, families.REST[0]):
        if name in present:
            square = f'x="{svg.number(x)}" y="{svg.number(middle - 7)}" width="14" height="14" rx="3"'
            yield f'<rect {square} fill="{families.colour(name)}"/>'
            yield from _words(name, x + 20, middle)
            x += 20 + svg.width(name, WORDS) + GAP
    for field, words in ((0.45, "field within the image"), (1.6, "field larger than the image")):
        yield from glyph((field, field), (1.0, 1.0), (x + GLYPH / 2, middle))
        yield from _words(words, x + GLYPH + 6, middle)
        x += GLYPH + 6 + svg.width(words, WORDS) + GAP
    yield "</g>"


def _words(words: str, x: float, middle: float) -> Iterator[str]:
    yield f'<text x="{svg.number(x)}" y="{svg.number(middle + 4)}">{svg.text(words)}</text>'
