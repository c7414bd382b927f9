"""What CI systems are given: the same commands, run as they run them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_check import BOXES, POLICY
from tests.tiny import conv_chain

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "github" / "action.yml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab" / "rfengine.yml").read_text())
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
VENV = Path(sys.executable).parents[1]
# What GitHub runs `shell: bash` with.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with a detector, a policy that it meets and its boxes; spaces in names, as people have."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net v2.onnx").write_bytes(conv_chain(3))
    (tmp_path / "rf.yaml").write_text(POLICY)
    (tmp_path / "boxes.csv").write_text(BOXES)
    return tmp_path


def bash(script: str, project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(project), "RFENGINE_CACHE": str(project / "cache"), **variables}
    environment["PATH"] = f"{VENV / 'bin'}:{os.environ['PATH']}"
    file = project / "script.sh"
    file.write_text(script)
    return subprocess.run([*BASH, file], cwd=project, env=environment, capture_output=True, text=True, check=False)


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in ACTION["runs"]["steps"] if each["name"] == name)
    return found


def github(project: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """The action's check with these inputs: how it ended, its outputs, the job's summary."""
    (project / "runner").mkdir(exist_ok=True)
    link = project / "runner" / "rfengine"
    if not link.exists():
        link.symlink_to(VENV)
    defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    values = (
        defaults | {"model": "models/net v2.onnx"} | {name.replace("_", "-"): value for name, value in inputs.items()}
    )
    check = step("Check")
    given = {
        variable: values[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", word)[1]]  # type: ignore[index]
        for variable, word in check["env"].items()
    }
    files = {"GITHUB_OUTPUT": project / "outputs", "GITHUB_STEP_SUMMARY": project / "summary.md"}
    for file in files.values():
        file.write_text("")
    runner = {"RUNNER_TEMP": str(project / "runner"), **{name: str(file) for name, file in files.items()}}
    done = bash(check["run"], project, **given, **runner)
    return done, files["GITHUB_OUTPUT"].read_text(), files["GITHUB_STEP_SUMMARY"].read_text()


def test_the_action_passes_and_fails_the_build(project: Path) -> None:
    done, outputs, summary = github(project)
    assert done.returncode == 0, done.stderr
    assert outputs == "verdict=pass\n"
    assert "75 % of 4 objects are covered" in summary
    reports = {path.name for path in (project / "rfengine-report").iterdir()}
    assert reports == {"report.json", "report.junit.xml", "report.sarif", "report.md"}

    (project / "rf.yaml").write_text(POLICY.replace("0.7", "0.8"))
    done, outputs, summary = github(project)
    assert (done.returncode, outputs) == (1, "verdict=fail\n")
    assert "FAIL" in summary


def test_a_check_that_could_not_be_made_fails_the_build_and_says_so(project: Path) -> None:
    github(project)
    done, outputs, summary = github(project, policy="missing.yaml")
    assert (done.returncode, outputs) == (2, "verdict=error\n")
    assert "the check could not be made" in summary


def test_inputs_of_the_action_are_words_and_nothing_else(project: Path) -> None:
    done, _, _ = github(project, policy="$(touch stolen); rf.yaml", arguments="--name `touch stolen` --no-cache")
    assert done.returncode == 2
    assert not (project / "stolen").exists()


def test_baseline_and_further_words_reach_the_command(project: Path) -> None:
    github(project)
    (project / "rfengine-report" / "report.json").rename(project / "main.json")
    (project / "models" / "net v2.onnx").write_bytes(conv_chain(2))
    (project / "rf.yaml").write_text(POLICY.replace("0.7", "0.1"))
    done, outputs, _ = github(project, baseline="main.json", arguments="--no-cache --options {}")
    assert (done.returncode, outputs) == (1, "verdict=fail\n"), done.stderr
    assert "field-shrank" in (project / "rfengine-report" / "report.junit.xml").read_text()


def test_no_input_is_pasted_into_a_script() -> None:
    for each in ACTION["runs"]["steps"]:
        assert "${{" not in each.get("run", ""), each["name"]


def test_the_gitlab_job(project: Path) -> None:
    job = GITLAB[".rfengine-check"]
    install, check = job["script"]
    assert install == 'pip install --quiet "$RFENGINE_PACKAGE"'
    variables = {name: str(value) for name, value in job["variables"].items() if name.startswith("RFENGINE_")}
    variables |= {"RFENGINE_MODEL": "models/net v2.onnx", "RFENGINE_CACHE": str(project / "cache")}
    done = bash(check, project, **variables)
    assert done.returncode == 0, done.stderr
    assert (project / job["artifacts"]["reports"]["junit"]).exists()
    (project / "rf.yaml").write_text(POLICY.replace("0.7", "0.8"))
    assert bash(check, project, **variables).returncode == 1


def test_the_hooks_of_pre_commit(project: Path) -> None:
    check, policy = HOOKS
    assert check["pass_filenames"] is False
    done = bash(f"{check['entry']} 'models/net v2.onnx' --policy rf.yaml", project)
    assert done.returncode == 0, done.stderr
    assert re.search(check["files"], "models/net v2.onnx")
    assert re.search(policy["files"], "ci/rf.yaml")
    assert bash(f"{policy['entry']} rf.yaml", project).returncode == 0
