from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto

from rfengine.graph import Array
from tests.ops.case import Case, asking, at

TEN = np.asarray(10, np.int64)
# Bins, transform length, samples per second, lowest and highest frequency.
MEL = (np.asarray(8), np.asarray(64), np.asarray(8192), np.asarray(0, np.float32), np.asarray(4096, np.float32))
NARROW = (np.asarray(20), np.asarray(32), np.asarray(8000), np.asarray(50, np.float32), np.asarray(3000, np.float32))


def _blackman(model: onnx.ModelProto, _: Mapping[str, Array]) -> Array:
    """The window by numpy: it is zero at its ends but for rounding, of which onnxruntime does more."""
    periodic = not model.graph.node[-1].attribute
    return np.blackman(11)[:10].astype(np.float32) if periodic else np.blackman(10).astype(np.float32)


CASES: list[Case] = [
    *(case for name in ("Hann", "Hamming") for case in at((17,), f"{name}Window", TEN)),
    *(case for name in ("Hann", "Hamming") for case in at((17,), f"{name}Window", TEN, periodic=0)),
    *asking(_blackman, at((17,), "BlackmanWindow", TEN)),
    *asking(_blackman, at((17,), "BlackmanWindow", TEN, periodic=0)),
    *at((17,), "HannWindow", np.asarray(7, np.int32), output_datatype=TensorProto.DOUBLE),
    *at((17,), "MelWeightMatrix", *MEL),
    *at((17,), "MelWeightMatrix", *NARROW),
]
