"""Attacks on the importer, one test each: the refusal is typed, names place and value, and comes at once."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from rfengine import ops
from rfengine.errors import (
    BadInput,
    BadModel,
    BadShape,
    ExternalData,
    LimitExceeded,
    OperatorFailed,
    RfengineError,
    UnsupportedOperator,
)
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.graph import Node
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.operator_border import operator_code
from rfengine.targets import find_targets
from tests.tiny import model, weights

SECONDS = 2.0

IMAGE: dict[str, Sequence[int | str]] = {"x": [1, 4, 8, 8]}


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SECONDS


def analysed(made: onnx.ModelProto | bytes, limits: Limits | None = None) -> Fields:
    """The whole way of a stranger's file."""
    data = made if isinstance(made, bytes) else made.SerializeToString()
    fields = receptive_fields(import_onnx(data, limits=limits or Limits()).graph)
    find_targets(fields)
    return fields


def refused(made: onnx.ModelProto | bytes, kind: type[RfengineError], says: str, limits: Limits | None = None) -> None:
    with pytest.raises(kind, match=says) as caught:
        analysed(made, limits)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 2000


def node(op: str, inputs: Sequence[str] = ("x",), outputs: Sequence[str] = ("y",), **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, inputs, outputs, name="it", **attributes)


def one(op: str, *constants: Any, opset: int = 17, **attributes: Any) -> onnx.ModelProto:
    """A single node on an image and constants."""
    names = [f"c{index}" for index in range(len(constants))]
    return model(
        [node(op, ["x", *names], **attributes)],
        inputs=IMAGE,
        constants=dict(zip(names, constants, strict=True)),
        opset=opset,
    )


def conv(**attributes: Any) -> onnx.ModelProto:
    return one("Conv", weights(4, 4, 3, 3), **attributes)


def test_the_models_that_the_attacks_start_from_are_fine() -> None:
    assert analysed(conv()).extent("y") == (6, 6)


# Caps.


@pytest.mark.parametrize(
    ("limits", "made"),
    [
        (Limits(file_bytes=10), conv()),
        (Limits(nodes=0), conv()),
        (Limits(name_bytes=1), conv()),
        (Limits(arity=1), conv()),
        (Limits(list_length=1), conv(strides=[1, 1])),
        (Limits(inputs=0), conv()),
        (Limits(outputs=0), conv()),
        (Limits(rank=3), conv()),
        (Limits(dimension=3), conv()),
        (Limits(side=7), conv()),
        (Limits(constant_bytes=100), conv()),
        (Limits(value_bytes=500), conv()),
        (Limits(total_bytes=500), conv()),
        (Limits(window=2), conv()),
        (Limits(reach=4), conv(dilations=[2, 2])),
    ],
    ids=lambda each: next(iter(_changed(each)), "") if isinstance(each, Limits) else "",
)
def test_every_cap_is_a_setting_that_the_refusal_names(limits: Limits, made: onnx.ModelProto) -> None:
    (cap,) = _changed(limits)
    refused(made, LimitExceeded, f"{cap}=", limits)


def test_every_cap_has_a_test() -> None:
    tested = {"subgraph_depth", "function_depth", "folded_bytes"}
    (mark,) = test_every_cap_is_a_setting_that_the_refusal_names.pytestmark  # type: ignore[attr-defined]
    tested |= {cap for limits, _ in mark.args[1] for cap in _changed(limits)}
    assert tested == set(Limits.__dataclass_fields__)


def _changed(limits: Limits) -> list[str]:
    return [name for name in Limits.__dataclass_fields__ if getattr(limits, name) != getattr(Limits(), name)]


# Allocation.


