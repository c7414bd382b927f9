"""One request, one report: the contract of the report, end to end in this process."""

import json
from pathlib import Path

import pytest
from onnx import helper

from api_schemas.catalogue import DESCRIPTIONS, Analysis
from api_schemas.report import Report, TensorField
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.errors import BadInput, BadModel, NotEstimable
from rfengine.estimators.registry import ESTIMATORS
from rfengine.pictures import slug
from rfengine.reports.summary import summarise
from tests.tiny import conv_chain, light, model, weights


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path, list[tuple[str, float]]]:
    out = tmp_path_factory.mktemp("resnet")
    seen: list[tuple[str, float]] = []
    report = analyze(
        light("resnet50"),
        AnalyzeRequest(),
        name="r50",
        out=out,
        progress=lambda stage, share: seen.append((stage, share)),
    )
    return report, out, seen


def test_report_of_resnet50(resnet: tuple[Report, Path, list[tuple[str, float]]]) -> None:
    report, _, _ = resnet
    assert report.targets == ["r171"]
    assert report.model.nodes == 415
    assert report.model.opset == 9
    assert report.model.inputs == {"gpu_0/data_0": [1, 3, 224, 224]}
    assert report.model.parity is not None
    assert report.model.parity.max_rel < 1e-4
    assert report.analytic is not None
    r14 = report.analytic.tensors["r14"]
    assert isinstance(r14, TensorField)
    assert (r14.op, r14.shape, r14.axes) == ("Sum", [1, 256, 56, 56], ["h", "w"])
    assert (r14.size, r14.stride, r14.padding, r14.start) == ([19, 19], [4, 4], [9, 9], [0.5, 0.5])
    assert r14.map[0].model_dump() == {"p": 4, "q": 1, "intervals": [(-9, 9)]}
    assert (r14.status, r14.aligned, r14.density, round(r14.clipped_share, 2)) == ("exact", True, 1.0, 0.17)


def test_effective_fields_of_resnet50(resnet: tuple[Report, Path, list[tuple[str, float]]]) -> None:
    report, _, _ = resnet
    for entries in (report.constant_forward, report.gradient):
        assert entries is not None
        (entry,) = entries["r171"]
        assert (entry.unit, entry.centre_px, entry.canvas) == ([3, 3], [96.5, 96.5], [224, 224])
        assert entry.support_inside_trf is True
        assert 0 < entry.metrics.luo_size < 224
        assert entry.metrics.energy_side["50"] < entry.metrics.energy_side["95"]
    assert any(w.code == "canvas" and w.tensor == "r171" for w in report.warnings)


def test_pictures_are_listed_as_they_lie(resnet: tuple[Report, Path, list[tuple[str, float]]]) -> None:
    report, out, _ = resnet
    assert {a.name for a in report.artifacts} == {path.name for path in out.iterdir()}
    assert {a.name: a.bytes for a in report.artifacts} == {path.name: path.stat().st_size for path in out.iterdir()}
    assert "growth.png" in {a.name for a in report.artifacts}
    assert report.gradient is not None
    assert report.gradient["r171"][0].artifacts == (
        "r171.gradient.png",
        "r171.gradient.svg",
        "r171.gradient.profile.png",
        "r171.gradient.profile.svg",
        "r171.gradient.npz",
    )


def test_the_theory_is_told_before_what_takes_longer(tmp_path: Path) -> None:
    told: list[tuple[Report, set[str]]] = []
    stages: list[str] = []
    found = analyze(
        conv_chain(3),
        AnalyzeRequest(analyses="analytic,gradient"),
        out=tmp_path,
        progress=lambda stage, _share: stages.append(stage),
        so_far=lambda report: told.append((report, set(stages))),
    )
    ((early, before),) = told
    assert before == {"import", "analytic"}
    assert early.model is not None
    assert found.model is not None
    assert (early.model.sha256, early.model.parity) == (found.model.sha256, None)
    assert (early.targets, early.analytic, early.advice) == (found.targets, found.analytic, found.advice)
    assert early.analytic is not None
    assert (early.gradient, early.artifacts) == (None, ())
    assert set(early.warnings) <= set(found.warnings)


def test_it_is_told_where_something_takes_longer_and_not_otherwise(tmp_path: Path) -> None:
    def told(out: Path | None, **request: object) -> list[Report]:
        found: list[Report] = []
        analyze(conv_chain(3), AnalyzeRequest.model_validate(request), out=out, so_far=found.append)
        return found

    assert told(None, analyses="analytic") == []
    assert len(told(tmp_path, analyses="analytic")) == 1  # pictures follow
    (early,) = told(None, analyses="analytic", verify=True)
    assert early.analytic is not None
    assert {field.verified for field in early.analytic.tensors.values() if isinstance(field, TensorField)} == {None}
    (early,) = told(None, analyses="gradient")
    assert (early.targets, early.analytic) == (["c3"], None)


