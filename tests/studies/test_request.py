"""A study as a request: alone, and checked as a whole before it runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from api_schemas.catalogue import Analysis
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.errors import BadInput
from tests.studies.examples import TEXT, example

STUDY = yaml.safe_load(TEXT)


def test_a_study_is_what_is_asked_and_comes_with_its_figures(tmp_path: Path) -> None:
    request = AnalyzeRequest.model_validate({"study": STUDY, "name": "growth"})
    assert request.analyses == (Analysis.STUDY,)
    again = AnalyzeRequest.model_validate_json(request.model_dump_json(exclude_unset=True, by_alias=True))
    assert again.study == example()
    report = Report.model_validate_json(analyze(None, request, out=tmp_path).to_json())
    assert report.model is None
    assert report.study is not None
    assert [row.measures["erf"].n for row in report.study.rows] == [3, 3, 1, 1]
    assert [artifact.name for artifact in report.artifacts] == ["growth-erf.png", "growth-erf.svg"]
    assert all((tmp_path / artifact.name).stat().st_size == artifact.bytes for artifact in report.artifacts)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"analyses": ["study"]}, "give it under study"),
        ({"analyses": ["gradient"], "study": STUDY}, "add 'study' to analyses"),
        ({"analyses": ["gradient", "study"], "study": STUDY}, "drop other analyses"),
        ({"study": STUDY, "zoo": "nopool-8"}, "it brings its own networks"),
        ({"study": STUDY, "targets": ["y"]}, "it brings its own networks"),
        ({"study": {**STUDY, "options": {"image": 1}}}, r"options\.image: Extra inputs are not permitted"),
    ],
)
def test_what_does_not_go_together(body: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        AnalyzeRequest.model_validate(body)


def test_a_study_and_a_model() -> None:
    with pytest.raises(BadInput, match="a model file and a study"):
        analyze(b"x", AnalyzeRequest.model_validate({"study": STUDY}), out=None)


def test_more_layers_than_are_checked_in_advance() -> None:
    network = {**STUDY["networks"][0], "grid": {"depth": list(range(1500, 1540))}}
    with pytest.raises(ValidationError, match=r"networks: more than 100,000 layers in all"):
        AnalyzeRequest.model_validate({"study": {**STUDY, "networks": [network]}})
