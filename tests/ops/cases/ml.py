from dataclasses import replace

import numpy as np
from onnx import numpy_helper

from rfengine.ops.ml import DOMAIN
from tests.ops.case import Case, Drawn, asking, at, float32, int64
from tests.ops.oracles import reference_output

X = (3, 4, 6)
LABELS = Drawn((2, 3, 4), np.asarray([1, 4, 7, 9]))
FLOATS = Drawn((2, 3, 4), np.asarray([0.5, 1.25, np.nan, 3], np.float32))
SHORTS = Drawn((2, 3, 4), np.asarray([1, 4, 7], np.int16))

ENCODED = [
    *at((2, 4), "LabelEncoder", LABELS, keys_int64s=[4, 1, 9], values_floats=[0.5, 2.5, 3.5], default_float=-7.5),
    *at((4,), "LabelEncoder", LABELS, keys_int64s=[4, 1], values_int64s=[40, 10]),
    *at((4,), "LabelEncoder", FLOATS, keys_floats=[3, float("nan"), 0.5], values_int64s=[30, 99, 5], default_int64=1),
    # onnxruntime keeps no table of short whole numbers.
    *asking(
        reference_output,
        at(
            (4,),
            "LabelEncoder",
            SHORTS,
            keys_tensor=numpy_helper.from_array(np.asarray([7, 1], np.int16)),
            values_tensor=numpy_helper.from_array(np.asarray([1.5, -2], np.float64)),
            default_tensor=numpy_helper.from_array(np.asarray([8], np.float64)),
        ),
    ),
]

CASES: list[Case] = [
    replace(case, domain=DOMAIN)
    for case in (
        *at((1,), "ArrayFeatureExtractor", X, int64(4, 1, 1)),
        *at((1,), "ArrayFeatureExtractor", X, int64(0, 2, 4)),
        *at((1,), "ArrayFeatureExtractor", (6,), int64(3, 5)),
        *at((1,), "Binarizer", X, threshold=0.25),
        *at((1,), "Binarizer", Drawn((2, 3), float32(-1, 0, 1))),
        *ENCODED,
    )
]
