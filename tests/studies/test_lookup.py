"""Paths of measures into what a run found."""

import pytest

from api_schemas.study_parts import Measure
from rfengine.errors import BadInput
from rfengine.studies.lookup import figure

FOUND = {
    "luo_size": 12.0,
    "trf": 24.0,
    "radius_px": {"axis": {"0.0012": 8, "0.5": 3}},
    "gaussian": None,
    "field": {"size": [24, 30]},
    "given": {"accuracy": 0.75, "family": "net"},
    "policy": {"monte_carlo": {"correlation": 0.99}},
}


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure(of="luo_size"), 12.0),
        (Measure(of="luo_size", per="trf"), 0.5),
        (Measure(of="radius_px.axis.0.0012"), 8.0),
        (Measure(of="radius_px.axis.0.5"), 3.0),
        (Measure(of="field.size.1"), 30.0),
        (Measure(of="given.accuracy"), 0.75),
        (Measure(of="policy.monte_carlo.correlation"), 0.99),
        (Measure(of="gaussian.r2"), None),
        (Measure(of="luo_size", per="gaussian.r2"), None),
    ],
)
def test_the_figure_at_the_end_of_a_path(measure: Measure, value: float | None) -> None:
    assert figure(FOUND, "m", measure) == value


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("radius_px.axis.0.001", r"measure 'm': radius_px\.axis\.0\.001: there is no '0' here; did you mean '0\.0012'"),
        ("radius_px.axis", r"radius_px\.axis is no number but \{'0\.0012': 8"),
        ("field.size.2", r"'2' is no index; allowed: 0 \.\.\. 1"),
        ("given.family", r"given\.family is no number but 'net'"),
        ("luo_size.x", r"there is nothing below 12\.0; leave '\.x' out"),
    ],
)
def test_a_path_that_leads_nowhere(path: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        figure(FOUND, "m", Measure(of=path))
