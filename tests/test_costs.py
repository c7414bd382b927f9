"""Parameters and multiply-adds beside published figures and brute force."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from api_schemas import zoo
from api_schemas.initialisers import Constant
from rfengine.costs import Costs, costs_of
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from tests.real_models import GRAPHS, filled
from tests.tiny import light, model


def _costs(nodes: list, inputs: dict, constants: dict, opset: int = 17) -> Costs:
    made = model(nodes, inputs=inputs, constants=constants, opset=opset)
    return costs_of(import_onnx(made.SerializeToString()).graph)


def _of_zoo(name: str) -> Costs:
    spec = zoo.build(name).model_copy(update={"init": Constant()})
    return costs_of(import_onnx(compile_spec(spec, name=name).SerializeToString()).graph)


def test_resnet50_has_its_published_figures() -> None:
    # He et al. 2016; torchvision counts 25,557,032 parameters and 4.09 G multiply-adds at 224 px.
    assert costs_of(import_onnx(light("resnet50")).graph) == Costs(25_557_032, 4_089_184_256)


def test_vgg19_has_its_published_figures() -> None:
    assert costs_of(import_onnx(light("vgg19")).graph) == Costs(143_667_240, 19_632_062_464)


def test_norms_folded_into_convolutions_leave_one_vector_of_two() -> None:
    # torchvision's resnet18: 11,689,512 parameters, of which 2 x 4,800 in norms; 1.81 G multiply-adds.
    found = costs_of(import_onnx(filled(GRAPHS / "resnet18__dynd.onnx")).graph)
    assert found == Costs(11_689_512 - 4_800, 1_814_073_344)


def test_a_transformer_has_its_published_figures() -> None:
    # torchvision's vit_b_16: 86,567,656 parameters; 17.56 G multiply-adds with attention's products.
    found = costs_of(import_onnx(filled(GRAPHS / "vit_b_16__dyn.onnx")).graph)
    assert abs(found.parameters - 86_567_656) <= 1
    assert round(found.multiply_adds / 1e9, 2) == 17.56


@pytest.mark.parametrize(
    ("name", "parameters", "giga"),
    [
        ("yolov5s", 7_235_389, 8.2),  # https://github.com/ultralytics/yolov5: 7.2 M, 16.5 GFLOPs, two per multiply-add
        ("yolov8n", 3_157_200 - 16, 4.4),  # 8.7 GFLOPs; the 16 weights of its decoding are not part of the zoo's net
        ("yolov3", 61_949_149, 77.9),  # 155 GFLOPs at 640 px
    ],
)
def test_detectors_have_their_published_figures(name: str, parameters: int, giga: float) -> None:
    found = _of_zoo(name)
    assert found.parameters == parameters
    assert round(found.multiply_adds / 1e9, 1) == giga


@settings(max_examples=25, deadline=None)
@given(
    group=st.integers(1, 3),
    maps=st.tuples(st.integers(1, 2), st.integers(1, 3)),
    side=st.integers(5, 8),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 2),
    batch=st.integers(1, 2),
)
def test_grouped_convolution_is_what_loops_count(group, maps, side, kernel, stride, batch) -> None:
    read, made = maps[0] * group, maps[1] * group
    weight = np.ones((made, maps[0], *kernel), np.float32)
    node = helper.make_node("Conv", ["x", "w"], ["y"], group=group, strides=[stride] * 2)
    found = _costs([node], {"x": [batch, read, side, side]}, {"w": weight})
    extent = [(side - k) // stride + 1 for k in kernel]
    count = 0
    for _, out, _, _ in product(range(batch), range(made), *map(range, extent)):
        of_group = [c for c in range(read) if c // maps[0] == out // maps[1]]
        count += len(of_group) * kernel[0] * kernel[1]
    assert found == Costs(weight.size, count)


@settings(max_examples=25, deadline=None)
@given(
    group=st.integers(1, 3),
    maps=st.tuples(st.integers(1, 2), st.integers(1, 3)),
    side=st.integers(2, 5),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 2),
)
def test_transposed_convolution_is_what_loops_count(group, maps, side, kernel, stride) -> None:
    read, made = maps[0] * group, maps[1] * group
    weight = np.ones((read, maps[1], *kernel), np.float32)
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], group=group, strides=[stride] * 2)
    found = _costs([node], {"x": [1, read, side, side]}, {"w": weight})
    count = 0
    for channel, _, _ in product(range(read), range(side), range(side)):
        of_group = [c for c in range(made) if c // maps[1] == channel // maps[0]]
        count += len(of_group) * kernel[0] * kernel[1]
    assert found == Costs(weight.size, count)


def test_matrix_products() -> None:
    weight, bias = np.ones((6, 5), np.float32), np.ones(5, np.float32)
    gemm = helper.make_node("Gemm", ["x", "w", "b"], ["y"], transA=1)
    assert _costs([gemm], {"x": [6, 4]}, {"w": weight, "b": bias}) == Costs(35, 4 * 5 * 6)
    batched = helper.make_node("MatMul", ["q", "k"], ["y"])
    assert _costs([batched], {"q": [2, 3, 7, 4], "k": [1, 3, 4, 9]}, {}) == Costs(0, 2 * 3 * 7 * 9 * 4)


def test_a_weight_counts_once_and_statistics_do_not() -> None:
    conv = [helper.make_node("Conv", [a, "w"], [b], pads=[1] * 4) for a, b in (("x", "c1"), ("c1", "c2"))]
    norm = helper.make_node("BatchNormalization", ["c2", "v", "v2", "mean", "var"], ["n"])
    half = helper.make_node("Mul", ["n", "half"], ["y"])
    vectors = {name: np.ones(2, np.float32) for name in ("v", "v2", "mean", "var")}
    constants = {"w": np.ones((2, 2, 3, 3), np.float32), "half": np.float32(0.5), **vectors}
    found = _costs([*conv, norm, half], {"x": [1, 2, 4, 4]}, constants)
    assert found == Costs(36 + 4, 2 * 16 * 2 * 18)


def test_attention_as_one_operator_costs_what_its_products_do() -> None:
    shapes = {"q": [2, 3, 7, 4], "k": [2, 3, 9, 4], "v": [2, 3, 9, 5]}
    attention = helper.make_node("Attention", ["q", "k", "v"], ["y"])
    turned = helper.make_node("Transpose", ["k"], ["t"], perm=[0, 1, 3, 2])
    scores = helper.make_node("MatMul", ["q", "t"], ["s"])
    values = helper.make_node("MatMul", ["s", "v"], ["y"])
    assert _costs([attention], shapes, {}, 23) == _costs([turned, scores, values], shapes, {}, 23)
