"""Every layer against onnx's shape inference, onnxruntime and torch."""

import numpy as np
import pytest
import torch

from api_schemas.spec_items import ITEM_TYPES, LAYER_CLASSES
from api_schemas.spec_layers import Conv
from rfengine.spec_import.layers import LOWERINGS, lowers
from tests.spec.cases import CASES, Case
from tests.spec.helpers import compiled, inferred, noise, run, shapes, weights


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_layer_has_one_shape_and_one_value_everywhere(case: Case):
    model = compiled(case.shape, {**case.layer, "name": "it"})
    feeds = noise(model)
    answer = run(model, feeds)["it"]
    assert shapes(model)["it"] == inferred(model)["it"] == answer.shape == case.output
    if case.torch is not None:
        ours = {name.removeprefix("it:"): torch.from_numpy(array.copy()) for name, array in weights(model).items()}
        expected = case.torch(torch.from_numpy(feeds["input"]), ours).numpy()
        np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-5)


def test_every_type_has_a_case():
    assert {case.layer["type"] for case in CASES} == set(ITEM_TYPES) - {"repeat"}


def test_every_class_has_one_lowering_and_a_second_is_refused():
    assert set(LOWERINGS) == set(LAYER_CLASSES)
    with pytest.raises(ValueError, match="two lowerings for Conv"):
        lowers(Conv)(lambda layer, site: ())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_last_node_and_its_value_have_the_layers_name(case: Case):
    nodes = compiled(case.shape, {**case.layer, "name": "it"}).graph.node
    assert nodes[-1].name == "it"
    assert list(nodes[-1].output) == ["it"]
    assert all(node.name == node.output[0] and node.name.startswith("it:") for node in nodes[:-1])


def test_space_to_depth_is_undone_by_depth_to_space():
    model = compiled(
        (1, 3, 4, 6), {"type": "space_to_depth", "block": 2}, {"type": "depth_to_space", "block": 2, "name": "it"}
    )
    feeds = noise(model)
    np.testing.assert_array_equal(run(model, feeds)["it"], feeds["input"])


def test_mul_stretches_a_gate():
    gate = {"type": "global_avg_pool", "name": "gate"}
    model = compiled((2, 3, 4, 5), gate, {"type": "mul", "name": "it", "from": ["input", "gate"]})
    feeds = noise(model)
    expected = feeds["input"] * feeds["input"].mean((2, 3), keepdims=True)
    np.testing.assert_allclose(run(model, feeds)["it"], expected, rtol=1e-4, atol=1e-6)
    assert shapes(model)["it"] == (2, 3, 4, 5)
