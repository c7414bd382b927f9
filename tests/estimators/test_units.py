"""Units by name, index and point."""

from typing import Any

import pytest
from onnx import helper

from api_schemas.erf import GradientOptions, UnitAt
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.units import centre_unit, seen_by, unit_of, units_of
from rfengine.onnx_import import import_onnx
from tests.tiny import light, model, weights


@pytest.fixture(scope="module")
def fields() -> Fields:
    return receptive_fields(import_onnx(light("resnet50"), input_shape={"": (1, 3, 224, 320)}).graph)


@pytest.mark.parametrize(
    ("choice", "index"),
    [
        ("centre", (3, 5)),
        ("edge", (0, 5)),
        ("corner", (0, 0)),
        ((6, 9), (6, 9)),
        ({"at": [0, 0]}, (0, 0)),
        ({"at": [224, 320]}, (6, 9)),
        # Unit i of r171 lies over pixel 32 i: its centre is 32 i + 0.5.
        ({"at": [96.5, 160.5]}, (3, 5)),
        ({"at": [112.4, 112.6]}, (3, 4)),
        ({"at": [112.5, 16]}, (3, 0)),
    ],
)
def test_choices(fields: Fields, choice: Any, index: tuple[int, ...]) -> None:
    parsed = GradientOptions(units=[choice]).units[0]
    unit = unit_of(fields, "r171", parsed)
    assert unit.index == index
    assert unit.centre == tuple(32 * i + 0.5 for i in index)
    assert unit.hull == tuple((32 * i - 213, 32 * i + 213) for i in index)
    assert unit.seen == tuple(
        (max(0, 32 * i - 213), min(n - 1, 32 * i + 213)) for i, n in zip(index, (224, 320), strict=True)
    )


def test_a_point_finds_the_nearest_centre_of_a_shifted_grid() -> None:
    """VALID convolutions: unit 0 of the feature grid lies over pixel 17."""
    from api_schemas import zoo
    from rfengine.spec_import import compile_spec

    data = compile_spec(zoo.build("feature_grid"), name="g").SerializeToString()
    found = receptive_fields(import_onnx(bytes(data)).graph)
    assert unit_of(found, "feature_grid", UnitAt(at=(0, 95))).index == (0, 15)
    assert unit_of(found, "feature_grid", UnitAt(at=(22.9, 23.1))).index == (1, 2)


def test_two_ways_to_say_one_unit_give_it_once(fields: Fields) -> None:
    units = units_of(fields, "r171", ("centre", (3, 5), UnitAt(at=(97, 161)), "corner"))
    assert [unit.index for unit in units] == [(3, 5), (0, 0)]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ((7, 0), r"\[7, 0\] lies outside 'r171', which has 7 x 10 units; allowed: 0 ... 6, 0 ... 9"),
        ((3,), r"\[3\] has 1 axes, but 'r171' has 2 \(7 x 10 units\); give one index per axis"),
        ((), r"\[\] has 0 axes"),
        (UnitAt(at=(1, 320.5)), r"\[1.0, 320.5\] lies outside the image 'gpu_0/data_0' of 224 x 320 px .*0 ... 320"),
        (UnitAt(at=(-1, 2)), r"lies outside the image"),
        (UnitAt(at=(1, 2, 3)), r"\[1.0, 2.0, 3.0\] has 3 axes, but 'r171' sees 'gpu_0/data_0' of 224 x 320 px"),
    ],
)
def test_what_does_not_fit_is_named(fields: Fields, choice: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        unit_of(fields, "r171", choice)


def test_a_unit_that_reads_nothing() -> None:
    from onnx import helper

    from tests.tiny import model, weights

    nodes = [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])]
    made = model(nodes, inputs={"x": [1, 1, 8, 8]}, constants={"w": weights(1, 1, 1, 1)})
    found = receptive_fields(import_onnx(bytes(made.SerializeToString())).graph)
    with pytest.raises(NotEstimable, match=r"unit \[1, 0\] of 'y' reads no pixel at all"):
        unit_of(found, "y", (1, 0))
    pad = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[1] * 4)]
    made = model(pad, inputs={"x": [1, 1, 8, 8]}, constants={"w": weights(1, 1, 1, 1)})
    found = receptive_fields(import_onnx(bytes(made.SerializeToString())).graph)
    with pytest.raises(NotEstimable, match=r"unit \[0, 3\] of 'y' reads padding alone"):
        unit_of(found, "y", (0, 3))


def test_a_target_without_units_says_the_size_and_what_next() -> None:
    """A pooling of 2 after a VALID convolution of 3: an image of 3 px leaves one value, and no unit of the pooling."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    made = model(nodes, inputs={"x": [1, 3, 3, 3]}, constants={"w": weights(3, 3, 3, 3)})
    found = receptive_fields(import_onnx(made.SerializeToString()).graph)
    for look in (seen_by, centre_unit):
        with pytest.raises(BadInput, match=r"'y' has no units for 'x' of 3 x 3 px; give a larger image.*canvas"):
            look(found, "y")
