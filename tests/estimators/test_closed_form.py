"""closed_form against draws of the real network: shape and absolute size, for every kind of layer it has a rule for."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper

from api_schemas.erf import ClosedFormOptions
from api_schemas.initialisers import CentreSuppressed, Decomposed, He, Initialiser, Shifted, Xavier
from rfengine.errors import NotEstimable
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.closed_form import agreement, closed_form, initial_network
from rfengine.estimators.erf import Subject, Unit
from rfengine.estimators.units import centre_unit
from rfengine.graph import Array
from rfengine.onnx_import import import_onnx
from rfengine.runtime.policies import with_batch_statistics, with_weights
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from rfengine.runtime.variance import variance_network
from tests.tiny import model

SIDE, WIDTH, DRAWS = 20, 32, 120


class Net:
    """A network that is written down layer by layer."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Any] = {}
        self.last, self.channels = "x", 3

    def add(self, op: str, *inputs: str, **attributes: Any) -> "Net":
        name = f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs) or [self.last], [name], name=name, **attributes))
        self.last = name
        return self

    def conv(self, channels: int = WIDTH, kernel: int = 3, group: int = 1, **attributes: Any) -> "Net":
        weight = f"w{len(self.nodes)}"
        self.constants[weight] = np.zeros((channels, self.channels // group, kernel, kernel), np.float32)
        self.channels = channels
        pads = [kernel // 2] * 4
        return self.add("Conv", self.last, weight, **{"pads": pads, "group": group, **attributes})

    def norm(self, op: str = "BatchNormalization") -> "Net":
        one, zero = np.ones(self.channels, np.float32), np.zeros(self.channels, np.float32)
        self.constants |= {f"one{self.channels}": one, f"zero{self.channels}": zero}
        names = [f"{kind}{self.channels}" for kind in ("one", "zero", "zero", "one")]
        return self.add(op, self.last, *names[: 4 if op == "BatchNormalization" else 2])

    def proto(self) -> onnx.ModelProto:
        return model(
            self.nodes, inputs={"x": [1, 3, SIDE, SIDE]}, outputs=[self.last], constants=self.constants, opset=23
        )


def plain(activation: str, **attributes: Any) -> Net:
    net = Net()
    for _ in range(4):
        net.conv().add(activation, **attributes)
    return net.conv()


def silu() -> Net:
    """x * sigmoid(x), as exporters write it."""
    net = Net()
    for _ in range(3):
        before = net.conv().last
        net.add("Sigmoid").add("Mul", before, net.last)
    return net.conv()


def hardswish() -> Net:
    """x * relu6(x + 3) / 6."""
    net = Net()
    net.constants |= {"three": np.float32(3), "zero": np.float32(0), "six": np.float32(6)}
    for _ in range(3):
        before = net.conv().last
        net.add("Add", net.last, "three").add("Clip", net.last, "zero", "six").add("Mul", before, net.last)
        net.add("Div", net.last, "six")
    return net.conv()


def gelu() -> Net:
    """x / 2 * (1 + erf(x / sqrt 2))."""
    net = Net()
    net.constants |= {"root": np.float32(2**0.5), "unit": np.float32(1), "half": np.float32(0.5)}
    for _ in range(3):
        before = net.conv().last
        net.add("Div", net.last, "root").add("Erf").add("Add", net.last, "unit").add("Mul", before, net.last)
        net.add("Mul", net.last, "half")
    return net.conv()


def residual() -> Net:
    net = Net().conv().add("Relu")
    for _ in range(3):
        skip = net.last
        net.conv().add("Relu").conv().add("Add", net.last, skip).add("Relu")
    return net.conv()


def normalised(op: str) -> Net:
    net = Net().conv().norm(op).add("Relu")
    for _ in range(2):
        skip = net.last
        net.conv().norm(op).add("Relu").conv().norm(op).add("Add", net.last, skip).add("Relu")
    return net.conv()


def grouped_norm() -> Net:
    net = Net()
    net.constants |= {"ones": np.ones(WIDTH, np.float32), "zeros": np.zeros(WIDTH, np.float32)}
    for _ in range(2):
        net.conv().add("Relu")
        net.add("GroupNormalization", net.last, "ones", "zeros", num_groups=4)
    return net.conv()


def root_mean_square_norm() -> Net:
    net = Net()
    net.constants["scale"] = np.ones((WIDTH, 1, 1), np.float32)
    for _ in range(2):
        net.conv().add("Relu")
        net.add("RMSNormalization", net.last, "scale", axis=1)
    return net.conv()


def pooled(op: str) -> Net:
    net = Net().conv().add("Relu").conv().add("Relu")
    net.add(op, net.last, kernel_shape=[2, 2], strides=[2, 2])
    return net.conv().add("Relu").conv()


def joined() -> Net:
    net = Net().conv().add("Relu")
    left = net.last
    net.conv(16, 5).add("Relu").add("Concat", left, net.last, axis=1)
    net.channels = WIDTH + 16
    return net.conv().add("Relu").conv(group=8).add("Relu").conv(group=WIDTH).conv(kernel=1)


def upsampled(mode: str) -> Net:
    net = Net().conv(strides=[2, 2])
    net.add("Relu").conv().add("Relu")
    net.constants["scales"] = np.array([1, 1, 2, 2], np.float32)
    return net.add("Resize", net.last, "", "scales", mode=mode).conv().add("Relu").conv()


def transposed() -> Net:
    net = Net().conv(strides=[2, 2]).add("Relu")
    net.constants["t"] = np.zeros((WIDTH, 24, 4, 4), np.float32)
    net.channels = 24
    return net.add("ConvTranspose", net.last, "t", strides=[2, 2], pads=[1] * 4).add("Relu").conv()


def gated() -> Net:
    net = Net().conv().add("Relu")
    whole = net.last
    net.add("GlobalAveragePool").conv(kernel=1).add("Sigmoid").add("Mul", whole, net.last)
    return net.conv().add("Relu").conv()


def channels_last() -> Net:
    net = Net().conv().add("Transpose", "conv0", perm=[0, 2, 3, 1])
    net.norm("LayerNormalization")
    net.constants["m"] = np.zeros((WIDTH, 48), np.float32)
    net.constants["bias"] = np.linspace(-2, 3, 48, dtype=np.float32)  # which a drawn network has not
    net.add("MatMul", net.last, "m").add("Add", net.last, "bias").add("Erf").add("Transpose", "erf5", perm=[0, 3, 1, 2])
    net.channels = 48
    return net.conv()


NETS = {
    "ReLU": plain("Relu"),
    "tanh": plain("Tanh"),
    "leaky ReLU": plain("LeakyRelu", alpha=0.2),
    "SiLU": silu(),
    "hard swish": hardswish(),
    "GELU": gelu(),
    "residual": residual(),
    "batch norm": normalised("BatchNormalization"),
    "instance norm": normalised("InstanceNormalization"),
    "group norm": grouped_norm(),
    "root mean square norm": root_mean_square_norm(),
    "max pooling": pooled("MaxPool"),
    "average pooling": pooled("AveragePool"),
    "concat, groups, depthwise": joined(),
    "nearest upsampling": upsampled("nearest"),
    "linear upsampling": upsampled("linear"),
    "transposed convolution": transposed(),
    "gate": gated(),
    "layer norm and matrix products": channels_last(),
}


def monte_carlo(fields: Fields, unit: Unit, init: Initialiser, draws: int) -> Array:
    """Root mean square gradient over draws of the weights and images."""
    graph = in_precision(fields.graph, "float64")
    if any(node.op == "BatchNormalization" for node in graph.nodes):
        graph = with_batch_statistics(graph)
    generator, total = torch.Generator().manual_seed(5), torch.zeros(SIDE, SIDE, dtype=torch.float64)
    for draw in range(draws):
        program = Program(with_weights(graph, init, seed=1000 + draw))
        image = torch.randn(1, 3, SIDE, SIDE, generator=generator, dtype=torch.float64).requires_grad_()
        value = program({"x": image})[unit.target][(0, slice(None), *unit.index)].sum()
        total += torch.autograd.grad(value, image)[0].square().sum((0, 1))
    return (total / draws).sqrt().numpy()


def fields_of(net: Net) -> Fields:
    return receptive_fields(import_onnx(net.proto().SerializeToString()).graph)


def absolute(fields: Fields, unit: Unit, options: ClosedFormOptions) -> Array:
    """The root of the variance network's gradient, before anything is rescaled or collapsed."""
    network = variance_network(initial_network(fields.graph, options), options).graph
    image = torch.zeros(1, 3, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    value = Program(in_precision(network, "float64"))({"x": image})[unit.target][(0, slice(None), *unit.index)].sum()
    return torch.autograd.grad(value, image)[0].sum((0, 1)).sqrt().numpy()


@pytest.mark.parametrize("name", NETS)
def test_it_is_what_draws_of_the_real_network_tend_to(name: str) -> None:
    fields = fields_of(NETS[name])
    unit = centre_unit(fields, fields.graph.outputs[0])
    (erf,) = closed_form(Subject(fields), [unit], ClosedFormOptions())
    drawn = monte_carlo(fields, unit, He(), DRAWS)
    assert agreement(erf.values, drawn)["correlation"] > 0.985
    assert absolute(fields, unit, ClosedFormOptions()).sum() == pytest.approx(drawn.sum(), rel=0.1)
    full = absolute(fields, unit, ClosedFormOptions())
    np.testing.assert_allclose(erf.values / erf.values.sum(), full / full.sum(), rtol=1e-9)


@pytest.mark.parametrize("init", [Xavier(), Shifted(), CentreSuppressed()], ids=lambda init: init.name)
def test_other_initialisers(init: Initialiser) -> None:
    fields = fields_of(plain("Relu"))
    unit = centre_unit(fields, fields.graph.outputs[0])
    options = ClosedFormOptions(weights=init)
    (erf,) = closed_form(Subject(fields), [unit], options)
    drawn = monte_carlo(fields, unit, init, DRAWS)
    assert agreement(erf.values, drawn)["correlation"] > 0.985
    assert absolute(fields, unit, options).sum() == pytest.approx(drawn.sum(), rel=0.1)


def test_one_channel_stands_for_all() -> None:
    fields = fields_of(plain("Relu"))
    unit = centre_unit(fields, fields.graph.outputs[0])
    (erf,) = closed_form(Subject(fields), [unit], ClosedFormOptions())
    assert erf.policy["collapse"] == "9 of 288 channels"
    assert erf.policy["weights"] == {"name": "he"}


def test_weights_that_are_not_independent_are_refused() -> None:
    fields = fields_of(plain("Relu"))
    unit = centre_unit(fields, fields.graph.outputs[0])
    with pytest.raises(NotEstimable, match="decomposed"):
        closed_form(Subject(fields), [unit], ClosedFormOptions(weights=Decomposed()))


def test_two_feature_maps_multiplied_are_refused_by_name() -> None:
    net = Net().conv()
    one = net.last
    net.last, net.channels = "x", 3
    net.conv().add("Mul", one, net.last)
    fields = fields_of(net)
    with pytest.raises(NotEstimable, match=r"closed_form: Mul 'mul2'.*two feature maps.*'gradient'"):
        closed_form(Subject(fields), [centre_unit(fields, net.last)], ClosedFormOptions())


def test_the_report_gives_its_agreement_with_a_monte_carlo_run() -> None:
    fields = fields_of(plain("Relu"))
    unit = centre_unit(fields, fields.graph.outputs[0])
    (erf,) = closed_form(Subject(fields), [unit], ClosedFormOptions(monte_carlo=60))
    found = erf.policy["monte_carlo"]
    assert found["draws"] == 60
    assert 0.97 < found["correlation"] < 1


def test_agreement_of_a_map_with_itself_and_with_another() -> None:
    one = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert agreement(one, 5 * one)["correlation"] == pytest.approx(1)
    assert agreement(one, 5 * one)["largest_difference"] == pytest.approx(0)
    assert agreement(one, one[::-1])["correlation"] < 0
