"""`rfengine analyze` in this process: files in, table and files out, exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rfengine.cli.main import app
from rfengine.cli.serve import running
from tests.tiny import conv_chain

SPEC = """
input: [1, 3, 64, 64]
layers:
  - {type: conv, name: stem, channels: 4, kernel: 7, stride: 2}
  - {type: conv, name: head, channels: 4, kernel: 3, stride: 2}
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.onnx"
    path.write_bytes(conv_chain(3))
    return path


def test_table_report_and_pictures(chain: Path, tmp_path: Path) -> None:
    result = run("analyze", chain, "--json", tmp_path / "deep" / "report.json", "--out", tmp_path / "pictures")
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert report["model"]["name"] == "chain"
    assert report["analytic"]["tensors"]["c3"]["size"] == [7, 7]
    assert {p.name for p in (tmp_path / "pictures").iterdir()} == {a["name"] for a in report["artifacts"]}
    assert "c3" in result.stdout


def test_report_on_stdout_is_the_report_alone(chain: Path) -> None:
    result = run("analyze", chain, "--analyses", "analytic", "--json", "-")
    assert json.loads(result.stdout)["targets"] == ["c3"]


def test_a_layer_spec_file(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(SPEC)
    result = run("analyze", path, "--analyses", "analytic", "--json", "-")
    report = json.loads(result.stdout)
    assert report["model"]["name"] == "two"
    assert report["analytic"]["tensors"]["head"]["size"] == [11, 11]


def test_options_reach_the_report(chain: Path) -> None:
    options = '{"gradient": {"images": 2, "reduction": "rms"}}'
    result = run("analyze", chain, "--analyses", "gradient", "--options", options, "--target", "c2", "--json", "-")
    (entry,) = json.loads(result.stdout)["gradient"]["c2"]
    assert (entry["inputs"]["images"], entry["policy"]["reduction"]) == (2, "rms")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.onnx"], "missing.onnx: no such file"),
        (["{chain}", "--analyses", "analytic,magic"], "magic|analytic"),
        (["{chain}", "--input-shape", "1,x"], "--input-shape 1,x"),
        (["{chain}", "--input-shape", "1,3,64,64"], "has 1 channels; input_shape gives 3"),
        (["{chain}", "--target", "c9"], "target 'c9' is neither a tensor nor a node"),
        (["{chain}", "--options", '{"gradient": {"imagse": 2}}'], "gradient.imagse"),
        (["{chain}", "--options", "[1, 2"], "neither a JSON object nor a file"),
        (["{text}"], "does not parse as ONNX|no ONNX graph"),
        (["{cycle}"], "cycle"),
        (["{unknown}"], "convv"),
    ],
)
def test_bad_words_are_named_with_exit_code_2(words: list[str], says: str, chain: Path, tmp_path: Path) -> None:
    files = {"chain": chain, "text": tmp_path / "t.onnx", "cycle": tmp_path / "c.yaml", "unknown": tmp_path / "u.yaml"}
    files["text"].write_text("not a model at all\n" * 30)
    layers = "layers: [{type: relu, name: a, from: b}, {type: relu, name: b, from: a}]"
    files["cycle"].write_text(f"input: [1, 1, 8, 8]\n{layers}\n")
    files["unknown"].write_text(SPEC.replace("type: conv, name: head", "type: convv, name: head"))
    result = run(
        "analyze",
        *(
            word.format(**files) if word.startswith("{") and word.endswith("}") and word[1:-1] in files else word
            for word in words
        ),
    )
    assert result.exit_code == 2, result.output
    assert any(part in " ".join(result.stderr.split()) for part in says.split("|")), result.stderr


def test_a_server_that_is_away_is_exit_code_3(chain: Path) -> None:
    result = run("analyze", chain, "--server", "http://127.0.0.1:9")
    assert result.exit_code == 3
    assert "is the server running" in " ".join(result.stderr.split())


def test_version() -> None:
    assert run("--version").stdout.startswith("rfengine ")


def test_a_zoo_network_by_name() -> None:
    result = run("analyze", "zoo:vgg_16", "--analyses", "analytic", "--target", "vgg_16/pool5", "--json", "-")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["model"]["name"] == "vgg_16"
    field = report["analytic"]["tensors"]["vgg_16/pool5"]
    assert (field["size"], field["stride"], field["padding"]) == ([212, 212], [32, 32], [90, 90])


def test_an_unknown_zoo_network_has_a_nearest() -> None:
    result = run("analyze", "zoo:vgg16", "--analyses", "analytic")
    assert result.exit_code == 2
    assert "vgg_16" in result.stderr


def test_the_zoo_is_listed_and_a_network_is_a_spec(tmp_path: Path) -> None:
    assert "resnet_v1_50" in run("zoo").stdout
    spec = tmp_path / "net.json"
    spec.write_text(run("zoo", "nopool-8").stdout)
    assert json.loads(run("analyze", spec, "--analyses", "analytic", "--json", "-").stdout)["targets"]
    assert run("spec", "to-onnx", spec, tmp_path / "net.onnx").exit_code == 0
    assert run("analyze", tmp_path / "net.onnx", "--analyses", "analytic").exit_code == 0


def test_a_layer_spec_reaches_a_server_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(SPEC)
    with running(tmp_path / "data") as url:
        result = run("analyze", path, "--analyses", "analytic", "--json", "-", "--server", url)
        zoo = run("analyze", "zoo:nopool-4", "--analyses", "analytic", "--json", "-", "--server", url)
    assert json.loads(result.stdout)["analytic"]["tensors"]["head"]["size"] == [11, 11]
    assert json.loads(zoo.stdout)["model"]["name"] == "nopool-4"
