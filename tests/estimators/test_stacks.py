"""Stacking: images and units of one run do not touch each other, and where they would they are run alone."""

import numpy as np
import pytest
from onnx import helper

from api_schemas.erf import GradientOptions, Policy
from rfengine.errors import NotEstimable
from rfengine.estimators import stacks
from rfengine.estimators.gradient import gradient
from rfengine.estimators.stacks import batch_axis
from rfengine.estimators.units import unit_at, units_of
from rfengine.graph import Array
from rfengine.onnx_import import import_onnx
from tests.estimators.naive import naive, noise, subject_of
from tests.tiny import conv_chain, model, weights

OPTIONS = GradientOptions(images=5, dtype="float64", seed=2)


def net(*tail: object, size: tuple[int, int] = (40, 40)) -> bytes:
    """Convolutions with a stride and ReLUs, from x to `a`, then more nodes to `y`."""
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["c"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Conv", ["r", "w2"], ["a"], pads=[1] * 4),
        *(tail or [helper.make_node("Relu", ["a"], ["y"])]),
    ]
    constants = {
        "w1": weights(4, 3, 3, 3),
        "w2": weights(6, 4, 3, 3, seed=1),
        "s": np.ones(6, np.float32),
        "z": np.zeros(6, np.float32),
        "flat": np.asarray([1, 6, -1, 20]),
        "back": np.asarray([-1, 6, 20, 20]),
    }
    made = model(list(nodes), inputs={"x": [1, 3, *size]}, constants=constants)
    return bytes(made.SerializeToString())


@pytest.mark.parametrize("crop", ["auto", "never"])
@pytest.mark.parametrize("most", [1, 2, 3, 64])
def test_the_batch_changes_nothing(monkeypatch: pytest.MonkeyPatch, most: int, crop: str) -> None:
    monkeypatch.setattr(stacks, "MOST_STACKED", most)
    subject = subject_of(net())
    # Neighbours share a size and a run; the corner has a part of its own.
    units = units_of(subject.fields, "y", ((9, 9), (9, 10), (10, 9), (0, 0), (19, 3)))
    erfs = gradient(subject, units, OPTIONS.model_copy(update={"crop": crop}))
    images = noise((1, 3, 40, 40), 5, OPTIONS.seed)
    for unit, erf in zip(units, erfs, strict=True):
        expected = np.mean(naive(subject.fields, "y", unit.index, images), axis=0)
        np.testing.assert_allclose(erf.values, expected, rtol=1e-12, atol=1e-15)
        assert erf.unit is unit
    batches = {erf.policy["batch"] for erf in erfs}
    assert max(batches) == (1 if most == 1 else max(batches)) <= most
    assert max(batches) > 1 or most == 1


def test_units_of_one_size_share_their_runs() -> None:
    subject = subject_of(net())
    units = units_of(subject.fields, "y", ((9, 9), (9, 10), (10, 9)))
    (first, *_) = gradient(subject, units, OPTIONS)
    assert first.policy["batch"] == 15


def reshaping() -> bytes:
    """A batch folded into another axis and out of it again, with sizes baked in."""
    return net(helper.make_node("Reshape", ["a", "flat"], ["f"]), helper.make_node("Reshape", ["f", "back"], ["y"]))


def test_a_baked_batch_is_run_one_by_one() -> None:
    subject = subject_of(reshaping())
    unit = unit_at(subject.fields, "y", (0, 0))
    (erf,) = gradient(subject, [unit], OPTIONS.model_copy(update={"crop": "never"}))
    images = noise((1, 3, 40, 40), 5, OPTIONS.seed)
    np.testing.assert_allclose(erf.values, np.mean(naive(subject.fields, "y", (0, 0), images), axis=0), rtol=1e-12)
    assert erf.policy["batch"] == "1: the images of a batch meet before the target"


def normalised() -> bytes:
    return net(helper.make_node("BatchNormalization", ["a", "s", "z", "z", "s"], ["y"], name="norm"))


