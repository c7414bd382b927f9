"""A policy that asks for effective fields: each changed network is measured as the network itself is."""

from typing import Any

import pytest

from api_schemas.recommend import RecommendOptions, RecommendResult
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.coverage.objects import read_objects
from rfengine.coverage.recommend import recommend
from rfengine.coverage.recommend.measuring import analyser
from tests.coverage.recommend.detector import detector, policy

DATA = bytes(detector().SerializeToString())


def _recommended(require: dict[str, Any], *kinds: str) -> tuple[RecommendResult, AnalyzeRequest]:
    # The input is larger than the fields: a map that is cut off by it could not grow.
    asked = policy([10, 33], require, input={"resize": "none"})
    fields = {"coverage": asked, "gradient": {"images": 2}, "input_shape": [1, 3, 128, 128]}
    request = AnalyzeRequest.model_validate(fields)
    options = RecommendOptions.model_validate({"kinds": kinds})
    found = recommend(
        DATA,
        asked,
        read_objects(asked.objects, None),
        options,
        name="detector",
        analysed=analyser(request),
        input_shape=request.input_shape,
    )
    return found, request


@pytest.mark.parametrize("estimator", ["closed_form", "gradient"])
def test_effective_fields_before_and_after(estimator: str) -> None:
    erf = {"at_least": 2, "energy": 95, "estimator": estimator}
    found, request = _recommended({"erf": erf}, "dilation", "kernel")
    assert found.recommendations
    checked = analyze(DATA, request, out=None).coverage
    assert checked is not None
    sides = {head.name: head.erf_side for head in checked.heads}
    for change in found.recommendations:
        assert change.share == (checked.share, 1.0)
        for field in change.fields:
            before, after = field.erf_side
            assert before == sides[field.head]
            assert after > before


def test_a_new_kernel_is_drawn_where_its_effect_is_measured() -> None:
    """With zeros around the old one the effective field would be the old one too."""
    erf = {"at_least": 2, "energy": 95, "estimator": "gradient"}
    found, _ = _recommended({"erf": erf}, "kernel")
    assert {change.kind for change in found.recommendations} == {"kernel"}
