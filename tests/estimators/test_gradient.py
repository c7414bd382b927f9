"""gradient against a plain autograd run: reductions, channels, images, policies, draws, and what the report says."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from onnx import helper

from api_schemas.erf import GradientOptions, Policy
from api_schemas.initialisers import He
from rfengine.errors import BadInput, BadShape
from rfengine.estimators.erf import ErfMap, Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import centre_unit, unit_at
from rfengine.graph import Array
from rfengine.runtime.policies import with_policy
from tests.estimators.naive import naive, noise, subject_of
from tests.tiny import conv_chain, model, weights

DOUBLE = GradientOptions(dtype="float64")


def relu_net() -> bytes:
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["y"], pads=[1] * 4),
    ]
    constants = {"w1": weights(8, 3, 3, 3), "b1": np.zeros(8, np.float32), "w2": weights(2, 8, 3, 3, seed=1)}
    return bytes(model(nodes, inputs={"x": [1, 3, 16, 16]}, constants=constants).SerializeToString())


def centre(options: GradientOptions, subject: Subject | None = None) -> ErfMap:
    subject = subject or subject_of(relu_net())
    (erf,) = gradient(subject, [centre_unit(subject.fields, "y")], options)
    return erf


def signed(channel: int | None, count: int, seed: int) -> list[Array]:
    """The gradient of one channel of unit (4, 4), or of their sum, written out in torch; [C, H, W] per image."""
    w1, w2 = torch.from_numpy(weights(8, 3, 3, 3)).double(), torch.from_numpy(weights(2, 8, 3, 3, seed=1)).double()
    found = []
    for image in noise((1, 3, 16, 16), count, seed):
        x = image.requires_grad_()
        unit = F.conv2d(F.relu(F.conv2d(x, w1, stride=2, padding=1)), w2, padding=1)[0, :, 4, 4]
        (g,) = torch.autograd.grad(unit.sum() if channel is None else unit[channel], x)
        found.append(g[0].numpy())
    return found


@pytest.mark.parametrize("reduction", ["abs", "rms"])
def test_against_autograd_written_out(reduction: Any) -> None:
    erf = centre(GradientOptions(images=3, seed=7, dtype="float64", reduction=reduction))
    maps = signed(None, 3, 7)
    expected = (
        np.mean([np.abs(g).sum(0) for g in maps], axis=0)
        if reduction == "abs"
        else np.sqrt(np.mean([(g**2).sum(0) for g in maps], axis=0))
    )
    assert np.allclose(erf.values, expected, rtol=1e-12)
    assert erf.unit.index == (4, 4)
    assert erf.unit.centre == (8.5, 8.5)


def test_each_channel_by_itself() -> None:
    each = centre(GradientOptions(images=2, dtype="float64", unit_channels="each")).values
    expected = np.mean([np.abs(g).sum(0) for channel in (0, 1) for g in signed(channel, 2, 0)], axis=0)
    assert np.allclose(each, expected, rtol=1e-12)
    rms = centre(GradientOptions(images=2, dtype="float64", unit_channels="each", reduction="rms")).values
    squares = np.mean([(g**2).sum(0) for channel in (0, 1) for g in signed(channel, 2, 0)], axis=0)
    assert np.allclose(rms, np.sqrt(squares), rtol=1e-12)


def test_listed_channels() -> None:
    one = centre(GradientOptions(images=2, dtype="float64", unit_channels=(1,))).values
    assert np.allclose(one, np.mean([np.abs(g).sum(0) for g in signed(1, 2, 0)], axis=0), rtol=1e-12)
    both = centre(GradientOptions(images=2, dtype="float64", unit_channels=(0, 1))).values
    assert np.allclose(both, centre(GradientOptions(images=2, dtype="float64")).values, rtol=1e-12)


@pytest.mark.parametrize(("channels", "said"), [((0, 2), "channel 2, but 'y' has 2 channels"), ((), "an empty list")])
def test_channels_that_are_not_there(channels: Any, said: str) -> None:
    with pytest.raises(BadInput, match=f"{said}.*allowed: 0 ... 1"):
        centre(GradientOptions(unit_channels=channels))


def test_the_seed_decides_the_map() -> None:
    first, again, other = (centre(GradientOptions(images=1, seed=seed)).values for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_float32_is_float64_to_rounding() -> None:
    one, other = (centre(GradientOptions(dtype=dtype)).values for dtype in ("float32", "float64"))
    assert 0 < np.abs(one - other).max() < 1e-5 * other.max()


def test_given_images() -> None:
    given = np.random.default_rng(0).standard_normal((3, 3, 16, 16)).astype(np.float32)
    subject = subject_of(relu_net(), images=given)
    erf = centre(GradientOptions(inputs="given", images=2, dtype="float64"), subject)
    images = [torch.from_numpy(image)[None] for image in given[:2]]
    assert np.allclose(erf.values, np.mean(naive(subject.fields, "y", (4, 4), images), axis=0), rtol=1e-12)
    assert erf.inputs == {"kind": "given", "images": 2}
    assert centre(GradientOptions(inputs="given"), subject).inputs == {"kind": "given", "images": 3}


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (
            (1, 3, 20, 16),
            r"\[3, 20, 16\] each, but the input 'x' takes \[3, 16, 16\]; set input_shape to \[1, 3, 20, 16\]",
        ),
        ((1, 1, 16, 16), r"takes \[3, 16, 16\]; send images with 3 channels"),
        ((1, 3, 16), r"images have the shape \[3, 16\] each"),
    ],
)
def test_given_images_that_do_not_fit(shape: Any, said: str) -> None:
    subject = subject_of(relu_net(), images=np.zeros(shape, np.float32))
    with pytest.raises(BadShape, match=said):
        centre(GradientOptions(inputs="given"), subject)


def test_given_images_that_are_none() -> None:
    with pytest.raises(BadInput, match="no images came with the model; send some"):
        centre(GradientOptions(inputs="given"))
    bad = np.zeros((2, 3, 16, 16), np.float32)
    bad[1, 0, 3, 3] = np.nan
    with pytest.raises(BadInput, match="image 1 of 2 holds NaN"):
        centre(GradientOptions(inputs="given"), subject_of(relu_net(), images=bad))


@pytest.mark.parametrize(
    "policy",
    [
        Policy(activations="identity"),
        Policy(max_pool="average"),
        Policy(norm="identity"),
        Policy(weights=He(seed=4)),
        Policy(weights=He(seed=4), activations="identity", max_pool="average", norm="identity"),
    ],
    ids=str,
)
@pytest.mark.parametrize("index", [(4, 4), (0, 2)])
def test_policies(policy: Policy, index: tuple[int, int]) -> None:
    subject = subject_of(mixed())
    (erf,) = gradient(
        subject, [unit_at(subject.fields, "y", index)], GradientOptions(dtype="float64", images=2, policy=policy)
    )
    graph = with_policy(subject.fields.graph, policy, seed=4)
    expected = np.mean(naive(subject.fields, "y", index, noise((1, 3, 40, 40), 2, 0), graph=graph), axis=0)
    np.testing.assert_allclose(erf.values, expected, rtol=1e-9, atol=1e-14)
    assert {**erf.policy, **policy.model_dump(mode="json")} == erf.policy


def mixed() -> bytes:
    """Every kind of node that a policy changes."""
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["c1"], pads=[1] * 4, strides=[2, 2], name="conv1"),
        helper.make_node("BatchNormalization", ["c1", "s", "b", "b", "v"], ["n1"], name="norm1"),
        helper.make_node("Relu", ["n1"], ["r1"], name="relu1"),
        helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, name="pool1"),
        helper.make_node("Conv", ["p1", "w2", "b"], ["y"], pads=[1] * 4, name="conv2"),
    ]
    constants = {
        "w1": weights(6, 3, 3, 3),
        "w2": weights(6, 6, 3, 3, seed=1),
        "s": np.abs(weights(6)) + 0.5,
        "b": weights(6, seed=2),
        "v": np.abs(weights(6, seed=3)) + 0.5,
    }
    return bytes(model(nodes, inputs={"x": [1, 3, 40, 40]}, constants=constants).SerializeToString())


def test_draws_are_averaged_with_images_of_their_own() -> None:
    subject = subject_of(mixed())
    unit = unit_at(subject.fields, "y", (5, 5))
    options = GradientOptions(dtype="float64", images=2, draws=3, policy=Policy(weights=He(seed=10)), seed=5)
    (erf,) = gradient(subject, [unit], options)
    maps = [
        each
        for draw in range(3)
        for each in naive(
            subject.fields,
            "y",
            (5, 5),
            noise((1, 3, 40, 40), 2, 5 + draw),
            graph=with_policy(subject.fields.graph, options.policy, seed=10 + draw),
        )
    ]
    np.testing.assert_allclose(erf.values, np.mean(maps, axis=0), rtol=1e-9, atol=1e-14)
    assert erf.policy["draws"] == 3


def test_the_report_says_how() -> None:
    erf = centre(GradientOptions(images=2, seed=9, unit_channels=(1,), reduction="rms", device="cpu"))
    assert erf.policy == {
        "weights": "model",
        "activations": "model",
        "max_pool": "model",
        "norm": "evaluation",
        "dtype": "float32",
        "device": "cpu",
        "reduction": "rms",
        "unit_channels": [1],
        "draws": 1,
        "crop": [[4, 11], [4, 11]],
        "batch": 2,
    }
    assert erf.inputs == {"kind": "noise", "distribution": "standard normal", "images": 2, "seed": 9}
    assert erf.support_checked


def test_the_map_is_of_the_whole_image() -> None:
    subject = subject_of(conv_chain(2, side=40))
    corner, middle = (unit_at(subject.fields, "c2", index) for index in ((0, 0), (20, 30)))
    for erf in gradient(subject, [corner, middle], DOUBLE):
        assert erf.values.shape == (40, 40)
        seen = tuple(slice(first, last + 1) for first, last in erf.unit.seen)
        assert erf.values[seen].all()
        assert np.count_nonzero(erf.values) == erf.values[seen].size


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there() -> None:
    assert centre(GradientOptions(device="auto")).policy["device"] == "cpu"
    with pytest.raises(BadInput, match=r"device: 'cuda' is asked for, but torch .*; set device to 'cpu' or 'auto'"):
        centre(GradientOptions(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_gives_the_same_map() -> None:
    one, other = (centre(GradientOptions(dtype="float64", device=device)).values for device in ("cpu", "cuda"))
    assert np.allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize(("rank", "kernel"), [(1, 5), (3, 3)])
def test_one_and_three_axes(rank: int, kernel: int) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[kernel // 2] * 2 * rank, strides=[2] * rank),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Conv", ["r", "v"], ["y"], pads=[kernel // 2] * 2 * rank),
    ]
    constants = {"w": weights(3, 2, *[kernel] * rank), "v": weights(2, 3, *[kernel] * rank, seed=1)}
    shape = [1, 2, *[36] * rank]
    made = model(nodes, inputs={"x": shape}, constants=constants)
    subject = subject_of(bytes(made.SerializeToString()))
    unit = centre_unit(subject.fields, "y")
    (erf,) = gradient(subject, [unit], GradientOptions(dtype="float64", images=2))
    expected = np.mean(naive(subject.fields, "y", unit.index, noise(tuple(shape), 2, 0)), axis=0)
    np.testing.assert_allclose(erf.values, expected, rtol=1e-10, atol=1e-15)
    assert not isinstance(erf.policy["crop"], str)
