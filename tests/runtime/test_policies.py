"""Policies against networks rewritten by hand in torch."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from onnx import helper

from api_schemas.erf import Policy
from api_schemas.initialisers import He
from rfengine.errors import NotEstimable
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.policies import rescaled, with_policy
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from tests.tiny import model, weights

CONSTANTS: dict[str, Any] = {
    "w": weights(4, 3, 3, 3),
    "b": weights(4, seed=1),
    "v": weights(2, 4, 3, 3, seed=2),
    "scale": np.abs(weights(4, seed=3)) + 0.5,
    "shift": weights(4, seed=4),
    "mean": weights(4, seed=5),
    "var": np.abs(weights(4, seed=6)) + 0.5,
    "root": np.float32(np.sqrt(2)),
    "one": np.float32(1),
    "half": np.float32(0.5),
}


def graph_of(nodes: list[Any], **shapes: list[int]) -> Graph:
    made = model(nodes, inputs=shapes or {"x": [2, 3, 9, 9]}, constants=CONSTANTS)
    return in_precision(import_onnx(made.SerializeToString()).graph, "float64")


NET = graph_of(
    [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1] * 4),
        helper.make_node("BatchNormalization", ["c", "scale", "shift", "mean", "var"], ["n"], epsilon=1e-3),
        helper.make_node("Sigmoid", ["n"], ["s"]),
        helper.make_node("Mul", ["n", "s"], ["silu"]),
        helper.make_node("MaxPool", ["silu"], ["p"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        helper.make_node("Conv", ["p", "v"], ["y"], pads=[1] * 4),
    ]
)
EPSILON = float(np.float32(1e-3))  # as the file holds it
IMAGE = torch.randn(2, 3, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def ran(graph: Graph, image: torch.Tensor = IMAGE) -> torch.Tensor:
    return Program(graph)({graph.inputs[0]: image})[graph.outputs[0]]


def tensor(name: str) -> torch.Tensor:
    return torch.from_numpy(np.asarray(CONSTANTS[name], np.float64))


def by_hand(policy: Policy) -> torch.Tensor:
    """The same network in torch, every part of the policy written out."""
    x = F.conv2d(IMAGE, tensor("w"), tensor("b"), padding=1)
    if policy.norm != "identity":
        training = policy.norm == "training"
        mean, var = (None, None) if training else (tensor("mean"), tensor("var"))
        x = F.batch_norm(x, mean, var, tensor("scale"), tensor("shift"), training=training, eps=EPSILON)
    x = x if policy.activations == "identity" else F.silu(x)
    x = F.max_pool2d(x, 3, 2, 1) if policy.max_pool == "model" else F.avg_pool2d(x, 3, 2, 1)
    return F.conv2d(x, tensor("v"), padding=1)


@pytest.mark.parametrize("norm", ["evaluation", "training", "identity"])
@pytest.mark.parametrize("activations", ["model", "identity"])
@pytest.mark.parametrize("max_pool", ["model", "average"])
def test_any_parts_together(norm: Any, activations: Any, max_pool: Any) -> None:
    policy = Policy(norm=norm, activations=activations, max_pool=max_pool)
    torch.testing.assert_close(ran(with_policy(NET, policy, seed=0)), by_hand(policy), rtol=1e-12, atol=1e-12)


def test_drawn_weights_take_their_seed_and_leave_no_bias() -> None:
    policy = Policy(weights=He(), activations="identity", max_pool="average")
    one, same, other = (ran(with_policy(NET, policy, seed=seed)) for seed in (1, 1, 2))
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.allclose(one, other)
    nothing = ran(with_policy(NET, policy, seed=1), torch.zeros_like(IMAGE))
    assert not nothing.any()


def test_gelu_written_out_loses_its_curve_and_keeps_its_half() -> None:
    gelu = graph_of(
        [
            helper.make_node("Div", ["x", "root"], ["d"]),
            helper.make_node("Erf", ["d"], ["e"]),
            helper.make_node("Add", ["e", "one"], ["a"]),
            helper.make_node("Mul", ["x", "a"], ["m"]),
            helper.make_node("Mul", ["m", "half"], ["y"]),
        ]
    )
    linear = with_policy(gelu, Policy(activations="identity"), seed=0)
    torch.testing.assert_close(ran(linear), IMAGE / 2, rtol=1e-12, atol=0)


def test_a_gate_becomes_one() -> None:
    gated = graph_of(
        [
            helper.make_node("GlobalAveragePool", ["x"], ["g"]),
            helper.make_node("Sigmoid", ["g"], ["s"]),
            helper.make_node("Mul", ["x", "s"], ["y"]),
        ]
    )
    torch.testing.assert_close(ran(with_policy(gated, Policy(activations="identity"), seed=0)), IMAGE, rtol=0, atol=0)


def test_a_network_without_norms_cannot_be_in_training_mode() -> None:
    plain = graph_of([helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4)])
    with pytest.raises(NotEstimable, match=r"norm 'training'.*fold them into the convolutions.*drop norm"):
        with_policy(plain, Policy(norm="training"), seed=0)


def test_rescaling_changes_nothing_but_the_scale() -> None:
    linear = with_policy(NET, Policy(activations="identity", max_pool="average", norm="identity"), seed=0)
    linear = with_policy(linear, Policy(weights=He()), seed=3)
    small = rescaled(linear)
    exponent = small.exponents["y"]
    torch.testing.assert_close(ran(small.graph) * 2.0**exponent, ran(linear), rtol=1e-12, atol=1e-12)


def test_branches_of_unequal_gain_are_brought_together() -> None:
    CONSTANTS["big"] = np.full((3, 3, 3, 3), 50, np.float32)
    nodes = [helper.make_node("Conv", ["x", "big"], ["c0"], pads=[1] * 4)]
    nodes += [helper.make_node("Conv", [f"c{i}", "big"], [f"c{i + 1}"], pads=[1] * 4) for i in range(4)]
    nodes += [helper.make_node("Sub", ["c4", "x"], ["d"]), helper.make_node("Concat", ["d", "x"], ["y"], axis=1)]
    graph = graph_of(nodes)
    small = rescaled(graph)
    assert small.exponents["y"] > 40
    torch.testing.assert_close(ran(small.graph) * 2.0 ** small.exponents["y"], ran(graph), rtol=1e-12, atol=1e-6)
