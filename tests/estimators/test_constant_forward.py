"""constant_forward against published figures and against a network that is run naively."""

import numpy as np
import pytest
import torch
from onnx import helper

from api_schemas import zoo
from api_schemas.erf import ConstantForwardOptions
from api_schemas.initialisers import Constant
from rfengine.errors import BadInput, NotEstimable, SelfCheckFailed
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Subject, Unit, check_support
from rfengine.estimators.units import centre_unit, units_of
from rfengine.graph import Graph
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from rfengine.oracles.published import published
from rfengine.spec_import import compile_spec
from tests.estimators.naive import subject_of
from tests.tiny import conv_chain, light, model, weights

ORACLES = published("erf.json")
OPTIONS = ConstantForwardOptions()


def erf_of(data: bytes, target: str, options: ConstantForwardOptions = OPTIONS) -> ErfMap:
    fields = receptive_fields(import_onnx(data, targets=(target,)).graph)
    (erf,) = constant_forward(Subject(fields), units_of(fields, target, options.units), options)
    return erf


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
    hull = ((3, 5), (2, 6))
    unit = Unit("y", "x", (4, 4), hull, hull, (4.5, 4.5), (9, 9), True)
    with pytest.raises(SelfCheckFailed, match="reaches outside"):
        check_support(ErfMap(unit, values, {}, {}), "float64")


@pytest.mark.parametrize("name", ["inception_v1", "shufflenet", "densenet121"])
def test_support_is_the_whole_theoretical_field(name: str) -> None:
    # With positive weights nothing cancels: every pixel of the clipped field that has a path must be seen.
    fields = receptive_fields(import_onnx(light(name)).graph)
    wide = [name for node in fields.graph.nodes for name in node.outputs if max(fields.extent(name) or (0,)) > 20]
    target = wide[-1]
    unit = centre_unit(fields, target)
    (erf,) = constant_forward(Subject(fields), [unit], OPTIONS)
    values = erf.values
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


@pytest.mark.parametrize("name", ["resnet50", "shufflenet", "densenet121", "inception_v2"])
def test_the_collapsed_network_gives_the_map_of_the_full_one(name: str) -> None:
    fields = receptive_fields(import_onnx(light(name)).graph)
    target = [name for name in fields.feature_maps() if min(fields.extent(name) or (0,)) >= 14][-1]
    units = units_of(fields, target, ("centre", "corner", "edge"))
    small = constant_forward(Subject(fields), units, OPTIONS)
    full = constant_forward(Subject(fields), units, ConstantForwardOptions(collapse="never"))
    for one, other in zip(small, full, strict=True):
        np.testing.assert_allclose(one.values, other.values, rtol=1e-10, atol=1e-10 * other.values.max())
        assert one.policy["collapse"].endswith("channels")
        assert other.policy["collapse"] == "none: not asked for"


def test_what_cannot_be_collapsed_runs_in_full_and_says_why() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Pad", ["c", "pads"], ["y"], name="wider"),
    ]
    constants = {"w": weights(4, 3, 3, 3), "pads": np.array([0, 2, 0, 0, 0, 0, 0, 0])}
    made = model(nodes, inputs={"x": [1, 3, 8, 8]}, constants=constants)
    erf = erf_of(made.SerializeToString(), "y")
    assert erf.policy["collapse"].startswith("none: Pad 'wider'")
    assert (erf.values > 0).sum() == 9


def fcn(side: int) -> Subject:
    def graph(shape: tuple[int, ...]) -> Graph:
        spec = zoo.build("fcn_resnet50", input_shape=shape).model_copy(update={"init": Constant()})
        return import_onnx(compile_spec(spec, name="fcn").SerializeToString(), targets=("out",)).graph

    return Subject(receptive_fields(graph((1, 3, side, side))), graph)


def test_the_seeds_preset_on_its_canvas() -> None:
    subject, options = fcn(512), ConstantForwardOptions(preset="seed000")
    (erf,) = constant_forward(subject, units_of(subject.fields, "out", options.units), options)
    assert erf.values.shape == (256, 256)
    assert erf.policy["preset"] == "seed000"
    assert erf.policy["norm"] == "training"
    assert erf.unit.centre == (128.5, 128.5)
    metrics = measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(0.0012,))
    assert metrics.radius_px.axis["0.0012"] == ORACLES["seed000_resnet50"]["train_bn_256"]