@pytest.mark.parametrize(
    ("op", "constants", "attributes"),
    [
        ("Expand", (np.asarray([1 << 22, 4, 8, 8]),), {}),
        ("Tile", (np.asarray([1, 1, 1 << 14, 1 << 14]),), {}),
        ("Resize", (np.zeros(0, np.float32), np.asarray([1, 1, 1e5, 1e5], np.float32)), {}),
        ("Resize", (np.zeros(0, np.float32), np.zeros(0, np.float32), np.asarray([1, 4, 1 << 30, 8])), {}),
        ("Pad", (np.asarray([0, 0, 0, 0, 0, 0, 1 << 40, 1 << 40]),), {}),
        ("ConvTranspose", (weights(4, 4, 3, 3),), {"strides": [4000, 4000], "output_padding": [3999, 3999]}),
    ],
)
def test_an_output_of_terabytes(op: str, constants: tuple[Any, ...], attributes: dict[str, Any]) -> None:
    refused(one(op, *constants, **attributes), LimitExceeded, f"{op} 'it'")


@pytest.mark.parametrize(
    "nodes",
    [
        [node("ConstantOfShape", ["big"], ["c"]), node("Add", ["c", "c"], ["d"])],
        [node("Expand", ["one", "big"], ["d"]), node("Neg", ["d"], ["e"])],
        [node("Tile", ["one", "big"], ["d"])],
        [node("Range", ["zero", "many", "step"], ["d"])],
        [node("OneHot", ["index", "many", "onoff"], ["d"])],
        [node("Pad", ["one", "pads"], ["d"])],
    ],
    ids=lambda nodes: nodes[-1].op_type,
)
def test_a_constant_of_gigabytes_made_of_nothing(nodes: list[onnx.NodeProto]) -> None:
    constants = {
        "big": np.asarray([1 << 14, 1 << 14]),
        "one": np.ones((1, 1), np.float32),
        "zero": np.int64(0),
        "many": np.int64(1 << 24),
        "step": np.int64(1),
        "index": np.arange(100),
        "onoff": np.asarray([0.0, 1.0], np.float32),
        "pads": np.asarray([0, 0, 1 << 14, 1 << 14]),
    }
    refused(model([*nodes, node("Relu")], inputs=IMAGE, constants=constants), LimitExceeded, "passes the limit")


def test_doubling_concats() -> None:
    nodes = [node("Concat", [f"v{i}"] * 2, [f"v{i + 1}"], axis=1) for i in range(40)]
    nodes[0].input[:] = ["x", "x"]
    refused(model(nodes, inputs=IMAGE, outputs=["v40"]), LimitExceeded, "Concat 'it'")


def test_many_values_that_are_each_small_enough() -> None:
    nodes = [node("Relu", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(300)]
    made = model(nodes, inputs={"x": [1, 1, 1 << 14, 1 << 14]}, outputs=["v300"])
    refused(made, LimitExceeded, "total_bytes")


def test_input_shapes_of_the_caller_are_capped_too() -> None:
    data = model([node("Relu")], inputs={"x": [1, 3, "h", "w"]}).SerializeToString()
    with pytest.raises(LimitExceeded, match="input 'x'"):
        import_onnx(data, input_shape={"": (1, 3, 1 << 16, 1 << 16)})
    with pytest.raises(BadShape, match="cannot be negative"):
        import_onnx(data, input_shape={"": (1, 3, -5, 8)})


def test_metadata_is_dropped_unread() -> None:
    made = conv()
    for index in range(1000):
        made.metadata_props.add(key=f"k{index}", value="v" * 1000)
    made.graph.value_info.add(name="y").type.tensor_type.elem_type = 99
    assert analysed(made).extent("y") == (6, 6)


# Structure.


def test_graphs_nested_too_deeply() -> None:
    inner = helper.make_graph([node("Relu")], "leaf", [], [helper.make_empty_tensor_value_info("y")])
    for _ in range(20):
        condition = helper.make_node("If", ["flag"], ["y"], then_branch=inner, else_branch=inner_of_nothing())
        inner = helper.make_graph([condition], "level", [], [helper.make_empty_tensor_value_info("y")])
    made = model([*inner.node], inputs=IMAGE, constants={"flag": np.asarray(True)})
    refused(made, LimitExceeded, "subgraph_depth")


def inner_of_nothing() -> onnx.GraphProto:
    return helper.make_graph([], "empty", [], [helper.make_empty_tensor_value_info("x")])


def test_a_cycle() -> None:
    nodes = [node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"])]
    refused(model(nodes, inputs=IMAGE, outputs=["b"]), BadModel, "not valid ONNX")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.graph.node.add().CopyFrom(made.graph.node[0]),
        lambda made: made.graph.initializer.add().CopyFrom(made.graph.initializer[0]),
        lambda made: made.graph.input.add().CopyFrom(made.graph.input[0]),
        lambda made: made.graph.node[0].output.__setitem__(0, "x"),
        lambda made: made.graph.node[0].output.append("y"),
    ],
    ids=["node", "initializer", "input", "input made again", "output twice"],
)
def test_names_that_are_made_twice(spoil: Callable[[onnx.ModelProto], None]) -> None:
    made = conv()
    spoil(made)
    with pytest.raises(BadInput):
        analysed(made)


