"""constant_forward against published figures and against a network that is run naively."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import helper

from api_schemas.request import ConstantForwardOptions
from rfengine.errors import NotEstimable, SelfCheckFailed
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Unit, centre_unit, check_support
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from tests.tiny import conv_chain, light, model, weights

ORACLES = json.loads((Path(__file__).parents[1] / "data" / "erf.json").read_text())
OPTIONS = ConstantForwardOptions()


def erf_of(data: bytes, target: str, options: ConstantForwardOptions = OPTIONS) -> ErfMap:
    fields = receptive_fields(import_onnx(data, targets=(target,)).graph)
    return constant_forward(fields, centre_unit(fields, target), options)


@pytest.mark.parametrize("row", ORACLES["luo_uniform_3x3"]["rows"], ids=lambda row: f"{row[0]} layers")
def test_luo_uniform_chain(row: list[float]) -> None:
    layers, trf, sigma, pixels, size = row
    erf = erf_of(conv_chain(int(layers), side=2 * int(layers) + 3), f"c{int(layers)}")
    metrics = measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(0.0012,))
    assert erf.unit.trf == (trf, trf)
    assert metrics.luo_pixels == pixels
    assert metrics.luo_size == pytest.approx(size, abs=1e-3)
    spread = (erf.values.sum(0) * (np.arange(len(erf.values)) + 0.5 - erf.unit.centre[0]) ** 2).sum() / erf.values.sum()
    assert np.sqrt(spread) == pytest.approx(sigma, abs=1e-5)


@pytest.mark.parametrize("row", ORACLES["seed000_level"]["constant_forward_radius"]["rows"][:6])
def test_radius_at_the_seeds_level(row: list[int]) -> None:
    layers, radius = row
    erf = erf_of(conv_chain(layers, side=2 * layers + 3), f"c{layers}")
    metrics = measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(0.0012,))
    assert metrics.radius_px.axis["0.0012"] == radius


def residual() -> bytes:
    """A net with everything that is rewritten: bias, norm, activation, max pool, a skip of other gain, SiLU, a gate."""
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1] * 4),
        helper.make_node("BatchNormalization", ["c1", "s", "b1", "b1", "s"], ["n1"]),
        helper.make_node("Sigmoid", ["n1"], ["sig"]),
        helper.make_node("Mul", ["n1", "sig"], ["a1"]),
        helper.make_node("MaxPool", ["a1"], ["p1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
        helper.make_node("Conv", ["p1", "w2"], ["c2"], pads=[1] * 4, group=2),
        helper.make_node("Add", ["c2", "p1"], ["sum"]),
        helper.make_node("GlobalAveragePool", ["sum"], ["gap"]),
        helper.make_node("Mul", ["sum", "gap"], ["gated"]),
        helper.make_node("Concat", ["gated", "p1"], ["cat"], axis=1),
        helper.make_node("Conv", ["cat", "w3"], ["y"], pads=[1] * 4),
    ]
    constants = {
        "w1": weights(6, 3, 3, 3),
        "b1": weights(6),
        "s": np.abs(weights(6)) + 1,
        "w2": weights(6, 3, 3, 3),
        "w3": weights(2, 12, 3, 3),
    }
    return bytes(model(nodes, inputs={"x": [1, 3, 20, 20]}, constants=constants).SerializeToString())


def residual_by_hand(image: torch.Tensor, weight: float) -> torch.Tensor:
    """The same net after the policy, written out: every weight `weight`, everything else linear."""
    import torch.nn.functional as F

    def full(*shape: int) -> torch.Tensor:
        return torch.full(shape, weight, dtype=torch.float64)

    p1 = F.avg_pool2d(F.conv2d(image, full(6, 3, 3, 3), padding=1), 3, 2, 1)
    total = F.conv2d(p1, full(6, 3, 3, 3), padding=1, groups=2) + p1
    return F.conv2d(torch.cat([total, p1], 1), full(2, 12, 3, 3), padding=1)


def test_every_rewrite_against_the_net_written_by_hand() -> None:
    erf = erf_of(residual(), "y")
    image = torch.zeros(1, 3, 20, 20, dtype=torch.float64, requires_grad=True)
    residual_by_hand(image, 0.01)[:, :, erf.unit.index[0], erf.unit.index[1]].sum().backward()
    assert image.grad is not None
    expected = image.grad.sum((0, 1)).numpy()
    scale = 2.0 ** int(erf.policy["scaled_by"].removeprefix("2**"))
    assert np.allclose(erf.values, expected * scale, rtol=1e-12, atol=0)


@pytest.mark.parametrize("weight", [1e-6, 0.01, 1e6])
def test_scaling_layer_by_layer_survives_any_depth(weight: float) -> None:
    erf = erf_of(conv_chain(120, side=31), "c120", ConstantForwardOptions(weight=weight, dtype="float32"))
    assert np.isfinite(erf.values).all()
    assert erf.values.max() > 1e-6


def test_two_feature_maps_multiplied_are_refused_by_name() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["x", "w"], ["b"], pads=[1] * 4),
        helper.make_node("Mul", ["a", "b"], ["y"], name="product"),
    ]
    made = model(nodes, inputs={"x": [1, 3, 8, 8]}, constants={"w": weights(3, 3, 3, 3)})
    with pytest.raises(NotEstimable, match=r"Mul 'product' .* two feature maps"):
        erf_of(made.SerializeToString(), "y")


def test_a_map_that_reaches_outside_the_theoretical_field_is_a_fault() -> None:
    values = np.ones((9, 9))
    unit = Unit("y", "x", (4, 4), ((3, 5), (2, 6)), (4.5, 4.5), (9, 9), True)
    with pytest.raises(SelfCheckFailed, match="reaches outside"):
        check_support(ErfMap(unit, values, {}, {}), "float64")


@pytest.mark.parametrize("name", ["inception_v1", "shufflenet", "densenet121"])
def test_support_is_the_whole_theoretical_field(name: str) -> None:
    # With positive weights nothing cancels: every pixel of the clipped field that has a path must be seen.
    fields = receptive_fields(import_onnx(light(name)).graph)
    wide = [name for node in fields.graph.nodes for name in node.outputs if max(fields.extent(name) or (0,)) > 20]
    target = wide[-1]
    unit = centre_unit(fields, target)
    values = constant_forward(fields, unit, OPTIONS).values
    inside = tuple(slice(max(a, 0), b + 1) for a, b in unit.hull)
    assert (values[inside] > 0).all()
    assert values.sum() == pytest.approx(values[inside].sum())


def test_a_norm_that_becomes_an_identity_does_not_stand_in_the_way() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("ReduceL2", ["c"], ["length"], axes=[1], name="length"),
        helper.make_node("Div", ["c", "length"], ["y"], name="unit"),
    ]
    made = model(nodes, inputs={"x": [1, 3, 8, 8]}, outputs=["y", "length"], constants={"w": weights(3, 3, 3, 3)})
    erf = erf_of(made.SerializeToString(), "y")
    assert erf.unit.trf == (3, 3)
    assert (erf.values > 0).sum() == 9
    with pytest.raises(NotEstimable, match="ReduceL2 'length'"):
        erf_of(made.SerializeToString(), "length")
