"""Size, stride and offset estimated from gradients: the README of receptivefield, and where estimates go astray."""

from typing import Any

import numpy as np
import pytest
from onnx import helper

from api_schemas import zoo
from api_schemas.erf import GradientOptions
from api_schemas.report import Estimated
from rfengine.estimators.estimated import estimated, support, units_for
from rfengine.estimators.gradient import gradient
from rfengine.spec_import import compile_spec
from tests.estimators.naive import subject_of
from tests.tiny import model, weights


def estimate(data: bytes, target: str, *, shape: Any = None) -> Estimated:
    subject = subject_of(data, shape=shape)
    maps = gradient(subject, units_for(subject.fields, target), GradientOptions(images=1))
    return estimated(subject.fields, target, maps)


def test_readme_example() -> None:
    """ReceptiveFieldDescription(offset=(17.0, 17.0), stride=(4.0, 4.0), size=Size(w=34, h=34)), map 16 x 16."""
    data = bytes(compile_spec(zoo.build("feature_grid"), name="grid").SerializeToString())
    subject = subject_of(data)
    assert subject.fields.extent("feature_grid") == (16, 16)
    found = estimate(data, "feature_grid")
    assert found == Estimated(size=[34, 34], stride=[4.0, 4.0], offset=[17.0, 17.0], agrees=True, reasons=())


@pytest.mark.parametrize("target", ["pool1", "pool2", "feature_grid"])
def test_every_endpoint_of_it(target: str) -> None:
    assert estimate(bytes(compile_spec(zoo.build("feature_grid"), name="g").SerializeToString()), target).agrees


def padded(*, strides: tuple[int, int] = (1, 1), kernel: tuple[int, int] = (3, 3), size: int = 32) -> bytes:
    pads = [kernel[0] // 2, kernel[1] // 2] * 2
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=pads, strides=list(strides)),
        helper.make_node("Conv", ["a", "w"], ["y"], pads=pads),
    ]
    constants = {"w": weights(2, 2, *kernel)}
    made = model(nodes, inputs={"x": [1, 2, size, size]}, constants=constants)
    return bytes(made.SerializeToString())


def test_padding_cuts_the_first_unit_and_not_the_offset() -> None:
    found = estimate(padded(strides=(2, 3), kernel=(3, 5)), "y")
    # 3 + 2 * 2 and 5 + 4 * 3; the centre of unit 0 lies over the first pixel.
    assert found == Estimated(size=[7, 17], stride=[2.0, 3.0], offset=[0.5, 0.5], agrees=True, reasons=())


def test_a_field_larger_than_the_image_is_cut() -> None:
    found = estimate(padded(kernel=(5, 5), size=6), "y")
    assert not found.agrees
    assert found.size[0] < 9
    assert "reaches the image's border, where it is cut; use a larger image" in found.reasons[-1]


def test_phases_disagree_and_say_so() -> None:
    """Behind a transposed convolution, every second unit sees less."""
    nodes = [helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2, 2])]
    made = model(nodes, inputs={"x": [1, 2, 20, 20]}, constants={"w": weights(2, 2, 3, 3)})
    found = estimate(bytes(made.SerializeToString()), "y")
    assert found.size == [2, 2]
    assert not found.agrees or found.stride == [0.5, 0.5]


def test_hidden_pixels_make_it_smaller() -> None:
    """A kernel whose outer ring is zero: the calculus counts its taps, a gradient does not."""
    ring = np.zeros((1, 1, 5, 5), np.float32)
    ring[:, :, 1:4, 1:4] = 1
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4)]
    made = model(nodes, inputs={"x": [1, 1, 20, 20]}, constants={"w": ring})
    found = estimate(bytes(made.SerializeToString()), "y")
    assert (found.size, found.agrees) == ([3, 3], False)
    assert found.reasons == (
        "size: measured 3 x 3, by the calculus 5 x 5",
        "pixels that dead activations or equal weights hide are not measured",
    )


def test_a_single_unit_has_no_stride() -> None:
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"])]
    made = model(nodes, inputs={"x": [1, 1, 5, 6]}, constants={"w": weights(1, 1, 5, 5)})
    found = estimate(bytes(made.SerializeToString()), "y")
    assert found == Estimated(size=[5, 5], stride=[None, 1.0], offset=[2.5, 2.5], agrees=True, reasons=())


def test_units_that_an_estimate_needs() -> None:
    subject = subject_of(padded(size=9))
    assert [unit.index for unit in units_for(subject.fields, "y")] == [
        (4, 4),
        (3, 4),
        (5, 4),
        (0, 4),
        (4, 3),
        (4, 5),
        (4, 0),
    ]


def test_support() -> None:
    values = np.zeros((5, 6))
    values[1, 4] = values[3, 2] = 1e-300
    assert support(values) == ((1, 3), (2, 4))
