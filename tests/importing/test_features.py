"""What real exporters write besides float32 nodes: other number types, functions, old opsets, open shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from rfengine.errors import BadShape
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Array, Graph
from rfengine.onnx_import import Imported, import_onnx
from rfengine.runtime.program import Program
from tests.ops.oracles import onnxruntime_output
from tests.tiny import model, weights

IMAGE: dict[str, Sequence[int | str]] = {"x": [1, 4, 8, 8]}


def imported(made: onnx.ModelProto, **options: Any) -> Imported:
    return import_onnx(made.SerializeToString(), **options)


def ran(graph: Graph, x: Array) -> Array:
    with torch.inference_mode():
        return np.asarray(Program(graph)({"x": torch.from_numpy(x)})["y"])


def image() -> Array:
    return np.random.default_rng(0).standard_normal((1, 4, 8, 8)).astype(np.float32)


# Number types.


@pytest.mark.parametrize(
    "kind",
    [
        *(TensorProto.BFLOAT16, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.INT8, TensorProto.UINT8),
        *(TensorProto.INT4, TensorProto.UINT4, TensorProto.FLOAT8E4M3FN, TensorProto.INT64, TensorProto.INT32),
    ],
    ids=TensorProto.DataType.Name,
)
@pytest.mark.parametrize("raw", [True, False], ids=["raw_data", "typed"])
def test_weights_of_every_number_type(kind: int, raw: bool) -> None:
    values = [3.0, 1.0, 2.0, 0.0, 4.0, 1.0, 5.0, 2.0, 1.0]
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    tensor = (
        numpy_helper.from_array(np.asarray(values).astype(dtype).reshape(1, 1, 3, 3), "w")
        if raw
        else helper.make_tensor("w", kind, [1, 1, 3, 3], values)
    )
    assert tensor.HasField("raw_data") == raw
    nodes = [helper.make_node("Cast", ["w"], ["f"], to=TensorProto.FLOAT), helper.make_node("Conv", ["x", "f"], ["y"])]
    made = model(nodes, inputs={"x": [1, 1, 8, 8]}, opset=21)
    made.graph.initializer.append(tensor)
    graph = imported(made).graph
    assert graph.values["w"].dtype == dtype
    assert graph.constants["f"].reshape(-1).tolist() == values


# Functions.


def block(opset: int = 17) -> onnx.ModelProto:
    """A local function with an attribute, called twice, the second time inside a branch."""
    slope = helper.make_node("LeakyRelu", ["a"], ["t"], name="leak")
    slope.attribute.append(AttributeProto(name="alpha", ref_attr_name="slope", type=AttributeProto.FLOAT))
    pool = helper.make_node("MaxPool", ["t"], ["b"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    body = helper.make_function(
        "acme", "Block", ["a"], ["b"], [slope, pool], [helper.make_opsetid("", opset)], attributes=["slope"]
    )
    outputs = [helper.make_empty_tensor_value_info("inner")]
    branch = helper.make_graph(
        [helper.make_node("Block", ["h"], ["inner"], domain="acme", slope=0.25)], "then", [], outputs
    )
    other = helper.make_graph([helper.make_node("Neg", ["h"], ["inner"])], "else", [], outputs)
    nodes = [
        helper.make_node("Block", ["x"], ["h"], domain="acme", slope=0.5),
        helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=other),
    ]
    made = model(nodes, inputs=IMAGE, constants={"flag": np.asarray(True)}, domains=["acme"])
    made.functions.append(body)
    return made


@pytest.mark.parametrize("opset", [17, 16])
def test_local_functions_are_written_out(opset: int) -> None:
    graph = imported(block(opset)).graph
    assert [node.op for node in graph.nodes] == ["LeakyRelu", "MaxPool", "LeakyRelu", "MaxPool", "Identity"]
    (axes,) = receptive_fields(graph).spatial("y").values()
    assert [axis.map.sizes for axis in axes] == [(5,), (5,)]
    x = image()
    truth = onnxruntime_output(block(), {"x": x})
    np.testing.assert_allclose(ran(graph, x), truth, rtol=1e-6)


def test_branches_that_use_the_same_names_inside() -> None:
    """Two Ifs one after the other, each with another inside that reads a value of its branch."""

    def branching(source: str, target: str) -> onnx.NodeProto:
        outputs = [helper.make_empty_tensor_value_info("out")]
        inner = helper.make_graph([helper.make_node("Mul", ["t", "t"], ["out"])], "inner", [], outputs)
        deep = helper.make_node("If", ["flag"], ["deep"], then_branch=inner, else_branch=inner)
        ends = [helper.make_empty_tensor_value_info("deep")]
        outer = helper.make_graph([helper.make_node("Sigmoid", [source], ["t"]), deep], "outer", [], ends)
        return helper.make_node("If", ["flag"], [target], then_branch=outer, else_branch=outer)

    made = model([branching("x", "h"), branching("h", "y")], inputs=IMAGE, constants={"flag": np.asarray(True)})
    x = image()
    truth = onnxruntime_output(made, {"x": x})
    np.testing.assert_allclose(ran(imported(made).graph, x), truth, rtol=1e-6)


# Versions.


def test_broadcasting_before_opset_7() -> None:
    """A bias per channel, as Caffe2 and MXNet wrote it; onnx's own converter puts it on the batch."""
    made = model(
        [helper.make_node("Add", ["x", "b"], ["y"], name="bias", broadcast=1, axis=1)],
        inputs=IMAGE,
        constants={"b": np.arange(4, dtype=np.float32)},
        opset=6,
    )
    found = imported(made)
    assert found.warnings == ("Add 'bias' (version 6) was its old broadcasting written as Unsqueeze",)
    x = image()
    np.testing.assert_array_equal(ran(found.graph, x), x + np.arange(4, dtype=np.float32).reshape(4, 1, 1))


