"""What is said where there is no gradient: the reason, found by looking, and the way out."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from api_schemas.erf import GradientOptions, Policy
from rfengine.errors import NotEstimable
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import centre_unit
from tests.estimators.naive import subject_of
from tests.tiny import model, weights


def net(*nodes: onnx.NodeProto, **constants: Any) -> bytes:
    """A 3x3 convolution from x to c1, then some nodes, then another from the last value to y."""
    before = helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1] * 4, name="conv1")
    after = helper.make_node("Conv", [nodes[-1].output[0], "w2"], ["y"], pads=[1] * 4, name="conv2")
    values = {
        "w1": weights(4, 3, 3, 3),
        "b1": np.zeros(4, np.float32),
        "w2": weights(2, 4, 3, 3, seed=1),
        **constants,
    }
    made = model([before, *nodes, after], inputs={"x": [1, 3, 16, 16]}, constants=values)
    return bytes(made.SerializeToString())


RELU = helper.make_node("Relu", ["c1"], ["r1"], name="relu1")
SIGMOID = helper.make_node("Sigmoid", ["c1"], ["r1"], name="sigmoid1")
FLOOR = helper.make_node("Floor", ["c1"], ["r1"], name="floor1")
ROOT = [
    helper.make_node("Sub", ["c1", "c1"], ["r0"], name="nothing"),
    helper.make_node("Sqrt", ["r0"], ["r1"], name="root1"),
]


def said(data: bytes, **options: Any) -> str:
    subject = subject_of(data)
    with pytest.raises(NotEstimable) as caught:
        gradient(subject, [centre_unit(subject.fields, "y")], GradientOptions(**options))
    return str(caught.value)


def test_dead_relus() -> None:
    message = said(net(RELU, b1=np.full(4, -1e6, np.float32)))
    assert message == (
        "gradient: unit [8, 8] of 'y': the gradient is zero on all 4 images: Relu 'relu1' let nothing through (dead "
        "ReLUs: their derivative is zero at every place that the unit sees); ask for policy "
        "{'activations': 'identity'}, another unit, or 'constant_forward', which does not depend on the activations"
    )


def test_saturated_activations() -> None:
    message = said(net(SIGMOID, b1=np.full(4, 1e6, np.float32)))
    assert "Sigmoid 'sigmoid1' let nothing through (saturated activations: their derivative" in message


def test_the_way_out_is_one() -> None:
    subject = subject_of(net(RELU, b1=np.full(4, -1e6, np.float32)))
    options = GradientOptions(policy=Policy(activations="identity"))
    (erf,) = gradient(subject, [centre_unit(subject.fields, "y")], options)
    assert erf.values.any()


def test_weights_that_are_zero() -> None:
    message = said(net(RELU, w2=np.zeros((2, 4, 3, 3), np.float32)))
    assert "the weights w2 are all zero; name a target before them" in message


def test_steps_have_no_slope() -> None:
    message = said(net(FLOOR))
    assert "the gradient is zero on all 4 images: Floor 'floor1' let nothing through (steps, flat" in message
    assert "ReLU" not in message


def test_what_is_too_small_for_float32() -> None:
    tiny = np.full((4, 3, 3, 3), 1e-30, np.float32)
    message = said(net(RELU, w1=tiny, w2=np.full((2, 4, 3, 3), 1e-30, np.float32)))
    assert message.endswith("it is too small for float32; use dtype float64")


def test_the_reports_dtype_is_a_way_out_where_it_says_so() -> None:
    tiny = np.full((4, 3, 3, 3), 1e-30, np.float32)
    subject = subject_of(net(RELU, w1=tiny, w2=np.full((2, 4, 3, 3), 1e-30, np.float32)))
    (erf,) = gradient(subject, [centre_unit(subject.fields, "y")], GradientOptions(dtype="float64"))
    assert 0 < erf.values.max() < 1e-50


def test_nan_in_the_weights_is_named() -> None:
    broken = weights(4, 3, 3, 3)
    broken[1, 1, 1, 1] = np.nan
    message = said(net(RELU, w1=broken))
    assert "the gradient is not finite in float32: the constant 'w1' holds NaN; mend the model" in message


def test_infinity_in_the_weights_is_named() -> None:
    broken = weights(2, 4, 3, 3)
    broken[1, 1, 1, 1] = np.inf
    assert "the weights 'w2' hold infinity" in said(net(RELU, w2=broken))


def test_infinite_bounds_are_not_blamed() -> None:
    """A Clip without an upper bound, written with infinity."""
    clip = helper.make_node("Clip", ["c1", "low", "high"], ["r1"], name="clip1")
    bounds = {"low": np.float32(0), "high": np.float32(np.inf)}
    huge = np.full((4, 3, 3, 3), 3e37, np.float32)
    message = said(net(clip, w1=huge, w2=np.full((2, 4, 3, 3), 3e37, np.float32), **bounds))
    assert "values overflow" in message
    assert message.endswith("use dtype float64")


def test_overflow_names_the_node_and_float64() -> None:
    huge = np.full((4, 3, 3, 3), 3e37, np.float32)
    message = said(net(RELU, w1=huge, w2=np.full((2, 4, 3, 3), 3e37, np.float32)))
    assert "values overflow (first in the output of Conv 'conv2' (version 11)); use dtype float64" in message


def test_a_derivative_that_is_infinite() -> None:
    message = said(net(*ROOT))
    assert "a derivative is (a root or a quotient at zero), though every value is finite" in message


def test_float64_is_not_offered_where_it_fails_too() -> None:
    message = said(net(*ROOT), dtype="float64")
    assert "use dtype float64" not in message


NEGATIVE_ROOT = helper.make_node("Sqrt", ["c1"], ["r1"], name="root1")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_root_of_negative_values_is_no_overflow(dtype: str) -> None:
    message = said(net(NEGATIVE_ROOT, b1=np.full(4, -1e6, np.float32)), dtype=dtype)
    assert "values are not a number (first in the output of Sqrt 'root1'" in message
    assert message.endswith(
        "ask for a target before it, policy {'activations': 'identity'}, or 'constant_forward', "
        "which does not depend on the activations"
    )
    assert "overflow" not in message


EXP = [helper.make_node("Mul", ["c1", "big"], ["r0"]), helper.make_node("Exp", ["r0"], ["r1"], name="exp1")]


def test_infinity_in_float64_is_an_overflow() -> None:
    message = said(net(*EXP, big=np.float32(1e6)), dtype="float64")
    assert "values overflow in float64 too (first in the output of Exp 'exp1'" in message
    assert "ask for policy {'weights': 'he'} or 'constant_forward'" in message


def test_a_policy_that_is_in_use_is_not_offered() -> None:
    message = said(net(*EXP, big=np.float32(1e6)), dtype="float64", policy={"weights": "he"})
    assert "ask for 'constant_forward', which" in message
    assert "'he'" not in message
