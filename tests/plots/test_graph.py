"""The graph as SVG: every node once, every edge, nothing on top of anything, and no name that breaks out."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_schemas.report import Analytic
from rfengine import plots
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.plots import palette, svg
from rfengine.plots.graph import TooLargeToDrawError
from rfengine.plots.graph.sheet import BOX_HEIGHT, BOX_WIDTH
from tests.plots.graphs import Drawing, Line, Point, analytic, drawn, graph, read
from tests.reports.examples import field, tensor, two_inputs
from tests.tiny import light

LIGHT = ("resnet50", "inception_v1", "densenet121", "shufflenet", "squeezenet")

CHAIN = [("Conv", ["x", "w"], "a"), ("BatchNormalization", ["a", "s"], "b"), ("Relu", ["b"], "c")]
RESIDUAL = [*CHAIN, ("Conv", ["c", "w"], "d"), ("Add", ["d", "c"], "e"), ("Relu", ["e"], "f")]
SWISH = [("Conv", ["x", "w"], "a"), ("Sigmoid", ["a"], "b"), ("Mul", ["a", "b"], "c"), ("Conv", ["c", "w"], "d")]
BEFORE = [("MaxPool", ["x"], "a"), *[("BatchNormalization", ["a", "s"], "b"), ("Relu", ["b"], "c")]]
BEFORE += [("Conv", ["c", "w"], "d"), ("Concat", ["a", "d"], "e")]
TWO_INPUTS = [("Conv", ["x", "w"], "a"), ("Conv", ["x2", "w"], "b"), ("Add", ["a", "b"], "c")]
U_NET = [("Conv", [f"t{i - 1}" if i else "x", "w"], f"t{i}") for i in range(30)]
U_NET += [("Concat", [f"{'u' if i else 't'}{i - 1 if i else 29}", f"t{29 - 3 * i}"], f"u{i}") for i in range(9)]

HAND = {
    "chain": CHAIN,
    "residual": RESIDUAL,
    "swish": SWISH,
    "pre-activation": BEFORE,
    "two inputs": TWO_INPUTS,
    "one node": CHAIN[:1],
    "long": [("Conv", [f"t{i - 1}" if i else "x", "w"], f"t{i}") for i in range(300)],
    "lines carried over": U_NET,
    "fan": [("Conv", ["x", "w"], f"t{i}") for i in range(20)] + [("Concat", [f"t{i}" for i in range(20)], "y")],
    "dense": [("Concat", ["x", *(f"t{k}" for k in range(i))], f"t{i}") for i in range(20)],
}


@pytest.fixture(scope="module", params=LIGHT)
def real(request: pytest.FixtureRequest) -> tuple[Graph, Analytic]:
    found = import_onnx(light(request.param), name=request.param).graph
    return found, analytic_report(receptive_fields(found))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random graphs of operators that read one to four earlier tensors, mostly near ones."""
    ops = st.sampled_from(("Conv", "Relu", "Concat", "MaxPool", "Sigmoid"))
    nodes = []
    for i in range(draw(st.integers(1, 40))):
        back = draw(st.lists(st.one_of(st.integers(1, 3), st.integers(1, 12)), min_size=1, max_size=4))
        names = dict.fromkeys(f"t{i - b}" if i >= b else "x" for b in back)
        nodes.append((draw(ops), list(names), f"t{i}"))
    return graph(nodes)


def edges_of(what: Graph, drawing: Drawing) -> set[tuple[int, int]]:
    """The edges between boxes, from the graph alone."""
    maker = {name: at for at, node in enumerate(what.nodes) for name in node.outputs}
    box_of = {node: number for number, box in drawing.boxes.items() for node in box.nodes}
    inputs = dict(zip(what.inputs, (number for number, box in drawing.boxes.items() if not box.nodes), strict=True))
    found = set()
    for at, node in enumerate(what.nodes):
        for name in node.inputs:
            if name in maker or name in inputs:
                source = box_of[maker[name]] if name in maker else inputs[name]
                found.add((source, box_of[at]))
    return {(source, reader) for source, reader in found if source != reader}


def check(what: Graph, drawing: Drawing) -> None:
    """What must hold of every drawing."""
    nodes = sorted(node for box in drawing.boxes.values() for node in box.nodes)
    assert nodes == list(range(len(what.nodes)))
    assert drawing.edges == edges_of(what, drawing)
    check_places(drawing)
    for line in drawing.lines:
        check_ends(drawing, line)
        check_way(drawing, line)


def check_places(drawing: Drawing) -> None:
    boxes = sorted(drawing.boxes.values(), key=lambda box: (box.top, box.left))
    for at, box in enumerate(boxes):
        assert box.left > 0
        assert box.left + BOX_WIDTH < drawing.size[0]
        assert 100 < box.top < box.bottom < drawing.size[1]
        for other in boxes[at + 1 :]:
            apart = abs(box.left - other.left) >= BOX_WIDTH or abs(box.top - other.top) >= BOX_HEIGHT
            assert apart, (box, other)


