"""Studies in this process: their figures are those of the estimators called by hand."""

import math

import pytest

from api_schemas.erf import GradientOptions, Policy
from api_schemas.initialisers import He
from api_schemas.study_parts import Measure
from api_schemas.study_result import Estimate, StudyResult
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import centre_unit
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from rfengine.plots.series import LinearLaw, LogarithmicLaw
from rfengine.spec_import import compile_spec
from rfengine.studies import run_study
from rfengine.studies.figure import drawings
from rfengine.studies.markdown import dust, markdown, quantity, with_error
from tests.studies.examples import example, study

SUPPRESSED = {"name": "centre_suppressed", "centre": 0}
PLAIN = {"fits": [], "figures": [], "columns": {}, "series": []}


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(example())


def test_a_runs_figure_is_the_estimators(result: StudyResult) -> None:
    layers = [{"type": "conv", "name": "conv", "channels": 4, "kernel": 3, "padding": "same"}, {"type": "relu"}]
    spec = {"input": [1, 1, 17, 17], "layers": [{"type": "repeat", "times": 4, "layers": layers}]}
    data = bytes(compile_spec(type_spec(spec), name="x").SerializeToString())
    fields = receptive_fields(import_onnx(data).graph)
    unit = centre_unit(fields, "conv_4")
    options = GradientOptions(images=1, seed=2, policy=Policy(weights=He(seed=2)))
    (erf,) = gradient(Subject(fields), [unit], options)
    expected = measure(erf.values, centre=unit.centre, trf=unit.trf, levels=options.levels)
    row = result.rows[1]
    assert (row.series, row.parameters["depth"], row.seeds[2]) == ("ReLU", 4, 2)
    assert row.measures["erf"].values[2] == pytest.approx(expected.luo_size)
    assert row.measures["share"].values[2] == pytest.approx(expected.luo_size / 9)


def type_spec(data: object) -> object:
    from api_schemas.spec import LayerSpec

    return LayerSpec.model_validate(data)


def test_rows_fits_and_json(result: StudyResult) -> None:
    assert [row.measures["erf"].n for row in result.rows] == [3, 3, 1, 1]
    assert [fit.series for fit in result.fits] == ["ReLU", "one constant"]
    first, second = (row.measures["erf"].mean for row in result.rows[2:])
    assert first is not None
    assert second is not None
    assert result.fits[1].slope == pytest.approx(math.log(second / first) / math.log(2))
    again = StudyResult.model_validate_json(result.to_json())
    assert again == result
    assert run_study(again.study).rows == result.rows


def test_the_uniform_chain_is_the_exact_one() -> None:
    """Sizes of the binomial-like map of n boxes, by convolving them."""
    import numpy as np

    def exact(depth: int) -> float:
        line = np.ones(1)
        for _ in range(depth):
            line = np.convolve(line, np.ones(3))
        plane = np.outer(line, line)
        return float(np.sqrt((plane >= 0.0455 * plane.max()).sum()))

    found = run_study(study(seeds=1, options={}, estimator="constant_forward", **{**PLAIN, "series": [relu()]}))
    assert [row.measures["erf"].mean for row in found.rows] == [pytest.approx(exact(2)), pytest.approx(exact(4))]


def relu() -> dict[str, object]:
    return {"name": "ReLU", "values": {"function": "relu"}}


def test_given_data_theory_and_a_figure_over_it() -> None:
    """A published column beside the theoretical field: no weights, no torch."""
    network = {
        "zoo": "{net}",
        "input_shape": [1, 3, 64, 64],
        "cases": [
            {"net": "vgg_a", "target": "vgg_a/pool2", "accuracy": 0.5},
            {"net": "vgg_16", "target": "vgg_16/pool2", "accuracy": 0.75},
        ],
        "target": "{target}",
    }
    asked = study(
        networks=[network],
        series=[],
        estimator="analytic",
        options={},
        measures={"trf": "trf", "accuracy_per_px": {"of": "given.accuracy", "per": "trf"}, "jump": "field.stride.0"},
        fits=[{"x": "trf", "y": "accuracy", "kind": "logarithmic"}],
        figures=[{"x": "trf", "y": "accuracy"}],
        columns={"accuracy": {"title": "top-1", "source": "a table"}},
    )
    result = run_study(asked)
    assert [row.measures["trf"].mean for row in result.rows] == [10, 16]
    assert [row.measures["jump"].mean for row in result.rows] == [4, 4]
    assert result.rows[1].measures["accuracy_per_px"].mean == pytest.approx(0.75 / 16)
    assert result.fits[0].slope == pytest.approx(0.25 / math.log(16 / 10))
    assert result.engine.torch is None
    ((_, drawn),) = drawings(result)
    assert list(drawn.series[0].x) == [10, 16]
    assert list(drawn.series[0].y) == [0.5, 0.75]


