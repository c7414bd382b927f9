"""The logistic fit: against a naive twin, on clean and damaged rows, on drawn rows, on the published ones."""

import random
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfengine.training.boundary import (
    LAPSES,
    LUCK,
    WIDTHS,
    belief,
    fit_boundary,
    share_learnt,
)
from rfengine.training.cells import Cell, Outcome
from tests.training.rows import LEAST_DEPTH, laws, published

DISTANCES = tuple(range(7, 31))
outcomes = st.lists(
    st.builds(
        Outcome,
        distance=st.sampled_from(DISTANCES),
        seed=st.integers(0, 2),
        accuracy=st.none() | st.floats(0.3, 1),
    ),
    max_size=25,
    unique_by=lambda each: (each.distance, each.seed),
)


def step(last: int, *, flipped: int | None = None) -> list[Outcome]:
    """Learnt up to `last` px, one distance the other way round."""
    return [Outcome(d, 0, 1.0 if (d <= last) != (d == flipped) else 0.5) for d in DISTANCES]


def test_the_belief_follows_its_formula() -> None:
    told = [Outcome(9, 0, 1.0), Outcome(9, 1, 0.5), Outcome(12, 0, 0.75), Outcome(15, 4, 0.48)]
    before, after = belief([], DISTANCES), belief(told, DISTANCES)
    ratios = []
    for i, j, k in np.ndindex(after.mass.shape):
        if i % 23 or after.mass[i, j, k] < 1e-9:
            continue
        expected = 0.0
        for each, y in zip(told, (1, 0, 0.5, 0), strict=True):
            reach = 1 / (1 + exp(min((each.distance - after.b[i]) / WIDTHS[j], 700)))
            p = LUCK + (1 - LAPSES[k] - LUCK) * reach
            expected += y * log(p) + (1 - y) * log(1 - p)
        ratios.append(log(after.mass[i, j, k] / before.mass[i, j, k]) - expected)
    assert len(ratios) > 100
    assert np.ptp(ratios) < 1e-9


def test_the_priors_are_those_that_the_docstring_says() -> None:
    before = belief([], DISTANCES)
    assert before.mass.sum() == pytest.approx(1)
    assert np.ptp(before.of_b) < 1e-12
    assert (before.b[0], before.b[-1]) == pytest.approx((DISTANCES[0] - 4, DISTANCES[-1] + 4))
    lapse = before.mass.sum((0, 1))
    assert lapse @ LAPSES == pytest.approx(0.21, abs=0.02)  # Beta(1, 3), mean 0.25, less what lies above 0.5
    assert WIDTHS[np.argmax(before.mass.sum((0, 2)))] == pytest.approx(0.6, rel=0.2)


