"""`rfengine analyze --source` and the parts that follow the table."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rfengine.cli.main import app
from tests.tiny import conv_chain


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.onnx"
    path.write_bytes(conv_chain(3, side=8))
    return path


def test_fields_relative_to_a_tensor(chain: Path) -> None:
    report = json.loads(run("analyze", chain, "--source", "c1", "--json", "-").stdout)
    assert report["analytic"]["source"] == "c1"
    assert {name: field["size"] for name, field in report["analytic"]["tensors"].items()} == {
        "c2": [3, 3],
        "c3": [5, 5],
    }
    assert report["analytic"]["tensors"]["c2"]["reads"] == {"c1": [3, 3]}
    assert "gradient" not in report
    assert "In units of c1" in " ".join(run("analyze", chain, "--source", "c1").stdout.split())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--source", "c9"], "source 'c9' is neither a tensor nor a node"),
        (["--source", "c1", "--analyses", "analytic,gradient"], "drop it from analyses, or drop source"),
    ],
)
def test_what_does_not_fit_is_exit_code_2(chain: Path, words: list[str], says: str) -> None:
    result = run("analyze", chain, *words)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_advice_and_approximations_follow_the_table(chain: Path) -> None:
    options = '{"analytic": {"approximations": true}}'
    stdout = " ".join(run("analyze", chain, "--analyses", "analytic", "--options", options).stdout.split())
    assert "The network suits images of 5 × 5 to 7 × 7 px" in stdout
    assert "naive shift reach 3 3" in stdout
    plain = run("analyze", chain, "--analyses", "analytic").stdout
    assert "naive shift" not in plain
