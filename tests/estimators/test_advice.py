"""Design advice: Richter's figures, and what the report must show of a network's design."""

from pathlib import Path
from typing import Any

import pytest
from onnx import helper

from api_schemas.advice import Advice, AdviceByInput
from api_schemas.report import Analytic
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from rfengine.analysis import analyze
from rfengine.describe import analytic_report
from rfengine.estimators.advice import advise
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.reports.advice import lines_of, render_advice
from rfengine.spec_import import compile_spec
from tests.calculus.small_networks import MAX_POOL, Layer, add, conv, resnet, u_net
from tests.estimators.test_probe import attention
from tests.tiny import conv_chain, light, model, weights


def of(fields: Fields) -> Advice:
    images = {image: fields.canvas(image) for image in fields.axes}
    analytic = analytic_report(fields)
    found = advise(analytic, images)
    assert advise(Analytic.model_validate_json(analytic.model_dump_json()), images) == found
    assert isinstance(found, Advice)
    return found


def advice(data: bytes) -> Advice:
    return of(receptive_fields(import_onnx(data).graph))


def spec(image: tuple[int, int], layers: list[Layer]) -> Advice:
    made = LayerSpec.model_validate({"input": [1, 1, *image], "layers": layers})
    return advice(bytes(compile_spec(made, name="net").SerializeToString()))


def suits(found: Advice) -> tuple[list[int], list[int], list[int]]:
    assert found.resolutions is not None
    return found.resolutions.least, found.resolutions.expanded, found.resolutions.most


# The toolbox of Richter et al. (rfa_toolbox) publishes these ranges in its tests.


def test_published_range_of_a_chain() -> None:
    assert suits(spec((64, 64), [conv(3, 1, 1)] * 6)) == ([11, 11], [13, 13], [13, 13])
    oblong = [conv([3, 5], 1, [[1, 1], [2, 2]])] * 6
    assert suits(spec((64, 64), oblong))[1:] == ([13, 25], [13, 25])


def test_published_range_of_two_paths() -> None:
    layers = [
        *[conv(3, 1, 1)] * 2,
        conv(3, 1, 1, name="stem"),
        conv([7, 11], 1, "same", name="left"),
        conv([21, 5], 1, "same", name="right", **{"from": "stem"}),
        add("left", "right"),
        conv(3, 1, 1),
    ]
    # The toolbox's kernels are 12 and 4 wide, which pads no side evenly: one less and one more here.
    assert suits(spec((64, 64), layers))[1:] == ([27, 17], [29, 19])


def test_published_range_of_resnet_50() -> None:
    least, _, most = suits(spec((224, 224), resnet((3, 4, 6, 3), bottleneck=True)))
    assert (least, most) == ([75, 75], [427, 427])
    # With its classifier: the pooling of a whole map extracts no features.
    assert suits(advice(light("resnet50")))[2] == [427, 427]


VGG = [
    layer
    for stage, count in enumerate((2, 2, 3, 3, 3), start=1)
    for layer in (
        *(conv(3, 1, 1, name=f"conv{stage}_{i + 1}") for i in range(count)),
        {**MAX_POOL, "name": f"pool{stage}"},
    )
]


def test_vgg_16_on_32_px() -> None:
    found = spec((32, 32), VGG)
    incoming = {layer.tensor: layer.incoming[0] for layer in found.layers}
    assert incoming["conv3_3"] == 32  # the toolbox counts it: equality
    assert found.border == "pool3"
    assert found.unproductive == [name for name, size in incoming.items() if size > 32]
    # pool5 makes 1 x 1 of 2 x 2: here it is the pooling of the whole map.
    assert found.unproductive == [layer["name"] for layer in VGG[9:-1]]
    assert (found.fit, found.doubtful, found.partly_unproductive) == ("small", [], [])


def test_vgg_16_on_224_px_and_on_500() -> None:
    found = spec((224, 224), VGG)
    assert (found.border, found.unproductive, found.fit) == (None, [], "large")
    assert suits(found) == ([196, 196], [212, 212], [212, 212])
    assert spec((200, 200), VGG).fit == "suits"


def test_an_oblong_image_is_judged_axis_by_axis() -> None:
    found = spec((32, 256), VGG)
    assert (found.unproductive, found.border, found.fit) == ([], None, "small")
    assert found.partly_unproductive[0] == "pool3"