def test_a_missing_input() -> None:
    made = conv()
    del made.graph.initializer[:]
    refused(made, BadModel, "c0")


def test_an_input_that_is_no_tensor() -> None:
    made = conv()
    made.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = TensorProto.FLOAT
    with pytest.raises(BadModel, match="'x'"):
        analysed(made)


def test_a_name_that_is_no_text() -> None:
    data = conv().SerializeToString().replace(b"\x02it", b"\x02\xff\xfe")
    refused(data, BadModel, "UTF-8")


def test_a_name_without_end() -> None:
    made = conv()
    made.graph.node[0].name = "n" * 100_000
    refused(made, LimitExceeded, "name_bytes")


@pytest.mark.parametrize("dims", [[1, 4, -8, 8], [1, 4, 1 << 62, 8], [1, 4, 8, 8, 8, 8, 8]])
def test_dimensions_of_an_input(dims: list[int]) -> None:
    made = conv()
    del made.graph.input[0].type.tensor_type.shape.dim[:]
    for length in dims:
        made.graph.input[0].type.tensor_type.shape.dim.add().dim_value = length
    with pytest.raises(BadInput):
        analysed(made)


def test_a_tensor_without_elements() -> None:
    with pytest.raises(BadInput):
        analysed(one("Slice", np.asarray([4]), np.asarray([4]), np.asarray([2])))


# Attributes.


def spoilt(name: str, value: Any) -> onnx.ModelProto:
    """A convolution of which one attribute is something else."""
    made = conv(strides=[1, 1], group=1, auto_pad="NOTSET")
    kept = [a for a in made.graph.node[0].attribute if a.name != name]
    del made.graph.node[0].attribute[:]
    made.graph.node[0].attribute.extend([*kept, helper.make_attribute(name, value)])
    return made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strides", 1),
        ("strides", "1"),
        ("strides", [1.0, 1.0]),
        ("group", [1]),
        ("group", 1.0),
        ("auto_pad", 3),
        ("auto_pad", numpy_helper.from_array(np.zeros(2))),
        ("strides", helper.make_graph([], "g", [], [])),
        ("pads", [1, 1]),
        ("pads", [1] * 60),
        ("strides", [1, 1, 1]),
        ("made_up", 1),
        ("auto_pad", "SAME_SIDEWAYS"),
    ],
)
def test_an_attribute_of_another_type_or_length(name: str, value: Any) -> None:
    with pytest.raises(BadInput):
        analysed(spoilt(name, value))


def test_an_attribute_whose_type_is_a_lie() -> None:
    made = spoilt("strides", [1, 1])
    made.graph.node[0].attribute[-1].type = AttributeProto.FLOAT
    with pytest.raises(BadInput):
        analysed(made)


def test_an_attribute_that_refers_to_a_function_that_is_not_there() -> None:
    made = spoilt("strides", [1, 1])
    made.graph.node[0].attribute[-1].ref_attr_name = "strides"
    refused(made, BadModel, "in no function")


