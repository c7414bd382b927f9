"""The base install: no torch, no server, no plots. Built from the source tree into an empty environment and used."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.tiny import light

ROOT = Path(__file__).parents[1]


def run(bin_folder: Path, *words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [bin_folder / "rfengine", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_torch_and_the_service_are_not_there(bin_folder: Path, tmp_path: Path) -> None:
    names = ("torch", "onnxruntime", "fastapi", "celery", "matplotlib")
    code = f"from importlib.util import find_spec; print([n for n in {names} if find_spec(n)])"
    done = subprocess.run([bin_folder / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_theoretical_fields_of_a_real_model(bin_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "r50.onnx").write_bytes(light("resnet50"))
    done = run(bin_folder, "analyze", "r50.onnx", "--json", "-", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["analytic"]["tensors"]["r171"]["size"] == [427, 427]
    assert "torch" not in report["engine"]
    table = run(bin_folder, "analyze", "r50.onnx", cwd=tmp_path)
    assert "r171" in table.stdout


def test_a_check_by_theoretical_fields(bin_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "r50.onnx").write_bytes(light("resnet50"))
    (tmp_path / "boxes.csv").write_text("w,h\n200,100\n30,220\n")
    policy = "objects: {csv: boxes.csv}\ninput: {resize: none}\nrequire: {trf: %s}\n"
    files = ("--junit", "j.xml", "--sarif", "s.json", "--markdown", "m.md", "--html", "h.html", "--out", "pictures")
    for factor, code in ((1.9, 0), (2.0, 1)):
        (tmp_path / "rf.yaml").write_text(policy % factor)
        done = run(bin_folder, "check", "r50.onnx", "--policy", "rf.yaml", *files, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        assert "objects are covered" in done.stdout
    (tmp_path / "rf.yaml").write_text("objects: {sizes: [9], image_size: 9}\nrequire: {erf: 1}\n")
    done = run(bin_folder, "check", "r50.onnx", "--policy", "rf.yaml", "--junit", "j.xml", cwd=tmp_path)
    assert done.returncode == 3
    assert "pip install 'rfengine[torch]'" in " ".join(done.stderr.split())
    assert "<error" in (tmp_path / "j.xml").read_text()


def test_the_published_figures_come_with_it_and_are_equal(bin_folder: Path, tmp_path: Path) -> None:
    done = run(bin_folder, "oracles", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "analytic: 68 of 68 equal" in done.stdout
    assert "tf_slim: 374 of 374 equal" in done.stdout


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["analyze", "r50.onnx", "--analyses", "gradient"], "torch"),
        (["sweep", "--depths", "8"], "torch"),
        (["serve"], "service"),
        (["worker"], "service"),
    ],
)
def test_what_is_missing_is_named_with_its_install_line(
    words: list[str], extra: str, bin_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "r50.onnx").write_bytes(light("resnet50"))
    done = run(bin_folder, *words, cwd=tmp_path)
    assert done.returncode == 3
    assert f"pip install 'rfengine[{extra}]'" in " ".join(done.stderr.split())
