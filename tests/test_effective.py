"""The effective part of an analysis: units, estimates, given images, policies, and what becomes of refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.errors import BadInput, BadShape, NotEstimable
from tests.tiny import conv_chain, light, model, weights


def report(data: bytes | None, images: Any = None, **request: Any) -> Report:
    return analyze(data, AnalyzeRequest(**{"analyses": "gradient", **request}), out=None, images=images)


def entries(found: Report) -> list[Any]:
    assert found.gradient is not None
    (each,) = found.gradient.values()
    return each


def test_an_entry_per_unit() -> None:
    found = entries(report(conv_chain(3), gradient={"units": ["centre", "edge", "corner", [4, 5], {"at": [31.2, 0]}]}))
    assert [entry.unit for entry in found] == [[16, 16], [0, 16], [0, 0], [4, 5], [31, 0]]
    assert found[3].centre_px == [4.5, 5.5]
    assert all(entry.metrics.luo_size > 0 for entry in found)


def test_units_of_every_estimator() -> None:
    found = report(
        conv_chain(3),
        analyses="constant_forward,gradient,closed_form",
        **{name: {"units": ["corner"]} for name in ("constant_forward", "gradient", "closed_form")},
    )
    for each in (found.constant_forward, found.gradient, found.closed_form):
        assert each is not None
        assert [entry.unit for entry in each["c3"]] == [[0, 0]]


def test_an_estimate_in_the_first_entry() -> None:
    found = entries(report(None, zoo="feature_grid", gradient={"estimate": True, "units": ["corner", "centre"]}))
    assert [entry.unit for entry in found] == [[0, 0], [8, 8]]
    assert found[0].estimated.model_dump() == {
        "size": [34, 34],
        "stride": [4.0, 4.0],
        "offset": [17.0, 17.0],
        "agrees": True,
        "reasons": (),
    }
    assert found[1].estimated is None


def test_given_images() -> None:
    images = np.random.default_rng(0).standard_normal((2, 1, 32, 32)).astype(np.float32)
    found = entries(report(conv_chain(3), images, gradient={"inputs": "given"}))
    assert found[0].inputs == {"kind": "given", "images": 2}
    with pytest.raises(BadInput, match="no images came with the model"):
        report(conv_chain(3), gradient={"inputs": "given"})
    with pytest.raises(BadShape, match=r"takes \[1, 32, 32\]"):
        report(conv_chain(3), images[:, :, 1:], gradient={"inputs": "given"})
    larger = np.zeros((1, 1, 40, 48), np.float32)
    entry = entries(report(conv_chain(3), larger, gradient={"inputs": "given"}, input_shape=[1, 1, 40, 48]))[0]
    assert entry.canvas == [40, 48]


def dead(corner: float) -> bytes:
    """ReLUs that are dead in a corner of the image and alive elsewhere."""
    offset = np.zeros((1, 1, 16, 16), np.float32)
    offset[..., :6, :6] = corner
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1] * 4),
        helper.make_node("Add", ["c", "offset"], ["d"]),
        helper.make_node("Relu", ["d"], ["y"]),
    ]
    constants = {"w": weights(1, 1, 3, 3), "offset": offset}
    return bytes(model(nodes, inputs={"x": [1, 1, 16, 16]}, constants=constants).SerializeToString())


def test_a_unit_without_a_gradient_leaves_the_others() -> None:
    found = report(dead(-1e6), gradient={"units": ["corner", "centre"], "images": 8})
    assert [entry.unit for entry in entries(found)] == [[8, 8]]
    (warning,) = [w for w in found.warnings if w.code == "not-estimable"]
    assert "unit [0, 0] of 'y': the gradient is zero on all 8 images: Relu" in warning.message


def test_no_unit_with_a_gradient() -> None:
    with pytest.raises(NotEstimable, match="the gradient is zero"):
        report(dead(-1e6), gradient={"units": ["corner"]})


def test_a_unit_that_is_not_there() -> None:
    with pytest.raises(BadInput, match=r"units: \[40, 0\] lies outside 'c3', which has 32 x 32 units"):
        report(conv_chain(3), gradient={"units": [[40, 0]]})


def test_large_images_are_cropped_where_a_classifier_follows() -> None:
    """What follows the target does not fit the part; it is left out."""
    request = {"targets": ["r100"], "input_shape": [1, 3, 480, 480], "gradient": {"images": 1}}
    entry = entries(report(light("resnet50"), **request))[0]
    assert not isinstance(entry.policy["crop"], str)
    whole = entries(report(light("resnet50"), **{**request, "gradient": {"images": 1, "crop": "never"}}))[0]
    assert entry.metrics.luo_pixels == pytest.approx(whole.metrics.luo_pixels, rel=0.01)


def test_pictures_of_every_unit(tmp_path: Path) -> None:
    request = AnalyzeRequest(analyses="gradient", gradient={"units": ["centre", "corner"]})
    found = analyze(conv_chain(3), request, out=tmp_path)
    names = [name for entry in entries(found) for name in entry.artifacts]
    assert len(names) == len(set(names)) >= 4
    assert {path.name for path in tmp_path.iterdir()} >= set(names)


def on_canvas(found: Report) -> list[str]:
    return [warning.message for warning in found.warnings if warning.code == "canvas"]


def test_a_field_that_ends_at_the_border_is_no_warning() -> None:
    """Three convolutions of 3: 7 px, as large as the image; all weights are equal, so the border is not faint."""
    assert on_canvas(report(conv_chain(3, side=7), analyses="constant_forward")) == []
    assert on_canvas(report(conv_chain(3, side=9), analyses="constant_forward")) == []


def test_a_field_that_passes_one_end_is_measured_up_to_it_and_says_so() -> None:
    options = {"units": [[1, 4]]}
    cut, reached = on_canvas(report(conv_chain(3, side=9), analyses="constant_forward", constant_forward=options))
    assert "covers pixels -2 ... 4 of an image of 9 x 9" in cut
    assert "the radius reaches the border of the image of 9 x 9" in reached
    assert all("set input_shape to a larger image" in message for message in (cut, reached))


def test_a_canvas_of_the_estimators_own_is_what_to_enlarge() -> None:
    options = {"canvas": [5, 5]}
    messages = on_canvas(report(conv_chain(3), analyses="constant_forward", constant_forward=options))
    assert len(messages) == 2
    assert all("set constant_forward.canvas to a larger image" in message for message in messages)
    assert not any("input_shape" in message for message in messages)
