"""What all ways pass, beside what is cut off when one value is taken out."""

from types import MappingProxyType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rfengine.coverage.recommend.paths import Dominators, downstream, readers_towards, upstream
from rfengine.graph import Graph, Node, Value


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of up to nine nodes, each reading one or two earlier values."""
    values = ["x"]
    nodes = []
    for number in range(draw(st.integers(1, 9))):
        read = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        nodes.append(Node(f"n{number}", "Add", 14, tuple(read), (f"v{number}",)))
        values.append(f"v{number}")
    known = {name: Value(name, np.dtype(np.float32), (1,)) for name in values}
    return Graph("g", 17, tuple(nodes), ("x",), (values[-1],), MappingProxyType(known), MappingProxyType({}))


def _reached(graph: Graph, *, without: str) -> set[str]:
    """What is computed from the input when nothing may read one value."""
    found = {"x"} - {without}
    for node in graph.nodes:
        if found.intersection(node.inputs):
            found.update(set(node.outputs) - {without})
    return found


@settings(max_examples=200, deadline=None)
@given(graphs(), st.data())
def test_a_common_dominator_cuts_all_off_and_is_the_last_that_does(graph: Graph, data: st.DataObject) -> None:
    names = [node.outputs[0] for node in graph.nodes]
    tensors = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    found = Dominators(graph).common(tensors)
    cutting = [name for name in ("x", *names) if not _reached(graph, without=name).intersection(tensors)]
    # Of values that all cut everything off, each lies before the next: the last in order is the last on the way.
    assert found == cutting[-1]


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_up_and_down_are_each_other_s_reverse(graph: Graph) -> None:
    names = ["x", *(node.outputs[0] for node in graph.nodes)]
    for a in names:
        for b in names:
            assert (a in upstream(graph, [b])) == (b in downstream(graph, [a]))


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_readers_towards_a_target(graph: Graph) -> None:
    target = graph.outputs[0]
    for name in ("x", *(node.outputs[0] for node in graph.nodes)):
        found = readers_towards(graph, name, [target])
        expected = [n.outputs[0] for n in graph.nodes if name in n.inputs and target in downstream(graph, n.outputs)]
        assert list(found) == expected
