"""The whole page: the graph's boxes and lines, laid out and written as SVG."""

from collections.abc import Iterator, Mapping, Sequence, Set

from api_schemas.report import Analytic, TensorFields
from rfengine.graph import Graph
from rfengine.plots import palette, svg
from rfengine.plots.graph import box as boxes
from rfengine.plots.graph import labels
from rfengine.plots.graph.blocks import Blocks, find_blocks
from rfengine.plots.graph.header import HEADER, header
from rfengine.plots.graph.lines import Lines, Place, arrow
from rfengine.plots.graph.panel import Panel, panels
from rfengine.plots.graph.sheet import layers_of, spots_needed
from rfengine.reports.text import extent, shorten

MARGIN, LEAST_WIDTH = 32.0, 980.0
EDGE = "#858585"
# More can be read by nobody; every line counts once in each layer that it passes.
MOST_SPOTS = 20_000


class TooLargeToDrawError(Exception):
    """The graph has more boxes and lines than a picture can show."""


def graph_svg(
    graph: Graph,
    analytic: Analytic,
    targets: Sequence[str],
    *,
    images: Mapping[str, Sequence[int]] | None = None,
    model: str | None = None,
    collapse: bool = True,
) -> bytes:
    """SVG of a graph: boxes in layers from above to below, each with the field of the tensor that leaves it.

    `targets`: tensors to mark. `images`: size of each input that the fields are relative to, px per axis; by default of
    every input behind batch and channels. `model`: what to call the graph, its own name by default. `collapse` puts
    chains such as Conv, BatchNormalization, Relu into one box; else every node has its own.

    In the file `data-nodes` of a box lists its nodes by their place in the graph; `data-from` and `data-to` of a line
    are the `data-box` of the boxes it joins.

    Raises:
        TooLargeToDrawError: boxes and lines take more than MOST_SPOTS places.
    """
    blocks = find_blocks(graph, analytic, frozenset((*targets, *graph.outputs)), collapse=collapse)
    layer = layers_of(blocks.readers)
    if (spots := spots_needed(blocks.readers, layer)) > MOST_SPOTS:
        raise TooLargeToDrawError(
            f"the graph's {len(blocks.boxes)} boxes and their lines take {spots} places, a picture has {MOST_SPOTS}; "
            "analyse a part of the model to see it drawn"
        )
    laid = tuple(panels(blocks.readers, layer, left=MARGIN, top=MARGIN + HEADER))
    sizes = {name: graph.shape(name)[2:] for name in graph.inputs if len(graph.shape(name)) > 2}
    page = _Page(graph, analytic, frozenset(targets), dict(images or sizes), blocks, laid)
    return page.written(model or graph.name).encode()


class _Page:
    """A graph with its boxes and their places."""

    def __init__(
        self,
        graph: Graph,
        analytic: Analytic,
        targets: Set[str],
        images: Mapping[str, Sequence[int]],
        blocks: Blocks,
        laid: Sequence[Panel],
    ) -> None:
        self.graph, self.tensors, self.targets, self.images = graph, analytic.tensors, targets, images
        self.blocks, self.panels = blocks, laid
        self.places: dict[int, Place] = {
            panel.sheet.spots[spot].box: (number, layer, spot)
            for number, panel in enumerate(laid)
            for layer, row in enumerate(panel.layers)
            for spot in row
            if not panel.sheet.spots[spot].is_line
        }

    def written(self, model: str) -> str:
        """The file."""
        width = svg.number(max(*(panel.right for panel in self.panels), LEAST_WIDTH - MARGIN) + MARGIN)
        height = svg.number(max(panel.foot for panel in self.panels) + MARGIN)
        headline = f"Graph of {shorten(model, 60)}"
        ops = [node.op for node in self.graph.nodes]
        parts = (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{svg.FONT}" font-size="11" fill="{palette.INK}">',
            f"<title>{svg.text(headline)}</title>",
            f'<rect width="100%" height="100%" fill="{palette.PAPER}"/>',
            *header(headline, self._summary(), ops, left=MARGIN, top=MARGIN),
            f'<g fill="none" stroke="{EDGE}" stroke-width="1.3">',
            *self._lines(),
            "</g>",
            f'<path d="{"".join(self._arrows())}" fill="{EDGE}"/>',
            *self._boxes(),
            "</svg>\n",
        )
        return "\n".join(parts)

    def _summary(self) -> str:
        count = sum(1 for block in self.blocks.boxes if block.nodes)
        several = len(self.images) > 1
        images = " · ".join(
            f"image {shorten(name, 24)} {extent(image)} px" if several else f"image {extent(image)} px"
            for name, image in self.images.items()
        )
        return (
            f"{len(self.graph.nodes)} nodes in {count} boxes · {images} · "
            "in each box: operators, theoretical receptive field and stride, tensor and shape"
        )

    def _lines(self) -> Iterator[str]:
        lines = Lines(self.panels)
        for number, readers in enumerate(self.blocks.readers):
            if not readers:
                continue
            name = self.blocks.boxes[number].name
            ends = " ".join(map(str, readers))
            words = svg.text(f"{shorten(name, labels.NAME)} ({labels.shape(self.graph, name)})")
            yield f'<path data-from="{number}" data-to="{ends}" d="{lines.leaving(self.places[number])}">'
            yield f"<title>{words}</title></path>"

    def _arrows(self) -> Iterator[str]:
        read = {reader for readers in self.blocks.readers for reader in readers}
        for number in sorted(read):
            yield arrow(*self._top(number))

    def _boxes(self) -> Iterator[str]:
        first = next(iter(self.images.values()), (1,))
        outputs = frozenset(self.graph.outputs)
        for number, block in enumerate(self.blocks.boxes):
            seen = self.tensors.get(block.name) if block.nodes else None
            source = next(iter(seen.by_input)) if isinstance(seen, TensorFields) else ""
            names = {name for at in block.nodes[-1:] for name in self.graph.nodes[at].outputs}
            marks = ("target" if names & self.targets else "", "output" if names & outputs else "")
            tags = (*filter(None, marks), *labels.begins(self.graph, block, seen))
            yield from boxes.box(
                self.graph, block, seen, boxes.BoxStyle(tags, bool(marks[0])),
                number=number, place=self._top(number), image=self.images.get(source, first),
            )  # fmt: skip

    def _top(self, number: int) -> svg.Point:
        """The middle of a box's top edge."""
        panel_number, layer, spot = self.places[number]
        panel = self.panels[panel_number]
        return panel.x[spot], panel.y[layer]
