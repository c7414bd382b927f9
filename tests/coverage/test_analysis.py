"""Coverage as part of an analysis: heads, effective fields, objects, in one report."""

from pathlib import Path
from typing import Any

import pytest
from onnx import helper
from pydantic import ValidationError

from api_schemas.catalogue import Analysis
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.errors import BadInput, BadShape, NotEstimable
from rfengine.reports.summary import summarise
from tests.tiny import model, weights

# Two heads, of strides 2 and 4; the coarse one has two branches.
SPEC = {
    "input": [1, 3, 96, 96],
    "layers": [
        {"type": "conv", "name": "stem", "channels": 8, "kernel": 3, "padding": "same", "stride": 2},
        {"type": "relu", "name": "act"},
        {"type": "conv", "name": "fine", "channels": 4, "kernel": 3, "padding": "same"},
        {"type": "conv", "name": "down", "from": "act", "channels": 8, "kernel": 3, "padding": "same", "stride": 2},
        {"type": "conv", "name": "box", "from": "down", "channels": 4, "kernel": 5, "padding": "same"},
        {"type": "conv", "name": "class", "from": "down", "channels": 4, "kernel": 3, "padding": "same"},
    ],
    "outputs": ["fine", "box", "class"],
}


def request(require: Any, objects: Any = None, **changes: Any) -> AnalyzeRequest:
    policy = {
        "objects": objects or {"sizes": [[3, 5], [6, 6], [12, 8], [14, 14]]},
        "input": {"resize": "none"},
        "require": require,
    }
    return AnalyzeRequest.model_validate({"spec": SPEC, "coverage": policy, "analyses": ["coverage"]} | changes)


def report(require: Any, objects: Any = None, path: Path | None = None, **changes: Any) -> Report:
    return analyze(None, request(require, objects, **changes), name="two", out=None, objects=path)


def test_the_weakest_branch_counts() -> None:
    found = report({"trf": 1}).coverage
    assert found is not None
    assert [(head.name, head.tensors, head.trf) for head in found.heads] == [
        ("P1", ["fine"], [7, 7]),
        ("P2", ["box", "class"], [15, 15]),
    ]
    assert [(head.objects, head.covered) for head in found.heads] == [(2, 2), (2, 2)]
    assert summarise(report({"trf": 1})).coverage.verdict == "pass"  # type: ignore[union-attr]


def test_effective_fields_are_measured_where_the_policy_asks_for_them() -> None:
    found = report({"erf": {"at_least": 1, "energy": 50, "estimator": "closed_form"}, "covered": 0.1})
    assert found.coverage is not None
    assert found.coverage.estimator == "closed_form"
    assert found.gradient is None
    assert found.closed_form is not None
    for head in found.coverage.heads:
        sides = [found.closed_form[tensor][0].metrics.energy_side["50"] for tensor in head.tensors]
        assert head.erf_side == min(sides)
        assert head.largest_px == head.erf_side
    assert "erf" in found.coverage.binding


def test_beside_other_analyses() -> None:
    found = report({"trf": 1}, analyses=["analytic", "closed_form", "coverage"], targets=["stem"])
    assert found.targets == ["stem", "fine", "box", "class"]
    assert found.analytic is not None
    assert set(found.closed_form or {}) == set(found.targets)
    assert found.coverage is not None


def test_a_head_that_serves_nothing_is_told() -> None:
    policy = {"objects": {"sizes": [3]}, "input": {"resize": "none"}, "require": {"trf": 1}}
    found = analyze(
        None,
        AnalyzeRequest.model_validate({"spec": SPEC, "coverage": {**policy, "assign": "fpn"}}),
        name="two",
        out=None,
    )
    assert [(each.code, each.tensor) for each in found.warnings] == [("unused-head", "box")]
    # Where every head answers, that the finest one takes all says nothing of the others.
    assert report({"trf": 1}, {"sizes": [3]}).warnings == ()


def test_a_network_that_goes_on_behind_its_heads_is_told() -> None:
    layers = [*SPEC["layers"][:3], {"type": "global_avg_pool"}, {"type": "flatten"}, {"type": "linear", "features": 99}]  # type: ignore[index]
    found = report({"trf": 1}, {"sizes": [3]}, spec={"input": SPEC["input"], "layers": layers})
    assert [each.code for each in found.warnings] == ["no-last-head"]


def test_a_size_that_nobody_gave_is_no_ground_for_a_verdict() -> None:
    made = model(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        inputs={"x": [1, 1, "height", "width"]},
        constants={"w": weights(1, 1, 3, 3)},
    )
    data, policy = made.SerializeToString(), {"objects": {"sizes": [2], "image_size": 64}, "require": {"trf": 1}}
    asked = AnalyzeRequest.model_validate({"coverage": policy})
    with pytest.raises(BadShape, match=r"leaves its shape open; .*so it is not guessed \(--input-shape"):
        analyze(data, asked, out=None)
    given = AnalyzeRequest.model_validate({"coverage": policy, "input_shape": [1, 1, 64, 64]})
    assert analyze(data, given, out=None).coverage is not None


def test_annotations_come_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "upload-17"
    path.write_text("w,h\n3,5\n6,6\n")
    found = report({"trf": 1}, {"csv": "boxes.csv"}, path).coverage
    assert found is not None
    assert (found.objects.name, found.objects.objects) == ("boxes.csv", 2)
    with pytest.raises(BadInput, match=r"objects\.csv: the policy names 'boxes\.csv', but no such file came"):
        report({"trf": 1}, {"csv": "boxes.csv"})


def test_an_effective_field_that_cannot_be_had_is_no_pass() -> None:
    """The closed form has no answer for a product of two maps."""
    layers = [*SPEC["layers"], {"type": "mul", "name": "gated", "from": ["box", "class"]}]  # type: ignore[misc]
    spec = {**SPEC, "layers": layers, "outputs": ["fine", "gated"]}
    with pytest.raises(NotEstimable, match=r"head P2: closed_form has no effective field of 'gated', so require\.erf"):
        report({"erf": {"estimator": "closed_form"}}, spec=spec)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"coverage": None}, "coverage is asked for without a policy; give one under coverage"),
        ({"coverage": None, "analyses": ["recommend"]}, "recommend is asked for without a policy"),
        ({"analyses": ["analytic"]}, "a policy is given, but not asked for; add 'coverage' to analyses"),
    ],
)
def test_a_check_and_its_policy_come_together(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        request({"trf": 1}, **changes)


def test_a_policy_alone_asks_for_its_check() -> None:
    policy = {"objects": {"sizes": [3]}, "require": {"trf": 1}}
    assert AnalyzeRequest.model_validate({"coverage": policy}).analyses == (Analysis.ANALYTIC, Analysis.COVERAGE)
