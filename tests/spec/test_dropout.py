"""Dropout with a seed: values are dropped as in training, and never the same ones in two layers."""

from typing import Any

import numpy as np
import pytest
import torch

from api_schemas.erf import GradientOptions
from api_schemas.spec import LayerSpec
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import centre_unit
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.program import Program
from rfengine.spec_import import compile_spec


def imported(seed: int | None, shape: tuple[int, ...] = (2, 8, 40, 40), **layers: Any) -> Graph:
    drop = {"type": "dropout", "rate": 0.25, "from": "input"} | ({} if seed is None else {"seed": seed})
    spec = LayerSpec.model_validate({"input": shape, "layers": [{**drop, "name": "a"}, {**drop, "name": "b"}]})
    return import_onnx(bytes(compile_spec(spec, name="x").SerializeToString())).graph


def dropped(seed: int | None) -> dict[str, np.ndarray[Any, Any]]:
    graph = imported(seed)
    return {name: value.numpy() for name, value in Program(graph)({"input": torch.ones(2, 8, 40, 40)}).items()}


def test_the_rate_is_dropped_and_the_rest_is_scaled() -> None:
    out = dropped(3)["a"]
    assert np.unique(out) == pytest.approx([0, 1 / 0.75])
    # 25 600 independent draws: five standard deviations of their share are 0.0135.
    assert abs((out == 0).mean() - 0.25) < 0.0135


def test_layers_images_and_seeds_drop_different_values() -> None:
    first, again, other = dropped(3), dropped(3), dropped(4)
    masks = [first["a"][0], first["a"][1], first["b"][0], other["a"][0]]
    for i, one in enumerate(masks):
        for two in masks[i + 1 :]:
            # Independent masks agree in 0.25^2 + 0.75^2 of the places.
            assert abs(((one == 0) == (two == 0)).mean() - 0.625) < 0.02
    assert (first["a"] == again["a"]).all()


def test_without_a_seed_nothing_is_dropped() -> None:
    assert (dropped(None)["a"] == 1).all()


def test_a_network_that_drops_is_never_run_on_a_part_of_the_image() -> None:
    layers = [
        {"type": "conv", "name": "c", "channels": 4, "kernel": 3, "padding": "same"},
        {"type": "dropout", "name": "d"},
    ]

    def crop(seed: dict[str, int]) -> Any:
        spec = LayerSpec.model_validate({"input": [1, 1, 48, 48], "layers": [layers[0], {**layers[1], **seed}]})
        data = bytes(compile_spec(spec, name="x").SerializeToString())
        fields = receptive_fields(import_onnx(data).graph)
        subject = Subject(fields, lambda shape: import_onnx(data, input_shape={"input": shape}).graph)
        (erf,) = gradient(subject, [centre_unit(fields, "d")], GradientOptions(images=1))
        return erf.policy["crop"]

    assert "draws numbers by their place" in crop({"seed": 1})
    assert crop({}) == [[23, 25], [23, 25]]
