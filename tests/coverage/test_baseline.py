"""A check beside an earlier one: what got worse, and what cannot be compared."""

from dataclasses import replace
from typing import Any

import pytest

from api_schemas.policy import CoveragePolicy
from api_schemas.report import ModelInfo, Report
from rfengine.coverage.baseline import compared
from rfengine.coverage.check import check
from rfengine.coverage.heads import Head
from rfengine.errors import BadInput
from tests.coverage.examples import report as example
from tests.coverage.tables import PYRAMID, head, sizes

OBJECTS = ((20, 20), (90, 90), (150, 150), (350, 350))


def report(
    *heads: Head, name: str = "net", require: Any = None, objects: Any = OBJECTS, canvas: tuple[int, int] = (640, 640)
) -> Report:
    words = {"objects": {"sizes": [3]}, "input": {"resize": "none"}, "require": require or {"trf": 1, "covered": 0.25}}
    found, _ = check(CoveragePolicy.model_validate(words), sizes(*objects), heads or PYRAMID, canvas)
    info = ModelInfo(sha256="f" * 64, name=name, opset=17, nodes=9, inputs={"images": [1, 3, *canvas]})
    return Report(engine=example(found).engine, model=info, targets=[], coverage=found)


def codes(now: Report, then: Report) -> list[str]:
    found = compared(now, then, name="main.json").coverage
    assert found is not None
    assert found.baseline is not None
    assert (found.verdict == "fail") == bool(found.failures)
    assert [f for f in found.failures if f in found.baseline.regressions] == found.baseline.regressions
    return [failure.code for failure in found.baseline.regressions]


def test_the_same_is_no_regression() -> None:
    assert codes(report(), report()) == []


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ((PYRAMID[0], PYRAMID[1], head("P5", 32, 399, erf=160)), ["field-shrank"]),
        # Shorter on one axis is shorter, whatever the other does.
        ((PYRAMID[0], PYRAMID[1], replace(PYRAMID[2], trf=(390, 500))), ["field-shrank"]),
        ((PYRAMID[0], PYRAMID[1], head("P5", 32, 400, erf=100)), ["field-shrank"]),
        ((PYRAMID[0], PYRAMID[1], head("P5", 32, 500, erf=170)), []),
        # Of all objects, and of those of their size.
        (PYRAMID[:2], ["head-vanished", "coverage-fell", "coverage-fell"]),
        ((*PYRAMID, head("P6", 64, 800)), []),
        ((PYRAMID[0], PYRAMID[1], head("P5", 32, 349, erf=160)), ["field-shrank", "coverage-fell", "coverage-fell"]),
    ],
)
def test_what_got_worse(heads: tuple[Head, ...], expected: list[str]) -> None:
    assert codes(report(*heads), report()) == expected


def test_the_figures_of_a_shrunk_field_are_of_the_axis_that_shrank() -> None:
    now = report(PYRAMID[0], PYRAMID[1], replace(PYRAMID[2], trf=(500, 390)))
    found = compared(now, report(), name="main.json").coverage
    assert found is not None
    (failure,) = found.failures
    assert (failure.has, failure.needed) == (390, 400)
    assert "from 400 x 400 to 500 x 390 px" in failure.message


def test_a_pass_that_got_worse_fails() -> None:
    now = report(*PYRAMID[:2])
    assert now.coverage is not None
    assert now.coverage.verdict == "pass"
    found = compared(now, report(), name="main.json").coverage
    assert found is not None
    assert found.verdict == "fail"


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ({"objects": ((350, 350), (20, 20))}, r"another question \(4 objects, and this 2\)"),
        ({"objects": ((20, 20), (90, 90), (150, 150), (350, 349))}, r"another question \(another policy"),
        (
            {"require": {"trf": 1.1, "covered": 0.25}},
            r"another question \(another policy: input, assign, bins or require",
        ),
    ],
)
def test_shares_of_other_questions_are_not_compared(now: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        compared(report(**now), report(), name="main.json")


def test_who_asks_for_less_coverage_hides_no_fall() -> None:
    now = report(*PYRAMID[:2], require={"trf": 1, "covered": 0.1})
    assert codes(now, report()) == ["head-vanished", "coverage-fell", "coverage-fell"]


@pytest.mark.parametrize(
    ("now", "then", "says"),
    [
        ({}, {"name": "other"}, r"main\.json: this is a check of 'other', not of 'net'; .*\(--name\)"),
        ({}, {"canvas": (1280, 1280)}, r"main\.json: it was checked at 1280 x 1280 px, and this is at 640 x 640"),
    ],
)
def test_a_baseline_of_something_else(now: dict[str, Any], then: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        compared(report(**now), report(**then), name="main.json")


def test_a_baseline_with_other_heads_or_none() -> None:
    with pytest.raises(BadInput, match=r"it has the heads a, and this model P3, P4, P5: nothing can be compared"):
        compared(report(), report(head("a", 8, 100)), name="main.json")
    without = report().model_copy(update={"coverage": None})
    with pytest.raises(BadInput, match="this report has no coverage; take one that `rfengine check --json` wrote"):
        compared(report(), without, name="main.json")
