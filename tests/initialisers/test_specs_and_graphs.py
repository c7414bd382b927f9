"""A layer spec and the graph that it compiles to are drawn alike."""

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from api_schemas import zoo
from api_schemas.initialisers import AnyInitialiser, Circular, Constant, Decomposed, He, Shifted, Xavier
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.policies.weights import weight_layers, with_weights
from rfengine.spec_import import compile_spec
from tests.initialisers.test_with_weights import read
from tests.spec.helpers import compiled

LAYERS = (
    {"type": "conv", "name": "a", "channels": 8, "kernel": 3, "padding": "same", "groups": 2},
    {"type": "transposed_conv", "name": "t", "channels": 4, "kernel": 3, "stride": 1, "padding": 1, "groups": 2},
    {"type": "conv", "name": "skip", "channels": 4, "kernel": 1},
    {"type": "batch_norm", "name": "n"},
    {"type": "conv", "name": "c", "channels": 6, "kernel": 5, "padding": "same"},
    {"type": "flatten", "name": "f"},
    {"type": "linear", "name": "l", "features": 5},
)
INITS = [He(seed=4), Xavier(), Constant(), Shifted(), Decomposed(), Circular()]


@pytest.mark.parametrize("init", INITS, ids=lambda init: init.name)
def test_a_graph_is_drawn_as_the_spec_that_it_came_from(init: AnyInitialiser):
    def imported(**initialiser: Any) -> Graph:
        return import_onnx(compiled((1, 6, 6, 6), *LAYERS, **initialiser).SerializeToString()).graph

    expected, drawn = imported(init=init.model_dump()), with_weights(imported(init="constant"), init)
    for one, other in zip(expected.nodes, drawn.nodes, strict=True):
        for left, right in zip(one.inputs, other.inputs, strict=True):
            if left in expected.constants:
                np.testing.assert_array_equal(expected.constants[left], drawn.constants[right])


def test_the_places_of_a_compiled_seeds_net():
    graph = import_onnx(compile_spec(zoo.build("nopool-res-8"), name="net").SerializeToString()).graph
    layers = weight_layers(graph)
    spatial = [layer for layer in layers.values() if layer.is_spatial]
    assert [layer.name for layer in spatial] == [f"conv{i}" for i in range(1, 9)]
    assert [(layer.index, layer.count, layer.width) for layer in spatial] == [(i, 8, 16) for i in range(8)]
    assert isinstance(layers, MappingProxyType)


@pytest.mark.parametrize("init", [Decomposed(), Circular()], ids=lambda init: init.name)
def test_the_seeds_skips_fall_silent_and_keep_their_fill_otherwise(init: AnyInitialiser):
    for each, value in ((init, 0.0), (Xavier(), np.float32(0.9 / 16))):
        spec = zoo.build("nopool-res-8").model_copy(update={"init": each})
        graph = import_onnx(compile_spec(spec, name="net").SerializeToString()).graph
        assert (read(graph, "skip5", 1) == value).all()
