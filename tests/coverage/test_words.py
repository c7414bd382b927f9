import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rfengine.reports.coverage import coverage_blocks, render_coverage
from rfengine.reports.coverage_words import binding_words, change_words, fits_words, margin_words
from rfengine.reports.recommend import cost_words, human, render_recommend
from rfengine.reports.text import percent
from tests.coverage import examples
from tests.reports.hostile import with_words


def printed(what: object, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(what)
    return stream.getvalue()


@given(st.floats(0, 1))
def test_a_share_reads_as_all_or_nothing_only_where_it_is(share: float) -> None:
    words = percent(share)
    assert (words == "100 %") == (share == 1)
    assert (words == "0 %") == (share == 0)
    if words[0] != "<":
        assert abs(float(words.removesuffix(" %")) / 100 - share) <= 0.001


@given(st.floats(-1, 50))
def test_a_margin_below_zero_reads_as_one(margin: float) -> None:
    words = margin_words(margin)
    assert (words[0] == "−") == (margin < 0)
    assert words != "−0 %"


def test_what_binds_most_comes_first() -> None:
    assert binding_words({"stride": 7, "trf": 69, "cut": 0}) == "TRF 69, stride 7"
    assert binding_words({}) == ""


def test_what_a_head_may_cover() -> None:
    head = examples.failing().heads[2]
    for small, large, words in (
        (32.0, 295.3, "32–295"),
        (None, 295.3, "≤ 295"),
        (5.25, None, "≥ 5.3"),
        (None, None, "any"),
        (32.0, 20.0, "none"),
    ):
        assert fits_words(head.model_copy(update={"smallest_px": small, "largest_px": large})) == words


def test_changes_say_a_figure_once_where_it_stays() -> None:
    assert change_words([571, 571], [443, 443]) == "571 → 443"
    assert change_words([571, 600], [571, 600]) == "571×600"
    assert change_words(None, 61) == "– → 61"


def test_costs_in_units_one_can_read() -> None:
    assert [human(n) for n in (0, 950, 999_600, 4_462_592, -34_344_000_000, 2 * 10**15)] == [
        "0", "950", "1 M", "4.46 M", "−34.3 G", "2e+03 T",
    ]  # fmt: skip
    assert cost_words(300_000, 25_000_000) == "+300 k (+1.2 %)"
    assert cost_words(-34_344_000_000, 95_400_000_000) == "−34.3 G (−36 %)"
    assert cost_words(5, 0) == "+5"
    assert cost_words(0, 10) == "0"


@given(st.integers(1, 10**14))
def test_a_readable_number_is_near_the_number(count: int) -> None:
    value, *unit = human(count).split()
    factor = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[unit[0]] if unit else 1
    assert float(value) * factor == pytest.approx(count, rel=0.0051)
    assert len(re.sub(r"[.]", "", value)) <= 3


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_gets_verdict_reasons_and_every_figure(width: int) -> None:
    text = printed(render_coverage(examples.report(examples.regressed())), width)
    assert text.startswith("FAIL coverage, street scenes: 92.4 % of 1,000 objects are covered; 99 % are")
    for figure in (
        "8–124",
        "16–210",
        "32–295",
        "59.4 %",
        "−54 %",
        "TRF 69",
        "571 → 443",
        "443 / 960",
        "72.1 %",
        "95 %",
    ):
        assert figure in text, figure
    assert "P6: was there and is not" in text
    assert max(map(len, text.splitlines())) <= width


def test_a_pass_is_short() -> None:
    text = printed(render_coverage(examples.report(examples.passing())), 80)
    assert text.startswith("PASS coverage, street scenes: 100 % of 1,000 objects are covered")
    assert "Worst" not in text


def test_only_the_first_of_the_worst_are_for_the_terminal() -> None:
    result = examples.failing()
    many = result.model_copy(update={"worst": result.worst * 5})
    text = printed(render_coverage(examples.report(many)), 120)
    assert text.count("443 / 960") == 2
    assert str(coverage_blocks(many)).count("443 / 960") == 5


def test_recommendations_with_their_cost_and_what_follows() -> None:
    text = printed(render_recommend(examples.report(None, recommend=examples.recommended())), 100)
    for words in ("+4.46 M (+12 %)", "−34.3 G (−36 %)", "92.4 % → 99.6 %", "443 → 507", "55 no better"):
        assert words in text, words
    assert text.index("dilate") < text.index("add a bottleneck") < text.index("analyse images")


def test_there_is_nothing_to_show_of_a_report_without() -> None:
    assert render_coverage(examples.report(None)) is None
    assert render_recommend(examples.report(None)) is None


def test_a_strangers_names_are_words_not_commands() -> None:
    report = examples.report(examples.regressed(), recommend=examples.recommended())
    hostile = with_words(report, lambda word: f"[red]{word}[/red]\x1b[2J\n")
    text = printed(render_coverage(hostile), 200) + printed(render_recommend(hostile), 200)
    assert "\x1b" not in text
    assert "[red]P5" in text
