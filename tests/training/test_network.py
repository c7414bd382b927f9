"""Any network as a trainee: what learns, the head, one channel, and what cannot be trained."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from api_schemas import zoo
from api_schemas.datasets import ESymbol
from api_schemas.initialisers import AnyInitialiser, Circular, Constant, Decomposed, He, Shifted, Xavier
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from api_schemas.sweep import SweepOptions, Training
from rfengine.errors import BadInput, BadTarget
from rfengine.onnx_import import Imported, import_onnx
from rfengine.runtime.program import Program
from rfengine.training import biases, onnx_file
from rfengine.training.detector import Detector
from rfengine.training.network import Network, Trainee, of_onnx, of_spec
from rfengine.training.scenes import scene_of
from rfengine.training.sources import sources
from rfengine.training.theory import reach
from rfengine.training.trainable import trained_constants
from tests.tiny import conv_chain, model, weights


def zoo_network(name: str, init: AnyInitialiser | None = None, target: str | None = None) -> Network:
    return of_spec(name, lambda shape: zoo.build(name, input_shape=shape), init or Xavier(), target)


def maps_of(trainee: Trainee, images: torch.Tensor, seed: int = 0) -> torch.Tensor:
    values = {name: torch.from_numpy(array.copy())[None] for name, array in trainee.initial(seed).items()}
    with torch.no_grad():
        return Detector(trainee, dtype="float32", device="cpu")(values, images[None])[0]


def test_the_seeds_nets_are_trained_as_they_are() -> None:
    trainee = zoo_network("nopool-res-8x16").trainee((24, 15), 8)
    assert not trainee.has_head
    assert trainee.image_shape == (8, 1, 24, 15)
    counts = [values.size for values in trainee.initial(0).values()]
    # 3x3 convolutions 1 -> 16, 16 -> 16 six times, 16 -> 2 with biases, and the skips' 1x1 without.
    assert sum(counts) == (16 * 9 + 16) + 6 * (256 * 9 + 16) + (32 * 9 + 2) + (1 * 16 + 16 * 2)


def test_skips_start_at_nine_tenths_over_their_maps() -> None:
    initial = zoo_network("nopool-res-9x16").trainee((24, 15), 8).initial(7)
    skips = [values for values in initial.values() if values.ndim == 4 and values.shape[2:] == (1, 1)]
    assert [float(values.flat[0]) for values in skips] == pytest.approx([0.9, 0.9 / 16, 0.9 / 16])
    assert all(np.ptp(values) == 0 for values in skips)


def test_a_seed_is_a_draw() -> None:
    trainee = zoo_network("nopool-res-8x16").trainee((24, 15), 8)
    one, same, other = trainee.initial(1), trainee.initial(1), trainee.initial(2)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    drawn = [name for name in one if one[name].ndim == 4 and one[name].shape[2:] == (3, 3)]
    assert all(not np.array_equal(one[name], other[name]) for name in drawn)


@pytest.mark.parametrize(
    ("init", "given", "wanted"),
    [
        (Xavier(), None, True),
        (Shifted(), None, True),
        (Decomposed(), None, False),
        (Circular(), None, False),
        (Constant(), None, False),
        (Constant(), "uniform", True),
        (Xavier(), "zero", False),
        ("model", None, False),
    ],
)
def test_biases_start_as_in_the_seed(init: AnyInitialiser | str, given: str | None, wanted: bool) -> None:
    assert biases.drawn(SweepOptions.model_validate({"weights": init, "biases": given})) is wanted


def test_drawn_biases_lie_within_one_over_root_fan_in() -> None:
    network = of_spec("n", lambda shape: zoo.build("nopool-8x16", input_shape=shape), Xavier(), None, draws_biases=True)
    initial = network.trainee((24, 15), 8).initial(0)
    found = [values for values in initial.values() if values.ndim == 1]
    bounds = [1 / 3] + [1 / 12] * 7
    for values, bound in zip(found, bounds, strict=True):
        assert np.abs(values).max() <= bound
    assert np.abs(np.concatenate(found[1:])).max() > 0.9 / 12


def test_another_network_gets_a_head_at_the_images_resolution() -> None:
    network = zoo_network("resnet18", target="layer2.0")
    assert network.stride == 8
    trainee = network.trainee((40, 32), 8)
    assert trainee.has_head
    found = maps_of(trainee, torch.rand(8, 1, 40, 32))
    assert found.shape == (8, 2, 40, 32)
    # Bilinear from 5 x 4 units: it is smooth, and it is not constant.
    assert float(found.std()) > 0
    assert float((found[:, :, 1:] - found[:, :, :-1]).abs().max()) < float(found.max() - found.min())


def onnx_net(channels: int = 3) -> bytes:
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], pads=[1] * 4, strides=[2, 2], name="first"),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("Conv", ["r", "v"], ["y"], pads=[1] * 4, name="second"),
    ]
    constants = {"w": weights(6, channels, 3, 3), "b": weights(6), "v": weights(5, 6, 3, 3)}
    return bytes(model(nodes, inputs={"x": [1, channels, 32, 32]}, constants=constants).SerializeToString())


def test_an_onnx_model_is_made_for_grey_images() -> None:
    """With its own weights it computes on a grey image what the model computes on three equal channels."""
    data = onnx_net()
    trainee = of_onnx("m", data, None, None).trainee((24, 16), 2)
    assert trainee.image_shape == (2, 1, 24, 16)
    images = torch.rand(2, 1, 24, 16)
    values = trainee.initial(0)
    assert set(values) == {"w", "b", "v", "head.weight", "head.bias"}
    assert values["w"].shape == (6, 1, 3, 3)
    whole = import_onnx(data, input_shape={"x": (2, 3, 24, 16)}).graph
    y = Program(whole)({"x": images.expand(2, 3, 24, 16).contiguous()})["y"]
    scores = torch.einsum("oi,nihw->nohw", torch.from_numpy(values["head.weight"][:, :, 0, 0].copy()), y)
    expected = torch.nn.functional.interpolate(scores, (24, 16), mode="bilinear", align_corners=False)
    assert torch.allclose(maps_of(trainee, images), expected, atol=1e-5)


def test_an_initialiser_draws_an_onnx_model_for_one_channel() -> None:
    values = of_onnx("m", onnx_net(), Xavier(), None).trainee((24, 16), 2).initial(0)
    bound = np.sqrt(6 / (9 + 6 * 9))
    (first,) = (array for array in values.values() if array.shape == (6, 1, 3, 3))
    assert bound * 0.8 < np.abs(first).max() <= bound


def test_a_shared_weight_is_one_parameter() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["a", "w"], ["y"], pads=[1] * 4),
    ]
    made = model(nodes, inputs={"x": [1, 2, 8, 8]}, constants={"w": weights(2, 2, 3, 3)})
    assert trained_constants(import_onnx(made.SerializeToString()).graph) == ("w",)


def test_norms_learn_scale_and_offset_and_run_on_the_batch() -> None:
    trainee = zoo_network("resnet18", target="layer1.0").trainee((32, 32), 4)
    norms = [node for node in trainee.graph.nodes if node.op == "BatchNormalization"]
    assert norms
    assert all(node.attributes["training_mode"] == 1 for node in norms)
    learns = set(trainee.names)
    assert all({node.inputs[1], node.inputs[2]} <= learns for node in norms)
    assert all(not {node.inputs[3], node.inputs[4]} & learns for node in norms)


def test_no_weight_before_the_target_is_refused() -> None:
    nodes = [helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], pads=[1] * 4)]
    data = bytes(model(nodes, inputs={"x": [1, 1, 16, 16]}, constants={}).SerializeToString())
    with pytest.raises(BadInput, match="target 'y' cannot be trained: there is no weight between input and target"):
        of_onnx("m", data, None, None).trainee((16, 16), 2)


def test_weights_in_whole_numbers_are_refused() -> None:
    made = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Cast", ["x"], ["i"], to=TensorProto.UINT8),
                helper.make_node("ConvInteger", ["i", "w"], ["c"], pads=[1] * 4, name="quantised"),
                helper.make_node("Cast", ["c"], ["y"], to=TensorProto.FLOAT),
            ],
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 16, 16])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.ones((2, 1, 3, 3), np.uint8), "w")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    with pytest.raises(BadInput, match=r"'quantised'.*whole numbers, which do not learn; export the network before"):
        of_onnx("m", bytes(made.SerializeToString()), None, None).trainee((16, 16), 2)


def same_on_equal_channels(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], outputs: int) -> None:
    """Images of one channel give what the file gives for that channel three times."""
    data = bytes(model(nodes, inputs={"x": [1, 3, 32, 32]}, constants=constants).SerializeToString())
    trainee = of_onnx("m", data, None, None).trainee((16, 24), 2)
    images = torch.rand(2, 1, 16, 24)
    whole = import_onnx(data, input_shape={"x": (2, 3, 16, 24)}).graph
    expected = Program(whole)({"x": images.expand(2, 3, 16, 24).contiguous()})["y"]
    assert torch.allclose(Program(trainee.graph)({trainee.source: images})["y"], expected, atol=1e-5)
    assert trainee.graph.shape(trainee.source) == (2, 1, 16, 24)
    assert maps_of(trainee, images).shape == (2, 2, 16, 24)
    assert trainee.graph.shape("y")[1] == outputs


def test_a_depthwise_first_layer_keeps_its_channels() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["d"], pads=[1] * 4, group=3),
        helper.make_node("Conv", ["d", "v"], ["y"]),
    ]
    same_on_equal_channels(nodes, {"w": weights(3, 1, 3, 3), "v": weights(4, 3, 1, 1)}, 4)


def test_a_normalisation_in_front_keeps_its_channels() -> None:
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["s"]),
        helper.make_node("Div", ["s", "std"], ["d"]),
        helper.make_node("Conv", ["d", "w"], ["y"], pads=[1] * 4),
    ]
    constants = {
        "mean": np.float32([0.4, 0.5, 0.6]).reshape(1, 3, 1, 1),
        "std": np.float32([0.2, 0.3, 0.25]).reshape(1, 3, 1, 1),
        "w": weights(4, 3, 3, 3),
    }
    same_on_equal_channels(nodes, constants, 4)


def test_slices_in_front_keep_their_channels() -> None:
    """As a Focus layer: rows and columns of either parity beside each other."""
    nodes = []
    constants = {"axes": np.int64([2, 3]), "ends": np.int64([1 << 30, 1 << 30]), "steps": np.int64([2, 2])}
    for i in range(4):
        constants[f"start{i}"] = np.int64([i % 2, i // 2])
        nodes.append(helper.make_node("Slice", ["x", f"start{i}", "ends", "axes", "steps"], [f"part{i}"]))
    nodes.append(helper.make_node("Concat", [f"part{i}" for i in range(4)], ["c"], axis=1))
    nodes.append(helper.make_node("Conv", ["c", "w"], ["y"], pads=[1] * 4))
    same_on_equal_channels(nodes, {**constants, "w": weights(5, 12, 3, 3)}, 5)


def test_a_first_weight_that_others_read_keeps_its_channels() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["a", "w"], ["y"], pads=[1] * 4),
    ]
    same_on_equal_channels(nodes, {"w": weights(3, 3, 3, 3)}, 3)


def test_channels_last_are_refused() -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["y"], pads=[1] * 4),
    ]
    made = model(nodes, inputs={"x": [1, 32, 32, 3]}, constants={"w": weights(2, 3, 3, 3)})
    with pytest.raises(BadInput, match=r"m: its input 'x' \[1, 32, 32, 3\] has the channels last.*channels first"):
        of_onnx("m", bytes(made.SerializeToString()), None, None).trainee((16, 16), 2)


@pytest.mark.parametrize("order", [("x", "s"), ("s", "x")])
def test_a_second_input_that_the_target_reads_is_refused(order: tuple[str, ...]) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Mul", ["a", "s"], ["y"]),
    ]
    shapes = {"x": [1, 1, 16, 16], "s": [1]}
    made = model(nodes, inputs={name: shapes[name] for name in order}, constants={"w": weights(2, 1, 3, 3)})
    data = bytes(made.SerializeToString())
    with pytest.raises(BadInput, match=r"target 'y' reads 2 inputs, .*'s' \[1\].*name a target that reads it alone"):
        of_onnx("m", data, None, None).trainee((16, 16), 2)
    assert of_onnx("m", data, None, "a").trainee((16, 16), 2).source == "x"


def test_a_second_image_that_the_target_does_not_read_is_left_out() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Add", ["a", "z"], ["y"]),
    ]
    inputs = {"z": [1, 2, 16, 16], "x": [1, 1, 16, 16]}
    data = bytes(model(nodes, inputs=inputs, constants={"w": weights(2, 1, 3, 3)}).SerializeToString())
    assert of_onnx("m", data, None, "a").trainee((16, 16), 2).source == "x"


def test_a_specs_input_keeps_its_name() -> None:
    layers = [{"type": "conv", "name": "c", "channels": 4, "kernel": 3, "padding": "same", "from": "image"}]
    spec = LayerSpec.model_validate({"inputs": {"image": [1, 3, 64, 64]}, "layers": layers})
    trainee = of_spec("n", lambda _: spec, Xavier(), None).trainee((24, 16), 2)
    assert trainee.source == "image"
    assert trainee.image_shape == (2, 1, 24, 16)


def test_a_heads_names_are_no_names_of_the_network() -> None:
    """A model whose own last layer is called head trains both."""
    nodes = [helper.make_node("Conv", ["x", "head.weight", "head.bias"], ["y"], pads=[1] * 4, name="head")]
    constants = {"head.weight": weights(5, 1, 3, 3), "head.bias": weights(5)}
    data = bytes(model(nodes, inputs={"x": [1, 1, 16, 16]}, constants=constants).SerializeToString())
    trainee = of_onnx("m", data, None, None).trainee((16, 16), 2)
    values = trainee.initial(0)
    assert values["head.weight"].shape == (5, 1, 3, 3)
    assert {array.shape for array in values.values()} == {(5, 1, 3, 3), (5,), (2, 5, 1, 1), (2,)}
    assert maps_of(trainee, torch.rand(2, 1, 16, 16)).shape == (2, 2, 16, 16)


@pytest.mark.parametrize(
    ("name", "target", "stride", "least"),
    [
        ("nopool-res-8x16", None, 1, 4),
        ("unet-2", None, 4, 4),
        ("unet-3x8", None, 8, 8),
        ("resnet18", "layer2.0", 8, 32),
        ("two_convs", None, 4, 24),  # without padding
        ("minimal_grid", None, 2, 26),
        ("yolov8n", "box_8", 32, 32),
    ],
)
def test_tight_canvases_suit_every_tensor_on_the_way(name: str, target: str | None, stride: int, least: int) -> None:
    network = zoo_network(name, target=target)
    assert (network.stride, network.least) == (stride, (least, least))
    for distance in (8, 16):
        scene = scene_of(ESymbol(), Training(), distance, stride=network.stride, least=network.least)
        trainee = network.trainee(scene.shape, 2)
        assert min(trainee.graph.shape(trainee.target)[2:]) >= 4
        assert maps_of(trainee, torch.rand(2, 1, *scene.shape)).shape == (2, 2, *scene.shape)


def test_an_unpadded_u_net_takes_its_own_sizes_alone() -> None:
    network = zoo_network("unet")
    assert (network.stride, network.least) == (16, (188, 188))
    assert network.canvases.fitting(189) == (204, 204)


def fixed_net(side: int) -> bytes:
    """A network that works on one size alone: its maps are added to a constant of that size."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Add", ["a", "grid"], ["y"]),
    ]
    constants = {"w": weights(3, 3, 3, 3), "grid": weights(1, 3, side // 2, side // 2)}
    return bytes(model(nodes, inputs={"x": [1, 3, side, side]}, constants=constants).SerializeToString())


def test_a_network_of_one_size_is_trained_on_it_or_says_so() -> None:
    network = of_onnx("m", fixed_net(48), None, None)
    assert network.least == (48, 48)
    assert scene_of(ESymbol(), Training(), 8, stride=network.stride, least=network.least).shape == (48, 48)
    assert reach(network).unit.canvas == (48, 48)
    assert network.trainee((48, 48), 2).has_head
    with pytest.raises(
        BadInput, match=r"training.canvas: m takes no images of 64 x 64 px, but of 48 x 48 px; set it to 48"
    ):
        network.trainee((64, 64), 2)


def test_reach_is_looked_at_on_whole_strides() -> None:
    assert reach(zoo_network("nopool-8x4")).unit.canvas == (65, 65)
    assert reach(zoo_network("unet-2x4")).unit.canvas == (68, 68)
    assert reach(zoo_network("yolov8n", target="box_8")).unit.canvas == (544, 544)


def test_a_file_is_imported_once_for_each_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    def counting(data: bytes, **given: Any) -> Imported:
        shapes.append(given["input_shape"])
        return import_onnx(data, **given)

    monkeypatch.setattr(onnx_file, "import_onnx", counting)
    trainee = of_onnx("m", onnx_net(), Xavier(), None).trainee((24, 16), 2)
    trainee.initial(0)
    trainee.initial(1)
    assert shapes == [{}, {"x": (2, 3, 24, 16)}]


def test_a_target_without_space_is_refused() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("GlobalAveragePool", ["c"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    made = model(nodes, inputs={"x": [1, 1, 16, 16]}, constants={"w": weights(2, 1, 3, 3)})
    with pytest.raises(BadTarget, match=r"target 'y'.*no spatial axes that follow the image; the last tensors"):
        of_onnx("m", bytes(made.SerializeToString()), He(), "y").trainee((16, 16), 2)


def test_several_heads_must_be_chosen_from() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["x", "w"], ["b"], pads=[1] * 4),
    ]
    data = bytes(model(nodes, inputs={"x": [1, 1, 16, 16]}, constants={"w": weights(2, 1, 3, 3)}).SerializeToString())
    with pytest.raises(BadTarget, match=r"these end the network: a, b; name one with targets"):
        of_onnx("m", data, He(), None).trainee((16, 16), 2)
    assert of_onnx("m", data, He(), "b").trainee((16, 16), 2).target == "b"


def test_a_request_names_its_networks() -> None:
    options = SweepOptions(depths=(12, 8), maps=8)
    found = sources(None, AnalyzeRequest(sweep=options), options, name="sweep")
    assert [(source.name, source.depth) for source in found] == [("nopool-res-8x8", 8), ("nopool-res-12x8", 12)]
    plain = SweepOptions(family="plain", depths=(8,))
    assert [s.name for s in sources(None, AnalyzeRequest(sweep=plain), plain, name="sweep")] == ["nopool-8x16"]
    data = conv_chain(8)
    (own,) = sources(data, AnalyzeRequest(sweep=options), options, name="mine")
    assert own.name == "mine"
    (other,) = sources(conv_chain(9), AnalyzeRequest(sweep=options), options, name="mine")
    assert own.identity != other.identity
    with pytest.raises(BadInput, match="send one of them"):
        sources(data, AnalyzeRequest(sweep=options, zoo="resnet18"), options, name="mine")
