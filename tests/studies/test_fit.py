"""Lines and tables against numpy, on data that are known."""

import numpy as np
import pytest

from api_schemas.study_parts import Fit
from api_schemas.study_result import StudyRow
from rfengine.studies.fit import fit
from rfengine.studies.table import estimate

X = (2.0, 3.0, 5.0, 8.0)


def rows(values: dict[float, list[float | None]], series: str = "one") -> list[StudyRow]:
    return [
        StudyRow(
            series=series,
            network=str(x),
            estimator="gradient",
            parameters={"x": x},
            seeds=tuple(range(len(each))),
            measures={"y": estimate(each)},
        )
        for x, each in values.items()
    ]


@pytest.mark.parametrize(
    ("kind", "law", "intercept"),
    [
        ("power", lambda x: 3 * x**0.7, 3.0),
        ("linear", lambda x: 3 + 0.7 * x, 3.0),
        ("logarithmic", lambda x: 3 + 0.7 * np.log(x), 3.0),
    ],
)
def test_a_law_without_noise_is_found_again(kind: str, law: object, intercept: float) -> None:
    found = fit(rows({x: [float(law(x))] for x in X}), Fit(x="x", y="y", kind=kind), "one")  # type: ignore[operator, arg-type]
    assert found is not None
    assert (found.slope, found.intercept) == (pytest.approx(0.7), pytest.approx(intercept))
    assert found.r2 == pytest.approx(1)
    assert found.residual_error == pytest.approx(0, abs=1e-12)
    assert found.seed_error is None


def test_noise_gives_what_numpy_gives() -> None:
    random = np.random.default_rng(3)
    y = [float(2 * x**0.5 * np.exp(random.normal(0, 0.1))) for x in X]
    found = fit(rows({x: [value] for x, value in zip(X, y, strict=True)}), Fit(x="x", y="y"), "one")
    (slope, intercept), covariance = np.polyfit(np.log(X), np.log(y), 1, cov=True)
    assert found is not None
    assert (found.slope, found.intercept) == (pytest.approx(slope), pytest.approx(np.exp(intercept)))
    assert found.residual_error == pytest.approx(np.sqrt(covariance[0, 0]))
    predicted = intercept + slope * np.log(X)
    assert found.r2 == pytest.approx(np.corrcoef(predicted, np.log(y))[0, 1] ** 2)


def test_the_error_over_seeds_is_that_of_slopes_of_single_seeds() -> None:
    """For a linear fit the slope of the means is the mean of the slopes, so its error is that of a mean."""
    random = np.random.default_rng(5)
    noise = random.normal(0, 0.3, (len(X), 400))
    values = {x: [float(1 + 2 * x + each) for each in noise[i]] for i, x in enumerate(X)}
    found = fit(rows(values), Fit(x="x", y="y", kind="linear"), "one")
    slopes = [np.polyfit(X, [values[x][seed] for x in X], 1)[0] for seed in range(400)]
    assert found is not None
    assert found.slope == pytest.approx(np.mean(slopes))
    assert found.seed_error == pytest.approx(np.std(slopes, ddof=1) / 20, rel=0.06)
    assert found.interval is not None
    assert found.interval == pytest.approx(
        (found.slope - 1.96 * found.seed_error, found.slope + 1.96 * found.seed_error), rel=0.01
    )


def test_what_moves_all_points_alike_does_not_move_the_slope() -> None:
    """One seed's points belong together: a shift common to them is no doubt about the slope."""
    values = {x: [float(2 * x + shift) for shift in (-5.0, 0.0, 1.0, 4.0)] for x in X}
    found = fit(rows(values), Fit(x="x", y="y", kind="linear"), "one")
    assert found is not None
    assert found.seed_error == pytest.approx(0, abs=1e-12)


def test_points_that_cannot_lie_on_the_line_are_left_out() -> None:
    values: dict[float, list[float | None]] = {2.0: [2.0], 3.0: [None], 4.0: [-1.0], 8.0: [8.0]}
    found = fit(rows(values), Fit(x="x", y="y"), "one")
    assert found is not None
    assert (found.points, found.slope) == (2, pytest.approx(1))
    assert found.residual_error is None
    assert fit(rows({2.0: [2.0], 3.0: [None]}), Fit(x="x", y="y"), "one") is None
    assert fit(rows(values), Fit(x="x", y="y"), "another") is None


def test_a_missing_seed_is_left_out_of_its_mean() -> None:
    values: dict[float, list[float | None]] = {2.0: [1.0, None, 3.0], 4.0: [4.0, 4.0, 4.0]}
    found = fit(rows(values), Fit(x="x", y="y", kind="linear"), "one")
    assert found is not None
    assert found.slope == pytest.approx(1.0)
    assert found.seed_error is not None
    assert found.seed_error > 0


@pytest.mark.parametrize("values", [[1.0, 4.0, 4.0, 7.0], [2.0], [None, 3.0, 5.0], [None]])
def test_means_and_errors(values: list[float | None]) -> None:
    found, there = estimate(values), [value for value in values if value is not None]
    assert found.n == len(there)
    assert found.mean == (pytest.approx(np.mean(there)) if there else None)
    error = np.std(there, ddof=1) / np.sqrt(len(there)) if len(there) > 1 else None
    assert found.standard_error == (None if error is None else pytest.approx(error))