def test_progress_only_rises_and_names_every_stage(resnet: tuple[Report, Path, list[tuple[str, float]]]) -> None:
    _, _, seen = resnet
    shares = [share for _, share in seen]
    assert shares == sorted(shares)
    assert {stage for stage, _ in seen} >= {"import", "analytic", "parity", "constant_forward", "gradient", "report"}
    assert shares[-1] == 1.0


def test_report_survives_json_and_sums_up(resnet: tuple[Report, Path, list[tuple[str, float]]]) -> None:
    report, _, _ = resnet
    text = report.to_json()
    assert json.loads(text)["schema"] == "rfengine.report/1"
    assert Report.model_validate_json(text) == report
    summary = summarise(report).targets["r171"]
    assert (summary.size, summary.stride, summary.padding) == ([427, 427], [32, 32], [213, 213])
    assert summary.gradient is not None


def test_the_same_question_has_the_same_answer(tmp_path: Path) -> None:
    request = AnalyzeRequest(gradient={"images": 2})
    first, second = (analyze(conv_chain(5), request, out=tmp_path) for _ in range(2))
    assert first == second


def test_analytic_alone_says_nothing_of_torch(tmp_path: Path) -> None:
    report = analyze(conv_chain(3), AnalyzeRequest(analyses="analytic"), out=tmp_path)
    assert report.engine.torch is None
    assert report.model.parity is None
    assert report.gradient is None


def test_named_targets_and_a_larger_input(tmp_path: Path) -> None:
    request = AnalyzeRequest(analyses="analytic,constant_forward", targets=["r14", "n6"], input_shape=[1, 3, 96, 128])
    report = analyze(light("resnet50"), request, out=tmp_path)
    assert report.targets[0] == "r14"
    assert report.model.inputs == {"gpu_0/data_0": [1, 3, 96, 128]}
    assert report.constant_forward is not None
    assert report.constant_forward["r14"][0].unit == [12, 16]


def test_a_layer_spec_takes_the_same_way(tmp_path: Path) -> None:
    layers = [
        {"type": "conv", "channels": 4, "kernel": 7, "stride": 2},
        {"type": "conv", "channels": 4, "kernel": 3, "stride": 2},
    ]
    report = analyze(
        None,
        AnalyzeRequest(spec={"input": [1, 3, 64, 64], "layers": layers}, analyses="analytic"),
        name="s",
        out=tmp_path,
    )
    assert report.analytic is not None
    (target,) = report.targets
    field = report.analytic.tensors[target]
    assert isinstance(field, TensorField)
    assert (field.size, field.stride) == ([11, 11], [4, 4])


def test_two_spatial_inputs_are_reported_per_input(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["a", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Add", ["c", "b"], ["y"]),
    ]
    made = model(nodes, inputs={"a": [1, 3, 16, 16], "b": [1, 3, 16, 16]}, constants={"w": weights(3, 3, 3, 3)})
    report = analyze(made.SerializeToString(), AnalyzeRequest(), out=tmp_path)
    assert report.analytic is not None
    dumped = report.analytic.model_dump()["tensors"]["y"]["by_input"]
    assert {name: field["size"] for name, field in dumped.items()} == {"a": [3, 3], "b": [1, 1]}


def test_what_cannot_be_estimated_is_a_warning_beside_the_rest_and_an_error_alone(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Mul", ["c", "x"], ["y"], name="product"),
    ]
    data = model(nodes, inputs={"x": [1, 3, 8, 8]}, constants={"w": weights(3, 3, 3, 3)}).SerializeToString()
    report = analyze(data, AnalyzeRequest(), out=tmp_path)
    assert report.constant_forward == {}
    assert report.gradient is not None
    assert list(report.gradient) == ["y"]
    assert [w.code for w in report.warnings if w.tensor == "y"] == ["not-estimable"]
    with pytest.raises(NotEstimable, match="product"):
        analyze(data, AnalyzeRequest(analyses="constant_forward"), out=tmp_path)


def test_neither_model_nor_spec_and_both(tmp_path: Path) -> None:
    spec = {"input": [1, 1, 8, 8], "layers": [{"type": "relu"}]}
    with pytest.raises(BadModel, match="neither"):
        analyze(None, AnalyzeRequest(), out=tmp_path)
    with pytest.raises(BadInput, match="send one"):
        analyze(b"x", AnalyzeRequest(spec=spec), out=tmp_path)


def test_the_catalogue_is_what_the_engine_has() -> None:
    assert set(DESCRIPTIONS) == set(Analysis)
    others = {Analysis.ANALYTIC, Analysis.STUDY, Analysis.SWEEP, Analysis.COVERAGE, Analysis.RECOMMEND}
    assert set(ESTIMATORS) | others == set(Analysis)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("r171", "r171"), ("/model.9/cv2/act/Mul_output_0", "model-9-cv2-act-Mul_output_0"), ("//", "tensor")],
)
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected
