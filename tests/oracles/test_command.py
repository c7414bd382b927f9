"""`rfengine oracles`: tables, JSON, exit codes."""

import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rfengine.cli.main import app
from rfengine.cli.oracles import words
from rfengine.oracles import FAMILIES, Family, Finding, registry
from rfengine.oracles.families import analytic
from tests.oracles.altered import one_size_changed

WORKED = ("--family", "analytic")


def run(*options: object) -> Result:
    return CliRunner().invoke(app, ["oracles", *map(str, options)], env={"COLUMNS": "80"})


@pytest.fixture
def one_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytic, "published", one_size_changed)


@pytest.fixture
def torchless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two families, of which one needs a torch that is not there."""
    light = Family("light", "Light figures", "a paper", lambda: [Finding("net", "conv", "size", 3, 3)])
    heavy = Family("heavy", "Heavy figures", "a paper", lambda: [Finding("net", "conv", "sigma", 1, 2)], extra="torch")
    monkeypatch.setattr("rfengine.cli.oracles.FAMILIES", {"light": light, "heavy": heavy})
    monkeypatch.setitem(FAMILIES, "heavy", heavy)
    monkeypatch.setattr(registry, "find_spec", lambda module: None)


def test_the_table_has_every_figure_and_a_summary() -> None:
    result = run(*WORKED)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 68
    assert "analytic: 68 of 68 equal" in result.stdout
    assert "✗" not in result.stdout
    assert "\x1b" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.usefixtures("one_wrong")
def test_a_figure_that_differs_is_shown_with_exit_code_1() -> None:
    result = run(*WORKED)
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if "✗" in line]
    assert line.split() == ["conv7", "s2,", "conv3", "s2", "size", "12", "11", "✗"]
    assert "analytic: 67 of 68 equal" in result.stdout


@pytest.mark.usefixtures("one_wrong")
def test_failures_only() -> None:
    result = run(*WORKED, "--failures-only")
    assert result.exit_code == 1
    assert (result.stdout.count("✗"), result.stdout.count("✓")) == (1, 0)
    assert "analytic: 67 of 68 equal" in result.stdout


def test_no_failures_are_a_line() -> None:
    assert run(*WORKED, "--failures-only").stdout.strip() == "analytic: 68 of 68 equal"


@pytest.mark.usefixtures("one_wrong")
def test_json_in_a_file_has_everything(tmp_path: Path) -> None:
    result = run(*WORKED, "--failures-only", "--json", tmp_path / "deep" / "oracles.json")
    assert result.exit_code == 1
    report = json.loads((tmp_path / "deep" / "oracles.json").read_text())
    assert (report["schema"], report["equal"]) == ("rfengine.oracles/1", False)
    (family,) = report["families"]
    assert (family["name"], family["skipped"], family["figures"], family["different"]) == ("analytic", None, 68, 1)
    assert len(family["findings"]) == 68
    assert [finding for finding in family["findings"] if not finding["equal"]] == [
        {
            "group": "Receptive Fields, 2024",
            "place": "conv7 s2, conv3 s2",
            "figure": "size",
            "expected": 12,
            "found": 11,
            "tolerance": 0.0,
            "compared": True,
            "equal": False,
        }
    ]


def test_json_on_stdout_is_the_json_alone() -> None:
    result = run(*WORKED, "--json", "-")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["equal"] is True


def test_an_unknown_family_is_bad_input() -> None:
    result = run("--family", "analytics")
    assert result.exit_code == 2
    assert "no oracle family is named 'analytics'; did you mean 'analytic'?" in " ".join(result.stderr.split())


@pytest.mark.usefixtures("torchless")
def test_a_family_without_its_extra_is_skipped_aloud() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "light: 1 of 1 equal" in said
    assert "heavy: skipped; the family 'heavy' needs the extra 'torch'" in said
    assert "pip install 'rfengine[torch]'" in said
    families = json.loads(run("--json", "-").stdout)["families"]
    assert [(each["name"], bool(each["skipped"])) for each in families] == [("light", False), ("heavy", True)]


@pytest.mark.usefixtures("torchless")
def test_a_run_that_compares_nothing_does_not_pass() -> None:
    result = run("--family", "heavy")
    assert result.exit_code == 3
    assert "pip install 'rfengine[torch]'" in " ".join(result.stderr.split())


def test_a_tolerance_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sigma = Finding("net", "conv", "sigma", 1.825742, 1.8257, tolerance=1e-3)
    family = Family("new", "New", "a paper", lambda: [sigma])
    monkeypatch.setattr("rfengine.cli.oracles.FAMILIES", {"new": family})
    assert "1.82574 ± 0.001" in run().stdout


def test_what_is_not_compared_is_shown_and_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [Finding("net", "conv", "size", 3, 3), Finding("net", "conv", "slope", 0.56, 0.48, compared=False)]
    family = Family("new", "New", "a paper", lambda: findings)
    monkeypatch.setattr("rfengine.cli.oracles.FAMILIES", {"new": family})
    result = run()
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if "slope" in line]
    assert line.split() == ["slope", "0.56", "0.48", "–"]
    assert "new: 1 of 1 equal" in result.stdout
    report = json.loads(run("--json", "-").stdout)
    (new,) = report["families"]
    assert (report["equal"], new["figures"], new["different"]) == (True, 1, 0)
    assert [(each["compared"], each["equal"]) for each in new["findings"]] == [(True, True), (False, None)]


def test_json_has_words_for_what_json_has_no_numbers_for(monkeypatch: pytest.MonkeyPatch) -> None:
    blown = Finding("net", "conv", "sigma", (1.5, 2), (math.nan, math.inf))
    monkeypatch.setattr("rfengine.cli.oracles.FAMILIES", {"new": Family("new", "New", "a paper", lambda: [blown])})
    result = run("--json", "-")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout, parse_constant=pytest.fail)["families"][0]["findings"]
    assert (found["expected"], found["found"]) == ([1.5, 2], ["nan", "inf"])


def test_words_of_values() -> None:
    values = (11, 4.0, 0.5, None, True, "aligned", (11, 4, None), (-1, 4))
    assert [words(value) for value in values] == ["11", "4", "0.5", "–", "yes", "aligned", "11, 4, –", "-1, 4"]