def test_training_norms_are_run_with_the_batch_of_the_analysis() -> None:
    training = OPTIONS.model_copy(update={"policy": Policy(norm="training"), "images": 4})
    alone = subject_of(normalised())
    unit = unit_at(alone.fields, "y", (9, 9))
    (erf,) = gradient(alone, [unit], training)
    assert erf.policy["batch"] == "1: the images of a batch meet before the target"
    assert erf.support_checked is False
    together = subject_of(normalised(), shape=(2, 3, 40, 40))
    (pair,) = gradient(together, [unit_at(together.fields, "y", (9, 9))], training)
    assert np.abs(pair.values - erf.values).max() > 1e-3 * erf.values.max()
    np.testing.assert_allclose(pair.values, by_hand(4), rtol=1e-9, atol=1e-13)


def by_hand(count: int) -> Array:
    """The same written out: batches of two through a normalisation with their own mean and variance."""
    import torch
    import torch.nn.functional as F

    w1, w2 = torch.from_numpy(weights(4, 3, 3, 3)).double(), torch.from_numpy(weights(6, 4, 3, 3, seed=1)).double()
    images = noise((1, 3, 40, 40), count, OPTIONS.seed)
    total = np.zeros((40, 40))
    for first, second in zip(images[::2], images[1::2], strict=True):
        x = torch.cat([first, second]).requires_grad_()
        a = F.conv2d(F.relu(F.conv2d(x, w1, stride=2, padding=1)), w2, padding=1)
        centred = a - a.mean((0, 2, 3), keepdim=True)
        y = centred / (a.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()
        (g,) = torch.autograd.grad(y[:, :, 9, 9].sum(), x)
        total += g.abs().sum((0, 1)).numpy()
    return np.asarray(total / count)


@pytest.mark.parametrize(
    ("data", "axis", "separate"),
    [(net(), 0, True), (net(helper.make_node("Transpose", ["a"], ["y"], perm=[1, 0, 2, 3])), 1, True)],
)
def test_where_the_batch_is(data: bytes, axis: int, separate: bool) -> None:
    graph = import_onnx(data, input_shape={"x": (3, 3, 40, 40)}).graph
    assert batch_axis(graph, "x", "y") == (axis, separate)


def test_a_mean_over_the_batch_is_no_batch() -> None:
    data = net(helper.make_node("ReduceMean", ["a"], ["y"], axes=[0]))
    graph = import_onnx(data, input_shape={"x": (3, 3, 40, 40)}).graph
    assert batch_axis(graph, "x", "y")[1] is False


def test_a_batch_in_reverse_is_none() -> None:
    """Every image is alone, but not in its place."""
    end = {"first": np.asarray([-1]), "last": np.asarray([-99]), "axes": np.asarray([0]), "step": np.asarray([-1])}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Slice", ["c", *end], ["y"]),
    ]
    made = model(nodes, inputs={"x": [3, 1, 8, 8]}, constants={"w": weights(1, 1, 3, 3), **end})
    graph = import_onnx(bytes(made.SerializeToString())).graph
    assert batch_axis(graph, "x", "y")[1] is False


def test_a_policy_that_cuts_the_target_off() -> None:
    """A gate that only sees the whole image, made one: nothing of the image is left in it."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Sub", ["c", "c"], ["d"]),
        helper.make_node("Softmax", ["d"], ["y"], axis=1),
    ]
    made = model(nodes, inputs={"x": [1, 2, 8, 8]}, constants={"w": weights(2, 2, 3, 3)})
    subject = subject_of(bytes(made.SerializeToString()))
    with pytest.raises(NotEstimable):
        gradient(subject, [unit_at(subject.fields, "y", (4, 4))], OPTIONS)


def test_memory_bounds_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from rfengine.runtime import device

    monkeypatch.setattr(device, "memory_for_values", lambda _: 1 << 16)
    subject = subject_of(conv_chain(3, side=64))
    unit = unit_at(subject.fields, "c3", (32, 32))
    (erf,) = gradient(subject, [unit], OPTIONS.model_copy(update={"crop": "never"}))
    # 3 maps of 64 x 64 float64 values: 96 KiB an image.
    assert erf.policy["batch"] == 1