def check_ends(drawing: Drawing, line: Line) -> None:
    """A line begins at the foot of its box and ends at the heads of all that read it."""
    source = drawing.boxes[line.source]
    assert any(stroke[0] == pytest.approx((source.middle, source.bottom), abs=0.02) for stroke in line.strokes)
    ends = sorted(stroke[-1] for stroke in line.strokes)
    heads = sorted((drawing.boxes[reader].middle, drawing.boxes[reader].top - 1) for reader in line.readers)
    assert len(ends) == len(heads)
    for end, head in zip(ends, heads, strict=True):
        assert end == pytest.approx(head, abs=0.02)


def check_way(drawing: Drawing, line: Line) -> None:
    """Its strokes are upright or level and pass through no box."""
    for (x0, y0), (x1, y1) in segments(line):
        assert abs(x0 - x1) < 0.02 or abs(y0 - y1) < 0.02
        for box in drawing.boxes.values():
            beside = max(x0, x1) <= box.left or min(x0, x1) >= box.left + BOX_WIDTH
            over = max(y0, y1) <= box.top + 0.01 or min(y0, y1) >= box.bottom - 0.01
            assert beside or over, (line, box)


def segments(line: Line) -> Iterator[tuple[Point, Point]]:
    for stroke in line.strokes:
        yield from pairwise(stroke)


def levels(line: Line) -> Iterator[tuple[float, float, float]]:
    for (x0, y0), (x1, y1) in segments(line):
        if abs(y0 - y1) < 0.02 and abs(x0 - x1) > 0.5:
            yield y0, min(x0, x1), max(x0, x1)


@pytest.mark.parametrize("nodes", HAND.values(), ids=HAND)
@pytest.mark.parametrize("collapse", [True, False])
def test_every_node_and_edge_is_drawn_once_and_clear_of_the_rest(nodes: list, collapse: bool) -> None:
    what = graph(nodes)
    drawing = drawn(what, collapse=collapse)
    check(what, drawing)
    if not collapse:
        assert all(len(box.nodes) <= 1 for box in drawing.boxes.values())


@settings(max_examples=150, deadline=None)
@given(graphs(), st.booleans())
def test_random_graphs_too(what: Graph, collapse: bool) -> None:
    drawing = drawn(what, collapse=collapse)
    check(what, drawing)
    # Lines that share neither their start nor an end never run level on top of each other.
    for at, one in enumerate(drawing.lines):
        for other in drawing.lines[at + 1 :]:
            if not set(one.readers) & set(other.readers):
                for y, low, high in levels(one):
                    for y2, low2, high2 in levels(other):
                        assert abs(y - y2) > 1 or high <= low2 + 0.02 or high2 <= low + 0.02


def test_real_networks(real: tuple[Graph, Analytic]) -> None:
    what, fields = real
    check(what, drawn(what, fields))


def test_equal_graphs_give_equal_bytes(real: tuple[Graph, Analytic]) -> None:
    what, fields = real
    assert plots.graph_svg(what, fields, []) == plots.graph_svg(what, fields, [])


def test_resnet50_reads_as_blocks() -> None:
    what = import_onnx(light("resnet50"), name="resnet50").graph
    drawing = drawn(what, analytic_report(receptive_fields(what)), ["r171"])
    assert len(drawing.boxes) == 74  # the input, 53 convolutions, 16 sums, two pools, reshape, gemm
    assert all(box.nodes or "input" in box.words for box in drawing.boxes.values())
    (target,) = [box for box in drawing.boxes.values() if "target" in box.words]
    assert target.words[:3] == ("Sum + Relu", "427 px · stride 32", "r171 · 2048×7×7")
    assert "receptive field 427 × 427 px, stride 32 × 32 px (h, w)" in target.title
    assert "padding 213 × 213 px, unit 0 centred at 0.5 × 0.5 px" in target.title
    first = drawing.boxes[1]
    assert first.words[0] == "Conv 7×7 /2 + BN + Relu"


def opened(drawing: Drawing) -> list[tuple[int, ...]]:
    return [box.nodes for box in drawing.boxes.values() if box.nodes]


def test_chains_are_one_box() -> None:
    fields = analytic(a=3, b=3, c=3, d=5, e=5, f=5)
    assert opened(drawn(graph(CHAIN), fields)) == [(0, 1, 2)]
    assert opened(drawn(graph(RESIDUAL), fields)) == [(0, 1, 2), (3,), (4, 5)]


def test_an_activation_that_branches_and_meets_again_is_one_box() -> None:
    assert opened(drawn(graph(SWISH), analytic(a=3, b=3, c=3, d=5))) == [(0, 1, 2), (3,)]


def test_what_comes_before_a_convolution_joins_it() -> None:
    drawing = drawn(graph(BEFORE), analytic(a=3, b=3, c=3, d=5, e=5))
    assert opened(drawing) == [(0,), (1, 2, 3), (4,)]
    assert drawing.boxes[2].words[0] == "BN + Relu + Conv 56×56"