@pytest.mark.parametrize(
    ("op", "constants", "attributes", "opset"),
    [
        ("BatchNormalization", {name: np.full(4, 0.5, np.float32) for name in "sbmv"}, {"is_test": 1}, 6),
        ("Dropout", {}, {"is_test": 1}, 6),
        ("Mul", {"b": np.full((1, 4, 8, 8), 2, np.float32)}, {}, 6),
        ("Reshape", {}, {"shape": [1, 2, 16, 8]}, 4),
        ("PRelu", {"s": np.asarray([0.25], np.float32)}, {}, 6),
    ],
)
def test_nodes_of_old_opsets_are_converted_upwards_and_named(
    op: str, constants: dict[str, Array], attributes: dict[str, Any], opset: int
) -> None:
    node = helper.make_node(op, ["x", *constants], ["y"], name="old", **attributes)
    found = imported(model([node], inputs=IMAGE, constants=constants, opset=opset))
    assert ran(found.graph, image()).size == 256
    assert all("'old'" in warning and f"onnx {onnx.__version__}" in warning for warning in found.warnings)


# Shapes.


def test_a_symbol_is_the_same_length_everywhere() -> None:
    made = model(
        [helper.make_node("Add", ["x", "z"], ["y"])], inputs={"x": ["n", 3, "h", "w"], "z": ["n", 3, "h", "w"]}
    )
    graph = imported(made, input_shape={"x": (2, 3, 40, 48)}).graph
    assert graph.shape("z") == graph.shape("y") == (2, 3, 40, 48)


def test_a_symbol_that_is_another_axis_elsewhere_takes_the_first_default() -> None:
    made = model(
        [helper.make_node("Concat", ["x", "z"], ["y"], axis=2)], inputs={"x": [1, 3, "s", 8], "z": [1, 3, 4, 8]}
    )
    assert imported(made).graph.shape("y") == (1, 3, 228, 8)


def test_an_input_without_any_shape() -> None:
    made = model([helper.make_node("Conv", ["x", "w"], ["y"])], inputs=IMAGE, constants={"w": weights(4, 3, 3, 3)})
    made.graph.input[0].type.tensor_type.ClearField("shape")
    found = imported(made)
    assert found.graph.shape("x") == (1, 3, 224, 224)
    assert "'x' leaves its shape open" in found.warnings[0]
    assert imported(made, input_shape={"": (1, 3, 32, 32)}).graph.shape("y") == (1, 4, 30, 30)


def test_a_shape_that_contradicts_the_file() -> None:
    made = model([helper.make_node("Relu", ["x"], ["y"])], inputs=IMAGE)
    with pytest.raises(BadShape, match="has 4 channels; input_shape gives 3"):
        imported(made, input_shape={"x": (1, 3, 8, 8)})


def test_nodes_in_space_behind_a_target_need_not_even_be_known() -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Decode", ["y"], ["z"], domain="acme")]
    made = model(nodes, inputs=IMAGE, domains=["acme"])
    assert [node.op for node in imported(made, targets=("y",)).graph.nodes] == ["Relu"]