@pytest.mark.slow
def test_the_seeds_protocol_without_collapse() -> None:
    subject, options = fcn(256), ConstantForwardOptions(preset="seed000", collapse="never")
    (full,) = constant_forward(subject, units_of(subject.fields, "out", options.units), options)
    (small,) = constant_forward(
        subject, units_of(subject.fields, "out", options.units), ConstantForwardOptions(preset="seed000")
    )
    np.testing.assert_allclose(small.values, full.values, rtol=1e-3, atol=1e-6 * full.values.max())


def test_what_is_given_beside_a_preset_wins() -> None:
    options = ConstantForwardOptions(preset="seed000", dtype="float64", norm="evaluation")
    assert (options.dtype, options.norm, options.max_pool) == ("float64", "evaluation", "model")


def test_a_spot_is_read_on_the_images_own_grid() -> None:
    with pytest.raises(NotEstimable, match=r"'p1' has 10 x 10 units for an image of 20 x 20 px.*'backward'"):
        erf_of(residual(), "p1", ConstantForwardOptions(direction="forward"))


def test_forward_and_backward_agree_on_a_symmetric_chain() -> None:
    data = conv_chain(6, side=21)
    backward, forward = erf_of(data, "c6"), erf_of(data, "c6", ConstantForwardOptions(direction="forward"))
    one, other = forward.values / forward.values.max(), backward.values / backward.values.max()
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_backward_run_of_a_network_that_is_not_linear_is_refused() -> None:
    with pytest.raises(ValueError, match="direction: backward needs a linear network, but norm=training"):
        ConstantForwardOptions(norm="training")


def test_a_canvas_of_another_rank_is_refused() -> None:
    fields = receptive_fields(import_onnx(conv_chain(2)).graph)
    options = ConstantForwardOptions(canvas=(64,))
    with pytest.raises(BadInput, match=r"canvas \[64\] does not fit the input 'x'"):
        constant_forward(Subject(fields, lambda shape: fields.graph), units_of(fields, "c2", options.units), options)


def test_a_canvas_that_leaves_no_unit_is_refused() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("MaxPool", ["c"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    made = model(nodes, inputs={"x": [1, 3, 16, 16]}, constants={"w": weights(3, 3, 3, 3)})
    subject, options = subject_of(made.SerializeToString(), targets=("y",)), ConstantForwardOptions(canvas=(3, 3))
    with pytest.raises(BadInput, match=r"'y' has no units for 'x' of 3 x 3 px"):
        constant_forward(subject, units_of(subject.fields, "y", options.units), options)


def test_a_canvas_that_shrinks_to_one_value_under_a_trained_norm_is_refused_with_the_way_out() -> None:
    subject = fcn(64)
    small = ConstantForwardOptions(preset="seed000", canvas=(8, 8))
    units = units_of(subject.fields, "out", small.units)
    with pytest.raises(NotEstimable, match=r"zero on the whole image of 8 x 8 px: BatchNorm.*\"evaluation\".*larger"):
        constant_forward(subject, units, small)
    (erf,) = constant_forward(subject, units, small.model_copy(update={"norm": "evaluation"}))
    assert erf.values.any()


def test_a_backward_response_that_is_zero_blames_no_activation() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Sub", ["c", "c"], ["y"]),
    ]
    made = model(nodes, inputs={"x": [1, 3, 8, 8]}, constants={"w": weights(3, 3, 3, 3)})
    with pytest.raises(NotEstimable, match=r"zero on the whole image of 8 x 8 px: no path .* or branches cancel"):
        erf_of(made.SerializeToString(), "y")


def test_a_preset_that_trains_norms_on_a_network_without_them_says_what_works() -> None:
    subject = subject_of(conv_chain(3), targets=("c3",))
    options = ConstantForwardOptions(preset="seed000", canvas=(16, 16))
    units = units_of(subject.fields, "c3", options.units)
    with pytest.raises(NotEstimable, match=r"preset 'seed000' asks for norm 'training'.*\"norm\": \"evaluation\""):
        constant_forward(subject, units, options)
    beside = ConstantForwardOptions(preset="seed000", canvas=(16, 16), norm="evaluation")
    (erf,) = constant_forward(subject, units, beside)
    assert (erf.values > 0).sum() == 49
    own = ConstantForwardOptions(direction="forward", norm="training")
    with pytest.raises(NotEstimable, match="drop norm"):
        constant_forward(subject, units, own)
