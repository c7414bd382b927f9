"""Weights: from the initialiser, the seed and the layer's name, and from nothing else."""

from typing import Any
from zlib import crc32

import numpy as np
import pytest

from rfengine.errors import BadInput
from rfengine.initialisers import initialisers
from tests.spec.helpers import compiled, run, weights

WIDE = {"type": "conv", "name": "a", "channels": 64, "kernel": 3}


def _weight(init: Any, layer: dict[str, Any] = WIDE, *before: dict[str, Any]) -> np.ndarray:
    return weights(compiled((1, 64, 9, 9), *before, layer, init=init))[f"{layer['name']}:weight"]


def test_he_has_its_variance():
    weight = _weight("he")
    assert weight.std() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert abs(weight.mean()) < 1e-3


def test_xavier_is_uniform_within_its_bound():
    weight, bound = _weight("xavier"), (6 / (2 * 64 * 9)) ** 0.5
    assert np.abs(weight).max() <= bound
    assert weight.std() == pytest.approx(bound / 3**0.5, rel=0.02)


@pytest.mark.parametrize("value", [0.01, -2.0])
def test_constant_is_constant_and_is_said_not_held(value: float):
    plain = {"type": "conv", "name": "a", "channels": 64, "kernel": 3, "bias": False}
    model = compiled((1, 64, 9, 9), plain, init={"name": "constant", "value": value})
    (answer,) = run(model, {"input": np.ones((1, 64, 9, 9), np.float32)}).values()
    np.testing.assert_allclose(answer, value * 64 * 9, rtol=1e-5)
    assert len(model.SerializeToString()) < 1000
    (shape,) = weights(model).values()
    assert shape.tolist() == [64, 64, 3, 3]


def test_a_fill_takes_the_place_of_the_initialiser():
    assert (_weight("he", {**WIDE, "fill": 0.9}) == np.float32(0.9)).all()
    transposed = {"type": "transposed_conv", "name": "a", "channels": 2, "kernel": 2, "fill": -1}
    assert (_weight("xavier", transposed) == -1).all()


def test_a_transposed_conv_keeps_the_variance():
    layer = {"type": "transposed_conv", "name": "a", "channels": 64, "kernel": 4, "stride": 2}
    assert _weight("he", layer).std() == pytest.approx((2 / (64 * 4)) ** 0.5, rel=0.02)


def test_weights_depend_on_seed_and_name_only():
    one = _weight({"name": "he", "seed": 1})
    np.testing.assert_array_equal(one, _weight({"name": "he", "seed": 1}, WIDE, {"type": "conv", **_ANOTHER}))
    assert not np.array_equal(one, _weight({"name": "he", "seed": 2}))
    assert not np.array_equal(one, _weight({"name": "he", "seed": 1}, {**WIDE, "name": "b"}))


_ANOTHER = {"name": "z", "channels": 64, "kernel": 1}


def test_two_weights_of_one_layer_differ():
    found = weights(compiled((1, 16, 4, 4), {"type": "se", "name": "g", "reduction": 1}))
    assert not np.array_equal(found["g:reduce.weight"], found["g:expand.weight"])


def test_a_norm_starts_as_identity_and_a_bias_at_zero():
    found = weights(compiled((1, 3, 4, 4), {"type": "batch_norm", "name": "n"}, {**WIDE, "kernel": 1}))
    assert [found[f"n:{part}"].tolist() for part in ("scale", "bias", "mean", "var")] == [
        [1] * 3,
        [0] * 3,
        [0] * 3,
        [1] * 3,
    ]
    assert not found["a:bias"].any()


def test_the_same_spec_gives_the_same_bytes():
    models = [compiled((1, 64, 9, 9), WIDE).SerializeToString() for _ in range(2)]
    assert models[0] == models[1]


LAYOUTS = {
    "conv": ({"type": "conv", "channels": 8, "kernel": 3, "groups": 2}, (8, 32, 3, 3), 32 * 9, 4 * 9),
    "transposed": (
        {"type": "transposed_conv", "channels": 4, "kernel": [3, 2], "stride": 2, "groups": 2},
        (64, 2, 3, 2),
        32 * 6 // 4,
        2 * 6,
    ),
}


@pytest.mark.parametrize(("layer", "shape", "into", "out"), LAYOUTS.values(), ids=LAYOUTS)
def test_weights_are_drawn_in_the_order_they_are_stored_in(
    layer: dict[str, Any], shape: tuple[int, ...], into: int, out: int
):
    def generator() -> np.random.Generator:
        return np.random.default_rng([7, crc32(b"a")])

    he = generator().standard_normal(shape, np.float32) * np.float32((2 / into) ** 0.5)
    np.testing.assert_array_equal(_weight({"name": "he", "seed": 7}, {**layer, "name": "a"}), he)
    xavier = (generator().random(shape, np.float32) * 2 - 1) * np.float32((6 / (into + out)) ** 0.5)
    np.testing.assert_array_equal(_weight({"name": "xavier", "seed": 7}, {**layer, "name": "a"}), xavier)


@pytest.mark.parametrize("name", [entry.name for entry in initialisers()])
def test_every_initialiser_draws_specs(name: str):
    layers = ({"type": "relu"}, {"type": "conv", "name": "z", "channels": 4, "kernel": 3})
    (answer,) = run(compiled((1, 64, 9, 9), WIDE, *layers, init=name)).values()
    assert np.isfinite(answer).all()


def test_an_initialiser_that_does_not_fit_is_named():
    with pytest.raises(BadInput, match=r"layer 'a' \[64, 64, 2, 2\]: initialiser 'shifted' needs an odd kernel"):
        _weight("shifted", {**WIDE, "kernel": 2})