def test_an_attribute_of_an_operator_that_the_checker_passes_over() -> None:
    """The checker (1.23) does not look at the attributes of operators that are functions of others."""
    gain = np.ones(8, np.float32)
    refused(one("LayerNormalization", gain, kernel_shape=1.5), BadModel, "LayerNormalization has none of this name")
    refused(
        one("LayerNormalization", gain, epsilon=1),
        BadModel,
        "is of type INT instead of FLOAT|Mismatched attribute type",
    )


def test_an_attribute_twice() -> None:
    made = conv(strides=[1, 1])
    made.graph.node[0].attribute.add().CopyFrom(made.graph.node[0].attribute[0])
    refused(made, BadModel, "not valid ONNX")


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"strides": [0, 1]}, BadShape),
        ({"strides": [-1, 1]}, BadShape),
        ({"strides": [1 << 31, 1]}, LimitExceeded),
        ({"dilations": [0, 1]}, BadShape),
        ({"dilations": [-2, 1]}, BadShape),
        ({"dilations": [1 << 62, 1]}, LimitExceeded),
        ({"pads": [1 << 31, 0, 0, 0]}, LimitExceeded),
        ({"pads": [-(1 << 62), 0, 0, 0]}, LimitExceeded),
        ({"group": 0}, BadShape),
        ({"group": -1}, BadShape),
        ({"kernel_shape": [1 << 31, 3]}, LimitExceeded),
        ({"kernel_shape": [0, 3]}, BadShape),
        ({"kernel_shape": [5, 5]}, BadInput),
    ],
)
def test_absurd_windows(attributes: dict[str, Any], kind: type[RfengineError]) -> None:
    with pytest.raises(kind, match=r"'it'"):
        analysed(conv(**attributes))


def test_a_pooling_window_of_a_million() -> None:
    refused(one("MaxPool", kernel_shape=[1_000_000, 1], pads=[500_000, 0, 500_000, 0]), LimitExceeded, "window=")


def test_windows_and_periods_that_multiply() -> None:
    """Sixteen thousand phases, four thousand taps each: 67 million unions from a few hundred bytes."""
    sizes = np.asarray([1, 1, 1, 16384])
    empty = np.zeros(0, np.float32)
    nodes = [
        node("Resize", ["x", "e", "e", "sizes"], ["up"], mode="nearest"),
        node("MaxPool", ["up"], ["y"], kernel_shape=[1, 4096], pads=[0, 2048, 0, 2048]),
    ]
    made = model(nodes, inputs={"x": [1, 1, 1, 16383]}, constants={"sizes": sizes, "e": empty})
    refused(made, LimitExceeded, "steps")


def test_what_every_tensor_carries_along() -> None:
    """The names of nodes that blur the field: in a long chain they take the square of its length."""
    nodes = [
        helper.make_node("InstanceNormalization", [f"v{i}" if i else "x", "s", "s"], [f"v{i + 1}"], name=f"norm{i}")
        for i in range(2000)
    ]
    made = model(nodes, inputs=IMAGE, outputs=["v2000"], constants={"s": np.ones(4, np.float32)})
    refused(made, LimitExceeded, "InstanceNormalization 'norm512' .* 513 nodes on the way")


def test_numbers_that_end_the_process_in_onnx() -> None:
    """Found by the fuzzer: each of these crashed the C++ of onnx 1.23."""
    refused(one("GatherND", np.asarray([[0, 0]]), batch_dims=-4), BadShape, "batch_dims=-4")
    split = model([node("Split", ["x"], ["a", "b", "c"], num_outputs=2)], inputs=IMAGE, outputs=["a"], opset=18)
    refused(split, BadShape, "num_outputs=2, but it has 3 outputs")
    split.graph.node[0].attribute[0].i = 1 << 31
    refused(split, LimitExceeded, "num_outputs")
    refused(one("LayerNormalization", np.ones(8, np.float32), axis=1 << 31), BadShape, "axis=2147483648")


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), -1.0, 0.0, 1e38])
def test_scales_that_are_no_scales(scale: float) -> None:
    with pytest.raises(BadInput):
        analysed(one("Resize", np.zeros(0, np.float32), np.asarray([1, 1, scale, 1], np.float32)))


