"""Graphs drawn anew: variances by each layer's fans, and everything else as before training."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from api_schemas.initialisers import AnyInitialiser, Constant, He, Shifted, Xavier
from rfengine.errors import BadInput, NotEstimable
from rfengine.graph import Graph
from rfengine.initialisers import tap_variance
from rfengine.onnx_import import import_onnx
from rfengine.runtime.policies.weights import weight_layers, with_weights
from tests.tiny import model


def node(op: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, inputs.split(), [output], name=output.upper(), **attributes)


def graph_of(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], **more: Any) -> Graph:
    made = model(nodes, inputs={"x": [1, 8, 12, 12]}, outputs=[nodes[-1].output[0]], constants=constants, **more)
    return import_onnx(made.SerializeToString()).graph


def ones(*shape: int) -> np.ndarray:
    return np.full(shape, 7, np.float32)


def mixed() -> Graph:
    """Every kind of weight and bias, all of them 7."""
    nodes = [
        node("Conv", "x conv.w conv.b", "conv", pads=[1] * 4, group=2),
        node("BatchNormalization", "conv n.s n.b n.m n.v", "norm"),
        node("Relu", "norm", "relu"),
        node("ConvTranspose", "relu up.w up.b", "up", strides=[2, 2], group=4),
        node("Conv", "up plain.w", "plain"),
        node("Add", "plain added", "biased"),
        node("InstanceNormalization", "biased i.s i.b", "instance"),
        node("GlobalAveragePool", "instance", "pool"),
        node("Flatten", "pool", "flat"),
        node("Gemm", "flat g1.w g1.b", "g1", transB=1),
        node("Gemm", "g1 g2.w", "g2"),
        node("MatMul", "g2 m.w", "m"),
        node("Add", "m m.b", "mb"),
        node("LayerNormalization", "mb l.s l.b", "layer"),
        node("Add", "layer three", "y"),
    ]
    constants = {
        "conv.w": ones(32, 4, 3, 3),
        "conv.b": ones(32),
        **{f"n.{part}": ones(32) for part in "sbmv"},
        "up.w": ones(32, 6, 4, 4),
        "up.b": ones(24),
        "plain.w": ones(20, 24, 5, 1),
        "added": ones(1, 20, 1, 1),
        "i.s": ones(20),
        "i.b": ones(20),
        "g1.w": ones(60, 20),
        "g1.b": ones(60),
        "g2.w": ones(60, 90),
        "m.w": ones(90, 40),
        "m.b": ones(40),
        "l.s": ones(40),
        "l.b": ones(40),
        "three": np.array(3, np.float32),
    }
    return graph_of(nodes, constants)


# Per node its fan-in and fan-out, by hand: the transposed convolution's kernel of 16 reaches an output by 4 taps.
FANS = {
    "CONV": (4 * 9, 16 * 9),
    "UP": (8 * 4, 6 * 16),
    "PLAIN": (24 * 5, 20 * 5),
    "G1": (20, 60),
    "G2": (60, 90),
    "M": (90, 40),
}


def read(graph: Graph, name: str, position: int) -> np.ndarray:
    """A constant input of the node of a name."""
    found = next(each for each in graph.nodes if each.name == name)
    return graph.constants[found.inputs[position]]


@pytest.mark.parametrize("name", FANS)
def test_variances_are_right_for_every_layout(name: str):
    into, out = FANS[name]
    for init, variance in ((He(), 2 / into), (Xavier(), 2 / (into + out))):
        samples = np.stack([read(with_weights(mixed(), init, seed=seed), name, 1) for seed in range(20)])
        assert samples.var() == pytest.approx(variance, rel=6 * (2 / samples.size) ** 0.5)
        assert samples.dtype == np.float32


def test_shapes_dtypes_and_nodes_stay():
    before, after = mixed(), with_weights(mixed(), He())
    assert [(each.name, each.op, each.outputs) for each in after.nodes] == [
        (each.name, each.op, each.outputs) for each in before.nodes
    ]
    for old, new in zip(before.nodes, after.nodes, strict=True):
        for one, other in zip(old.inputs, new.inputs, strict=True):
            assert (before.values[one].shape, before.values[one].dtype) == (
                after.values[other].shape,
                after.values[other].dtype,
            )
    for name, array in after.constants.items():
        assert (array.shape, array.dtype) == (after.values[name].shape, after.values[name].dtype)
        assert not array.flags.writeable


STARTS = [
    *[("CONV", 2, 0), ("UP", 2, 0), ("G1", 2, 0), ("BIASED", 1, 0), ("MB", 1, 0), ("Y", 1, 3)],
    *[("NORM", 1, 1), ("NORM", 2, 0), ("NORM", 3, 0), ("NORM", 4, 1)],
    *[("INSTANCE", 1, 1), ("INSTANCE", 2, 0), ("LAYER", 1, 1), ("LAYER", 2, 0)],
]


@pytest.mark.parametrize(("name", "position", "value"), STARTS)
def test_biases_are_zero_and_norms_as_they_start(name: str, position: int, value: float):
    assert (read(with_weights(mixed(), He()), name, position) == value).all()


def test_the_seed_of_the_call_wins():
    def weight(init: AnyInitialiser, seed: int | None) -> np.ndarray:
        return read(with_weights(mixed(), init, seed=seed), "CONV", 1)

    np.testing.assert_array_equal(weight(He(seed=3), None), weight(He(), 3))
    assert not np.array_equal(weight(He(), None), weight(He(), 3))


def test_constants_are_fills():
    drawn = with_weights(mixed(), Constant(value=0.5))
    for name in FANS:
        weight = read(drawn, name, 1)
        assert not any(weight.strides)
        assert (weight == 0.5).all()


def test_the_old_graph_is_left_alone():
    graph = mixed()
    with_weights(graph, He())
    assert all((array == 7).all() for name, array in graph.constants.items() if name != "three")


def test_a_shared_weight_is_drawn_once():
    nodes = [node("Conv", "x w", "a", pads=[1] * 4), node("Conv", "a w", "b", pads=[1] * 4), node("Add", "a b", "y")]
    drawn = with_weights(graph_of(nodes, {"w": ones(8, 8, 3, 3)}), He())
    first, second, _ = drawn.nodes
    assert first.inputs[1] == second.inputs[1]
    assert [layer.name for layer in weight_layers(graph_of(nodes, {"w": ones(8, 8, 3, 3)})).values()] == ["A"]


def test_nodes_of_one_name_do_not_share_a_draw():
    nodes = [node("Conv", "x v", "a"), node("Conv", "a w", "y")]
    for each in nodes:
        each.name = "same"
    drawn = with_weights(graph_of(nodes, {"v": ones(8, 8, 1, 1), "w": ones(8, 8, 1, 1)}), He())
    one, other = (drawn.constants[each.inputs[1]] for each in drawn.nodes)
    assert not np.array_equal(one, other)


def test_a_bias_that_is_also_something_else_stays_there():
    nodes = [node("Conv", "x w c", "a"), node("Mul", "a c2", "y")]
    drawn = with_weights(graph_of(nodes, {"w": ones(8, 8, 1, 1), "c": ones(8), "c2": ones(8, 1, 1)}), He())
    assert (read(drawn, "Y", 1) == 7).all()


@pytest.mark.parametrize(
    ("shape", "goes"),
    [((8, 1, 1), True), ((1, 8, 1, 1), True), ((8, 12, 12), False), ((1, 1, 12, 1), False), ((1,), False)],
)
def test_a_position_embedding_is_no_bias(shape: tuple[int, ...], goes: bool):
    nodes = [node("Relu", "x", "a"), node("Add", "a c", "y")]
    drawn = with_weights(graph_of(nodes, {"c": ones(*shape)}), He())
    assert (read(drawn, "Y", 1) == (0 if goes else 7)).all()


def test_a_scale_after_a_norm_is_the_norms():
    nodes = [
        node("BatchNormalization", "x s b m v", "n"),
        node("Mul", "n c", "scaled"),
        node("Add", "scaled c", "shifted"),
        node("Mul", "shifted c", "y"),
    ]
    constants = {"s": ones(8), "b": ones(8), "m": ones(8), "v": ones(8), "c": ones(8, 1, 1)}
    drawn = with_weights(graph_of(nodes, constants), He())
    assert [read(drawn, name, 1).flat[0] for name in ("SCALED", "SHIFTED", "Y")] == [1, 0, 7]


def test_the_bias_of_a_single_map():
    nodes = [node("Conv", "x w", "a"), node("Add", "a c", "y")]
    drawn = with_weights(graph_of(nodes, {"w": ones(1, 8, 3, 3), "c": ones(1, 1, 1)}), He())
    assert (read(drawn, "Y", 1) == 0).all()


def test_attention_is_no_weight():
    nodes = [node("Transpose", "x", "t", perm=[0, 1, 3, 2]), node("MatMul", "x t", "p"), node("MatMul", "w p", "y")]
    graph = graph_of(nodes, {"w": ones(5, 12)})
    ((name, layer),) = weight_layers(graph).items()
    assert (name, layer.shape, layer.fan_in, layer.fan_out) == ("w", (5, 12), 12, 5)
    assert read(with_weights(graph, He()), "Y", 0).shape == (5, 12)


@pytest.mark.parametrize(
    ("nodes", "constants", "said"),
    [
        (
            [node("Mul", "x v", "w"), node("Conv", "x w", "y")],
            {"v": ones(8, 8, 12, 12)[:1]},
            "'w' is computed from data",
        ),
        ([node("Einsum", "x v", "y", equation="bchw,co->bohw")], {"v": ones(8, 3)}, "no initialiser for its weights"),
    ],
    ids=["from data", "einsum"],
)
def test_what_cannot_be_drawn_is_named(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], said: str):
    with pytest.raises(NotEstimable, match=f"'Y'.*{said}.*'weights': 'model'"):
        with_weights(graph_of(nodes, constants), He())


def test_integers_are_no_weights():
    nodes = [
        node("Cast", "x", "q", to=onnx.TensorProto.UINT8),
        node("ConvInteger", "q w", "c"),
        node("Cast", "c", "y", to=onnx.TensorProto.FLOAT),
    ]
    with pytest.raises(NotEstimable, match=r"'C'.*no initialiser for its weights"):
        with_weights(graph_of(nodes, {"w": np.ones((4, 8, 1, 1), np.uint8)}), He())


def test_a_kernel_that_does_not_fit_is_named():
    nodes = [node("ConvTranspose", "x w", "up", group=1, strides=[2, 2]), node("Relu", "up", "y")]
    graph = graph_of(nodes, {"w": ones(8, 24, 4, 4)})
    with pytest.raises(BadInput, match=r"layer 'UP' \[24, 8, 4, 4\]: initialiser 'shifted' needs an odd kernel"):
        with_weights(graph, Shifted())


def test_a_layers_variance_speaks_of_the_graphs_weight():
    layer = weight_layers(mixed())["up.w"]
    assert tap_variance(He(), layer) == pytest.approx(np.full((4, 4), 2 / 32))
