"""The formulas for chains: the seeds' own examples, exact moments of real kernels, and where each one breaks."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from api_schemas.approximations import Approximations
from api_schemas.report import Report, TensorField
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from rfengine.analysis import analyze
from rfengine.calculus.local import transposed_window, window
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.approximations import approximations, box_variance
from rfengine.onnx_import import import_onnx
from rfengine.oracles.published import published
from rfengine.reports.approximations import lines, render_approximations
from rfengine.spec_import import compile_spec
from tests.calculus.small_networks import MAX_POOL, Layer, conv, resnet, u_net
from tests.estimators.test_probe import attention
from tests.tiny import conv_chain, light, model, weights

ERF = published("erf.json")
LEVEL = 0.0012


def fields_of(data: bytes) -> Fields:
    return receptive_fields(import_onnx(data).graph)


def spec(side: int, layers: list[Layer]) -> Fields:
    made = LayerSpec.model_validate({"input": [1, 1, side, side], "layers": layers})
    return fields_of(compile_spec(made, name="net").SerializeToString())


def said(fields: Fields) -> dict[str, Approximations]:
    (found,) = approximations(fields, level=LEVEL).values()
    return found


def last(fields: Fields) -> Approximations:
    return list(said(fields).values())[-1]


def test_seed_004_step_by_step() -> None:
    found = said(spec(5, [conv(3, 2, 1, name="conv1"), conv(3, 2, 1, name="conv2")]))
    one, two = found["conv1"], found["conv2"]
    assert (one.n, one.r, one.j, one.start) == ([3, 3], [3, 3], [2, 2], [0.5, 0.5])
    assert (two.n, two.r, two.j, two.start) == ([2, 2], [7, 7], [4, 4], [0.5, 0.5])
    assert (one.along, two.along) == (["input", "input"], ["conv1", "conv1"])


def test_seed_001_two_examples() -> None:
    assert last(spec(48, [conv(7, 2), conv(3, 2)])).layer_formula == [11, 11]
    assert last(spec(64, [conv(3, 1, 1), MAX_POOL, conv(3, 1, 1)])).layer_formula == [8, 8]


def test_seed_000_naive_shift_and_rule_of_thumb() -> None:
    chain = last(fields_of(conv_chain(9)))
    assert (chain.naive_shift, chain.rule_of_thumb) == ([9, 9], [9, 9])
    pooled = last(spec(32, [conv(3, 1, 1), MAX_POOL, conv(3, 1, 1)]))
    assert pooled.rule_of_thumb == [pytest.approx(math.sqrt(3**2 + (3 * 2) ** 2))] * 2
    assert pooled.naive_shift == [1 + 2] * 2


@pytest.mark.parametrize("row", ERF["luo_uniform_3x3"]["rows"])
def test_luos_uniform_chain(row: list[float]) -> None:
    layers, trf, sigma, _, size = row
    found = last(fields_of(conv_chain(int(layers), side=96)))
    assert found.r == [trf] * 2
    assert found.clt_sigma == [pytest.approx(sigma, abs=1e-6)] * 2
    assert found.clt_two_sigma == [pytest.approx(2 * sigma, abs=1e-6)] * 2
    assert found.clt_size == pytest.approx(4.4056 * sigma, rel=2e-4)
    assert found.clt_size == pytest.approx(size, rel=0.04)
    # Weights that are all equal are boxes.
    assert found.luo_sigma == [pytest.approx(each) for each in found.clt_sigma]
    assert found.luo_shift == [pytest.approx(0)] * 2


def test_three_root_n_is_the_level_of_seed_000() -> None:
    found = last(fields_of(conv_chain(16, side=64)))
    assert found.clt_radius == [pytest.approx(3 * math.sqrt(16), rel=2e-3)] * 2
    assert found.level == LEVEL


@pytest.mark.parametrize("k", [1, 2, 3, 7])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_boxs_variance(k: int, d: int) -> None:
    assert box_variance(window(k, 2, d, 1)) == pytest.approx(d**2 * (k**2 - 1) / 12)


def test_a_units_mean_is_taken_over_the_phases() -> None:
    # Kernel 3, stride 2: even units read one tap or two, odd ones the others; var of two taps is 1 / 4.
    assert box_variance(transposed_window(3, 2)) == pytest.approx((1 / 4 + 0) / 2)


# One axis, one channel: the gradient of a unit is the kernels one after the other, and has an exact mean and variance.

Kernel = tuple[list[float], int, int, int]  # weights, stride, dilation, padding


def chain_1d(kernels: list[Kernel]) -> bytes:
    nodes = [
        helper.make_node(
            "Conv", [f"c{i}" if i else "x", f"w{i}"], [f"c{i + 1}"], strides=[s], dilations=[d], pads=[p, p]
        )
        for i, (_, s, d, p) in enumerate(kernels)
    ]
    constants = {f"w{i}": np.asarray(w, np.float32).reshape(1, 1, -1) for i, (w, _, _, _) in enumerate(kernels)}
    made = model(nodes, inputs={"x": [1, 1, 400]}, outputs=[f"c{len(kernels)}"], constants=constants)
    return bytes(made.SerializeToString())


def mass(kernels: list[Kernel]) -> dict[int, float]:
    """|d unit 0 / d pixel| of the last map, tap by tap from the back; all paths add up."""
    found = {0: 1.0}
    for w, s, d, p in reversed(kernels):
        before: dict[int, float] = {}
        for unit, share in found.items():
            for t, weight in enumerate(w):
                pixel = unit * s - p + d * t
                before[pixel] = before.get(pixel, 0.0) + share * abs(weight)
        found = before
    return found


KERNELS = st.tuples(
    st.lists(st.floats(-2, 2, width=16).filter(lambda w: abs(w) > 1e-3), min_size=1, max_size=4),
    st.integers(1, 2),
    st.integers(1, 3),
    st.integers(0, 2),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(KERNELS, min_size=1, max_size=5))
def test_luos_moments_are_exact_for_one_channel(kernels: list[Kernel]) -> None:
    fields = fields_of(chain_1d(kernels))
    found = last(fields)
    masses = mass(kernels)
    total = sum(masses.values())
    mean = sum(p * m for p, m in masses.items()) / total
    variance = sum((p - mean) ** 2 * m for p, m in masses.items()) / total
    (axis,) = fields.spatial(f"c{len(kernels)}")["x"]
    centre = axis.map.centre(0)
    assert centre is not None
    assert found.luo_shift == [pytest.approx(mean + 0.5 - float(centre), abs=1e-6)]
    assert found.luo_sigma == [pytest.approx(math.sqrt(variance), abs=1e-6)]
    assert found.start == [float(centre)]
    assert found.r == analytic_sizes(fields)[f"c{len(kernels)}"]


def analytic_sizes(fields: Fields) -> dict[str, list[int]]:
    tensors = analytic_report(fields).tensors
    return {name: field.size for name, field in tensors.items() if isinstance(field, TensorField)}


def test_a_transposed_kernels_moments_unit_by_unit() -> None:
    import torch

    w = np.asarray([3, 1, 4, 1, 5], np.float32).reshape(1, 1, 5)
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2], pads=[1, 1])
    fields = fields_of(model([node], inputs={"x": [1, 1, 9]}, constants={"w": w}).SerializeToString())
    x = torch.zeros(1, 1, 9, requires_grad=True)
    y = torch.nn.functional.conv_transpose1d(x, torch.from_numpy(w), stride=2, padding=1)
    (axis,) = fields.spatial("y")["x"]
    trend = axis.map.trend
    assert trend is not None
    shifts, variances = [], []
    for i in (8, 9):
        (g,) = torch.autograd.grad(y[0, 0, i], x, retain_graph=True)
        share = (g[0, 0] / g.sum()).double().numpy()
        pixels = np.arange(9) + 0.5
        mean = float(share @ pixels)
        shifts.append(mean - float(trend + axis.map.slope * i))
        variances.append(float(share @ (pixels - mean) ** 2))
    found = last(fields)
    assert found.luo_shift == [pytest.approx(np.mean(shifts), abs=1e-6)]
    assert found.luo_sigma == [pytest.approx(math.sqrt(np.mean(variances)), abs=1e-6)]


def test_a_shifted_kernel_moves_as_n() -> None:
    """Seed 000, section 6: weights in the upper row only; every layer moves the mass one pixel up."""
    kernel = np.zeros((1, 1, 3, 3), np.float32)
    kernel[..., 0, :] = 1
    layers = 6
    nodes = [helper.make_node("Conv", [f"c{i}" if i else "x", "w"], [f"c{i + 1}"], pads=[1] * 4) for i in range(layers)]
    made = model(nodes, inputs={"x": [1, 1, 32, 32]}, outputs=[f"c{layers}"], constants={"w": kernel})
    found = last(fields_of(made.SerializeToString()))
    assert found.luo_shift == [-layers, 0]
    assert found.luo_sigma == [0, pytest.approx(math.sqrt(layers * 2 / 3))]


def test_the_longest_path_is_taken_axis_by_axis() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "tall"], ["a"], pads=[2, 0, 2, 0]),
        helper.make_node("Conv", ["x", "wide"], ["b"], pads=[0, 1, 0, 1]),
        helper.make_node("Add", ["a", "b"], ["y"]),
    ]
    constants = {"tall": weights(1, 1, 5, 1), "wide": weights(1, 1, 1, 3)}
    found = last(fields_of(model(nodes, inputs={"x": [1, 1, 9, 9]}, constants=constants).SerializeToString()))
    assert (found.along, found.r) == (["a", "b"], [5, 3])


def test_real_chains_agree_with_the_exact_fields() -> None:
    for name in ("resnet50", "shufflenet"):
        fields = fields_of(light(name))
        exact = analytic_sizes(fields)
        assert {tensor: found.r for tensor, found in said(fields).items()} == exact
    found = last(spec(224, resnet((3, 4, 6, 3), bottleneck=True)))
    assert (found.r, found.j, found.n, found.layer_formula) == ([427] * 2, [32] * 2, [7] * 2, [427] * 2)


def test_where_they_break() -> None:
    # Units of a U-Net see 92 or 100 px; a sum over layers says 96, which no unit has.
    fields = spec(64, u_net(3))
    assert last(fields).r == [96, 96]
    assert list(analytic_sizes(fields).values())[-1] == [100, 100]
    # No dilation in the layer formula, no padding at one side only in n, no upsampling in either.
    assert last(spec(20, [conv(3, dilation=4)])).layer_formula == [3, 3]
    assert last(spec(20, [conv(3, dilation=4)])).r == [9, 9]
    lopsided = spec(20, [conv(3, 1, [[2, 0], [2, 0]], name="c")])
    assert (last(lopsided).n, lopsided.extent("c")) == ([22, 22], (20, 20))


def test_absent_where_no_chain_leads() -> None:
    found = said(fields_of(attention(7)))
    assert set(found) == {"c", "t"}


@pytest.mark.parametrize("case", ["computed", "zero"])
def test_no_moments_without_weights(case: str) -> None:
    nodes = [
        helper.make_node("Mul", ["w", "scale"], ["v"]),
        helper.make_node("Conv", ["x", "v" if case == "computed" else "zeros"], ["c"], pads=[1] * 4),
        helper.make_node("Conv", ["c", "w"], ["y"], pads=[1] * 4),
    ]
    constants = {"w": weights(1, 1, 3, 3), "zeros": np.zeros((1, 1, 3, 3), np.float32)}
    made = model(nodes, inputs={"x": [1, 1, 9, 9], "scale": [1]}, constants=constants)
    found = said(fields_of(made.SerializeToString()))
    assert found["y"].clt_sigma == [pytest.approx(math.sqrt(4 / 3))] * 2
    assert (found["y"].luo_sigma, found["y"].luo_shift, found["y"].luo_size) == (None, None, None)


# In the report.


def reported(tmp_path: Path, **options: Any) -> Report:
    return analyze(conv_chain(3), AnalyzeRequest(analyses="analytic", analytic=options), out=tmp_path)


def test_only_when_asked_for(tmp_path: Path) -> None:
    assert "approximations" not in reported(tmp_path).to_json()
    report = reported(tmp_path, approximations=True, level=0.5)
    assert Report.model_validate_json(report.to_json()) == report
    assert report.analytic is not None
    tensor = report.analytic.tensors["c3"]
    assert isinstance(tensor, TensorField)
    assert tensor.approximations is not None
    assert tensor.approximations.r == [7, 7]
    assert tensor.approximations.clt_radius == [pytest.approx(math.sqrt(2 * 2 * math.log(2)))] * 2


def test_the_table_compares_the_targets(tmp_path: Path) -> None:
    assert render_approximations(reported(tmp_path)) is None
    report = reported(tmp_path, approximations=True)
    found = {line.formula: line for line in lines(report)}
    assert {line.target for line in found.values()} == {"c3"}
    assert found["r"].agrees
    assert (found["naive shift"].says, found["naive shift"].exact) == ("3", "3")
    assert (found["rule of thumb"].says, found["rule of thumb"].exact) == ("5.2", "")
    assert (found["CLT sigma"].says, found["CLT at 0.0012"].says) == ("1.4", "5.2")
    table = render_approximations(report)
    assert table is not None
    assert table.row_count == len(found)