# Stored tensors.


def stored(**changes: Any) -> onnx.ModelProto:
    """A convolution whose weights are something else."""
    made = conv()
    tensor = made.graph.initializer[0]
    for name, value in changes.items():
        if isinstance(value, list):
            tensor.ClearField(name)
            getattr(tensor, name).extend(value)
        else:
            setattr(tensor, name, value)
    return made


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"raw_data": b"\0" * 575}, BadModel, "576"),
        ({"raw_data": b"\0" * 580}, BadModel, "576"),
        ({"raw_data": b""}, BadModel, "value field"),
        ({"dims": [4, 4, 3, -3]}, BadModel, "dim"),
        ({"dims": [1 << 40, 1 << 40, 3, 3]}, BadInput, "."),
        ({"dims": [1 << 23, 1 << 23, 3, 3]}, BadModel, "too small"),
        ({"data_type": 99}, BadModel, "."),
        ({"data_type": 0}, BadModel, "."),
        ({"data_type": TensorProto.DOUBLE}, BadModel, "1152"),
        ({"data_type": TensorProto.STRING}, BadInput, "."),
        ({"data_type": TensorProto.INT64, "dims": [4, 2, 3, 3]}, BadInput, "."),
    ],
)
def test_weights_that_are_not_what_they_say(changes: dict[str, Any], kind: type[RfengineError], says: str) -> None:
    with pytest.raises(kind, match=says):
        analysed(stored(**changes))


def test_a_constant_that_is_not_what_it_says() -> None:
    value = TensorProto(name="c", data_type=TensorProto.FLOAT, dims=[1 << 20], raw_data=b"\0" * 4)
    nodes = [node("Constant", [], ["c"], value=value), node("Add", ["x", "c"])]
    refused(model(nodes, inputs=IMAGE), BadModel, "4 bytes.*4194304 bytes")


def test_text() -> None:
    made = conv()
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.STRING
    refused(made, UnsupportedOperator, "holds text")


def test_sparse_weights() -> None:
    made = conv()
    sparse = made.graph.sparse_initializer.add(dims=[4 * 4 * 3 * 3])
    sparse.values.CopyFrom(numpy_helper.from_array(np.ones(1, np.float32), "c0"))
    sparse.indices.CopyFrom(numpy_helper.from_array(np.zeros(1, np.int64), "i"))
    del made.graph.initializer[:]
    refused(made, UnsupportedOperator, "'c0' is sparse")


def test_external_data_in_training_information() -> None:
    made = conv()
    tensor = made.training_info.add().algorithm.initializer.add(name="w", data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    refused(made, ExternalData, "another file")


# Functions.


def calling(body: Sequence[onnx.NodeProto], *others: onnx.FunctionProto, opset: int = 17) -> onnx.ModelProto:
    """A model that calls the function F of the given body."""
    made = model([helper.make_node("F", ["x"], ["y"], domain="acme", name="it")], inputs=IMAGE, domains=["acme"])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("acme", 1)]
    made.functions.extend([helper.make_function("acme", "F", ["x"], ["y"], body, opsets), *others])
    return made


def call(name: str, source: str, target: str) -> onnx.NodeProto:
    return helper.make_node(name, [source], [target], domain="acme", name="it")


def test_a_function_that_calls_itself() -> None:
    refused(calling([call("F", "x", "y")]), BadModel, "'F' of domain 'acme' calls itself")


def test_functions_that_call_each_other() -> None:
    opsets = [helper.make_opsetid("acme", 1)]
    other = helper.make_function("acme", "G", ["x"], ["y"], [call("F", "x", "y")], opsets)
    refused(calling([call("G", "x", "y")], other), BadModel, "calls itself")


def chain(name: str, times: int, callee: str) -> onnx.FunctionProto:
    steps = [call(callee, f"t{i}" if i else "x", f"t{i + 1}" if i < times - 1 else "y") for i in range(times)]
    return helper.make_function("acme", name, ["x"], ["y"], steps, [helper.make_opsetid("acme", 1)])


