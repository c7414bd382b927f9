"""What the command line says of requests that do not fit: one clean line per place, nothing of pydantic's insides."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from rfengine.cli.main import app

NAMES = "'he', 'xavier', 'orthogonal', 'constant', 'uniform', 'dirac', 'shifted', 'decomposed', 'circular', "
NAMES += "'circular_v2', 'centre_suppressed'"


def said(**options: Any) -> str:
    result = CliRunner().invoke(app, ["analyze", "zoo:nopool-4", "--options", json.dumps(options)])
    assert result.exit_code == 2, result.output
    return " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"analyses": "analyti"},
            "analyses: Input should be 'analytic', 'constant_forward', 'gradient', 'closed_form', 'study', 'sweep', "
            "'coverage' or 'recommend', got 'analyti'",
        ),
        ({"analyses": []}, "analyses: List should have at least 1 item, not 0"),
        (
            {"gradient": {"units": ["middle"]}},
            "gradient.units.0: Input should be 'centre', 'edge' or 'corner', or a list, or an object, got 'middle'",
        ),
        ({"gradient": {"units": [[1, -3]]}}, "gradient.units.0.1: Input should be greater than or equal to 0, got -3"),
        ({"gradient": {"units": [{}]}}, "gradient.units.0.at: Field required"),
        (
            {"closed_form": {"weights": "herz"}},
            f"closed_form.weights: Input should be one of {NAMES}, got {{'name': 'herz'}}",
        ),
        (
            {"gradient": {"policy": {"weights": "herz"}}},
            f"gradient.policy.weights: Input should be 'model', or one of {NAMES}, got 'herz'",
        ),
        (
            {"gradient": {"policy": {"weights": {"name": "orthogonal", "gain": -1}}}},
            "gradient.policy.weights.gain: Input should be greater than 0, got -1",
        ),
        (
            {"gradient": {"images": 0, "seed": "x"}},
            "gradient.images: Input should be greater than or equal to 1, got 0; gradient.seed: Input should be a "
            "valid integer, unable to parse string as an integer, got 'x'",
        ),
        ({"gradient": {"imagse": 2}}, "gradient.imagse: no such key; did you mean 'images'?"),
        (
            {"gradient": {"policy": {"weights": {"name": "orthogonal", "gian": 2}}}},
            "gradient.policy.weights.gian: no such key; did you mean 'gain'?",
        ),
        (
            {"source": "c", "analyses": "gradient"},
            "request: source: gradient measures on the input image, not on the tensor 'c'; drop it from analyses, "
            "or drop source",
        ),
        (
            {"input_shape": [1, "x"]},
            "input_shape.1: Input should be a valid integer, unable to parse string as an integer, got 'x'",
        ),
    ],
)
def test_one_line_per_place(options: dict[str, Any], says: str) -> None:
    assert said(**options) == f"error {says}"
