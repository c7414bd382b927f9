"""`rfengine study` in this process and against a real server: table, result and figures out, exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api_schemas.study_result import StudyResult
from rfengine.cli.main import app
from rfengine.cli.serve import running
from tests.studies.examples import TEXT


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(TEXT)
    return path


def test_table_result_and_figure(file: Path, tmp_path: Path) -> None:
    result = run("study", file, "--json", tmp_path / "deep" / "r.json", "--out", tmp_path / "figures")
    assert result.exit_code == 0, result.output
    found = StudyResult.model_validate_json((tmp_path / "deep" / "r.json").read_text())
    assert [row.measures["erf"].n for row in found.rows] == [3, 3, 1, 1]
    assert "| ReLU | 2 |" in result.stdout
    assert "erf ~ depth^b" in result.stdout
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"tiny-erf.png", "tiny-erf.svg"}


def test_the_result_on_stdout_is_the_result_alone(file: Path) -> None:
    assert json.loads(run("study", file, "--json", "-").stdout)["schema"] == "rfengine.study/1"


def test_a_server_finds_what_this_process_finds(file: Path, tmp_path: Path) -> None:
    here = json.loads(run("study", file, "--json", "-").stdout)
    with running(tmp_path / "data") as url:
        there = run("study", file, "--json", "-", "--out", tmp_path / "figures", "--server", url)
    assert there.exit_code == 0, there.output
    found = json.loads(there.stdout)
    assert found["rows"] == here["rows"]
    assert found["fits"] == here["fits"]
    assert (tmp_path / "figures" / "tiny-erf.png").is_file()


def test_without_a_name_all_are_listed() -> None:
    result = run("study")
    assert result.exit_code == 0
    assert "luo-growth" in result.stdout


def test_a_fault_is_exit_code_2(file: Path) -> None:
    file.write_text(TEXT.replace("luo_size,", "luosize,"))
    result = run("study", file)
    assert result.exit_code == 2
    assert "tiny.yaml: line 18" in "".join(result.stderr.split("\n"))