def test_dtype_initialiser_and_estimator_per_series(result: StudyResult) -> None:
    series = [
        {**relu(), "name": "double", "options": {"dtype": "float64"}},
        {**relu(), "name": "suppressed", "options": {"policy": {"weights": SUPPRESSED}}},
        {**relu(), "name": "limit", "estimator": "closed_form"},
    ]
    found = run_study(study(**{**PLAIN, "series": series}))
    by_name = {(row.series, row.parameters["depth"]): row.measures["erf"] for row in found.rows}
    assert by_name["double", 4].values == pytest.approx(result.rows[1].measures["erf"].values)
    assert by_name["suppressed", 4].values != by_name["double", 4].values
    assert by_name["limit", 4].n == 1


def test_a_run_without_an_answer_is_listed_and_left_out() -> None:
    without = {**relu(), "name": "fixed", "estimator": "closed_form", "options": {"weights": "dirac"}}
    series = [relu(), without]
    found = run_study(study(**{**PLAIN, "series": series}))
    assert {(each.series, each.seed) for each in found.refusals} == {("fixed", 0)}
    assert "dirac" in found.refusals[0].message
    assert found.rows[2].measures["erf"].mean is None
    assert "2 runs have no answer" in markdown(found)
    with pytest.raises(NotEstimable, match="dirac"):
        run_study(study(**{**PLAIN, "series": series[1:]}))


def test_two_targets_and_none_named() -> None:
    layers = [{"type": "conv", "name": name, "channels": 1, "kernel": 3, "from": "input"} for name in "ab"]
    network = {"spec": {"input": [1, 1, 9, 9], "layers": layers}}
    with pytest.raises(BadInput, match="one target per network, but these end it: a, b; name one"):
        run_study(study(networks=[network], **PLAIN))


def test_progress_reaches_the_end() -> None:
    told: list[tuple[str, float]] = []
    run_study(example(), progress=lambda stage, share: told.append((stage, share)))
    assert told[0] == ("2 layers", 0.0)
    assert told[-1] == ("table", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)


def test_the_figure_has_bars_and_the_fitted_law(result: StudyResult) -> None:
    ((stem, drawn),) = drawings(result)
    assert (stem, drawn.x, drawn.y) == ("erf", "layers", "size, px")
    random, constant = drawn.series
    assert random.error is not None
    assert constant.error is None
    assert random.fit is not None
    assert (random.fit.exponent, random.fit.factor) == (result.fits[0].slope, result.fits[0].intercept)
    assert drawn.notes == [
        "Points are means over 3 seeds where a series has several, bars one standard error of the mean."
    ]


def test_the_figures_words_are_of_its_own_series(result: StudyResult) -> None:
    def notes(*series: str) -> list[str]:
        figure = result.study.figures[0].model_copy(update={"series": series})
        ((_, drawn),) = drawings(result.model_copy(update={"study": study(figures=[figure])}))
        return list(drawn.notes)

    assert notes("one constant") == []
    assert notes("ReLU") == ["Points are means over 3 seeds, bars one standard error of the mean."]


@pytest.mark.parametrize(("kind", "law"), [("linear", LinearLaw), ("logarithmic", LogarithmicLaw)])
def test_a_fit_of_another_kind_is_drawn_too(result: StudyResult, kind: str, law: type) -> None:
    fits = [each.model_copy(update={"kind": kind}) for each in result.fits]
    ((_, drawn),) = drawings(result.model_copy(update={"fits": fits}))
    assert drawn.series[0].fit == law(fits[0].intercept, fits[0].slope)


def test_a_series_with_rows_of_another_one_is_not_listed_twice(result: StudyResult) -> None:
    deep = {**relu(), "name": "deep", "networks": [{**study().networks[0].model_dump(), "grid": {"depth": [4]}}]}
    both = {**relu(), "name": "both"}
    text = markdown(run_study(study(**{**PLAIN, "series": [relu(), deep, both]})))
    assert "- deep: as ReLU, at fewer networks\n" in text
    assert [text.count(f"| {name} |") for name in ("ReLU", "deep", "both")] == [2, 0, 2]


def estimate_of(mean: float, error: float | None = None) -> Estimate:
    return Estimate(mean=mean, standard_error=error, n=1, values=())


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [
        (-7.806e-17, None, "0"),
        (1.2e-14, 3e-15, "0"),
        (-4.619e-07, None, "−4.619e−07"),
        (-0.00001, 0.01, "0.000 ± 0.010"),
    ],
)
def test_rounding_is_no_figure(mean: float, error: float | None, text: str) -> None:
    assert quantity(estimate_of(mean, error), dust(Measure(of="offset_px.0"))) == text


@pytest.mark.parametrize("measure", [Measure(of="mass"), Measure(of="luo_size", per="given.px")])
def test_a_figure_without_a_size_of_its_own_stays(measure: Measure) -> None:
    assert quantity(estimate_of(7.8e-17), dust(measure)) == "7.8e−17"


def test_the_text(result: StudyResult) -> None:
    text = markdown(result)
    assert "| series | layers | size, px | share | radius | runs |" in text
    assert "0.5 in a paper" in text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.5322, 0.0034, "0.5322 ± 0.0034"),
        (-0.4289, 0.016, "−0.429 ± 0.016"),
        (31.64, 1.2, "31.6 ± 1.2"),
        (310.4, 12.0, "310 ± 12"),
        (0.5, 0.096, "0.500 ± 0.096"),
    ],
)
def test_a_figure_ends_with_its_errors_second_digit(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text
