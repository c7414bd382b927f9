from collections.abc import Mapping
from zlib import crc32

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rfengine.graph import Array
from tests.ops.case import Case, asking, at

X = (1, 2, 4, 5)


def _twin(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """No two implementations draw alike, so the draw is written down again."""
    node = model.graph.node[-1]
    given = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    x = {**constants, **feeds}.get("x0", np.zeros(given.get("shape", ()), np.float32))
    dtype = helper.tensor_dtype_to_np_dtype(given.get("dtype", TensorProto.FLOAT))
    random = np.random.default_rng(crc32(str(given.get("seed", "it")).encode()))
    if node.op_type == "Bernoulli":
        return (random.random(x.shape) < x).astype(dtype)
    if node.op_type.startswith("RandomNormal"):
        return (given.get("mean", 0.0) + given.get("scale", 1.0) * random.standard_normal(x.shape)).astype(dtype)
    return random.uniform(given.get("low", 0.0), given.get("high", 1.0), x.shape).astype(dtype)


CASES: list[Case] = asking(
    _twin,
    [
        *at((9, 22), "RandomNormal", shape=[2, 3]),
        *at((9, 22), "RandomUniform", shape=[2, 3]),
        *at((9,), "RandomNormal", shape=[2, 3], mean=2.0, scale=0.5, seed=7.0, dtype=TensorProto.DOUBLE),
        *at((9,), "RandomUniform", shape=[2, 3], low=-2.0, high=5.0, seed=7.0),
        *at((9, 22), "RandomNormalLike", X),
        *at((9, 22), "RandomUniformLike", X, low=-2.0, high=5.0),
        *at((9,), "RandomNormalLike", X, mean=2.0, scale=0.5, dtype=TensorProto.DOUBLE),
        *at((15, 22), "Bernoulli", X),
        *at((15,), "Bernoulli", X, dtype=TensorProto.INT32, seed=3.0),
    ],
)
