"""Channel collapse against the network it stands for: every tensor, every element."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from onnx import helper

from api_schemas import zoo
from api_schemas.initialisers import Constant, He
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.collapse import CannotCollapse, Grouped, collapsed, layers, moves
from rfengine.runtime.policies import with_weights, without_affine, without_norms
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program
from rfengine.spec_import import compile_spec
from tests.calculus.networks import networks
from tests.tiny import light, model, weights

MODELS = Path(__file__).parents[1] / "data" / "models"


def expanded(grouped: Grouped, small: torch.Tensor) -> torch.Tensor:
    """The full tensor: every free element takes the value of its class."""
    full = small[0][torch.from_numpy(grouped.classes.ravel())]
    full = full.reshape(*grouped.classes.shape, *small.shape[2:])
    order, free = [], 0
    for place in grouped.places:
        order += [grouped.classes.ndim + i for i in place] if place else [free]
        free += not place
    lengths = [int(np.prod([full.shape[grouped.classes.ndim + i] for i in place])) for place in grouped.places if place]
    shape = []
    sizes, spatial = iter(grouped.classes.shape), iter(lengths)
    for place in grouped.places:
        shape.append(next(spatial) if place else next(sizes))
    return full.permute(order).reshape(shape)


def values(graph: Graph, wanted: set[str], inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    found = dict(inputs)

    def watch(_: Any, name: str, value: torch.Tensor) -> torch.Tensor:
        if name in wanted:
            found[name] = value
        return value

    with torch.inference_mode():
        Program(graph)(inputs, watch)
    return found


def same(graph: Graph) -> int:
    """Assert that the collapsed network has every tensor of the full one; returns the most classes of a tensor."""
    graph = with_weights(in_precision(graph, "float64"), Constant(value=0.05))
    small = collapsed(graph)
    generator = torch.Generator().manual_seed(1)
    images = {
        name: torch.rand(small.graph.shape(name), generator=generator, dtype=torch.float64) for name in graph.inputs
    }
    full_images = {name: image.expand(graph.shape(name)).contiguous() for name, image in images.items()}
    made = {name for name in small.tensors if name in graph.producers}
    full = values(graph, made, full_images)
    few = values(small.graph, {small.tensors[name].value for name in made}, images)
    compared = 0
    for name in made:
        grouped = small.tensors[name]
        if grouped.value not in few or name not in full:
            continue  # nothing that an output depends on
        compared += 1
        torch.testing.assert_close(expanded(grouped, few[grouped.value]), full[name], rtol=1e-12, atol=0, msg=name)
    assert compared > 0
    return max(small.graph.shape(name)[1] for name in small.graph.producers)


def graph_of(nodes: list[onnx.NodeProto], constants: dict[str, Any], *, channels: int = 3, opset: int = 17) -> Graph:
    made = model(nodes, inputs={"x": [1, channels, 12, 10]}, constants=constants, opset=opset)
    return import_onnx(made.SerializeToString()).graph


def conv(source: str, name: str, weight: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, weight], [name], name=name, **attributes)


W = {"w": weights(8, 3, 3, 3), "v": weights(4, 8, 1, 1), "d": weights(12, 1, 3, 3), "g": weights(6, 4, 3, 3)}


def shuffled(first: str, perm: list[int]) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Reshape", [first, "split"], ["r1"]),
        helper.make_node("Transpose", ["r1"], ["t"], perm=perm),
        helper.make_node("Reshape", ["t", "join"], ["r2"]),
    ]


def mixed() -> list[onnx.NodeProto]:
    """Twelve channels of three classes: 8 and 4, and what a grouped convolution makes of them."""
    return [
        conv("x", "a", "w", pads=[1] * 4),
        conv("a", "b", "v"),
        helper.make_node("Concat", ["a", "b"], ["ab"], axis=1),
    ]


CASES: dict[str, tuple[list[onnx.NodeProto], dict[str, Any]]] = {
    "depthwise": ([*mixed(), conv("ab", "y", "d", group=12)], {}),
    "grouped, groups that cut across classes": ([*mixed(), conv("ab", "y", "g", group=3, pads=[1] * 4)], {}),
    "transposed convolution in groups": (
        [*mixed(), helper.make_node("ConvTranspose", ["ab", "t"], ["y"], group=3, strides=[2, 2])],
        {"t": weights(12, 5, 3, 3)},
    ),
    "channel shuffle": (
        [*mixed(), *shuffled("ab", [0, 2, 1, 3, 4]), conv("r2", "y", "g", group=3)],
        {"split": np.array([1, 3, 4, 12, 10]), "join": np.array([1, 12, 12, 10])},
    ),
    "split and slice": (
        [
            *mixed(),
            helper.make_node("Split", ["ab", "halves"], ["s", "u"], axis=1),
            helper.make_node("Slice", ["u", "from", "to", "axes"], ["z"]),
            helper.make_node("Concat", ["z", "s", "z"], ["y"], axis=1),
        ],
        {"halves": np.array([5, 7]), "from": np.array([1]), "to": np.array([6]), "axes": np.array([1])},
    ),
    "squeeze and excitation": (
        [
            *mixed(),
            helper.make_node("GlobalAveragePool", ["ab"], ["gap"]),
            conv("gap", "fc", "f"),
            helper.make_node("Sigmoid", ["fc"], ["gate"]),
            helper.make_node("Mul", ["ab", "gate"], ["y"]),
        ],
        {"f": weights(12, 12, 1, 1)},
    ),
    "space to depth and back": (
        [
            *mixed(),
            helper.make_node("SpaceToDepth", ["ab"], ["deep"], blocksize=2),
            helper.make_node("DepthToSpace", ["deep"], ["flat"], blocksize=2, mode="CRD"),
            helper.make_node("DepthToSpace", ["deep"], ["y"], blocksize=2, mode="DCR"),
        ],
        {},
    ),
    "channels last, as ConvNeXt has them": (
        [
            *mixed(),
            helper.make_node("Transpose", ["ab"], ["last"], perm=[0, 2, 3, 1]),
            helper.make_node("MatMul", ["last", "m"], ["wide"]),
            helper.make_node("Relu", ["wide"], ["relu"]),
            helper.make_node("Transpose", ["relu"], ["first"], perm=[0, 3, 1, 2]),
            helper.make_node("Reshape", ["first", "tokens"], ["rows"]),
            helper.make_node("Reshape", ["rows", "image"], ["y"]),
        ],
        {"m": weights(12, 7), "tokens": np.array([1, 7, 120]), "image": np.array([1, 7, 12, 10])},
    ),
    "norm in training mode, pools, resize by size": (
        [
            *mixed(),
            helper.make_node("BatchNormalization", ["ab", "s", "o", "o", "s"], ["n", "", ""], training_mode=1),
            helper.make_node("MaxPool", ["n"], ["p"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4),
            helper.make_node("Resize", ["p", "", "", "size"], ["up"], mode="linear"),
            helper.make_node("Pad", ["up", "pads"], ["y"], mode="reflect"),
        ],
        {
            "s": np.ones(12, np.float32),
            "o": np.zeros(12, np.float32),
            "size": np.array([1, 12, 9, 11]),
            "pads": np.array([0, 0, 1, 2, 0, 0, 2, 1]),
        },
    ),
    "joined along an image axis": (
        [
            *mixed(),
            helper.make_node("Concat", ["ab", "ab"], ["tall"], axis=2),
            helper.make_node("Relu", ["tall"], ["y"]),
        ],
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_element_is_that_of_the_full_network(case: str) -> None:
    nodes, constants = CASES[case]
    assert same(graph_of(nodes, W | constants)) <= 12


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_random_networks(made: onnx.ModelProto) -> None:
    same(import_onnx(made.SerializeToString()).graph)


@pytest.mark.parametrize(
    ("name", "most"), [("resnet50", 1), ("shufflenet", 6), ("densenet121", 25), ("inception_v1", 4), ("squeezenet", 2)]
)
def test_real_models_collapse_to_a_few_channels(name: str, most: int) -> None:
    graph = without_affine(without_norms(import_onnx(light(name)).graph))
    last = [node.outputs[0] for node in graph.nodes if len(graph.shape(node.outputs[0])) == 4][-4]
    assert same(graph.between_inputs_and((last,))) == most


@pytest.mark.parametrize("name", ["fcn_resnet50", "yolov8n", "retinanet_resnet50"])
def test_networks_of_the_zoo(name: str) -> None:
    spec = zoo.build(name, input_shape=(1, 3, 96, 64)).model_copy(update={"init": Constant()})
    assert same(import_onnx(bytes(compile_spec(spec, name=name).SerializeToString())).graph) <= 4


def refused(nodes: list[onnx.NodeProto], constants: dict[str, Any], match: str) -> None:
    graph = with_weights(graph_of(nodes, W | constants), Constant())
    with pytest.raises(CannotCollapse, match=match):
        collapsed(graph)


def test_what_tells_channels_apart_is_refused_by_name() -> None:
    slope = weights(12, 1, 1)
    refused(
        [*mixed(), helper.make_node("PRelu", ["ab", "slope"], ["y"], name="p")], {"slope": slope}, r"PRelu 'p'.*slope"
    )
    offset = [*mixed(), helper.make_node("Pad", ["ab", "pads"], ["y"], name="wider")]
    refused(offset, {"pads": np.array([0, 2, 0, 0, 0, 2, 0, 0])}, "Pad 'wider'.*no copy of one")
    split = [*mixed(), helper.make_node("Reshape", ["ab", "patches"], ["y"], name="patches")]
    refused(split, {"patches": np.array([1, 12, 6, 2, 5, 2])}, "Reshape 'patches'.*splits a spatial axis")
    with pytest.raises(CannotCollapse, match="differ from channel to channel"):
        collapsed(with_weights(graph_of(mixed(), W), He()))


WRONG: dict[str, tuple[Any, str, Any, str]] = {
    "multiplicities forgotten": (
        layers,
        "_counted",
        lambda small, grouped, classes: (np.ones((1, small.count(grouped)), int), np.zeros(classes.shape[:-1], int)),
        "grouped, groups that cut across classes",
    ),
    "a shuffle taken for a copy": (
        moves,
        "_selected",
        lambda small, node, grouped, output, way: small.rearranged(
            output,
            grouped,
            tuple(grouped.places[read.axis] for read in way.axes),
            grouped.classes.reshape(tuple(small.graph.shape(output)[i] for i in (0, 1, 2))),
        ),
        "channel shuffle",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, attribute, wrong, case = WRONG[name]
    nodes, constants = CASES[case]
    monkeypatch.setattr(module, attribute, wrong)
    with pytest.raises(AssertionError):
        same(graph_of(nodes, W | constants))
