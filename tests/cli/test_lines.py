"""An error that shows only while a spec is compiled says the line as well."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rfengine.cli.main import app

TEXT = """\
input: [1, 3, 8, 8]
layers:
  - {type: conv, name: first, channels: 4, kernel: 3}
  - type: repeat
    name: body
    times: 2
    layers:
      - {type: relu}
      - {type: conv, name: big, channels: 4, kernel: 9}
"""


@pytest.mark.parametrize("words", [["analyze", "{}", "--analyses", "analytic"], ["spec", "to-onnx", "{}", "out.onnx"]])
def test_the_line_of_the_layer_that_does_not_fit(words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_text(TEXT)
    done = CliRunner().invoke(app, [word.format(file) for word in words])
    assert done.exit_code == 2
    assert "line 9: conv 'big_1': kernel 9 spans 9 px" in " ".join(done.output.split())


def test_json_in_one_line_has_one(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_text('{"input": [1, 3, 4, 4],\n "layers": [{"type": "conv", "channels": 2, "kernel": 7}]}')
    done = CliRunner().invoke(app, ["analyze", str(file), "--analyses", "analytic"])
    assert done.exit_code == 2
    assert "line 2: conv 'conv1': kernel 7" in " ".join(done.output.split())
