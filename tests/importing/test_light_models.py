"""The nine real models of the onnx package: imported, run in torch, compared with onnxruntime, analysed."""

import pytest

from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.runtime.parity import check_parity
from rfengine.targets import find_targets
from tests.tiny import light

# Model, last feature map, and its size, stride and padding.
MODELS = [
    ("bvlc_alexnet", "r14", 195, 32, 64),
    ("densenet121", "r907", 2071, 32, 1021),
    ("inception_v1", "r137", 715, 32, 327),
    ("inception_v2", "r504", 699, 32, 343),
    ("resnet50", "r171", 427, 32, 213),
    ("shufflenet", "r198", 527, 32, 263),
    ("squeezenet", "r64", 207, 16, 88),
    ("vgg19", "r36", 268, 32, 118),
    ("zfnet512", "r14", 155, 32, 48),
]


@pytest.mark.parametrize(("name", "target", "size", "stride", "padding"), MODELS)
def test_last_feature_map(name: str, target: str, size: int, stride: int, padding: int) -> None:
    fields = receptive_fields(import_onnx(light(name)).graph)
    assert find_targets(fields) == (target,)
    (axes,) = fields.spatial(target).values()
    for axis in axes:
        assert axis.map.intervals == ((-padding, size - padding - 1),)
        assert axis.map.slope == stride


@pytest.mark.parametrize("name", [row[0] for row in MODELS])
def test_every_value_has_a_shape_and_torch_agrees_with_onnxruntime(name: str) -> None:
    data = light(name)
    graph = import_onnx(data).graph
    assert {v for node in graph.nodes for v in (*node.inputs, *node.outputs) if v} <= set(graph.values)
    wide = find_targets(receptive_fields(graph))
    parity = check_parity(data, graph, (*wide, *graph.outputs))
    assert parity.max_rel < 1e-4


def test_resnet_block_outputs() -> None:
    fields = receptive_fields(import_onnx(light("resnet50")).graph)
    for tensor, size in (("r14", 19), ("r24", 27), ("r34", 35)):
        (axes,) = fields.spatial(tensor).values()
        assert [(axis.map.sizes, axis.map.slope) for axis in axes] == [((size,), 4), ((size,), 4)]
    assert fields.clipped_share("r14", "gpu_0/data_0") == pytest.approx(1 - (51 / 56) ** 2)
