from collections.abc import Mapping

import numpy as np
import onnx

from rfengine.graph import Array
from tests.ops.case import Case, Weight, asking, at, giving

CHANNELS = [Weight((3,))] * 4


def _lrn(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The operator's own formula, channel by channel: x / (bias + alpha / size * sum of squares) ** beta."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in model.graph.node[-1].attribute}
    size, alpha = attributes["size"], attributes.get("alpha", 1e-4)
    beta, bias = attributes.get("beta", 0.75), attributes.get("bias", 1.0)
    x = feeds["x0"]
    sums = np.zeros_like(x)
    for c in range(x.shape[1]):
        near = [i for i in range(x.shape[1]) if c - (size - 1) // 2 <= i <= c + size // 2]
        sums[:, c] = (x[:, near] ** 2).sum(1)
    return np.asarray(x / (bias + alpha / size * sums) ** beta)


CASES: list[Case] = [
    *at((8, 9, 14, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS),
    *at((9, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS, epsilon=0.3),
    *at((9,), "BatchNormalization", (2, 3, 7), *CHANNELS),
    *at((15,), "BatchNormalization", (1, 3, 2, 3, 4), *CHANNELS),
    *at((8,), "BatchNormalization", (2, 3, 2, 5), *[Weight((3, 2, 5))] * 4, spatial=0),
    *at((15,), "BatchNormalization", (1, 3, 2, 5), (3,), (3,), Weight((3,)), Weight((3,))),
    *at((14, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS, outputs=3, training_mode=1),
    *giving(1, at((14, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS, outputs=3, training_mode=1, momentum=0.7)),
    *giving(2, at((14, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS, outputs=3, training_mode=1)),
    *at((15,), "BatchNormalization", (2, 3, 4), *CHANNELS, outputs=3, training_mode=1, epsilon=0.3, momentum=0.5),
    *at((15,), "BatchNormalization", (2, 3, 2, 5), (3,), (3,), Weight((3,)), Weight((3,)), outputs=3, training_mode=1),
    *at((9, 13), "LRN", (1, 7, 4, 5), size=5, alpha=0.3, beta=0.6, bias=2.0),
    # onnxruntime takes odd sizes and two spatial axes only; onnx's reference loops over the batch by mistake.
    *asking(_lrn, at((13,), "LRN", (1, 7, 4, 5), size=5, alpha=0.3)),
    *asking(_lrn, at((13,), "LRN", (1, 7, 4, 5), size=4, alpha=0.3)),
    *asking(_lrn, at((13,), "LRN", (1, 3, 6), size=3)),
]
