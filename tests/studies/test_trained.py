"""Studies that train: their language, and a tiny one from its file to its table, curves and maps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from pydantic import ValidationError
from rich.console import Console

from api_schemas.erf import GradientOptions
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from api_schemas.study import Study
from api_schemas.study_result import StudyResult
from api_schemas.trained import TrainedOptions
from rfengine.analysis import analyze
from rfengine.cli.study import run
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import centre_unit
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from rfengine.studies import run_study
from rfengine.studies.course import course
from rfengine.studies.figure import drawings
from rfengine.studies.maps import grown
from rfengine.studies.markdown import markdown
from rfengine.tasks import examples_of

torch.set_num_threads(1)

TEXT = """
title: Growth in training
networks:
  - name: tiny
    init: "{weights}"
    spec:
      input: [1, 1, 20, 20]
      layers:
        - {type: conv, name: a, channels: 4, kernel: 3, padding: same}
        - {type: relu}
        - {type: conv, name: b, channels: 4, kernel: 3, padding: same}
estimator: trained
options: {task: relations, examples: 64, epochs: 3, batch: 16, images: 4, reach: [0.01, 1], erf_epochs: [2]}
seeds: [0, 5]
series:
  - {name: he, values: {weights: he}}
  - {name: centre_suppressed, values: {weights: centre_suppressed}}
measures:
  before: before.luo_size
  after: after.luo_size
  growth: {of: after.luo_size, per: before.luo_size}
  share: {of: after.luo_size, per: trf}
  radius: before.radius_px.axis.0.0012
  accuracy: training.accuracy
  iou: training.iou
  soon: training.epochs_to.0.01
  never: training.epochs_to.1.0
  reached: training.reached.1.0
curves:
  learning: {of: training.accuracies, over: training.epochs}
  loss: {of: training.losses, over: training.epochs}
  size: {of: evolution.luo_size, over: evolution.epochs}
figures: [{x: epochs, y: learning}, {x: epochs, y: size}]
columns: {learning: {title: accuracy}, never: {title: epochs to all}}
"""
PLAIN = yaml.safe_load(TEXT)


def study(**changes: Any) -> Study:
    return Study.model_validate({**PLAIN, **changes})


def only(**options: Any) -> Study:
    """One series, one measure, one seed."""
    measures, asked = {"accuracy": "training.accuracy"}, {**PLAIN["options"], "epochs": 1, "erf_epochs": [], **options}
    alone = {"series": PLAIN["series"][:1], "measures": measures, "curves": {}, "figures": [], "columns": {}}
    return study(seeds=1, options=asked, **alone)


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(study())


def test_every_run_has_its_figures(result: StudyResult) -> None:
    for row in result.rows:
        found = {name: estimate.values for name, estimate in row.measures.items()}
        assert row.seeds == (0, 5)
        for before, after, growth, share in zip(
            *(found[n] for n in ("before", "after", "growth", "share")), strict=True
        ):
            assert None not in (before, after, growth, share)
            assert growth == pytest.approx(after / before)  # type: ignore[operator]
            assert share == pytest.approx(after / 5)  # type: ignore[operator]
        assert found["iou"] == (None, None), "of pixels alone"
        assert found["soon"] == (0, 0)
        assert found["reached"] == (0, 0)
    losses = [row.curves["loss"].y[1].values for row in result.rows if row.curves is not None]
    assert len({value for values in losses for value in values}) == 4, "two initialisers and two seeds"


def test_what_is_never_reached_is_said_and_no_number(result: StudyResult) -> None:
    never = result.rows[0].measures["never"]
    assert (never.mean, never.n, never.values) == (None, 0, (None, None))
    assert "- he: epochs to all: none in 2 of 2 runs\n" in markdown(result)
    some = result.rows[0].measures["never"].model_copy(update={"mean": 3.0, "n": 1, "values": (3.0, None)})
    row = result.rows[0].model_copy(update={"measures": {**result.rows[0].measures, "never": some}})
    text = markdown(result.model_copy(update={"rows": (row, result.rows[1])}))
    assert "- he: epochs to all: none in 1 of 2 runs\n" in text
    assert "epochs to all: none in 2 of 2 runs" in text.split("- he: epochs to all")[1], "the other series' own line"


def test_the_field_before_is_the_gradients_on_the_held_out_pictures(result: StudyResult) -> None:
    """By hand, of the network with its own initialiser at the run's seed."""
    spec = LayerSpec.model_validate({**PLAIN["networks"][0]["spec"], "init": {"name": "he", "seed": 5}})
    fields = receptive_fields(import_onnx(bytes(compile_spec(spec, name="x").SerializeToString())).graph)
    _, held = examples_of(TrainedOptions(task="relations").task, (1, 20, 20), 64, seed=5).split(0.25, seed=5)
    unit = centre_unit(fields, "b")
    asked = GradientOptions(inputs="given", images=4, unit_channels="each")
    (erf,) = gradient(Subject(fields, images=held.images.numpy()), [unit], asked)
    expected = measure(erf.values, centre=unit.centre, trf=unit.trf, levels=asked.levels)
    assert result.rows[0].measures["before"].values[1] == pytest.approx(expected.luo_size)
    one = result.rows[0].maps
    assert one is not None
    assert one.unit == list(unit.index)
    other = run_study(study(seeds=[5])).rows[0].maps
    assert other is not None
    assert np.array(other.before) == pytest.approx(erf.values / erf.values.max(), abs=1e-4)