@given(outcomes, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_order_nor_repetition_matters(told: list[Outcome], shuffled: random.Random) -> None:
    other = told + told[:3]
    shuffled.shuffle(other)
    assert fit_boundary(other, DISTANCES) == fit_boundary(told, DISTANCES)


@given(outcomes)
@settings(max_examples=60, deadline=None)
def test_a_verdict_keeps_its_own_terms(told: list[Outcome]) -> None:
    verdict = fit_boundary(told, DISTANCES)
    if verdict.px is None:
        assert verdict.interval is None
        assert verdict.kind != "found"
    else:
        assert verdict.interval is not None
        low, high = verdict.interval
        assert DISTANCES[0] - 4 <= low <= verdict.px <= high <= DISTANCES[-1] + 4
        assert verdict.kind != "found" or DISTANCES[0] <= verdict.px <= DISTANCES[-1]


@given(outcomes)
@settings(max_examples=60, deadline=None)
def test_a_broken_training_is_left_out(told: list[Outcome]) -> None:
    kept = [each for each in told if each.accuracy is not None]
    assert fit_boundary(told, DISTANCES) == fit_boundary(kept, DISTANCES)
    as_nan = [Outcome(each.distance, each.seed, float("nan")) if each.accuracy is None else each for each in told]
    assert fit_boundary(as_nan, DISTANCES) == fit_boundary(kept, DISTANCES)


def test_a_share_learnt_is_even_about_the_crossing() -> None:
    shares = [share_learnt(Outcome(9, 0, accuracy)) for accuracy in (0.3, 0.5, 0.56, 0.65, 0.75, 0.85, 0.94, 1.0)]
    assert shares == sorted(shares)
    assert shares[:3] == [0, 0, 0]
    assert shares[-2:] == [1, 1]
    assert shares[3] == pytest.approx(1 - shares[5])
    assert shares[4] == pytest.approx(0.5)


@pytest.mark.parametrize("last", range(9, 25))
def test_a_clean_step_is_found_in_its_middle(last: int) -> None:
    verdict = fit_boundary(step(last), DISTANCES)
    assert verdict.kind == "found"
    assert verdict.px == pytest.approx(last + 0.5, abs=0.3)
    assert verdict.interval is not None
    assert 2 < verdict.interval[1] - verdict.interval[0] < 5


@pytest.mark.parametrize("last", range(12, 22))
@pytest.mark.parametrize("away", [-5, -4, -3, -2, 8])
def test_one_cell_that_goes_astray_hardly_moves_it(last: int, away: int) -> None:
    """A failure well within reach is a lapse, a success far out of reach is luck."""
    verdict = fit_boundary(step(last, flipped=last + away), DISTANCES)
    assert verdict.px == pytest.approx(last + 0.5, abs=0.6)


@pytest.mark.parametrize("last", range(12, 22))
def test_a_success_beyond_says_more_than_a_failure_before(last: int) -> None:
    """No network guesses right 256 times, but many a training fails."""
    failed, learnt = (fit_boundary(step(last, flipped=last + away), DISTANCES).px for away in (-2, 3))
    assert failed is not None
    assert learnt is not None
    assert abs(failed - last - 0.5) < abs(learnt - last - 0.5)


def test_a_partial_success_marks_the_place() -> None:
    told = [Outcome(d, 0, 1.0 if d < 15 else 0.75 if d == 15 else 0.5) for d in DISTANCES]
    assert fit_boundary(told, DISTANCES).px == pytest.approx(15, abs=0.2)


def test_a_boundary_out_of_the_range_has_no_number() -> None:
    below = fit_boundary([Outcome(d, 0, 0.5) for d in DISTANCES], DISTANCES)
    above = fit_boundary([Outcome(d, 0, 1.0) for d in DISTANCES], DISTANCES)
    assert (below.kind, below.px, below.interval) == ("below", None, None)
    assert (above.kind, above.px, above.interval) == ("above", None, None)


@pytest.mark.parametrize("told", [[], [Outcome(9, 0, None)], [Outcome(16, 0, 1.0)], [Outcome(16, 0, 0.5)]])
def test_too_little_stays_open(told: list[Outcome]) -> None:
    assert fit_boundary(told, DISTANCES).kind == "open"


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Whole rows, every distance trained once; widths of 0.3 to 2 px even, which is wider than the prior thinks."""
    covered = 0
    for i, law in enumerate(laws(1, 200, (7, 30))):
        answer = law.answers(i)
        found = belief([Outcome(d, 0, answer(Cell(d, 0))) for d in DISTANCES], DISTANCES)
        low, high = found.quantiles(0.025, 0.975)
        covered += low <= law.b <= high
    assert covered >= 0.9 * 200


@pytest.mark.parametrize("series", ["xavier", "shifted"])
def test_published_rows_have_a_boundary_from_depth_7_on(series: str) -> None:
    rows = published(series)
    shallow = [row.boundary.kind for row in rows if row.depth < min(LEAST_DEPTH, 5)]
    assert set(shallow) == {"below"}
    deep = {row.depth: row.boundary for row in rows if row.depth >= LEAST_DEPTH}
    # The deepest shifted nets learn at the largest distances that were tried.
    assert {depth for depth, verdict in deep.items() if verdict.kind != "found"} <= (
        {26, 27, 28} if series == "shifted" else set()
    )
    assert all(verdict.px is not None for verdict in deep.values())


def test_published_figures_are_found_again() -> None:
    """Steps that the eye reads off the grid, and rows with a failure below a success."""
    xavier = {row.depth: row.boundary for row in published("xavier")}
    shifted = {row.depth: row.boundary for row in published("shifted")}
    for depth, px in {8: 9.5, 10: 10.5, 20: 14.5, 27: 15.5, 32: 18.5, 40: 17.5}.items():
        assert xavier[depth].px == pytest.approx(px, abs=0.4)
    assert xavier[42].px == pytest.approx(16.5, abs=1)  # fails at 15
    assert shifted[14].px == pytest.approx(16.5, abs=0.5)  # fails at 8
    assert {row.boundary.kind for row in published("decomposed")} == {"below"}
