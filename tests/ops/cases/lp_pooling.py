from collections.abc import Mapping

import numpy as np
import onnx

from rfengine.graph import Array
from tests.ops.case import Case, asking, at
from tests.ops.oracles import onnxruntime_at_opset_7

X = (1, 2, 9, 11)
EVEN = (1, 2, 8, 10)
LINE = (1, 2, 13)
CUBE = (1, 2, 5, 6, 7)
OPSETS = (7, 11, 18, 22)

SHARED = [
    {"kernel_shape": [3, 4], "strides": [2, 2], "pads": [1, 0, 2, 1]},
    {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [3, 2], "strides": [2, 3], "p": 1},
    {"kernel_shape": [3, 3], "p": 3},
]


def _norm(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The operator's own formula."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in model.graph.node[-1].attribute}
    x, p = feeds["x0"], attributes.get("p", 2)
    return np.asarray((np.abs(x) ** p).sum(tuple(range(2, x.ndim)), keepdims=True) ** (1 / p))


CASES: list[Case] = [
    *(case for attributes in SHARED for case in at(OPSETS, "LpPool", EVEN, **attributes)),
    *at((22,), "LpPool", X, kernel_shape=[3, 3], strides=[2, 2], auto_pad="VALID"),
    *at((18, 22), "LpPool", X, kernel_shape=[3, 2], dilations=[2, 3], pads=[1, 1, 0, 1]),
    *at((18, 22), "LpPool", EVEN, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    *at((22,), "LpPool", EVEN, kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1, pads=[1, 1, 1, 0]),
    *at((22,), "LpPool", LINE, kernel_shape=[4], strides=[3], pads=[1, 2]),
    *at((22,), "LpPool", CUBE, kernel_shape=[2, 1, 3], strides=[1, 2, 2], pads=[1, 0, 1, 0, 0, 1]),
    *at((7,), "GlobalLpPool", (2, 3, 4, 5)),
    *at((7,), "GlobalLpPool", (2, 3, 4, 5), p=3),
    *at((7,), "GlobalLpPool", LINE, p=1),
    # onnxruntime begins at opset 7; in opset 1 p is a fraction.
    *asking(onnxruntime_at_opset_7, at((1,), "LpPool", X, **SHARED[0])),
    *asking(_norm, at((1,), "GlobalLpPool", (2, 3, 4, 5), p=2.5)),
    # onnxruntime has no newer GlobalLpPool, and onnx's reference none at all.
    *asking(_norm, at((22,), "GlobalLpPool", (2, 3, 4, 5), p=3)),
    *asking(_norm, at((22,), "GlobalLpPool", CUBE)),
]
