"""Attention and blocks made with it: values with every weight and bias at work, and fields that the probe confirms."""

from itertools import product
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from rfengine.errors import LimitExceeded
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe
from rfengine.onnx_import import import_onnx
from rfengine.queries import pixels_of
from tests.spec.cases import TRANSFORMER, Case
from tests.spec.helpers import Layer, compiled, noise, run, weights

CONV = {"type": "conv", "channels": 4, "kernel": 3, "padding": 1}


def block(name: str, before: str, **attention: Any) -> list[Layer]:
    """A transformer block on 8 channels, norms first: attention and a perceptron, each beside a shortcut."""
    return [
        {"type": "layer_norm", "from": before},
        {"type": "attention", "name": f"{name}.attention", "heads": 2, **attention},
        {"type": "add", "name": f"{name}.mixed", "from": [f"{name}.attention", before]},
        {"type": "layer_norm"},
        {"type": "conv", "channels": 16, "kernel": 1},
        {"type": "gelu"},
        {"type": "conv", "name": f"{name}.mlp", "channels": 8, "kernel": 1},
        {"type": "add", "name": name, "from": [f"{name}.mlp", f"{name}.mixed"]},
    ]


def fields_of(made: onnx.ModelProto) -> Fields:
    return receptive_fields(import_onnx(made.SerializeToString()).graph)


def with_noise(made: onnx.ModelProto) -> onnx.ModelProto:
    """The model with every parameter random: what starts at 0 or 1 shows nothing of how it is used."""
    generator = np.random.default_rng(1)
    for tensor in made.graph.initializer:
        part = tensor.name.removeprefix("it:")
        if part.endswith((".weight", ".bias")) or part in ("scale", "bias"):
            if not tensor.dims:  # attention's fixed 1 / sqrt(d)
                continue
            values = generator.standard_normal(tuple(tensor.dims), np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return made


@pytest.mark.parametrize("case", TRANSFORMER, ids=str)
def test_every_parameter_has_its_place(case: Case) -> None:
    made = with_noise(compiled(case.shape, {**case.layer, "name": "it"}))
    feeds = noise(made)
    ours = {name.removeprefix("it:"): torch.from_numpy(array.copy()) for name, array in weights(made).items()}
    assert case.torch is not None
    expected = case.torch(torch.from_numpy(feeds["input"]), ours).numpy()
    np.testing.assert_allclose(run(made, feeds)["it"], expected, rtol=1e-4, atol=1e-4)


def test_biases_of_queries_keys_and_values_can_be_left_out() -> None:
    parts = {
        bias: set(weights(compiled((1, 4, 3, 3), {"type": "attention", "name": "it", "qkv_bias": bias})))
        for bias in (True, False)
    }
    assert parts[True] - parts[False] == {f"it:{part}.bias" for part in ("query", "key", "value")}


@pytest.mark.parametrize(("window", "shift"), [((4, 3), (0, 0)), ((4, 3), (1, 0)), ((4, 6), (2, 5)), ((1, 12), (0, 6))])
def test_a_position_sees_exactly_its_window(window: tuple[int, ...], shift: tuple[int, ...]) -> None:
    layer = {"type": "attention", "name": "it", "window": window, "shift": shift}
    fields = fields_of(compiled((1, 3, 8, 12), layer))
    assert fields.by_input["input"]["it"].whole == ()
    for unit in product(range(8), range(12)):
        expected = []
        for u, n, side, moved in zip(unit, (8, 12), window, shift, strict=True):
            seen = [p for p in range(n) if (p - moved) // side == (u - moved) // side]
            expected.append(((seen[0], seen[-1]),))
        assert pixels_of(fields, "it", unit, clipped=True) == tuple(expected)


@pytest.mark.parametrize(
    "parameters",
    [{"window": 7}, {"window": 7, "shift": 3}, {"window": [2, 7], "shift": [1, 0], "heads": 2}],
    ids=["windows", "shifted", "one axis"],
)
def test_the_probe_confirms_windows(parameters: Layer) -> None:
    layers = [{**CONV, "stride": 2}, {"type": "attention", "name": "it", **parameters}, {**CONV, "name": "after"}]
    fields = fields_of(compiled((1, 3, 28, 28), *layers))
    found = probe(fields, "input")
    assert found.contradictions == {}
    assert set(found.outcomes.values()) == {Outcome.CONFIRMED}
    assert {"it", "after"} <= found.outcomes.keys()


def test_attention_over_the_map_is_context_beside_the_local_field() -> None:
    attend = {"type": "attention", "name": "it"}
    fields = fields_of(compiled((1, 3, 14, 14), CONV, attend, {**CONV, "name": "after"}))
    for tensor, size in (("it", 3), ("after", 5)):
        assert fields.by_input["input"][tensor].whole == ("it:scores", "it:mixed")
        (axes,) = fields.spatial(tensor).values()
        assert [axis.map.sizes for axis in axes] == [(size,), (size,)]
    found = probe(fields, "input")
    assert found.contradictions == {}
    assert found.outcomes["after"] is Outcome.UNVERIFIABLE


def test_layer_norm_sees_its_own_position() -> None:
    fields = fields_of(compiled((1, 3, 9, 9), CONV, {"type": "layer_norm", "name": "it"}))
    assert probe(fields, "input").outcomes["it"] is Outcome.CONFIRMED
    assert fields.by_input["input"]["it"].whole == ()
    assert pixels_of(fields, "it", (4, 0), clipped=True) == (((3, 5),), ((0, 1),))


def test_shifted_windows_join_their_neighbours() -> None:
    """Patches of 2 px, windows of 4 and then of 4 moved by 2: each inner window of the second sees two of the first."""
    patches = {"type": "conv", "name": "patches", "channels": 8, "kernel": 2, "stride": 2}
    layers = [*block("plain", "patches", window=4), *block("moved", "plain", window=4, shift=2)]
    fields = fields_of(compiled((1, 3, 32, 32), patches, *layers))
    found = probe(fields, "input")
    assert found.contradictions == {}
    assert set(found.outcomes.values()) == {Outcome.CONFIRMED}
    rows = [pixels_of(fields, "moved", (unit, 0), clipped=True)[0] for unit in range(16)]
    assert rows == [((0, 7),)] * 2 + [((0, 15),)] * 4 + [((8, 23),)] * 4 + [((16, 31),)] * 4 + [((24, 31),)] * 2


def test_a_vision_transformer_of_blocks() -> None:
    patches = {"type": "conv", "channels": 8, "kernel": 4, "stride": 4}
    made = compiled((1, 3, 16, 16), patches, {"type": "repeat", "times": 3, "layers": block("b", "$in")})
    assert run(made)["b_3"].shape == (1, 8, 4, 4)
    fields = fields_of(made)
    assert fields.by_input["input"]["b_3"].whole[:2] == ("b.attention_1:scores", "b.attention_1:mixed")
    (axes,) = fields.spatial("b_3").values()
    assert [(axis.map.sizes, axis.map.slope) for axis in axes] == [((4,), 4), ((4,), 4)]


def test_scores_that_are_too_large_are_refused_by_name() -> None:
    made = compiled((1, 1, 256, 256), {"type": "attention", "name": "it"})
    with pytest.raises(LimitExceeded, match="it:scores"):
        import_onnx(made.SerializeToString())
