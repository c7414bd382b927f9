"""Files that cannot be analysed: each is refused by a typed error that names the place, the value and the next step."""

import random

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from rfengine.errors import (
    BadModel,
    BadShape,
    BadTarget,
    ExternalData,
    LimitExceeded,
    NoSpatialInput,
    RfengineError,
    UnsupportedOperator,
)
from rfengine.estimators.analytic import receptive_fields
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.targets import find_targets
from tests.tiny import light, model, weights


def conv(**attributes: object) -> onnx.NodeProto:
    return helper.make_node("Conv", ["x", "w"], ["y"], name="first", **attributes)


def tiny(**attributes: object) -> onnx.ModelProto:
    return model([conv(**attributes)], inputs={"x": [1, 3, 8, 8]}, constants={"w": weights(4, 3, 3, 3)})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (random.Random(0).randbytes(4096), "does not parse|no ONNX graph"),
        (b"this is a text file, not a model\n" * 20, "does not parse|no ONNX graph"),
        (b'{"layers": []}', "does not parse|no ONNX graph"),
        (light("resnet50")[:-1000], "does not parse|not valid"),
        (light("resnet50")[:200], "does not parse|no ONNX graph|not valid"),
        (onnx.ModelProto(ir_version=8).SerializeToString(), "no ONNX graph"),
    ],
    ids=["empty", "random", "text", "json", "truncated at the end", "truncated early", "no graph"],
)
def test_no_model_at_all(data: bytes, says: str) -> None:
    with pytest.raises(BadModel, match=says):
        import_onnx(data)


def test_truncation_anywhere_is_a_typed_error() -> None:
    data = tiny().SerializeToString()
    for length in range(len(data)):
        try:
            import_onnx(data[:length])
        except RfengineError:
            continue


def test_unknown_operator_is_named_with_node_and_opset() -> None:
    made = model([helper.make_node("Frobnicate", ["x"], ["y"], name="odd")], inputs={"x": [1, 3, 8, 8]})
    with pytest.raises(UnsupportedOperator, match=r"node 'odd': operator Frobnicate \(opset 17"):
        import_onnx(made.SerializeToString())


def test_operator_of_a_foreign_domain() -> None:
    node = helper.make_node("Focus", ["x"], ["y"], name="odd", domain="acme")
    with pytest.raises(UnsupportedOperator, match=r"node 'odd': operator acme::Focus \(opset 1"):
        import_onnx(model([node], inputs={"x": [1, 3, 8, 8]}, domains=["acme"]).SerializeToString())


def test_what_lies_behind_a_named_target_is_not_looked_at() -> None:
    nodes = [conv(), helper.make_node("Decode", ["y"], ["z"], name="late", domain="acme")]
    data = model(
        nodes, inputs={"x": [1, 3, 8, 8]}, outputs=["y"], constants={"w": weights(4, 3, 3, 3)}, domains=["acme"]
    ).SerializeToString()
    with pytest.raises(UnsupportedOperator, match="'late'"):
        import_onnx(data)
    for name in ("y", "first"):
        assert len(import_onnx(data, targets=(name,)).graph.nodes) == 1


@pytest.mark.parametrize("place", ["initializer", "attribute", "subgraph", "function"])
def test_external_data_is_refused_everywhere(place: str) -> None:
    tensor = onnx.TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 3, 3, 3])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    made = tiny()
    constant = helper.make_node("Constant", [], ["c"], name="hidden", value=tensor)
    match place:
        case "initializer":
            made.graph.initializer[0].CopyFrom(tensor)
        case "attribute":
            made.graph.node.insert(0, constant)
        case "subgraph":
            inner = helper.make_graph([constant], "inner", [], [])
            made.graph.node.append(helper.make_node("If", ["x"], [], then_branch=inner, else_branch=inner))
        case "function":
            made.functions.append(
                helper.make_function("acme", "F", [], ["c"], [constant], [helper.make_opsetid("", 17)])
            )
    with pytest.raises(ExternalData, match="keeps its values in another file; save the model as one file"):
        import_onnx(made.SerializeToString())


def test_no_spatial_input() -> None:
    made = model([helper.make_node("Relu", ["x"], ["y"])], inputs={"x": [1, 10]})
    with pytest.raises(NoSpatialInput, match=r"'x': \[1, 10\]"):
        receptive_fields(import_onnx(made.SerializeToString()).graph)


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ({"": (1, 3, 8)}, r"'x' has 4 axes \[1, 3, 8, 8\]; input_shape gives \[1, 3, 8\]"),
        ({"": (1, 4, 8, 8)}, r"'x' has 3 channels; input_shape gives 4"),
        ({"image": (1, 3, 8, 8)}, r"input_shape names 'image'; the model's inputs are \['x'\]"),
        ({"x": (1, 3, 2, 2)}, r"Conv 'first' .* input shapes|would have the shape"),
    ],
)
def test_input_shape_that_does_not_fit(shape: dict[str, tuple[int, ...]], says: str) -> None:
    with pytest.raises(BadShape, match=says):
        import_onnx(tiny().SerializeToString(), input_shape=shape)


def test_open_input_shape_gets_a_default_that_is_named() -> None:
    made = model([conv()], inputs={"x": ["batch", 3, "height", "width"]}, constants={"w": weights(4, 3, 3, 3)})
    imported = import_onnx(made.SerializeToString())
    assert imported.graph.shape("x") == (1, 3, 224, 224)
    assert "'x'" in imported.warnings[0]
    assert "[1, 3, 224, 224]" in imported.warnings[0]
    assert not import_onnx(made.SerializeToString(), input_shape={"": (1, 3, 64, 48)}).warnings


def test_a_tiny_file_that_asks_for_terabytes() -> None:
    huge = helper.make_node("ConstantOfShape", ["s"], ["c"], name="huge")
    nodes = [huge, helper.make_node("Conv", ["x", "c"], ["y"], name="first")]
    made = model(nodes, inputs={"x": [1, 3, 8, 8]}, constants={"s": np.asarray([1 << 40, 3, 3, 3])})
    with pytest.raises(LimitExceeded, match="passes the limit"):
        import_onnx(made.SerializeToString())


@pytest.mark.parametrize(
    ("limits", "cap"), [(Limits(file_bytes=10), "file_bytes"), (Limits(nodes=0), "nodes"), (Limits(rank=3), "rank")]
)
def test_every_cap_is_named_when_it_is_passed(limits: Limits, cap: str) -> None:
    with pytest.raises(LimitExceeded, match=f"{cap}="):
        import_onnx(tiny().SerializeToString(), limits=limits)


def test_nesting_is_capped() -> None:
    inner = helper.make_graph([], "leaf", [], [])
    for _ in range(20):
        inner = helper.make_graph([helper.make_node("If", ["x"], [], then_branch=inner)], "level", [], [])
    made = tiny()
    made.graph.node.append(helper.make_node("If", ["x"], [], then_branch=inner))
    with pytest.raises(LimitExceeded, match="subgraph_depth"):
        import_onnx(made.SerializeToString())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpu_0/data_0", "is an input or a constant; name a tensor that a node makes: r0"),
        ("r170x", "neither a tensor nor a node of the model; near it: r170"),
        ("gpu_0/softmax_1", r"shape \[1, 1000\] and no spatial axes .* the last tensors that do: r170, r171, r172"),
    ],
)
def test_target_that_cannot_be(name: str, says: str) -> None:
    fields = receptive_fields(import_onnx(light("resnet50")).graph)
    with pytest.raises(BadTarget, match=says):
        find_targets(fields, (name,))
