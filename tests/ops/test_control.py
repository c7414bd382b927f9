"""If with a condition in the data: both branches against onnxruntime, in every version; what is around it."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from rfengine import ops
from rfengine.errors import BadTarget, UnsupportedOperator
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import UNKNOWN
from rfengine.onnx_import import import_onnx
from rfengine.runtime.program import Program
from rfengine.targets import find_targets
from tests.ops.oracles import onnxruntime_output

VERSIONS = next(operator.versions for operator in ops.operators() if operator.name == "If")
# The first opset of each version that has the operators around it and that onnxruntime runs.
OPSETS = sorted({max(version, 13) for version in VERSIONS})


def branch(name: str, kernel: str, crop: int) -> onnx.GraphProto:
    """x -> its first rows, through a convolution whose weight lies outside, or inside."""
    inside = [numpy_helper.from_array(np.full((2, 2, 1, 1), 0.5, np.float32), "inside")]
    ends = numpy_helper.from_array(np.asarray([crop]), f"{name}_ends")
    zero = numpy_helper.from_array(np.asarray([0]), f"{name}_zero")
    axis = numpy_helper.from_array(np.asarray([2]), f"{name}_axis")
    nodes = [
        helper.make_node("Conv", ["x", kernel], [f"{name}_c"]),
        helper.make_node("Slice", [f"{name}_c", f"{name}_zero", f"{name}_ends", f"{name}_axis"], [f"{name}_y"]),
    ]
    result = helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, [1, 2, crop, 4])
    initializers = [ends, zero, axis, *(inside if kernel == "inside" else [])]
    return helper.make_graph(nodes, name, [], [result], initializers)


def model(opset: int, *, then: int = 3, otherwise: int = 4) -> onnx.ModelProto:
    reduce = helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0)
    nodes = [
        reduce,
        helper.make_node("Greater", ["total", "nought"], ["positive"]),
        helper.make_node(
            "If",
            ["positive"],
            ["y"],
            name="choice",
            then_branch=branch("then", "outside", then),
            else_branch=branch("else", "inside", otherwise),
        ),
    ]
    weight = np.random.default_rng(0).standard_normal((2, 2, 1, 1)).astype(np.float32)
    graph = helper.make_graph(
        nodes,
        "choosing",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, None, 4])],
        [numpy_helper.from_array(weight, "outside"), numpy_helper.from_array(np.float32(0), "nought")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


@pytest.mark.parametrize("opset", OPSETS)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_branch_that_is_taken(opset: int, sign: int) -> None:
    x = sign * np.random.default_rng(1).uniform(0.5, 1, (1, 2, 4, 4)).astype(np.float32)
    made = model(opset)
    graph = import_onnx(made.SerializeToString()).graph
    assert [node.op for node in graph.nodes][-1] == "If"
    with torch.inference_mode():
        found = Program(graph)({"x": torch.from_numpy(x)})["y"].numpy()
    assert found.shape[2] == (3 if sign > 0 else 4)
    assert np.allclose(found, onnxruntime_output(made, {"x": x}), rtol=1e-5, atol=1e-6)


def test_what_comes_out_is_read_whole_and_of_unknown_length() -> None:
    graph = import_onnx(model(17).SerializeToString()).graph
    assert graph.shape("y") == (1, 2, UNKNOWN, 4)
    assert graph.nodes[-1].inputs == ("positive", "x")
    fields = receptive_fields(graph)
    assert fields.spatial("y") == {}
    assert "choice" in fields.by_input["x"]["y"].whole
    with pytest.raises(BadTarget, match="no tensor keeps spatial axes"):
        find_targets(fields)


def test_branches_that_do_not_match_are_refused_by_name() -> None:
    made = model(17)
    flat = helper.make_graph(
        [helper.make_node("Flatten", ["x"], ["f"])], "flat", [], [helper.make_tensor_value_info("f", 1, [1, 32])]
    )
    choice = made.graph.node[-1]
    next(a for a in choice.attribute if a.name == "else_branch").g.CopyFrom(flat)
    del made.graph.output[0].type.tensor_type.shape.dim[:]
    made.graph.output[0].type.tensor_type.ClearField("shape")
    with pytest.raises(UnsupportedOperator, match=r"If 'choice' .* by the branch"):
        import_onnx(made.SerializeToString())
