"""What is done to small linear networks, against the same networks as they were."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from onnx import helper

from api_schemas.erf import Policy
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime import adjoint
from rfengine.runtime.adjoint import Adjoint
from rfengine.runtime.factored import factored
from rfengine.runtime.policies import with_policy
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from tests.calculus.networks import networks
from tests.tiny import model, weights


def linear(made: onnx.ModelProto) -> Graph:
    """The network up to its last map, in float64, without what is not linear."""
    graph = import_onnx(made.SerializeToString()).graph
    graph = in_precision(graph.between_inputs_and(graph.outputs[-1:]), "float64")
    return with_policy(graph, Policy(activations="identity", max_pool="average"), seed=0)


def gradient(graph: Graph, seed: torch.Tensor) -> torch.Tensor:
    """By autograd, in the whole network."""
    (source,) = graph.inputs
    image = torch.rand(graph.shape(source), dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(Program(graph)({source: image})[graph.outputs[0]], image, seed)
    return found


def same(graph: Graph) -> None:
    """Assert that the network factored, and run backwards alone, gives what autograd gives in the network itself."""
    (source,) = graph.inputs
    generator = torch.Generator().manual_seed(2)
    seed = torch.rand(graph.shape(graph.outputs[0]), dtype=torch.float64, generator=generator)
    expected = gradient(graph, seed)
    close = {"rtol": 1e-11, "atol": 1e-12 * float(expected.abs().max())}
    small = factored(graph)
    torch.testing.assert_close(gradient(small, seed), expected, **close)
    for each in (graph, small):
        torch.testing.assert_close(Adjoint(each, device="cpu")(seed)[source], expected, **close)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_random_networks(made: onnx.ModelProto) -> None:
    graph = linear(made)
    if graph.nodes:
        same(graph)


def chain(*nodes: onnx.NodeProto, channels: int = 1) -> Graph:
    constants = {
        "seven": np.full((1, 1, 7, 7), 0.3, np.float32),
        "box": np.full((1, 1, 3, 3), 0.5, np.float32),
        "one": np.full((1, 1, 1, 1), 2.0, np.float32),
        "other": weights(1, 1, 3, 3),
        "half": np.float32(0.5),
    }
    return linear(model(nodes, inputs={"x": [1, channels, 23, 18]}, constants=constants))


def conv(source: str, weight: str, name: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, weight], [name], **attributes)


CHAINS = {
    "a long kernel, with a stride": [conv("x", "seven", "y", strides=[2, 2], pads=[3] * 4)],
    "uneven padding": [conv("x", "seven", "y", strides=[3, 2], pads=[3, 1, 0, 2])],
    "a pointwise stride": [conv("x", "one", "a", strides=[2, 2]), conv("a", "box", "y", pads=[1] * 4)],
    "dilation": [conv("x", "box", "y", dilations=[2, 3], pads=[2, 3, 2, 3])],
    "no box": [conv("x", "other", "y", strides=[2, 1], pads=[1] * 4)],
    "numbers across a sum": [
        conv("x", "one", "a"),
        helper.make_node("Mul", ["a", "half"], ["b"]),
        conv("x", "box", "c", pads=[1] * 4),
        helper.make_node("Add", ["b", "c"], ["d"]),
        helper.make_node("Add", ["d", "d"], ["y"]),
    ],
    "a number at the end": [conv("x", "box", "a"), helper.make_node("Mul", ["a", "half"], ["y"])],
    "nothing but a number": [helper.make_node("Mul", ["x", "half"], ["y"])],
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains(name: str) -> None:
    same(chain(*CHAINS[name]))


def test_boxes_and_numbers_leave_the_network() -> None:
    graph = factored(chain(conv("x", "one", "a"), conv("a", "box", "b"), conv("b", "one", "y")))
    assert [node.op for node in graph.nodes] == ["AveragePool", "Mul"]


def test_a_wrong_adjoint_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = adjoint.native_average
    monkeypatch.setattr(adjoint, "native_average", lambda call: (f := right(call)) and replace(f, counts=not f.counts))
    pooled = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], pads=[1] * 4)
    with pytest.raises(AssertionError):
        same(chain(pooled))
