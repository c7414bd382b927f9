"""When several effective fields are laid beside each other, and by what depth."""

from pathlib import Path

from onnx import helper

from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.comparisons import weighted_depths
from rfengine.onnx_import import import_onnx
from tests.tiny import conv_chain, model, weights


def drawn(tmp_path: Path, analyses: str, *targets: str) -> set[str]:
    report = analyze(conv_chain(6), AnalyzeRequest(analyses=analyses, targets=targets), out=tmp_path)
    return {artifact.name for artifact in report.artifacts if artifact.name.endswith(".png")}


def test_three_depths_make_a_series_of_each_estimator(tmp_path: Path) -> None:
    found = drawn(tmp_path, "constant_forward,closed_form", "c2", "c4", "c6")
    for name in ("constant_forward", "closed_form"):
        assert {f"{name}.depth-profiles.png", f"{name}.depth-sizes.png"} <= found
    assert {"c2.estimators.png", "c4.estimators.png", "c6.estimators.png"} <= found


def test_two_depths_or_one_estimator_make_none(tmp_path: Path) -> None:
    found = drawn(tmp_path, "closed_form", "c2", "c6")
    assert not [name for name in found if "depth" in name or "estimators" in name]


def test_depth_counts_the_layers_with_weights_on_the_longest_way() -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Add", ["c", "a"], ["y"]),
    ]
    made = model(nodes, inputs={"x": [1, 2, 8, 8]}, constants={"w": weights(2, 2, 3, 3)})
    found = weighted_depths(import_onnx(made.SerializeToString()).graph)
    assert {name: found[name] for name in "xabcy"} == {"x": 0, "a": 1, "b": 1, "c": 2, "y": 2}
