"""Normalisations folded into convolutions: the same values, and nothing folded that somebody else reads."""

from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper

from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.fusion import with_norms_folded
from rfengine.runtime.policies import with_batch_statistics
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from tests.tiny import model, weights


def graph(*nodes: Any, outputs: tuple[str, ...] = ("y",), opset: int = 17) -> Graph:
    constants = {
        "w": weights(4, 3, 3, 3),
        "grouped": weights(4, 1, 3, 3),
        "b": weights(4, seed=1),
        "s": weights(4, seed=2),
        "t": weights(4, seed=3),
        "m": weights(4, seed=4),
        "v": np.abs(weights(4, seed=5)) + 0.1,
    }
    made = model(nodes, inputs={"x": [2, 3, 9, 9]}, outputs=outputs, constants=constants, opset=opset)
    return import_onnx(bytes(made.SerializeToString())).graph


def norm(source: str, out: str = "y", **attributes: Any) -> Any:
    return helper.make_node("BatchNormalization", [source, "s", "t", "m", "v"], [out], **attributes)


def conv(*inputs: str, out: str = "c", **attributes: Any) -> Any:
    return helper.make_node("Conv", list(inputs), [out], **attributes)


def run(made: Graph) -> dict[str, torch.Tensor]:
    image = torch.randn((2, 3, 9, 9), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Program(in_precision(made, "float64"))({"x": image})


FOLDED = {
    "without a bias": (conv("x", "w"), norm("c")),
    "with a bias": (conv("x", "w", "b", pads=[1] * 4), norm("c", epsilon=0.3)),
    "two in a row": (conv("x", "w"), norm("c", "n"), norm("n")),
    "grouped": (conv("x", "w", out="a"), conv("a", "grouped", out="c", group=4), norm("c")),
}


@pytest.mark.parametrize("case", FOLDED)
def test_the_same_values(case: str) -> None:
    made = in_precision(graph(*FOLDED[case]), "float64")
    folded = with_norms_folded(made)
    assert "BatchNormalization" not in {node.op for node in folded.nodes}
    assert torch.allclose(run(made)["y"], run(folded)["y"], rtol=1e-12, atol=1e-12)


KEPT = {
    "read by others": (conv("x", "w"), norm("c", "n"), helper.make_node("Add", ["c", "n"], ["y"])),
    "behind something else": (conv("x", "w"), helper.make_node("Relu", ["c"], ["r"]), norm("r")),
    "a branch into one": (
        conv("x", "w"),
        conv("x", "w", out="d"),
        helper.make_node("Add", ["c", "d"], ["e"]),
        norm("e"),
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_is_kept(case: str) -> None:
    made = graph(*KEPT[case])
    assert [node.op for node in with_norms_folded(made).nodes] == [node.op for node in made.nodes]


def test_in_training_it_is_kept() -> None:
    trained = with_batch_statistics(graph(*FOLDED["without a bias"]))
    assert len(with_norms_folded(trained).nodes) == 2


def test_an_output_is_kept() -> None:
    made = graph(conv("x", "w"), norm("c"), outputs=("c", "y"))
    folded = with_norms_folded(made)
    assert len(folded.nodes) == 2
    assert {name: value.shape for name, value in run(folded).items()}.keys() == {"c", "y"}
