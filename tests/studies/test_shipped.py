"""The studies that come with the engine, and what docs/studies says that they found."""

import re
from pathlib import Path

import pytest

from api_schemas.study import parse_study
from api_schemas.study_result import StudyResult
from rfengine.studies import expand, load_study, shipped
from rfengine.studies.contrast import contrasts
from rfengine.studies.figure import drawings
from rfengine.studies.fit import fit
from rfengine.studies.maps import grown
from rfengine.studies.markdown import markdown
from rfengine.studies.table import estimate

DOCS = Path(__file__).parents[2] / "docs"
NAMES = sorted(shipped())
LEVELS = {"4.55", "0.12", "0.0012"}  # at which sizes and radii are read: per cent, per cent, fraction


def result(name: str) -> StudyResult:
    return StudyResult.model_validate_json((DOCS / "studies" / "data" / f"{name}.json").read_text(encoding="utf-8"))


def page(name: str) -> str:
    return (DOCS / "studies" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_study_and_its_runs_can_be_set_up(name: str) -> None:
    _, study = load_study(name)
    runs = list(expand(study))
    assert runs
    assert len({(run.cell, run.key) for run in runs}) == len(runs)
    assert study.figures
    assert {figure.y for figure in study.figures} <= study.measures.keys() | study.curves.keys()


@pytest.mark.parametrize("name", NAMES)
def test_its_data_are_those_of_the_study_as_it_is_shipped(name: str) -> None:
    found, (_, study) = result(name), load_study(name)
    assert found.study == study
    assert [(row.series, row.parameters) for row in found.rows] == [
        (cell.series, dict(cell.parameters)) for cell in study.cells()
    ]


@pytest.mark.parametrize("name", NAMES)
def test_means_and_fits_follow_from_the_values(name: str) -> None:
    found = result(name)
    for row in found.rows:
        assert all(estimate(each.values) == each for each in row.measures.values())
    for each in found.fits:
        wanted = next(w for w in found.study.fits if (w.x, w.y) == (each.x, each.y))
        again = fit(found.rows, wanted, each.series)
        assert again is not None
        assert again.slope == pytest.approx(each.slope)
        assert again.seed_error == pytest.approx(each.seed_error)
    assert tuple(each for wanted in found.study.contrasts for each in contrasts(found.rows, wanted)) == (
        found.contrasts or ()
    )


@pytest.mark.parametrize("name", NAMES)
def test_its_page_holds_the_table_the_figures_and_the_command(name: str) -> None:
    text = page(name)
    assert markdown(result(name)) in text
    for stem, _ in [*drawings(result(name)), *grown(result(name))]:
        picture = f"images/studies/{name}-{stem}.png"
        assert f"](../{picture})" in text
        assert (DOCS / picture).is_file()
    assert f"rfengine study {name} --json docs/studies/data/{name}.json --out docs/images/studies" in text
    assert f"({name}.md)" in page("README")


@pytest.mark.parametrize("name", NAMES)
def test_every_decimal_in_its_words_is_a_figure_of_the_data(name: str) -> None:
    text = page(name).replace(markdown(result(name)), "").replace("−", "-")
    words = re.sub(r"\]\([^)]*\)", "", text)
    known, asked = numbers(result(name)), shipped()[name]
    for said in re.findall(r"(?<![\w.])\d+\.\d+", words):
        places = len(said.split(".")[1])
        # What it quotes from elsewhere stands in the study itself, with its source.
        assert said in LEVELS or said in asked or any(f"{abs(value):.{places}f}" == said for value in known), said


def numbers(found: StudyResult) -> list[float]:
    """Means, errors, slopes and their ends."""
    estimates = [each for row in found.rows for each in row.measures.values()]
    estimates += [each for row in found.rows for curve in (row.curves or {}).values() for each in curve.y]
    values = [part for each in estimates for part in (each.mean, each.standard_error)]
    for each in found.fits:
        values += [each.slope, each.seed_error, each.residual_error, each.r2, *(each.interval or ())]
    for each in found.contrasts or ():
        values += [each.difference.mean, each.difference.standard_error]
    parameters = [each for row in found.rows for each in row.parameters.values() if isinstance(each, float)]
    return [*parameters, *(value for value in values if value is not None)]


def test_the_example_of_the_index_is_a_study() -> None:
    text, training = re.findall(r"```yaml\n(.*?)```", page("README"), re.DOTALL)
    study = parse_study(text)
    assert len(list(expand(study))) == 2 * 2 * (3 + 3 + 1)
    assert study.networks[0].size == 4
    networks = "networks: [{spec: {input: [1, 1, 48, 48], layers: [{type: conv, channels: 8, kernel: 3}]}}]"
    assert [run.setting.estimator for run in expand(parse_study(f"title: training\n{networks}\n{training}"))] == [
        "trained"
    ]
