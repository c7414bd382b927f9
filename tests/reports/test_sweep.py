"""A trainability sweep in words: tables that fit a terminal, fits, cost, the same as Markdown, and in brief."""

import io

import pytest
from rich.console import Console

from api_schemas.job import SweepSummaryRow
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import Cost, SweepFit, SweepResult
from rfengine.reports.summary import summarise
from rfengine.reports.sweep import render_sweep
from rfengine.reports.sweep_markdown import markdown
from rfengine.reports.sweep_words import (
    cost_words,
    dataset_words,
    estimates,
    fit_words,
    is_solved,
    lasted,
    off,
    protocol_words,
)
from tests.reports.examples import report as other_report
from tests.reports.examples import tensor
from tests.sweeps import QUICK, report, result, row, run

NOT_FOUND = {"boundary_px": None, "interval_px": None, "width_px": None, "failures": None}
UNCERTAIN = result(
    [
        row(2, boundary="below", **NOT_FOUND),
        row(24, boundary="open", **NOT_FOUND),
        row(40, boundary="above", **NOT_FOUND),
        row(50, 44.0, network="fcn_resnet50", radii=None),
    ]
).model_copy(update={"complete": False})


def printed(shown: SweepResult, width: int = 80) -> str:
    found = render_sweep(report(shown))
    assert found is not None
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(found)
    return stream.getvalue()


def lines_of(shown: SweepResult, network: str, width: int = 80) -> list[list[str]]:
    return [line.split() for line in printed(shown, width).splitlines() if network in line]


def test_a_line_per_network_has_boundary_trainings_and_theory_within_80_columns() -> None:
    boundaries, compared = lines_of(QUICK, "nopool-res-12x16")
    trainings = str(QUICK.rows[1].trainings)
    assert boundaries == ["nopool-res-12x16", "12", "10.4", "9.8–11.2", trainings, "3%", "12.5", "10.0", "9.4", "10.4"]
    assert " ".join(compared) == "nopool-res-12x16 10.4 10.0 −4% ✓ 9.4 −10% 10.3 −1% ✓ 10.4 0% ✓"
    assert all(len(line) <= 80 for line in printed(QUICK).splitlines())


def test_fits_cost_and_short_cuts_stand_below() -> None:
    said = " ".join(printed(QUICK).split())
    assert "boundary = 2.98 ± 0.06 · √N, R² 0.994 (3 networks)" in said
    assert "boundary = 5.02 + 0.44 ± 0.05 · N, R² 0.981 (3 networks)" in said
    assert "4 min 12 s of training on cpu" in said
    assert "- 17 of 31 trainings stopped when solved" in said
    assert "so far" not in said


def test_where_no_boundary_was_found_the_words_say_so() -> None:
    said = printed(UNCERTAIN, 100)
    assert lines_of(UNCERTAIN, "2x16", 100)[0][2:4] == ["below", "7"]
    assert lines_of(UNCERTAIN, "40x16", 100)[0][2:4] == ["above", "45"]
    assert lines_of(UNCERTAIN, "24x16", 100)[0][2] == "open"
    assert lines_of(UNCERTAIN, "fcn_resnet50", 100)[0][-4:] == ["–"] * 4
    # Nothing to compare: the only boundary has no estimates.
    assert "estimated beside learnt" not in said
    assert "Not complete" in said


def test_a_report_without_a_sweep_has_no_table() -> None:
    assert render_sweep(other_report({"t": tensor([9, 9])}, ["t"])) is None


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (9, "31 trainings, 0.9 % of the plain grid's step-pixels (×111 less)"),
        (500, "31 trainings, 50 % of the plain grid's step-pixels (×2 less)"),
        (1000, "31 trainings, 100 % of the plain grid's step-pixels"),
        (2000, "31 trainings, 200 % of the plain grid's step-pixels"),
        (0, "31 trainings"),
    ],
)
def test_the_cost_beside_the_plain_grid(pixels: int, words: str) -> None:
    cost = Cost(trainings=31, step_pixels=pixels, grid_trainings=126, grid_step_pixels=1000, seconds=1.0)
    assert cost_words(cost) == words


