"""Contrasts: the mean of differences over the seeds that two series share, and its error."""

from typing import Any

import pytest
from pydantic import ValidationError

from api_schemas.study_parts import Contrast
from api_schemas.study_result import StudyResult, StudyRow
from rfengine.studies import run_study
from rfengine.studies.contrast import contrasts
from rfengine.studies.markdown import markdown
from rfengine.studies.table import estimate
from tests.studies.examples import study

SERIES = [
    {"name": "ReLU", "values": {"function": "relu"}},
    {"name": "tanh", "values": {"function": "tanh"}},
]
WANTED = {"series": "tanh", "less": "ReLU", "measures": ["erf", "share"]}


def contrasted(**changes: Any) -> StudyResult:
    return run_study(study(series=SERIES, contrasts=[{**WANTED, **changes}]))


def row(series: str, values: dict[int, float | None]) -> StudyRow:
    measures = {"erf": estimate(list(values.values()))}
    return StudyRow(
        series=series, network="net", estimator="gradient", parameters={}, seeds=tuple(values), measures=measures
    )


def test_the_difference_is_seed_by_seed() -> None:
    found = contrasted()
    relu, tanh = (found.rows[k].measures["erf"].values for k in (0, 2))
    assert found.contrasts is not None
    first = found.contrasts[0]
    assert (first.network, first.measure, first.difference.n) == ("2 layers", "erf", 3)
    differences = [b - a for a, b in zip(relu, tanh, strict=True) if a is not None and b is not None]
    assert first.difference == estimate(differences)
    assert [(each.network, each.measure) for each in found.contrasts] == [
        ("2 layers", "erf"), ("2 layers", "share"), ("4 layers", "erf"), ("4 layers", "share")
    ]  # fmt: skip
    assert StudyResult.model_validate_json(found.to_json()) == found
    assert "- tanh less ReLU, 4 layers: size, px: " in markdown(found)
    assert "(3 seeds, pair by pair)" in markdown(found)


def test_what_a_seed_does_to_both_falls_out() -> None:
    rows = [row("a", {0: 1.0, 1: 101.0, 2: 50.0}), row("b", {0: 3.0, 1: 103.0, 2: 52.0})]
    (found,) = contrasts(rows, Contrast(series="b", less="a", measures=("erf",)))
    assert (found.difference.mean, found.difference.standard_error) == (2.0, 0.0)


def test_a_seed_that_one_lacks_does_not_count() -> None:
    rows = [row("a", {0: 1.0, 1: None, 2: 4.0}), row("b", {2: 9.0, 0: None, 3: 7.0, 1: 2.0})]
    wanted = Contrast(series="b", less="a", measures=("erf",))
    (found,) = contrasts(rows, wanted)
    assert (found.difference.n, found.difference.values) == (1, (5.0,))
    assert list(contrasts([rows[0], row("b", {1: 2.0})], wanted)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"series": "than"}, r"contrasts\[0\]\.series: no series 'than'; did you mean 'tanh'"),
        ({"less": "relu"}, r"contrasts\[0\]\.less: no series 'relu'"),
        ({"measures": ["urf"]}, r"contrasts\[0\]\.measures: no measure 'urf'; did you mean 'erf'"),
        ({"measures": []}, r"at least 1 item"),
    ],
)
def test_a_contrast_of_what_is_not_there(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        contrasted(**changes)


def test_a_contrast_of_other_networks() -> None:
    own = [{**study().networks[0].model_dump(), "grid": {"depth": [4]}}]
    with pytest.raises(ValidationError, match=r"contrasts\[0\]: 'tanh' and 'ReLU' have other networks; name two that"):
        study(series=[SERIES[0], {**SERIES[1], "networks": own}], contrasts=[WANTED])
