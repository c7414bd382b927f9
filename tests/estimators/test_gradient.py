"""gradient against a plain autograd run, and its answers where there is no gradient."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from onnx import helper

from api_schemas.request import GradientOptions
from rfengine.errors import NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import centre_unit
from rfengine.estimators.gradient import gradient
from rfengine.onnx_import import import_onnx
from tests.tiny import model, weights


def relu_net(bias: float = 0.0) -> bytes:
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], pads=[1] * 4, strides=[2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["y"], pads=[1] * 4),
    ]
    constants = {"w1": weights(8, 3, 3, 3), "b1": np.full(8, bias, np.float32), "w2": weights(2, 8, 3, 3, seed=1)}
    return bytes(model(nodes, inputs={"x": [1, 3, 16, 16]}, constants=constants).SerializeToString())


@pytest.mark.parametrize("reduction", ["abs", "rms"])
def test_against_autograd_written_out(reduction: str) -> None:
    options = GradientOptions(images=3, seed=7, dtype="float64", reduction=reduction)
    fields = receptive_fields(import_onnx(relu_net()).graph)
    unit = centre_unit(fields, "y")
    found = gradient(fields, unit, options).values
    w1, w2 = torch.from_numpy(weights(8, 3, 3, 3)).double(), torch.from_numpy(weights(2, 8, 3, 3, seed=1)).double()
    generator = torch.Generator().manual_seed(7)
    maps = []
    for _ in range(3):
        x = torch.randn(1, 3, 16, 16, generator=generator, dtype=torch.float64, requires_grad=True)
        F.conv2d(F.relu(F.conv2d(x, w1, stride=2, padding=1)), w2, padding=1)[0, :, 4, 4].sum().backward()
        assert x.grad is not None
        maps.append((x.grad.abs() if reduction == "abs" else x.grad**2)[0].sum(0).numpy())
    expected = np.mean(maps, axis=0) if reduction == "abs" else np.sqrt(np.mean(maps, axis=0))
    assert np.allclose(found, expected, rtol=1e-12)
    assert unit.index == (4, 4)
    assert unit.centre == (8.5, 8.5)


def test_the_seed_decides_the_map() -> None:
    fields = receptive_fields(import_onnx(relu_net()).graph)
    unit = centre_unit(fields, "y")
    first, again, other = (gradient(fields, unit, GradientOptions(images=1, seed=seed)).values for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_dead_relus_are_named_with_the_way_out() -> None:
    fields = receptive_fields(import_onnx(relu_net(bias=-1e6)).graph)
    with pytest.raises(NotEstimable, match=r"gradient is zero .*dead ReLUs.* ask for 'constant_forward'"):
        gradient(fields, centre_unit(fields, "y"), GradientOptions())
