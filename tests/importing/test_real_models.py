"""Real exports of both of torch's exporters: imported, run in torch, compared with onnxruntime, fields probed."""

import pytest

from rfengine.estimators.probe import Outcome, probe
from tests.real_models import GRAPHS, TOLERANCE, Analysed, analysed, disagreement, refuted

# Last feature maps by which the automatic targets are known to be the right ones, and their largest size.
TARGETS = {
    "resnet18__dynd": [("relu_16", 435)],
    "unet_resnet34": [("mask", 1027)],
    "mobilenet_v3_large__dyn": [("hardswish_19", 595)],
    "shufflenet_v2_x1_0": [("/conv5/conv5.2/Relu_output_0", 527)],
    "efficientnet_b0__ts17d": [("/features/features.8/features.8.2/Mul_output_0", 851)],
    "retinanet_r50_fpn_heads": [("P3", 459), ("P4", 459), ("P5", 491), ("P6", 555), ("P7", 683)],
    "retinanet_r50_fpn_full": [("/m/head/classification_head/Transpose_output_0", None)],
    "ssd300_vgg16_heads": [("S38", 92), ("S19", 420), ("S10", 452)],
    "swin_t__dyn": [("permute_59", 224)],
    "vit_b_16__dyn": [("conv2d", 16)],
}


@pytest.fixture(scope="module", params=sorted(TARGETS))
def model(request: pytest.FixtureRequest) -> Analysed:
    return analysed(GRAPHS / f"{request.param}.onnx")


def test_targets_and_their_fields(model: Analysed, request: pytest.FixtureRequest) -> None:
    expected = TARGETS[request.node.callspec.params["model"]]
    assert {name for name, _ in expected} <= set(model.targets)
    for name, size in expected:
        (axes,) = model.fields.spatial(name).values()
        assert size is None or [max(axis.map.sizes) for axis in axes] == [size, size]


def test_torch_agrees_with_onnxruntime(model: Analysed) -> None:
    assert disagreement(model) < TOLERANCE


def test_the_probe_contradicts_no_field(model: Analysed) -> None:
    assert refuted(model) == {}


def test_every_graph_is_listed() -> None:
    assert {path.stem for path in GRAPHS.glob("*.onnx")} == set(TARGETS)


def test_shifted_windows_stay_local_for_two_blocks() -> None:
    model = analysed(GRAPHS / "swin_t__dyn.onnx")
    found = probe(model.fields, "images", lines=[[0, 100], []])
    assert found.outcomes["roll"] is Outcome.CONFIRMED
    (axes,) = model.fields.spatial("roll").values()
    assert [max(axis.map.sizes) for axis in axes] == [28, 28]


def test_attention_inside_a_window_is_not_off_centre() -> None:
    fields = analysed(GRAPHS / "swin_t__dyn.onnx").fields.by_input["images"]
    nodes = {off.node for field in fields.values() for track in field.tracks if track for off in track.off_centre}
    assert nodes
    assert not any("matmul" in node for node in nodes)  # only the skips, between windows and shifted windows