def test_curves_have_an_estimate_per_epoch(result: StudyResult) -> None:
    for row in result.rows:
        assert row.curves is not None
        learning, loss, size = (row.curves[name] for name in ("learning", "loss", "size"))
        assert (learning.x, size.x) == ((0, 1, 2, 3), (0, 2, 3))
        assert learning.y[-1] == row.measures["accuracy"]
        assert size.y[0] == row.measures["before"]
        assert size.y[-1] == row.measures["after"]
        assert (loss.y[0].n, loss.y[1].n) == (0, 2)
    (_, learning), (stem, drawn) = drawings(result)
    assert (learning.x, learning.y) == ("epochs", "accuracy")
    assert [list(series.x) for series in learning.series] == [[0, 1, 2, 3]] * 2
    assert stem == "size"
    assert [series.label for series in drawn.series] == ["he", "centre_suppressed"]
    assert learning.notes == ["Points are means over 2 seeds, bars one standard error of the mean."]


def test_a_curve_of_several_networks_names_them() -> None:
    small = {**PLAIN["networks"][0], "name": "small"}
    found = run_study(study(networks=[PLAIN["networks"][0], small], seeds=1))
    (_, drawn), *_ = drawings(found)
    assert [series.label for series in drawn.series] == [
        "he, tiny", "he, small", "centre_suppressed, tiny", "centre_suppressed, small"
    ]  # fmt: skip
    assert [stem for stem, _ in grown(found)] == ["maps-tiny", "maps-small"]


def test_maps_are_drawn_two_series_at_a_time(result: StudyResult) -> None:
    ((stem, picture),) = grown(result)
    assert stem == "maps"
    assert [shown.estimator for shown in picture.maps] == [
        "he, before", "he, after", "centre_suppressed, before", "centre_suppressed, after"
    ]  # fmt: skip
    first = result.rows[0].maps
    assert first is not None
    assert np.array(first.before).shape == (20, 20)
    assert 0.9 < np.max(first.before) <= 1
    three = result.model_copy(update={"rows": (*result.rows, result.rows[0])})
    assert [(stem, len(picture.maps)) for stem, picture in grown(three)] == [("maps-1", 4), ("maps-2", 2)]


def test_equal_seeds_give_equal_results_and_json_keeps_them(result: StudyResult) -> None:
    again = StudyResult.model_validate_json(result.to_json())
    assert again == result
    assert run_study(again.study).rows == result.rows


def test_both_initialisers_learn_from_the_same_pictures() -> None:
    """Where both draw alike (one value for all weights), the runs of a seed are one."""
    series = [
        {"name": str(k), "values": {"weights": {"name": "constant", "value": v}}} for k, v in enumerate((0.01, 0.01))
    ]
    first, second = run_study(study(series=series)).rows
    assert first.measures == second.measures


def test_a_zoo_network_whose_maps_are_the_classes() -> None:
    networks = [{"zoo": "nopool-res-5x4", "input_shape": [1, 1, 20, 20]}]
    task = {"name": "relations", "directions": 2}
    asked = only(task=task).model_copy(update={})
    found = run_study(Study.model_validate({**asked.model_dump(mode="json"), "networks": networks}))
    assert found.rows[0].measures["accuracy"].n == 1


def test_a_loss_that_is_not_finite_is_a_refusal() -> None:
    conv = {"type": "conv", "channels": 8, "kernel": 3, "padding": "same"}
    linear = [{"spec": {"input": [1, 1, 20, 20], "layers": [conv] * 6}}]
    asked = only(learning_rate=10, epochs=2).model_dump(mode="json", exclude_unset=True)
    with pytest.raises(NotEstimable, match=r"the loss is not finite at step \d+ \(epoch \d\); lower learning_rate, 10"):
        run_study(Study.model_validate({**asked, "networks": linear}))
    wild = {"name": "wild", "networks": linear, "options": {"learning_rate": 10}}
    found = run_study(study(series=[*PLAIN["series"], wild]))
    assert {(each.series, each.seed) for each in found.refusals} == {("wild", 0), ("wild", 5)}
    assert found.rows[2].measures["accuracy"].values == ()
    assert found.rows[2].curves is None
    assert found.rows[2].maps is None
    assert found.rows[0].measures["accuracy"].n == 2
    assert "2 runs have no answer; the first, wild" in markdown(found)


def test_as_a_request_its_pictures_come_with_it(tmp_path: Path) -> None:
    report = analyze(None, AnalyzeRequest.model_validate({"study": PLAIN, "name": "grown"}), out=tmp_path)
    names = {artifact.name for artifact in report.artifacts}
    assert {"grown-learning.png", "grown-size.png", "grown-maps.png", "grown-maps.svg"} <= names


