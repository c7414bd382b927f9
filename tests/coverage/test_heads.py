"""Heads of real detectors, found by themselves and by rules."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from onnx import helper

from api_schemas import zoo
from api_schemas.initialisers import Constant
from api_schemas.policy import CoveragePolicy
from rfengine.coverage.heads import Head, find_heads
from rfengine.errors import BadInput
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from tests.real_models import GRAPHS, filled
from tests.tiny import model, weights


def policy(**changes: Any) -> CoveragePolicy:
    return CoveragePolicy.model_validate({"objects": {"sizes": [30]}, "require": {"trf": 1}} | changes)


@cache
def exported(name: str) -> Fields:
    return receptive_fields(import_onnx(filled(GRAPHS / f"{name}.onnx")).graph)


@cache
def built(name: str) -> Fields:
    spec = zoo.build(name).model_copy(update={"init": Constant()})
    return receptive_fields(import_onnx(compile_spec(spec, name=name).SerializeToString()).graph)


def brief(heads: tuple[Head, ...]) -> list[tuple[str, float, int, int]]:
    """Name, stride, units on a side, field."""
    return [(head.name, head.stride[0], head.units[0], head.trf[0]) for head in heads]


RETINANET = [("P3", 8, 64, 523), ("P4", 16, 32, 619), ("P5", 32, 16, 811), ("P6", 64, 8, 1195), ("P7", 128, 4, 1963)]
SSD300 = [
    *(("P3", 8, 38, 108), ("P4", 16, 19, 452), ("P5", 32, 10, 516)),
    *(("P6-5x5", 64, 5, 644), ("P6-3x3", 64, 3, 772), ("P6-1x1", 64, 1, 900)),
]


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        (exported, "retinanet_r50_fpn_heads", RETINANET),
        # Behind these heads come anchors, a threshold and suppression.
        (exported, "retinanet_r50_fpn_full", RETINANET),
        (exported, "ssd300_vgg16_heads", SSD300),
        (exported, "unet_resnet34", [("P0", 1, 256, 995)]),
        (built, "yolov8n", [("P3", 8, 80, 911), ("P4", 16, 40, 1007), ("P5", 32, 20, 1263)]),
        (built, "yolov5s", [("P3", 8, 80, 682), ("P4", 16, 40, 746), ("P5", 32, 20, 842)]),
        (built, "retinanet_resnet50", RETINANET),
    ],
)
def test_automatic_heads(
    fields: Callable[[str], Fields], name: str, expected: list[tuple[str, float, int, int]]
) -> None:
    assert brief(find_heads(fields(name), policy())) == expected


def test_both_branches_of_a_head_are_its_tensors() -> None:
    heads = find_heads(built("yolov8n"), policy())
    assert [head.tensors for head in heads] == [(f"box_{s}", f"class_{s}") for s in (8, 16, 32)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([8, 32], ["P3", "P5"]),
        (["class_*"], ["P3", "P4", "P5"]),
        (["box_16"], ["P4"]),
        ([{"tensor": "P3", "name": "fine"}, {"stride": 32, "name": "coarse"}], ["fine", "coarse"]),
        # Only the last of what a pattern matches: `class_8` is made from `class_8/1`.
        (["class_8*"], ["P3"]),
    ],
)
def test_heads_by_rules(rules: list[Any], expected: list[str]) -> None:
    heads = find_heads(built("yolov8n"), policy(heads=rules))
    assert [head.name for head in heads] == expected


def test_a_pattern_takes_the_last_of_what_it_matches() -> None:
    (head,) = find_heads(built("yolov8n"), policy(heads=["class_8*"]))
    assert head.tensors == ("class_8",)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"heads": [64]}, r"heads\[0\]\.stride: no head has stride 64; there are P3 at 8, P4 at 16, P5 at 32"),
        ({"heads": ["cls_*"]}, r"heads\[0\]\.pattern: nothing is called like 'cls_\*'; feature maps are .*class_"),
        ({"heads": ["boxx_8"]}, r"heads\[0\]\.tensor: target 'boxx_8' is neither .*near it: .*box_8"),
        ({"heads": [8, {"stride": 8}]}, r"two heads are called P3; give them names"),
        ({"heads": [{"pattern": "class_*", "name": "c"}]}, r"heads\[0\]\.name: 'c' would be the name of 3 heads"),
        ({"per_head": {"P6": {"trf": 2}}}, r"per_head\.P6: no head is called so; there are P3 \(box_8\)"),
    ],
)
def test_rules_that_fit_nothing(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        find_heads(built("yolov8n"), policy(**changes))


def test_the_smallest_phase_counts() -> None:
    """Upsampling twice: units see 2 or 3 px of the input by turns, and only 2 are sure."""
    nodes = [
        helper.make_node("Resize", ["x", "", "scales"], ["up"], mode="nearest"),
        helper.make_node("Conv", ["up", "w"], ["y"], pads=[1, 1, 1, 1]),
    ]
    made = model(
        nodes,
        inputs={"x": [1, 1, 16, 16]},
        constants={"scales": np.array([1, 1, 2, 2], np.float32), "w": weights(1, 1, 3, 3)},
    )
    fields = receptive_fields(import_onnx(made.SerializeToString()).graph)
    (head,) = find_heads(fields, policy())
    assert head.stride == (0.5, 0.5)
    assert head.trf == (2, 2)
    assert head.name == "S0.5"


def test_one_image_with_two_axes() -> None:
    made = model(
        [helper.make_node("Conv", ["x", "w"], ["y"])], inputs={"x": [1, 1, 64]}, constants={"w": weights(1, 1, 3)}
    )
    fields = receptive_fields(import_onnx(made.SerializeToString()).graph)
    with pytest.raises(BadInput, match="coverage is of boxes in images, and the input 'x' has the axes w"):
        find_heads(fields, policy())