def test_a_skip_connection_makes_it_doubtful() -> None:
    block = [conv(3, 1, 1), conv(3, 1, 1, name="inner"), add("inner", "stem", name="sum"), conv(3, 1, 1, name="after")]
    found = spec((6, 6), [conv(3, 1, 1, name="stem"), *block])
    assert found.unproductive == []
    assert found.doubtful == ["after"]
    (after,) = [layer for layer in found.layers if layer.tensor == "after"]
    assert (after.incoming, after.incoming_largest, after.growth, after.jump) == ([3, 3], [7, 7], [2, 2], [1, 1])


def test_jump_and_growth_of_every_layer() -> None:
    found = spec((64, 64), [conv(7, 2, name="a"), {"type": "relu"}, MAX_POOL, conv(3, 1, 1, dilation=2, name="b")])
    assert [(layer.op, layer.jump, layer.growth) for layer in found.layers] == [
        ("Conv", [1, 1], [6, 6]),
        ("MaxPool", [2, 2], [2, 2]),
        ("Conv", [4, 4], [16, 16]),
    ]


def test_checkerboards_with_their_sizes() -> None:
    found = {each.tensor: each.sizes for each in spec((64, 64), u_net(3)).checkerboard}
    assert list(found.values())[-1] == [[92, 100], [92, 100]]
    assert "down0" not in found
    assert advice(conv_chain(4)).checkerboard == []


def test_windows_of_attention_count_as_layers() -> None:
    found = advice(attention(7))
    assert suits(found)[2] == [29, 29]
    assert found.global_context == []
    assert advice(attention(14)).global_context == ["scores", "mix"]


def two_inputs() -> bytes:
    nodes = [helper.make_node("Conv", ["a", "w"], ["c"], pads=[1] * 4), helper.make_node("Add", ["c", "b"], ["y"])]
    made = model(nodes, inputs={"a": [1, 1, 9, 9], "b": [1, 1, 9, 9]}, constants={"w": weights(1, 1, 3, 3)})
    return bytes(made.SerializeToString())


def test_in_the_report(tmp_path: Path) -> None:
    request = AnalyzeRequest(analyses="analytic")
    report = analyze(conv_chain(9, side=12), request, out=tmp_path)
    assert isinstance(report.advice, Advice)
    assert (report.advice.image, report.advice.border) == ([12, 12], "c7")
    both = analyze(two_inputs(), request, out=tmp_path).advice
    assert isinstance(both, AdviceByInput)
    assert {name: len(each.layers) for name, each in both.by_input.items()} == {"a": 1, "b": 0}


WORDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"image": (64, 64), "layers": [conv(3, 1, 1)] * 6}, ["11 × 11 to 13 × 13 px; at 64 × 64 px no unit sees"]),
    ({"image": (12, 12), "layers": [conv(3, 1, 1)] * 6}, ["12 × 12 px is in this range"]),
    (
        {"image": (8, 8), "layers": [conv(3, 1, 1, name=f"c{i}") for i in range(1, 7)]},
        ["at 8 × 8 px layers have nothing new", "Unproductive: 2 of 6 layers, from c5 on"],
    ),
    ({"image": (8, 64), "layers": [conv(3, 1, 1, name=f"c{i}") for i in range(1, 7)]}, ["", "some axes: c5, c6."]),
    ({"image": (80, 80), "layers": u_net(3)}, ["", "Doubtful", "Units of one map see different sizes in: "]),
    ({"image": (16, 16), "layers": [conv(3), {"type": "se", "reduction": 1}]}, ["", "global context"]),
]


@pytest.mark.parametrize(("network", "says"), WORDS)
def test_in_words(network: dict[str, Any], says: list[str]) -> None:
    found = list(lines_of(spec(**network)))
    assert len(found) == len(says)
    assert all(part in line for line, part in zip(found, says, strict=True)), found


def test_words_for_the_terminal(tmp_path: Path) -> None:
    report = analyze(two_inputs(), AnalyzeRequest(analyses="analytic"), out=tmp_path)
    text = render_advice(report)
    assert text is not None
    assert text.plain.startswith("a: The network suits")
    assert render_advice(report.model_copy(update={"advice": None})) is None
