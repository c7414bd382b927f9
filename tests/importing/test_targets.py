"""Automatic targets: the last feature maps, not the gates."""

import numpy as np
from onnx import helper

from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.targets import find_targets
from tests.tiny import model, weights


def fields_of(nodes: list, outputs: tuple[str, ...], **constants: object):
    made = model(nodes, inputs={"x": [1, 4, 16, 16]}, outputs=outputs, constants=constants)
    return receptive_fields(import_onnx(made.SerializeToString()).graph)


def test_gate_of_squeeze_and_excitation_is_no_target_and_leaves_the_local_field() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("GlobalAveragePool", ["c"], ["g"], name="squeeze"),
        helper.make_node("Conv", ["g", "v"], ["e"]),
        helper.make_node("Sigmoid", ["e"], ["s"]),
        helper.make_node("Mul", ["c", "s"], ["y"], name="gate"),
    ]
    fields = fields_of(nodes, ("y",), w=weights(4, 4, 3, 3), v=weights(4, 4, 1, 1))
    assert find_targets(fields) == ("y",)
    assert [axis.map.sizes for axis in fields.spatial("y")["x"]] == [(3,), (3,)]
    assert fields.by_input["x"]["y"].whole == ("squeeze",)
    assert fields.by_input["x"]["c"].whole == ()


def test_outputs_at_several_strides_are_all_targets() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["p3"], pads=[1] * 4),
        helper.make_node("MaxPool", ["p3"], ["p4"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p4"], ["flat"]),
    ]
    fields = fields_of(nodes, ("p3", "flat"), w=weights(4, 4, 3, 3))
    assert find_targets(fields) == ("p3", "p4")


def test_a_target_by_node_name_is_its_first_output() -> None:
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], name="head")]
    fields = fields_of(nodes, ("y",), w=weights(4, 4, 3, 3))
    assert find_targets(fields, ("head", "y")) == ("y",)


def test_shapes_computed_in_the_graph_are_folded() -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Slice", ["s", "two", "four"], ["hw"]),
        helper.make_node("Concat", ["head", "hw"], ["shape"], axis=0),
        helper.make_node("Reshape", ["x", "shape"], ["split"]),
        helper.make_node("Transpose", ["split"], ["shuffled"], perm=[0, 2, 1, 3, 4]),
        helper.make_node("Reshape", ["shuffled", "s"], ["y"]),
    ]
    fields = fields_of(nodes, ("y",), two=np.array([2]), four=np.array([4]), head=np.array([1, 2, 2]))
    assert [node.op for node in fields.graph.nodes] == ["Reshape", "Transpose", "Reshape"]
    assert [axis.map.sizes for axis in fields.spatial("y")["x"]] == [(1,), (1,)]
