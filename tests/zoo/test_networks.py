"""What every network of the zoo must do, and the figures that are published of some."""

import re
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F

from api_schemas import zoo
from api_schemas.spec import LayerSpec
from rfengine.spec_import import compile_spec
from rfengine.targets import find_targets
from tests.spec.helpers import noise, run, weights
from tests.zoo.analysed import analysed, compiled, fields, parameters

ENTRIES = {entry.name: entry for entry in zoo.names()}
DETECTORS = [name for name in ENTRIES if name.startswith(("yolo", "retina"))]


@pytest.mark.parametrize("name", ENTRIES)
def test_a_network_compiles_imports_and_is_analysed(name: str):
    entry = ENTRIES[name]
    onnx.checker.check_model(compiled(name))
    tensors = analysed(name)
    assert set(entry.endpoints) <= set(tensors)
    assert {tensors[endpoint].status for endpoint in entry.endpoints} == {"exact"}
    assert find_targets(fields(name))


@pytest.mark.parametrize("name", ENTRIES)
def test_only_pyramids_are_misaligned(name: str):
    misaligned = {tensor for tensor in ENTRIES[name].endpoints if not analysed(name)[tensor].aligned}
    assert bool(misaligned) == (name in DETECTORS)


# Model, receptive field, effective stride, effective padding: the table of seed 004, last endpoints at 224 px.
SEED_004 = [
    ("alexnet_v2", 195, 32, 64),
    ("vgg_16", 212, 32, 90),
    ("mobilenet_v1", 315, 32, 126),
    ("mobilenet_v1_075", 315, 32, 126),
    ("resnet_v1_50", 483, 32, 239),
    ("inception_v2", 699, 32, 318),
    ("resnet_v1_101", 1027, 32, 511),
    ("inception_v3", 1311, 32, 618),
    ("resnet_v1_152", 1507, 32, 751),
    ("resnet_v1_200", 1763, 32, 879),
    ("inception_v4", 2071, 32, 998),
    ("inception_resnet_v2", 3039, 32, 1482),
]


@pytest.mark.parametrize(("name", "size", "stride", "padding"), SEED_004)
def test_the_table_of_seed_004(name: str, size: int, stride: int, padding: int):
    (target,) = find_targets(fields(name))
    assert target == ENTRIES[name].endpoints[-1]
    field = analysed(name)[target]
    assert (field.size, field.stride, field.padding) == ([size] * 2, [stride] * 2, [padding] * 2)


# Network, tensor, units, size, stride, centre of unit 0; per axis.
WORKED = [
    ("two_convs", "conv2", 14, 11, 4, 5.5),
    ("simple_cnn", "relu2", 32, 8, 2, 1.0),
    ("a_b_c", "A", 8, 3, 1, 0.5),
    ("a_b_c", "B", 8, 5, 1, 0.5),
    ("a_b_c", "C", 8, 7, 1, 0.5),
    ("feature_grid", "feature_grid", 16, 34, 4, 17.0),
    ("minimal_grid", "feature_grid", 23, 20, 2, 10.0),
    ("simple_vgg", "grid0", 42, 14, 2, 7.0),
    ("simple_vgg", "grid1", 17, 32, 4, 16.0),
    ("two_padded_convs", "conv1", 3, 3, 2, 0.5),
    ("two_padded_convs", "conv2", 2, 7, 4, 0.5),
]


@pytest.mark.parametrize(("name", "tensor", "units", "size", "stride", "start"), WORKED)
def test_a_tutorials_figures(name: str, tensor: str, units: int, size: int, stride: int, start: float):
    field = analysed(name)[tensor]
    assert field.shape[2:] == [units] * 2
    assert (field.size, field.stride, field.start) == ([size] * 2, [stride] * 2, [start] * 2)


# Published counts of parameters less the classifier's, and how many numbers per channel of a norm they count.
PARAMETERS = [
    ("feature_grid", 288_544, 0),
    ("fcn_resnet50", 35_322_218 - 2_365_205, 2),  # torchvision's, less the auxiliary head
    ("inception_resnet_v2", 54_336_736, 3),  # Keras, no top: shift, mean, variance
    ("inception_resnet_v2-same", 54_336_736, 3),
    ("inception_v3", 21_802_784, 3),
    ("inception_v4", 42_679_816 - 1_537_000, 2),  # timm
    ("mobilenet_v1", 3_228_864, 4),  # Keras, no top: scale besides
    ("resnet18", 11_689_512 - 513_000, 2),  # torchvision
    ("resnet34", 21_797_672 - 513_000, 2),
    ("resnet50", 25_557_032 - 2_049_000, 2),
    ("resnet101", 44_549_160 - 2_049_000, 2),
    ("resnet152", 60_192_808 - 2_049_000, 2),
    ("resnet_v1_50", 25_557_032 - 2_049_000, 2),  # the stride stands elsewhere
    ("resnet_v1_152", 60_192_808 - 2_049_000, 2),
    ("retinanet_resnet50", 34_014_999 + 4 * 6_691_415, 0),  # torchvision's norms are frozen and its heads are shared
    ("vgg_16", 138_357_544 - 123_642_856, 2),
    ("yolov3", 61_949_149, 2),
    ("yolov5s", 7_235_389, 2),
    ("yolov8n", 3_157_200 - 16, 2),  # less the decoding
]