def test_functions_that_multiply() -> None:
    """Ten functions of ten calls each: 10^10 nodes from two kilobytes."""
    layers = [chain(f"L{i}", 10, f"L{i + 1}") for i in range(9)]
    last = helper.make_function("acme", "L9", ["x"], ["y"], [node("Relu")], [helper.make_opsetid("", 17)])
    refused(calling([call("L0", "x", "y")], *layers, last), LimitExceeded, "functions written out")


def test_functions_that_multiply_bytes() -> None:
    constant = node("Constant", [], ["c"], value=numpy_helper.from_array(np.zeros(100_000, np.float32)))
    body = helper.make_function("acme", "G", ["x"], ["y"], [constant, node("Relu")], [helper.make_opsetid("", 17)])
    made = calling([*chain("F", 50, "G").node], body)
    refused(made, LimitExceeded, "bytes with all functions", Limits(file_bytes=1_000_000))


def test_functions_in_a_long_row() -> None:
    row = [chain(f"L{i}", 1, f"L{i + 1}") for i in range(100)]
    last = helper.make_function("acme", "L100", ["x"], ["y"], [node("Relu")], [helper.make_opsetid("", 17)])
    refused(calling([call("L0", "x", "y")], *row, last), LimitExceeded, "function_depth")


def test_a_function_in_an_opset_that_differs() -> None:
    body = [node("Constant", [], ["s"], value_ints=[1, 4, 64]), node("Reshape", ["x", "s"])]
    refused(calling(body, opset=13), BadModel, "written in opset 13 and the model in 17")


def test_a_function_that_passes_zero_strides_on() -> None:
    pool = node("MaxPool", kernel_shape=[2, 2])
    pool.attribute.append(AttributeProto(name="strides", ref_attr_name="s", type=AttributeProto.INTS))
    made = calling([pool])
    made.functions[0].attribute.append("s")
    made.graph.node[0].attribute.append(helper.make_attribute("s", [0, 0]))
    refused(made, BadShape, r"strides=\[0, 0\] must be positive")


# Versions.


@pytest.mark.parametrize("version", [0, -1, 10**6, (1 << 63) - 1])
def test_opsets_that_nobody_knows(version: int) -> None:
    made = conv()
    made.opset_import[0].version = version
    refused(made, BadModel, f"opset {version} of domain 'ai.onnx'")


def test_opsets_that_contradict_each_other() -> None:
    made = conv()
    made.opset_import.append(helper.make_opsetid("ai.onnx", 9))
    refused(made, BadModel, "twice")


def test_no_opset() -> None:
    made = conv()
    del made.opset_import[:]
    refused(made, BadModel, "opset")
    made.opset_import.append(helper.make_opsetid("acme", 1))
    refused(made, BadModel, "opset imports")


@pytest.mark.parametrize("version", [0, 1, 2, 999, -1])
def test_ir_versions_that_nobody_knows(version: int) -> None:
    made = conv()
    made.ir_version = version
    refused(made, BadModel, f"IR version {version}")


# The border to the operators.


def test_a_fault_of_a_rule_is_shown_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    relu = ops.find("", "Relu", 14, node="it", opset=17)

    def broken(_: ops.Call) -> list[Any]:
        raise IndexError("tuple index out of range")

    data = model([node("Relu")], inputs=IMAGE).SerializeToString()
    graph = import_onnx(data).graph
    monkeypatch.setattr(ops, "find", lambda *_, **__: _Broken(relu, broken))
    with pytest.raises(OperatorFailed, match=r"Relu 'it' \(version 14\): .* failed with IndexError") as caught:
        receptive_fields(graph)
    assert isinstance(caught.value.__cause__, IndexError)


class _Broken:
    def __init__(self, operator: ops.Operator, reads: Any) -> None:
        self.operator, self.reads = operator, reads


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), NameError("x"), NotImplementedError()])
def test_what_no_model_can_cause_is_not_translated(error: Exception) -> None:
    with pytest.raises(type(error)), operator_code(Node("it", "Relu", 14, ("x",), ("y",))):
        raise error
