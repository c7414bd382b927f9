from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from rfengine.graph import Array
from rfengine.ops.ml import DOMAIN
from tests.ops.case import Case, Drawn, asking, at
from tests.ops.oracles import onnxruntime_output

OP = "TreeEnsemble"
X = Drawn((5, 3), np.asarray([-1, 1], np.float32))


def _tensor(*values: float, dtype: Any = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, dtype))


# Two trees: the first of four inner nodes with all comparisons, the second of one.
FOREST = {
    "n_targets": 2,
    "tree_roots": [0, 4],
    "nodes_featureids": [0, 1, 2, 2, 1],
    "nodes_modes": _tensor(0, 1, 2, 3, 5, dtype=np.uint8),
    "nodes_splits": _tensor(0.25, 0.1, -0.2, 0.3, 0.0),
    "nodes_trueleafs": [0, 0, 1, 1, 1],
    "nodes_truenodeids": [1, 3, 2, 0, 4],
    "nodes_falseleafs": [0, 1, 1, 1, 1],
    "nodes_falsenodeids": [2, 1, 3, 5, 6],
    "leaf_targetids": [0, 1, 1, 0, 1, 0, 0],
    "leaf_weights": _tensor(0.5, -1.5, 2.0, 3.5, -0.75, 1.25, 4.0),
}


def _exchanged(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """onnxruntime takes 1 for LOGISTIC and 2 for SOFTMAX, the definition the other way round."""
    turned = onnx.ModelProto()
    turned.CopyFrom(model)
    transform = next(a for a in turned.graph.node[-1].attribute if a.name == "post_transform")
    transform.i = 3 - transform.i
    return onnxruntime_output(turned, feeds)


CASES: list[Case] = [
    replace(case, domain=DOMAIN)
    for case in (
        *at((5,), OP, X, **FOREST),
        *(case for how in (0, 2, 3) for case in at((5,), OP, X, **FOREST, aggregate_function=how)),
        *(case for how in (1, 2) for case in asking(_exchanged, at((5,), OP, X, **FOREST, post_transform=how))),
    )
]
