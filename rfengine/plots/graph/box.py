"""One box as SVG: a bar in its family's colour, three lines of words, and its field drawn to scale with the image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api_schemas.report import FieldReport, TensorField, TensorFields
from rfengine.graph import Graph
from rfengine.plots import families, palette, svg
from rfengine.plots.graph import labels
from rfengine.plots.graph.blocks import Block
from rfengine.plots.graph.sheet import BOX_HEIGHT, BOX_WIDTH

WORDS, TINY = 11.0, 9.5
BORDER = "#b4b4b4"
CORNER, BAR, INDENT, PAD = 5.0, 6.0, 14.0, 8.0
GLYPH = 27.0
LEAST = 2.5

# Ground, frame and ink of tags that stand out.
TAGS = {
    "target": (palette.INK, palette.INK, palette.PAPER),
    "off centre": (palette.PAPER, palette.VERMILION, palette.INK),
    "whole image": (palette.PAPER, palette.BLUE, palette.INK),
}

Seen = TensorField | TensorFields | None


@dataclass(frozen=True)
class BoxStyle:
    """What a box is besides its words: tags such as `target`, and whether it is marked."""

    tags: tuple[str, ...]
    is_target: bool


def box(
    graph: Graph, block: Block, seen: Seen, style: BoxStyle, *, number: int, place: svg.Point, image: Sequence[int]
) -> Iterator[str]:
    """The lines of SVG of one box. `place`: middle of its top edge, px. `image`: size of the input, px."""
    left, top = place[0] - BOX_WIDTH / 2, place[1]
    nodes = " ".join(map(str, block.nodes))
    yield f'<g data-box="{number}" data-nodes="{nodes}" transform="translate({svg.number(left)} {svg.number(top)})">'
    yield f"<title>{svg.text(labels.title(graph, block, seen, style.tags))}</title>"
    yield from _frame(graph, block, style)
    yield from _words(graph, block, seen)
    if field := first_field(seen):
        yield from glyph(
            labels.sizes(field), _plane(image), (BOX_WIDTH - PAD - GLYPH / 2, BOX_HEIGHT - 4.5 - GLYPH / 2)
        )
    yield from _tags(style)
    yield "</g>"


def first_field(seen: Seen) -> FieldReport | None:
    """The field relative to the first input that a tensor sees."""
    return seen if seen is None or isinstance(seen, TensorField) else next(iter(seen.by_input.values()))


def glyph(field: tuple[float, float], image: tuple[float, float], middle: svg.Point) -> Iterator[str]:
    """The field as a filled square, and the image as a frame, to one scale; both are centred."""
    scale = GLYPH / max(*field, *image)
    fill = f'fill="{palette.TRF}" fill-opacity="0.55" stroke="{palette.BLUE}" stroke-width="0.8"'
    for (height, width), look in ((field, fill), (image, f'fill="none" stroke="{palette.INK}" stroke-width="0.9"')):
        w, h = max(scale * width, LEAST), max(scale * height, LEAST)
        x, y = middle[0] - w / 2, middle[1] - h / 2
        yield (
            f'<rect x="{svg.number(x)}" y="{svg.number(y)}" width="{svg.number(w)}" height="{svg.number(h)}" {look}/>'
        )


def _plane(image: Sequence[int]) -> tuple[float, float]:
    return (image[-2] if len(image) > 1 else 1.0), image[-1]


def _frame(graph: Graph, block: Block, style: BoxStyle) -> Iterator[str]:
    size = f'width="{svg.number(BOX_WIDTH)}" height="{svg.number(BOX_HEIGHT)}"'
    if not block.nodes:
        colour, corner = palette.INK, BOX_HEIGHT / 2
    else:
        colour, corner = families.colour(families.family(graph.nodes[block.nodes[block.core]].op)), CORNER
    stroke, weight = (palette.INK, 2.4) if style.is_target else (BORDER, 1.0)
    yield f'<rect {size} rx="{svg.number(corner)}" fill="{palette.PAPER}"/>'
    if block.nodes:
        yield f'<rect {size} rx="{svg.number(corner)}" fill="{colour}" fill-opacity="0.09"/>'
        yield (
            f'<path d="M{svg.number(BAR)} 0H{svg.number(CORNER)}A{svg.number(CORNER)} {svg.number(CORNER)} 0 0 0 0 '
            f"{svg.number(CORNER)}V{svg.number(BOX_HEIGHT - CORNER)}A{svg.number(CORNER)} {svg.number(CORNER)} 0 0 0 "
            f'{svg.number(CORNER)} {svg.number(BOX_HEIGHT)}H{svg.number(BAR)}Z" fill="{colour}"/>'
        )
    yield f'<rect {size} rx="{svg.number(corner)}" fill="none" stroke="{stroke}" stroke-width="{svg.number(weight)}"/>'


def _words(graph: Graph, block: Block, seen: Seen) -> Iterator[str]:
    if not block.nodes:
        middle, room = svg.number(BOX_WIDTH / 2), BOX_WIDTH - 60
        yield f'<text x="{middle}" y="22" text-anchor="middle" font-weight="bold">input</text>'
        words = svg.fitted(f"{block.name} · {labels.shape(graph, block.name)}", WORDS, room)
        yield f'<text x="{middle}" y="38" text-anchor="middle" fill="{palette.QUIET}">{svg.text(words)}</text>'
        return
    room = BOX_WIDTH - INDENT - PAD
    parts = labels.operators(graph, block, WORDS, room)
    spans = "".join(
        f'<tspan font-weight="bold">{svg.text(part.words)}</tspan>' if part.bold else svg.text(part.words)
        for part in parts
    )
    yield f'<text x="{svg.number(INDENT)}" y="15.5" xml:space="preserve">{spans}</text>'
    beside = room - GLYPH - PAD if seen is not None else room
    figures = svg.text(svg.fitted(labels.figures(seen), WORDS, beside))
    yield f'<text x="{svg.number(INDENT)}" y="30.5"{_quiet(seen is None)}>{figures}</text>'
    shape = labels.shape(graph, block.name)
    name = labels.tensor(block.name, TINY, beside - svg.width(f" · {shape}", TINY))
    yield (
        f'<text x="{svg.number(INDENT)}" y="44" font-size="{svg.number(TINY)}"{_quiet(True)}>'
        f"{svg.text(f'{name} · {shape}')}</text>"
    )


def _quiet(applies: bool) -> str:
    return f' fill="{palette.QUIET}"' if applies else ""


def _tags(style: BoxStyle) -> Iterator[str]:
    right = BOX_WIDTH - 10
    for tag in style.tags:
        wide = svg.width(tag, TINY) + 10
        ground, line, ink = TAGS.get(tag, (palette.PAPER, palette.QUIET, palette.QUIET))
        yield (
            f'<rect x="{svg.number(right - wide)}" y="-8" width="{svg.number(wide)}" height="13" rx="3" '
            f'fill="{ground}" stroke="{line}"/>'
        )
        yield (
            f'<text x="{svg.number(right - wide / 2)}" y="2" text-anchor="middle" font-size="{svg.number(TINY)}" '
            f'fill="{ink}">{tag}</text>'
        )
        right -= wide + 4
