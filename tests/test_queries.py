"""Unit -> pixels and pixel -> units, against the poisoned network and against each other."""

import subprocess
import sys
from itertools import pairwise

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from onnx import helper

import rfengine
from rfengine.errors import BadInput
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.queries import Runs, centre_of, pixels_of, units_of
from tests.calculus.networks import networks
from tests.calculus.twins import SPATIAL, concrete_pass, probe
from tests.estimators.test_probe import attention
from tests.tiny import conv_chain, model, weights


def fields_of(data: bytes) -> Fields:
    return receptive_fields(import_onnx(data).graph)


def members(runs: Runs) -> set[int]:
    assert all(first <= last for first, last in runs)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(runs))
    return {i for first, last in runs for i in range(first, last + 1)}


def axis_by_axis(fields: Fields, tensor: str, axis: int, *, clipped: bool) -> list[set[int]]:
    """What each unit of one axis reads by `pixels_of`."""
    extent = fields.extent(tensor)
    assert extent is not None
    units = [[i if a == axis else 0 for a in range(len(extent))] for i in range(extent[axis])]
    return [members(pixels_of(fields, tensor, unit, clipped=clipped)[axis]) for unit in units]


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_both_ways_against_the_poisoned_network(made: onnx.ModelProto) -> None:
    graph = import_onnx(made.SerializeToString()).graph
    fields = receptive_fields(graph)
    canvas = fields.canvas("x")
    for axis in (0, 1):
        concrete, others = concrete_pass(graph, SPATIAL[axis]), concrete_pass(graph, SPATIAL[1 - axis])
        for tensor, truth in probe(graph, SPATIAL[axis]).items():
            if tensor == "x":
                continue
            read = axis_by_axis(fields, tensor, axis, clipped=True)
            # Rows are read through columns: were no column quite inside, some path might have read nothing at all.
            complete = any(unit.inside for unit in others[tensor])
            assert all(a == b if complete else a >= b for a, b in zip(read, truth, strict=True)), tensor
            endless = axis_by_axis(fields, tensor, axis, clipped=False)
            assert all(endless[i] == read[i] for i, unit in enumerate(concrete[tensor]) if unit.inside), tensor
            for p in range(-4, canvas[axis] + 4):
                pixel = [p, p]
                seen = members(units_of(fields, tensor, pixel, clipped=True)[axis])
                assert seen == {i for i, pixels in enumerate(read) if p in pixels}, tensor
                seen = members(units_of(fields, tensor, pixel)[axis])
                assert seen == {i for i, pixels in enumerate(endless) if p in pixels}, tensor


def test_a_corner_unit() -> None:
    fields = fields_of(conv_chain(2, side=8))
    assert pixels_of(fields, "c2", (0, 7)) == (((-2, 2),), ((5, 9),))
    assert pixels_of(fields, "c2", (0, 7), clipped=True) == (((0, 2),), ((5, 7),))
    assert units_of(fields, "c2", (0, 4)) == (((0, 2),), ((2, 6),))
    assert units_of(fields, "c2", (-1, 4)) == (((0, 1),), ((2, 6),))
    assert units_of(fields, "c2", (-1, 4), clipped=True) == ((), ((2, 6),))
    assert centre_of(fields, "c2", (0, 7)) == (0.5, 7.5)


def test_gaps_are_runs() -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"], dilations=[3, 1], strides=[1, 4])
    made = model([node], inputs={"x": [1, 1, 12, 13]}, constants={"w": weights(1, 1, 2, 1)})
    fields = fields_of(made.SerializeToString())
    assert pixels_of(fields, "y", (2, 1)) == (((2, 2), (5, 5)), ((4, 4),))
    assert units_of(fields, "y", (5, 4)) == (((2, 2), (5, 5)), ((1, 1),))
    assert units_of(fields, "y", (5, 5)) == (((2, 2), (5, 5)), ())


def test_windows_of_attention() -> None:
    fields = fields_of(attention(7))
    (rows, columns) = pixels_of(fields, "back", (0, 13), clipped=True)
    assert (rows, columns) == (((0, 13),), ((13, 27),))
    assert units_of(fields, "back", (0, 27)) == (((0, 6),), ((7, 13),))


def test_several_inputs_are_asked_for_by_name() -> None:
    nodes = [helper.make_node("Conv", ["a", "w"], ["c"], pads=[1] * 4), helper.make_node("Add", ["c", "b"], ["y"])]
    made = model(nodes, inputs={"a": [1, 1, 9, 9], "b": [1, 1, 9, 9]}, constants={"w": weights(1, 1, 3, 3)})
    fields = fields_of(made.SerializeToString())
    assert pixels_of(fields, "y", (4, 4)) == (((3, 5),), ((3, 5),))
    assert pixels_of(fields, "y", (4, 4), source="b", clipped=True) == (((4, 4),), ((4, 4),))
    with pytest.raises(BadInput, match="'c' does not see 'b' unit by unit; it sees: a"):
        pixels_of(fields, "c", (4, 4), source="b")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda fields: pixels_of(fields, "c9", (0, 0)), "'c9' is no feature map .* near it: c"),
        (lambda fields: pixels_of(fields, "c2", (8, 0)), r"'c2' has no unit \[8, 0\]; it has 8 x 8, counted from 0"),
        (lambda fields: centre_of(fields, "c2", (0,)), r"no unit \[0\]"),
        (lambda fields: units_of(fields, "c2", (0,)), r"pixel \[0\] has 1 coordinates; 'x' has 2"),
    ],
)
def test_what_does_not_exist_is_named(ask, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        ask(fields_of(conv_chain(2, side=8)))


def test_the_package_offers_them_and_stays_light() -> None:
    assert rfengine.pixels_of is pixels_of
    assert set(rfengine.__all__) <= {*dir(rfengine), *rfengine._HOMES}
    assert all(getattr(rfengine, name) is not None for name in rfengine.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rfengine.nothing
    code = "import sys, rfengine; assert not {'numpy', 'onnx', 'pydantic', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
