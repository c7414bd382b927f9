"""Graphs built by hand, and drawings of them read back as boxes and lines."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from api_schemas.report import Analytic
from rfengine import plots
from rfengine.graph import Graph, Node, Value
from rfengine.plots.graph.sheet import BOX_HEIGHT, BOX_WIDTH
from tests.reports.examples import tensor

SVG = "{http://www.w3.org/2000/svg}"

Point = tuple[float, float]


def graph(nodes: Sequence[tuple[str, Sequence[str], str]], *, outputs: Sequence[str] = ()) -> Graph:
    """Nodes as (operator, inputs, output); what nobody makes and begins with `x` is an input, the rest constants."""
    made = [output for _, _, output in nodes]
    read = dict.fromkeys(name for _, inputs, _ in nodes for name in inputs if name not in made)
    inputs = [name for name in read if name.startswith("x")]
    values = {name: Value(name, np.dtype(np.float32), (1, 8, 56, 56)) for name in (*read, *made)}
    constants = {name: np.zeros(1, np.float32) for name in read if name not in inputs}
    return Graph(
        name="by hand",
        opset=17,
        nodes=tuple(Node(f"n{i}", op, 1, tuple(names), (out,)) for i, (op, names, out) in enumerate(nodes)),
        inputs=tuple(inputs) or ("x",),
        outputs=tuple(outputs),
        values=MappingProxyType({"x": Value("x", np.dtype(np.float32), (1, 3, 56, 56)), **values}),
        constants=MappingProxyType(constants),
    )


def analytic(**sizes: int) -> Analytic:
    """Tensors by the size of their field."""
    return Analytic(tensors={name: tensor([size, size]) for name, size in sizes.items()})


@dataclass(frozen=True)
class Box:
    """A box of a drawing: its nodes, the places of its corners, all words in it."""

    nodes: tuple[int, ...]
    left: float
    top: float
    title: str
    words: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.left + BOX_WIDTH / 2

    @property
    def bottom(self) -> float:
        return self.top + BOX_HEIGHT


@dataclass(frozen=True)
class Line:
    """A line of a drawing: the boxes that it joins, and its strokes from corner to corner."""

    source: int
    readers: tuple[int, ...]
    strokes: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing as its reader sees it."""

    boxes: Mapping[int, Box]
    lines: tuple[Line, ...]
    size: Point

    def box_of(self, node: int) -> int:
        (found,) = [number for number, box in self.boxes.items() if node in box.nodes]
        return found

    @property
    def edges(self) -> set[tuple[int, int]]:
        return {(line.source, reader) for line in self.lines for reader in line.readers}


def drawn(what: Graph, fields: Analytic | None = None, targets: Sequence[str] = (), **options: object) -> Drawing:
    """A graph drawn and read back."""
    return read(plots.graph_svg(what, fields or Analytic(tensors={}), targets, **options))  # type: ignore[arg-type]


def read(svg: bytes) -> Drawing:
    """A drawing from the file's text."""
    root = ElementTree.fromstring(svg)
    boxes = {int(group.attrib["data-box"]): _box(group) for group in root.iter(f"{SVG}g") if "data-box" in group.attrib}
    lines = tuple(_line(path) for path in root.iter(f"{SVG}path") if "data-from" in path.attrib)
    return Drawing(boxes, lines, (float(root.attrib["width"]), float(root.attrib["height"])))


def _box(group: ElementTree.Element) -> Box:
    left, top = map(float, re.findall(r"-?[\d.]+", group.attrib["transform"]))
    words = tuple("".join(element.itertext()) for element in group.iter(f"{SVG}text"))
    nodes = tuple(map(int, group.attrib["data-nodes"].split()))
    return Box(nodes, left, top, group.findtext(f"{SVG}title", ""), words)


def _line(path: ElementTree.Element) -> Line:
    strokes = []
    for stroke in path.attrib["d"].split("M")[1:]:
        # A round corner is L(before) Q(corner) (after): only corners and ends are kept.
        commands = re.findall(r"([LQ]?)([\d. -]+)", stroke)
        points = [tuple(map(float, numbers.split())) for _, numbers in commands]
        kept = [
            point[:2]
            for at, ((command, _), point) in enumerate(zip(commands, points, strict=True))
            if command != "L" or at == len(points) - 1
        ]
        strokes.append(tuple((x, y) for x, y in kept))
    readers = tuple(map(int, path.attrib["data-to"].split()))
    return Line(int(path.attrib["data-from"]), readers, tuple(strokes))
