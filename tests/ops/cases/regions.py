from collections.abc import Mapping

import onnx

from rfengine.graph import Array
from tests.ops.case import Case, asking, at, float32, int64
from tests.ops.oracles import onnxruntime_output

X = (2, 3, 9, 8)
REGIONS = float32(0, 0, 6, 5, 1.5, 2.25, 7.5, 8.5, -2, 3, 12, 4, 3, 3, 3, 3).reshape(4, 4)
IMAGES = int64(0, 1, 1, 0)
BINS = {"output_height": 3, "output_width": 2}
NUMBERED = float32(0, 0, 0, 6, 5, 1, 2, 1, 7, 8, 1, 4, 4, 4, 4, 0, 7, 7, 30, 30).reshape(4, 5)


def _older(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """By the version before 22, which differs in types alone: onnxruntime has none later."""
    older = onnx.ModelProto()
    older.CopyFrom(model)
    older.opset_import[0].version = 20
    return onnxruntime_output(older, feeds)


CASES: list[Case] = [
    *at((10, 16), "RoiAlign", X, REGIONS, IMAGES, **BINS),
    *at((10, 16), "RoiAlign", X, REGIONS, IMAGES, **BINS, mode="max"),
    *at((10, 16), "RoiAlign", X, REGIONS, IMAGES, **BINS, sampling_ratio=2, spatial_scale=0.5),
    *at((16,), "RoiAlign", X, REGIONS, IMAGES, **BINS, coordinate_transformation_mode="output_half_pixel"),
    *at((16,), "RoiAlign", X, REGIONS, IMAGES),
    *at((8,), "MaxRoiPool", X, NUMBERED, pooled_shape=[3, 2]),
    *at((8,), "MaxRoiPool", X, NUMBERED, pooled_shape=[2, 2], spatial_scale=0.5),
    *asking(_older, at((22,), "RoiAlign", X, REGIONS, IMAGES, **BINS)),
    *asking(_older, at((22,), "MaxRoiPool", X, NUMBERED, pooled_shape=[3, 2])),
]
