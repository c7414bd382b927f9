"""The work to find all fields grows with the nodes of a chain and with the edges of a dense block, and no faster.

Work is counted in function calls, which, unlike seconds, are the same on every machine.
"""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from benchmarks.analytic import forget
from benchmarks.networks import chain, dense
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx


def calls(action: Callable[[], object]) -> int:
    """Function calls that an action makes with empty caches, those of functions written in C among them."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    forget()
    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def graph_of(model: bytes) -> Graph:
    return import_onnx(model).graph


def edges(graph: Graph) -> int:
    """Tensors that nodes read."""
    return sum(name not in graph.constants for node in graph.nodes for name in node.inputs if name)


def growth(work: Callable[[Graph], object], small: Graph, large: Graph) -> float:
    """How much more work an edge of the large graph takes than one of the small; 1 where the cost is linear."""
    first, second = (calls(lambda graph=graph: work(graph)) / edges(graph) for graph in (small, large))
    return second / first


def report(graph: Graph) -> object:
    """All that a report says of the theoretical fields."""
    return analytic_report(receptive_fields(graph), {}, None, None)


def one_by_one(graph: Graph) -> object:
    """The same fields found anew for every tensor: quadratic."""
    made = [name for node in graph.nodes for name in node.outputs]
    return [receptive_fields(graph.between_inputs_and((name,))) for name in made]


@pytest.mark.parametrize("work", [receptive_fields, report])
def test_a_chain_takes_work_in_proportion_to_its_nodes(work: Callable[[Graph], object]) -> None:
    assert growth(work, graph_of(chain(300)), graph_of(chain(3000))) < 1.1


@pytest.mark.parametrize("work", [receptive_fields, report])
def test_a_dense_block_takes_work_in_proportion_to_its_edges(work: Callable[[Graph], object]) -> None:
    small, large = graph_of(dense((12,))), graph_of(dense((48,)))
    assert edges(large) > 8 * edges(small), "the edges grow faster than the layers"
    assert growth(work, small, large) < 1.1


def test_an_edge_takes_few_calls() -> None:
    graph = graph_of(chain(1000))
    assert calls(lambda: receptive_fields(graph)) / edges(graph) < 200


def test_the_count_sees_quadratic_work() -> None:
    assert growth(one_by_one, graph_of(chain(10)), graph_of(chain(40))) > 3
