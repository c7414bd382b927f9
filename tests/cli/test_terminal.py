"""What the commands do beside their answer: help, a reader that goes away, the outcome of --verify."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api_schemas.catalogue import DEFAULT_ANALYSES, Analysis
from rfengine.cli import analyze
from rfengine.cli.main import app
from tests.reports.examples import report, tensor
from tests.tiny import conv_chain


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.onnx"
    path.write_bytes(conv_chain(3))
    return path


def test_the_help_names_every_analysis_and_the_default() -> None:
    shown = CliRunner().invoke(app, ["analyze", "--help"], env={"COLUMNS": "400"}).stdout
    text = " ".join(shown.replace("│", " ").split())
    own = (Analysis.STUDY, Analysis.SWEEP, Analysis.COVERAGE, Analysis.RECOMMEND)
    named = ", ".join(each.value for each in Analysis if each not in own)
    assert f"Comma list of {named}; default: {', '.join(DEFAULT_ANALYSES)}." in text


@pytest.mark.parametrize(
    "words", [["zoo"], ["zoo", "unet"], ["study"], ["analyze", "{chain}", "--analyses", "analytic"]]
)
def test_a_closed_pipe_ends_a_command_quietly(words: list[str], chain: Path) -> None:
    command = [sys.executable, "-m", "rfengine.cli", *(word.format(chain=chain) for word in words)]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    finally:
        os.close(writer)
    assert done.returncode == 0, done.stderr
    assert "rror" not in done.stderr


def test_verify_says_what_was_confirmed(chain: Path) -> None:
    words = ["analyze", str(chain), "--analyses", "analytic", "--verify"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "3 of 3 fields confirmed on the real graph" in " ".join(result.stdout.split())
    assert "confirmed" not in CliRunner().invoke(app, words[:-1]).stdout


@pytest.mark.parametrize("words", [[], ["--json", "-"]])
def test_a_refuted_field_is_a_finding(words: list[str], chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = report({"c1": tensor([3, 3], status="refuted", verified="refuted")}, ["c1"])
    monkeypatch.setattr(analyze, "run_here", lambda *_: wrong)
    result = CliRunner().invoke(app, ["analyze", str(chain), "--verify", *words])
    assert result.exit_code == 1, result.output
    assert "refuted" in result.stdout