def test_what_changes_the_field_is_no_part_of_a_chain() -> None:
    nodes = [("Conv", ["x", "w"], "a"), ("Pad", ["a"], "b"), ("Relu", ["b"], "c")]
    assert opened(drawn(graph(nodes), analytic(a=3, b=4, c=4))) == [(0,), (1, 2)]


def test_targets_and_outputs_end_their_box() -> None:
    fields = analytic(a=3, b=3, c=3)
    assert opened(drawn(graph(CHAIN), fields, ["b"])) == [(0, 1), (2,)]
    drawing = drawn(graph(CHAIN, outputs=["a", "c"]), fields)
    assert opened(drawing) == [(0,), (1, 2)]
    assert [("output" in box.words) for box in drawing.boxes.values()] == [False, True, True]


def test_the_field_is_drawn_to_scale_with_the_image() -> None:
    for size, shares in ((28, (0.5, 1.0)), (112, (1.0, 0.5))):
        root = ElementTree.fromstring(plots.graph_svg(graph(CHAIN), analytic(a=size, b=size, c=size), []))
        box = next(g for g in root.iter() if g.attrib.get("data-box") == "1")
        squares = [r for r in box if r.tag.endswith("rect") and r.attrib.get("stroke") in (palette.BLUE, palette.INK)]
        widths = [float(r.attrib["width"]) for r in squares if "rx" not in r.attrib]
        assert [w / max(widths) for w in widths] == pytest.approx(shares)


def test_what_is_odd_about_a_field_is_said() -> None:
    odd = field(
        [9, 11],
        sizes_by_phase=[[7, 9], [9, 11]],
        status="upper_bound",
        reasons=("n0: bounded",),
        density=0.5,
        aligned=False,
        misaligned=[{"node": "n0", "paths": ("a", "b"), "offset": [0.5, 0]}],
        global_context=["n0"],
        clipped_share=0.25,
    )
    fields = Analytic(tensors={"a": tensor([9, 11]).model_copy(update=dict(odd))})
    box = drawn(graph(CHAIN[:1]), fields).boxes[1]
    assert "≤ 7–9 × 9–11 px · stride 1" in box.words
    assert {"off centre", "whole image"} <= set(box.words)
    for fact in ("size by phase: 7, 9 | 9, 11 px", "50 % of the pixels", "25 % of the units", "0.5 × 0 px off centre"):
        assert fact in box.title
    assert "status: upper bound; n0: bounded" in box.title


def test_several_inputs_are_told_apart() -> None:
    fields = Analytic(tensors={"c": two_inputs(x=field([3, 3]), x2=field([5, 5]))})
    box = drawn(graph(TWO_INPUTS), fields, images={"x": [56, 56], "x2": [9, 9]}).boxes[4]
    assert "3 px · stride 1 · 1 more input" in box.words
    assert "relative to input x2:" in box.title


HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><a href="javascript:1">',
    "]]>&amp;<!--",
    "a\x00\x1b[31m\u202e\n\ud800b",
    "x" * 5000,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    nodes = [("Conv", ["x" + name, "w"], name), (name or "Op", [name], name + "2")]
    what = graph(nodes, outputs=[name + "2"])
    fields = Analytic(tensors={name: tensor([3, 3], global_context=[name], reasons=(name,), status="canvas")})
    data = plots.graph_svg(what, fields, [name], model=name)
    root = ElementTree.fromstring(data)
    kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kinds <= {"svg", "title", "g", "rect", "path", "text", "tspan"}
    assert not any(key.startswith("on") or "href" in key for element in root.iter() for key in element.attrib)
    assert len(data) < 20_000
    check(what, read(data))


def test_what_nobody_could_read_is_refused() -> None:
    nodes = [("Concat", ["x", *(f"t{k}" for k in range(i))], f"t{i}") for i in range(220)]
    with pytest.raises(TooLargeToDrawError, match="221 boxes"):
        plots.graph_svg(graph(nodes), Analytic(tensors={}), [])


def test_no_graph_at_all() -> None:
    assert drawn(graph([])).boxes[0].words[0] == "input"


def test_words_are_cut_to_their_room() -> None:
    for words in ("a" * 100, "Wide MMM" * 20, "漢字" * 50, "iiii" * 80):
        for room in (20, 60, 150):
            cut = svg.fitted(words, 11, room)
            assert svg.width(cut, 11) <= room
            assert svg.width(cut, 11) > room - 25 or len(cut) <= 2


def test_wrong_geometry_is_caught() -> None:
    """The checks above check something: a box moved onto another, a line that ends elsewhere."""
    what = graph(RESIDUAL)
    data = plots.graph_svg(what, analytic(), []).decode()
    check(what, read(data.encode()))
    at = data.index('data-to="') + len('data-to="')
    with pytest.raises(AssertionError):
        check(what, read((data[:at] + "3" + data[at + 1 :]).encode()))
    boxes = [part.split(")")[0] for part in data.split("translate(")[1:]]
    with pytest.raises(AssertionError):
        check(what, read(data.replace(f"translate({boxes[1]})", f"translate({boxes[0]})").encode()))
