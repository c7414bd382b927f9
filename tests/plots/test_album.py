"""What an analysis draws: the graph, the growth and a grid per target, listed with their kinds."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave
from onnx import helper
from typer.testing import CliRunner

from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.cli.main import app
from rfengine.pictures import MOST_DRAWN
from tests.plots.examples import pixels, places
from tests.tiny import conv_chain, light, model, weights

THEORY = AnalyzeRequest(analyses="analytic")


def heads(count: int) -> bytes:
    """One convolution and a number of heads on it."""
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4)]
    nodes += [helper.make_node("Conv", ["c", "w"], [f"head{i}"], pads=[1] * 4) for i in range(count)]
    made = model(
        nodes,
        inputs={"x": [1, 3, 16, 16]},
        outputs=[f"head{i}" for i in range(count)],
        constants={"w": weights(3, 3, 3, 3)},
    )
    return bytes(made.SerializeToString())


def test_theory_is_drawn_as_graph_growth_and_grid(tmp_path: Path) -> None:
    report = analyze(conv_chain(3), THEORY, out=tmp_path)
    kinds = {artifact.name: artifact.media_type for artifact in report.artifacts}
    assert kinds == {
        "graph.svg": "image/svg+xml",
        **{f"{name}.png": "image/png" for name in ("growth", "c3.grid")},
        **{f"{name}.svg": "image/svg+xml" for name in ("growth", "c3.grid")},
    }
    assert {a.name: a.bytes for a in report.artifacts} == {
        path.name: path.stat().st_size for path in tmp_path.iterdir()
    }
    assert ElementTree.parse(tmp_path / "graph.svg").getroot().tag.endswith("svg")


def test_without_a_folder_nothing_is_drawn_or_listed() -> None:
    request = AnalyzeRequest(analyses="analytic,constant_forward")
    report = analyze(heads(MOST_DRAWN + 2), request, out=None)
    assert not report.artifacts
    assert not report.warnings
    assert report.constant_forward
    assert not any(entry.artifacts for entries in report.constant_forward.values() for entry in entries)


def test_so_many_targets_have_pictures_and_no_more(tmp_path: Path) -> None:
    request = AnalyzeRequest(analyses="analytic,constant_forward")
    report = analyze(heads(MOST_DRAWN + 2), request, out=tmp_path)
    names = [artifact.name for artifact in report.artifacts]
    assert sum(name.endswith(".grid.png") for name in names) == MOST_DRAWN
    assert sum(name.endswith(".constant_forward.png") for name in names) == MOST_DRAWN
    assert report.constant_forward is not None
    assert len(report.constant_forward) == MOST_DRAWN + 2
    (warning,) = [w for w in report.warnings if w.code == "few-pictures"]
    assert "first 8 of 10 targets" in warning.message
    fewer = analyze(heads(MOST_DRAWN), THEORY, out=tmp_path)
    assert not [w for w in fewer.warnings if w.code == "few-pictures"]


def test_a_graph_too_large_to_draw_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfengine.plots.graph.draw.MOST_SPOTS", 3)
    report = analyze(conv_chain(5), THEORY, out=tmp_path)
    assert "graph.svg" not in {artifact.name for artifact in report.artifacts}
    assert [w.code for w in report.warnings] == ["graph-not-drawn"]


def test_fields_relative_to_a_tensor_are_drawn_on_its_units(tmp_path: Path) -> None:
    request = AnalyzeRequest(analyses="analytic", source="r15")
    report = analyze(light("resnet50"), request, out=tmp_path)
    assert {"graph.svg", "r171.grid.png"} <= {artifact.name for artifact in report.artifacts}
    assert "image 56 × 56 px" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_several_inputs_are_drawn(tmp_path: Path) -> None:
    nodes = [helper.make_node("Conv", ["a", "w"], ["c"], pads=[1] * 4), helper.make_node("Add", ["c", "b"], ["y"])]
    made = model(nodes, inputs={"a": [1, 3, 16, 16], "b": [1, 3, 16, 16]}, constants={"w": weights(3, 3, 3, 3)})
    report = analyze(made.SerializeToString(), THEORY, out=tmp_path)
    assert {artifact.name for artifact in report.artifacts} == {
        "graph.svg", "growth.png", "growth.svg", "y.grid.png", "y.grid.svg"
    }  # fmt: skip


def test_the_command_draws_on_the_users_image(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(conv_chain(3))
    imsave(tmp_path / "own.png", np.full((20, 30, 3), (0, 255, 0), np.uint8))
    (tmp_path / "text.png").write_text("no image")
    words = ["analyze", str(tmp_path / "net.onnx"), "--analyses", "analytic", "--out", str(tmp_path / "out"), "--image"]
    done = CliRunner().invoke(app, [*words, str(tmp_path / "own.png")])
    assert done.exit_code == 0, done.output
    assert len(places(pixels((tmp_path / "out" / "c3.grid.png").read_bytes()), "#00ff00")) > 10_000
    for wrong in ([str(tmp_path / "text.png")], [str(tmp_path / "own.png"), "--server", "http://127.0.0.1:9"]):
        assert CliRunner().invoke(app, [*words, *wrong]).exit_code == 2