@pytest.mark.parametrize(("name", "published", "per_norm_channel"), PARAMETERS)
def test_a_network_has_the_published_number_of_parameters(name: str, published: int, per_norm_channel: int):
    assert parameters(name, per_norm_channel) == published


@pytest.mark.parametrize(
    ("name", "tensor", "size", "stride", "padding"),
    [
        ("resnet18", "layer4", 435, 32, 217),
        ("resnet50", "layer3", 267, 16, 133),
        ("resnet50", "layer4", 427, 32, 213),
        ("fcn_resnet50", "layer4", 427, 8, 213),
        ("luo_cifar", "stage3", 74, 4, 35),
        ("luo_camvid", "stage4", 505, 16, 252),
    ],
)
def test_residual_networks(name: str, tensor: str, size: int, stride: int, padding: int):
    field = analysed(name)[tensor]
    assert (field.size, field.stride, field.padding) == ([size] * 2, [stride] * 2, [padding] * 2)


@pytest.mark.parametrize(("name", "blocks"), [("luo_cifar", 17), ("luo_camvid", 16)])
def test_luos_networks_have_their_blocks(name: str, blocks: int):
    assert sum(layer.layer.type == "add" for layer in zoo.build(name).network().layers) == blocks


@pytest.mark.parametrize("side", [224, 225, 320])
def test_fcn_answers_at_the_images_size_and_takes_one_channel(side: int):
    assert analysed("fcn_resnet50", (1, 1, side, side))["out"].shape == [1, 21, side, side]


@pytest.mark.parametrize("depth", [1, 2, 4, 5, 8, 9, 17])
@pytest.mark.parametrize("kind", ["nopool", "nopool-res"])
def test_nets_without_pooling_grow_by_two(kind: str, depth: int):
    field = analysed(f"{kind}-{depth}", (1, 1, 64, 64))["out"]
    assert (field.size, field.padding) == ([2 * depth + 1] * 2, [depth] * 2)
    assert field.shape == [1, 2, 64, 64]


def _seeds_residual_net(x: torch.Tensor, w: dict[str, torch.Tensor], depth: int) -> torch.Tensor:
    """Written from its description: convolutions 0, 4, 8, ... read the sum with a path of 1x1 convolutions."""
    skip = x
    for layer in range(depth):
        if layer % 4 == 0:
            x = x if layer == 0 else x + skip
            maps = 2 if layer + 4 >= depth else w["conv1:weight"].shape[0]
            kernel = torch.full((maps, skip.shape[1], 1, 1), 0.9 / skip.shape[1])
            skip = F.conv2d(skip, kernel)
        x = F.conv2d(x, w[f"conv{layer + 1}:weight"], padding=1)
        x = x + skip if layer == depth - 1 else x.relu()
    return x


@pytest.mark.parametrize("depth", [2, 4, 8, 9, 13])
def test_the_residual_net_computes_what_the_seed_says(depth: int):
    model = compile_spec(zoo.build(f"nopool-res-{depth}x5", input_shape=(1, 1, 16, 16)), name="net")
    assert {w.shape[0] for name, w in weights(model).items() if name.endswith("weight")} == {5, 2}
    feeds = noise(model)
    ours = {name: torch.from_numpy(array.copy()) for name, array in weights(model).items()}
    expected = _seeds_residual_net(torch.from_numpy(feeds["input"]), ours, depth).numpy()
    np.testing.assert_allclose(run(model, feeds)["out"], expected, rtol=1e-4, atol=1e-5)


def test_u_nets():
    sizes = analysed("unet-3", (1, 1, 64, 64))["out"].sizes_by_phase
    assert [sorted(set(axis)) for axis in sizes] == [[92, 100]] * 2
    assert analysed("unet")["out"].shape == [1, 2, 388, 388]  # Ronneberger et al. 2015, figure 1
    assert analysed("unet")["bottom"].shape == [1, 1024, 28, 28]
    padded, original = (set(analysed(name)["out"].sizes_by_phase[0]) for name in ("unet-4", "unet"))
    assert padded == original == {188, 204}


@pytest.mark.parametrize("name", DETECTORS)
def test_heads_come_out_at_their_strides(name: str):
    heads = [tensor for tensor in ENTRIES[name].endpoints if re.search(r"_\d+$", tensor)]
    assert {"head_8", "head_16", "head_32"} <= set(heads) or {"box_8", "box_16", "box_32", "class_32"} <= set(heads)
    for head in heads:
        assert analysed(name)[head].stride == [int(head.rpartition("_")[2])] * 2
    assert set(find_targets(fields(name))) == set(heads)


def test_a_pyramid_takes_sides_that_do_not_divide():
    field = analysed("retinanet_resnet50", (1, 3, 300, 300))["merged4"]  # 10 to 19 px
    assert field.status == "canvas"
    assert field.shape[2:] == [19, 19]


def test_a_spec_survives_as_json():
    spec = zoo.build("inception_resnet_v2")
    assert LayerSpec.model_validate_json(spec.model_dump_json()) == spec


def _layers(spec: LayerSpec) -> dict[str, Any]:
    return {layer.name: layer.layer for layer in spec.network().layers}


def test_widths_of_a_family():
    assert _layers(zoo.build("nopool-3x8"))["relu2/conv"].channels == 8
    assert _layers(zoo.build("unet-2x8"))["bottom/conv"].channels == 32