def test_every_networks_maps_are_drawn(tmp_path: Path) -> None:
    small = {**PLAIN["networks"][0], "name": "small"}
    asked = {**PLAIN, "networks": [PLAIN["networks"][0], small], "seeds": 1, "figures": []}
    report = analyze(None, AnalyzeRequest.model_validate({"study": asked, "name": "two"}), out=tmp_path)
    names = [artifact.name for artifact in report.artifacts]
    assert names == ["two-maps-tiny.png", "two-maps-tiny.svg", "two-maps-small.png", "two-maps-small.svg"]


def folder_of_classes(folder: Path) -> Path:
    for label, name in enumerate("ab"):
        (folder / name).mkdir()
        for number in range(8):
            values = np.full((24, 24), 100 * label + 10 * number, np.uint8)
            values[:12, 5 + number] = 255
            Image.fromarray(values).save(folder / name / f"{number}.png")
    return folder


def test_a_folder_by_the_command_line_and_from_a_stranger(tmp_path: Path) -> None:
    folder = folder_of_classes(tmp_path)
    asked = only(task={"name": "folder", "path": str(folder)}, batch=4)
    file = tmp_path / "mine.json"
    file.write_text(asked.model_dump_json(exclude_unset=True))
    found = run(str(file), None, Console(quiet=True), None)
    assert found.rows[0].measures["accuracy"].n == 1
    with pytest.raises(BadInput, match="may not be read here"):
        analyze(None, AnalyzeRequest(study=asked), out=None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"options": {"task": "shape"}}, r"options\.task: .*'shape'"),
        (
            {"options": {"task": {"name": "shapes", "noize": 0}}},
            r"options\.task\.noize: Extra inputs are not permitted",
        ),
        ({"options": {"task": "shapes", "epoch": 3}}, r"options\.epoch: Extra inputs are not permitted, got 3"),
        ({"options": {}}, r"options: Field required"),
        (
            {"options": {"task": "shapes", "epochs": 2, "erf_epochs": [3]}},
            r"erf_epochs: 3 comes after the last epoch, 2",
        ),
        ({"options": {"task": "shapes", "reach": 1.5}}, r"options\.reach.*less than or equal to 1"),
        ({"options": {"task": "shapes", "units": ["centre", "edge"]}}, r"a study measures one unit a run"),
        (
            {"measures": {"erf": "luo_size"}, "columns": {}},
            r"measures\.erf: 'luo_size' is no figure of series 'he'; write before\.luo_s",
        ),
        (
            {"measures": {"erf": "policy.dtype"}, "columns": {}},
            r"'policy\.dtype' is no figure of series 'he'; leave it out",
        ),
        ({"measures": {"learning": "before.luo_size"}}, r"measures: 'learning' is a curve too; rename one"),
        (
            {"estimator": "gradient", "options": {}},
            r"'before\.luo_size' is no figure of series 'he'; set estimator to tr",
        ),
        ({"figures": [{"x": "before", "y": "learning"}]}, r"figures\[0\]\.x: no column 'before'; known: epochs"),
        (
            {"figures": [{"x": "before", "y": "learnin"}]},
            r"figures\[0\]\.y: no column 'learnin'; did you mean 'learning'",
        ),
        ({"fits": [{"x": "before", "y": "learning"}]}, r"fits\[0\]\.y: no column 'learning'"),
        (
            {"curves": {"c": {"of": "after.luo_size", "over": "training.epochs"}}},
            r"no list 'after\.luo_size'; known: ev",
        ),
        ({"columns": {"epoch": {"title": "x"}}}, r"columns: no column 'epoch'; did you mean 'epochs'"),
    ],
)
def test_a_study_that_cannot_be_set_up_says_why(changes: Mapping[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        study(**changes)


def test_curves_without_training() -> None:
    changes = {"measures": {"erf": "luo_size"}, "estimator": "gradient", "options": {}, "columns": {}}
    with pytest.raises(ValidationError, match=r"curves: series 'he' has none; set its estimator to trained"):
        study(**changes)


@pytest.mark.parametrize(
    ("of", "over", "says"),
    [
        ("training.accuracy", "training.epochs", r"training\.accuracy is no list but 0\.5"),
        ("training.accuracies", "evolution.epochs", r"has 3 figures over 2 of evolution\.epochs; name two that fit"),
        ("training.acuracies", "training.epochs", r"there is no 'acuracies' here; did you mean 'accuracies'"),
    ],
)
def test_a_curves_path_that_leads_nowhere(of: str, over: str, says: str) -> None:
    found = {
        "training": {"epochs": [0, 1, 2], "accuracies": [0.1, 0.2, 0.5], "accuracy": 0.5},
        "evolution": {"epochs": [0, 2]},
    }
    curve = study(curves={"c": {"of": of, "over": over}}, figures=[], columns={}).curves
    with pytest.raises(BadInput, match=f"curve 'c': .*{says}"):
        course(found, curve)