def test_estimates_are_compared_with_the_boundary_and_its_interval() -> None:
    inside = {each.estimator: each.inside for each in estimates(row(8))}
    assert inside == {"constant forward": True, "closed form": False, "CLT": True, "3 √N": True}
    assert off(estimates(row(8))[0]) == "−6%"
    assert [off(each) for each in estimates(UNCERTAIN.rows[0])] == [""] * 4
    assert estimates(row(8, radii=None)) == ()


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (SweepFit(kind="sqrt", slope=3.0, intercept=0.0, r2=None, points=2), "3 · √N"),
        (
            SweepFit(kind="linear", slope=0.5, intercept=-1.0, slope_error=0.123, r2=0.9, points=4),
            "−1.00 + 0.5 ± 0.12 · N, R² 0.900",
        ),
    ],
)
def test_a_fit_in_words(fit: SweepFit, words: str) -> None:
    assert fit_words(fit) == words


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "xavier weights · 3000 steps of Adam 0.0003 or until solved · batch 8 · tight canvas"),
        ({"preset": "seed"}, "xavier weights · 3000 steps of Adam 0.0003 · batch 8 · canvas 128 px"),
        (
            {"weights": {"name": "circular", "range_degrees": 90}},
            "circular weights, range degrees 90 · 3000 steps of Adam 0.0003 or until solved · batch 8 · tight canvas",
        ),
        (
            {"weights": "model"},
            "the model's weights · 3000 steps of Adam 0.0003 or until solved · batch 8 · tight canvas",
        ),
    ],
)
def test_the_protocol_in_words(options: dict[str, object], words: str) -> None:
    assert protocol_words(SweepOptions.model_validate(options)) == words


def test_what_is_to_be_told_apart_in_words() -> None:
    said = [
        dataset_words(SweepOptions.model_validate({"dataset": given}).dataset)
        for given in ("e_symbol", "e_dot", {"name": "e_dot", "range_degrees": 90})
    ]
    assert said == ["е from ё, diaeresis above", "е from ё, one dot at any angle", "е from ё, one dot within 90°"]


def test_a_training_is_solved_by_its_accuracy_too() -> None:
    assert is_solved(run(7, 0, 1.0, status="ended"))
    assert not is_solved(run(7, 0, 0.98))
    assert not is_solved(run(7, 0, None))


@pytest.mark.parametrize(
    ("seconds", "words"), [(2.54, "2.5 s"), (59.8, "1 min 0 s"), (252, "4 min 12 s"), (7300, "2 h 1 min")]
)
def test_how_long_it_took(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


def test_markdown_has_protocol_table_fits_and_cost() -> None:
    text = markdown(QUICK)
    assert text.startswith("Е from ё, diaeresis above; xavier weights, 3000 steps")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    assert len(table) == 2 + len(QUICK.rows)
    assert "| nopool-res-8x16 | 8 | 8.5 | 7.9–9.3 | 13 | 3% | 8.5 | 8.0 (−6%) | 7.6 (−10%) |" in text
    assert "- boundary = 2.98 ± 0.06 · √N, R² 0.994 over 3 networks" in text
    assert "- canvas of 48 x 48 px instead of 128 x 128" in text
    assert text.endswith("\n")


def test_markdown_of_what_is_not_known() -> None:
    text = markdown(UNCERTAIN)
    assert "| nopool-res-2x16 | 2 | below 7 |  |" in text
    assert "3%" not in markdown(result([row(24, boundary="open")]))
    assert "Not complete: what is known so far." in text


def test_names_with_bars_stay_in_their_cell() -> None:
    assert "a\\|b" in markdown(result([row(8, network="a|b")]))


def test_the_summary_has_a_row_per_network() -> None:
    brief = summarise(report(QUICK))
    assert brief.targets == {}
    assert brief.sweep is not None
    assert brief.sweep[0] == SweepSummaryRow(
        network="nopool-res-8x16",
        depth=8,
        boundary="found",
        boundary_px=QUICK.rows[0].boundary_px,
        interval_px=QUICK.rows[0].interval_px,
        trainings=QUICK.rows[0].trainings,
    )
    assert summarise(other_report({"t": tensor([9, 9])}, ["t"])).sweep is None
