"""The field of a run's network before and after: of the two maps that are trained, at the letter's unit."""

import time

import numpy as np
import torch
from onnx import helper

from api_schemas import zoo
from api_schemas.initialisers import Xavier
from api_schemas.sweep import SweepOptions
from rfengine.training.cells import Cell
from rfengine.training.growth import growth
from rfengine.training.launch import launch
from rfengine.training.network import Network, of_onnx, of_spec
from rfengine.training.theory import reach
from tests.tiny import model, weights


def zoo_network(name: str, target: str | None = None) -> Network:
    return of_spec(name, lambda shape: zoo.build(name, input_shape=shape), Xavier(), target)


def two_layers() -> bytes:
    """Two linear layers to three maps, without a bias."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Conv", ["a", "v"], ["y"], pads=[1] * 4),
    ]
    constants = {"w": weights(4, 1, 3, 3), "v": weights(3, 4, 3, 3, seed=1)}
    return bytes(model(nodes, inputs={"x": [1, 1, 32, 32]}, constants=constants).SerializeToString())


def test_the_field_is_of_the_heads_two_maps() -> None:
    network = of_onnx("m", two_layers(), None, None)
    trainee = network.trainee((32, 32), 1)
    final = {name: array * (2 if name.startswith("head") else 1) for name, array in trainee.initial(3).items()}
    found = growth(network, SweepOptions(), Cell(8, 3), final, reach(network).radius)
    height, width = found.before.values.shape
    image = torch.zeros(1, 1, height, width, requires_grad=True)
    maps = torch.nn.functional.conv2d(image, torch.from_numpy(weights(4, 1, 3, 3)), padding=1)
    maps = torch.nn.functional.conv2d(maps, torch.from_numpy(weights(3, 4, 3, 3, seed=1)), padding=1)
    scores = torch.nn.functional.conv2d(maps, torch.from_numpy(np.array(trainee.initial(3)["head.weight"])))
    row, column = found.before.unit.index
    gradients = [
        torch.autograd.grad(scores[0, each, row, column], image, retain_graph=True)[0].abs()[0, 0] for each in (0, 1)
    ]
    assert np.allclose(found.before.values, (sum(gradients) / 2).numpy(), atol=1e-6)
    assert np.allclose(found.after.values, 2 * found.before.values, atol=1e-6)
    assert found.before.unit.target == trainee.target


def test_a_deep_networks_field_takes_seconds() -> None:
    network = zoo_network("resnet18", "layer2.0")
    options = SweepOptions.model_validate({"training": {"steps": 4, "evaluation_samples": 16, "device": "cpu"}})
    (trained,) = launch(network, options, [Cell(9, 0)]).runs
    assert trained.record.final is not None
    started = time.process_time()
    found = growth(network, options, Cell(9, 0), trained.record.final, reach(network).radius)
    assert time.process_time() - started < 60
    assert found.after.values.shape[0] % network.stride == 0
    assert found.after.values.any()
    assert not np.array_equal(found.before.values, found.after.values)


def test_the_square_suits_the_network() -> None:
    """An odd one for stride 1, whole steps for a U-Net, the run's own canvas for a network of one size."""
    plain, u_net = zoo_network("nopool-4x4"), zoo_network("unet-2x4")
    options = SweepOptions()
    for network, side in ((plain, 31), (u_net, 48)):
        final = network.trainee((32, 32), 1).initial(0)
        found = growth(network, options, Cell(9, 0), final, reach(network).radius)
        assert found.before.values.shape == (side, side)
    nodes = [helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4), helper.make_node("Add", ["a", "g"], ["y"])]
    constants = {"w": weights(3, 1, 3, 3), "g": weights(1, 3, 24, 24)}
    fixed = of_onnx(
        "f", bytes(model(nodes, inputs={"x": [1, 1, 24, 24]}, constants=constants).SerializeToString()), None, None
    )
    sized = SweepOptions.model_validate({"training": {"canvas": 24}})
    found = growth(fixed, sized, Cell(8, 0), fixed.trainee((24, 24), 1).initial(0), reach(fixed).radius)
    assert found.before.values.shape == (24, 24)


def test_grey_images_are_repeated_for_a_network_that_keeps_its_channels() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["d"], pads=[1] * 4, group=3),
        helper.make_node("Conv", ["d", "v"], ["y"]),
    ]
    constants = {"w": weights(3, 1, 3, 3), "v": weights(4, 3, 1, 1)}
    data = bytes(model(nodes, inputs={"x": [1, 3, 32, 32]}, constants=constants).SerializeToString())
    network = of_onnx("m", data, None, None)
    found = growth(network, SweepOptions(), Cell(8, 0), network.trainee((32, 32), 1).initial(0), reach(network).radius)
    assert np.count_nonzero(found.before.values) == 9
