"""`rfengine check` in this process: a policy in, reports out, exit codes; nothing passes by default."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rfengine.cli.main import app
from tests.tiny import conv_chain

# Of three 3x3 convolutions a unit sees 7 px.
POLICY = """
name: dots
objects:
  csv: boxes.csv
input: {resize: none}
require:
  trf: 1.5
  covered: 0.7
bins: [4, 8]
"""
BOXES = "w,h,id\n2,3,a\n4,4,b\n4.6,2,c\n6,1,d\n"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RFENGINE_CACHE", str(tmp_path / "cache"))
    Path("net.onnx").write_bytes(conv_chain(3))
    Path("rf.yaml").write_text(POLICY)
    Path("boxes.csv").write_text(BOXES)
    return tmp_path


def report(*words: object) -> dict[str, Any]:
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--json", "-", *words)
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = json.loads(result.stdout)["coverage"]
    assert result.exit_code == (found["verdict"] == "fail")
    return found


def test_a_pass_and_a_fail() -> None:
    found = report()
    assert (found["verdict"], found["covered"], found["uncovered"], found["share"]) == ("pass", 3, 1, 0.75)
    assert found["worst"][0]["annotation"] == "d"
    Path("rf.yaml").write_text(POLICY.replace("0.7", "0.8"))
    failed = report()
    assert failed["verdict"] == "fail"
    assert failed["failures"][0]["message"].startswith("75 % of 4 objects are covered, 80 % are required")


def test_every_form_of_the_report() -> None:
    Path("rf.yaml").write_text(POLICY.replace("0.7", "0.8"))
    forms = ("junit", "sarif", "markdown", "html")
    words = [word for form in forms for word in (f"--{form}", f"deep/er/report.{form}")]
    result = run("check", "net.onnx", "--policy", "rf.yaml", *words)
    assert result.exit_code == 1
    assert "75 % of 4 objects" in result.stdout
    texts = {form: Path(f"deep/er/report.{form}").read_text() for form in forms}
    assert all("75 % of 4 objects" in text for text in texts.values())
    (failure,) = json.loads(texts["sarif"])["runs"][0]["results"]
    place = failure["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "rf.yaml"}, "region": {"startLine": 8}}


def test_pictures_and_a_page_beside_them() -> None:
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--out", "pictures", "--html", "pictures/index.html")
    assert result.exit_code == 0, result.output
    page = Path("pictures/index.html").read_text()
    for name in ("coverage.sizes.png", "coverage.scatter.png", "coverage.worst.png"):
        assert Path("pictures", name).stat().st_size > 1000
        assert f'src="./{name}"' in page


def test_an_unchanged_question_is_answered_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first = report()
    looks = []

    def looked(*_args: object, **_options: object) -> None:
        looks.append(1)
        raise AssertionError

    monkeypatch.setattr("rfengine.analysis.analyze", looked)
    assert report() == first
    # The file's content counts, not its name or time.
    Path("boxes.csv").write_text(BOXES)
    assert report() == first
    assert not looks
    run("check", "net.onnx", "--policy", "rf.yaml", "--no-cache")
    assert looks


@pytest.mark.parametrize("changed", ["boxes", "model", "policy", "shape"])
def test_a_changed_question_is_not(changed: str) -> None:
    report()
    words: list[str] = []
    match changed:
        case "boxes":
            Path("boxes.csv").write_text(BOXES + "9,9,e\n")
        case "model":
            Path("net.onnx").write_bytes(conv_chain(2))
        case "policy":
            Path("rf.yaml").write_text(POLICY.replace("1.5", "2.5"))
        case "shape":
            Path("net.onnx").write_bytes(conv_chain(3, side=16))
    assert run("check", "net.onnx", "--policy", "rf.yaml", *words).exit_code in (0, 1)
    assert len(list(Path("cache/checks").glob("*.json"))) == 2


def test_the_name_of_a_model_is_part_of_the_question() -> None:
    report()
    Path("net.onnx").rename("other.onnx")
    result = run("check", "other.onnx", "--policy", "rf.yaml", "--json", "-")
    assert json.loads(result.stdout)["model"]["name"] == "other"


def test_pictures_of_another_run_are_not_listed() -> None:
    assert run("check", "net.onnx", "--policy", "rf.yaml", "--out", "pictures").exit_code == 0
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--json", "-")
    assert json.loads(result.stdout)["artifacts"] == []


def test_a_verdict_does_not_hang_on_who_listens(folder: Path) -> None:
    Path("rf.yaml").write_text(POLICY.replace("0.7", "0.8"))
    command = (
        f"set -o pipefail; '{sys.executable}' -m rfengine.cli check net.onnx --policy rf.yaml --json - | head -c 1"
    )
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 1


def test_analyze_with_a_policy_is_a_check_too() -> None:
    words = {"objects": {"sizes": [30]}, "input": {"resize": "none"}, "require": {"trf": 1}}
    assert run("analyze", "net.onnx", "--options", json.dumps({"coverage": words})).exit_code == 1


def test_a_broken_cache_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    first = report()
    (kept,) = Path("cache/checks").glob("*.json")
    kept.write_text("{")
    assert report() == first
    monkeypatch.setenv("RFENGINE_CACHE", "net.onnx")
    assert report() == first


def test_what_got_worse_fails() -> None:
    assert run("check", "net.onnx", "--policy", "rf.yaml", "--json", "main.json").exit_code == 0
    same = report("--baseline", "main.json")
    assert (same["verdict"], same["baseline"]["regressions"]) == ("pass", [])
    Path("rf.yaml").write_text(POLICY.replace("0.7", "0.1"))
    Path("net.onnx").write_bytes(conv_chain(2))
    assert report()["verdict"] == "pass"
    worse = report("--baseline", "main.json")
    assert [failure["code"] for failure in worse["failures"]] == ["field-shrank", *["coverage-fell"] * 3]
    assert "P0: the theoretical field shrank from 7 x 7 to 5 x 5 px" in worse["failures"][0]["message"]


def broken(path: str, content: str | bytes | None) -> None:
    file = Path(path)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        (
            "rf.yaml",
            POLICY.replace("covered", "coverd"),
            "rf.yaml: line 8: require.coverd: no such key; did you mean 'covered'?",
        ),
        (
            "rf.yaml",
            POLICY.replace("trf: 1.5", "trff: 1.5"),
            "rf.yaml: line 7: require.trff: no such key; did you mean 'trf'",
        ),
        ("rf.yaml", "objects: [", "rf.yaml: line 1: not valid YAML"),
        (
            "rf.yaml",
            POLICY.replace("0.7", "99"),
            "line 8: require.covered: 99 is more than all; a share is",
        ),
        ("rf.yaml", POLICY.replace("1.5", "150%"), "line 7: require.trf: '150%' is neither a number nor an object"),
        ("rf.yaml", "objects: boxes.csv\nrequire: {trf: 1}", "say what it is, such as {coco: boxes.csv}"),
        ("rf.yaml", "", "rf.yaml: expected a mapping with `objects` and `require`, got None"),
        ("rf.yaml", None, "--policy rf.yaml: cannot be read: No such file or directory; give a policy"),
        ("boxes.csv", None, "rf.yaml: objects.csv: boxes.csv is not there; paths are relative to the policy's folder"),
        ("boxes.csv", "w,h\n", "boxes.csv"),
        ("boxes.csv", "w,h\n3,-1\n", "boxes.csv"),
        ("rf.yaml", POLICY + "heads: [16]\n", "heads[0].stride: no head has stride 16; there are P0 at 1"),
        ("rf.yaml", POLICY.replace("trf: 1.5", "clipped: 0"), "require: no trf, erf or stride; without one of them"),
        ("net.onnx", b"onnx?", "the file (5 bytes) does not parse as ONNX"),
        ("net.onnx", None, "net.onnx: no such file; give an .onnx file"),
    ],
)
def test_what_cannot_be_checked_does_not_pass(path: str, content: str | bytes | None, says: str) -> None:
    Path("old.md").write_text("PASS")
    broken(path, content)
    Path("old.json").write_text("{}")
    files = ("--junit", "j.xml", "--sarif", "s.json", "--markdown", "old.md", "--json", "old.json")
    result = run("check", "net.onnx", "--policy", "rf.yaml", *files)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert "<error" in Path("j.xml").read_text()
    assert json.loads(Path("s.json").read_text())["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert "the check could not be made" in Path("old.md").read_text()
    assert not Path("old.json").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "--baseline main.json: cannot be read: No such file"),
        ("{", "--baseline main.json: no report of rfengine (Invalid JSON"),
        ('{"schema": "rfengine.report/1"}', "--baseline main.json: no report of rfengine (engine: Field required)"),
    ],
)
def test_a_baseline_that_is_none(content: str | None, says: str) -> None:
    if content is not None:
        Path("main.json").write_text(content)
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--baseline", "main.json")
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_a_baseline_of_another_model() -> None:
    assert run("check", "net.onnx", "--policy", "rf.yaml", "--name", "other", "--json", "main.json").exit_code == 0
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--baseline", "main.json")
    assert result.exit_code == 2
    assert "main.json: this is a check of 'other', not of 'net'" in " ".join(result.stderr.split())


def test_a_server_that_is_away_is_no_pass() -> None:
    result = run("check", "net.onnx", "--policy", "rf.yaml", "--server", "http://127.0.0.1:9", "--junit", "j.xml")
    assert result.exit_code == 3
    assert "<error" in Path("j.xml").read_text()


def test_the_schema_of_policies_is_the_one_that_is_kept() -> None:
    kept = Path(__file__).parents[2] / "docs" / "policy.schema.json"
    assert run("policy", "schema").stdout == kept.read_text(), "run: rfengine policy schema docs/policy.schema.json"


def test_a_policy_alone() -> None:
    assert run("policy", "check", "rf.yaml", "rf.yaml").exit_code == 0
    broken("rf.yaml", POLICY.replace("require", "requires"))
    assert run("policy", "check", "rf.yaml").exit_code == 2
