import numpy as np
from onnx import TensorProto

from tests.ops.case import Case, Drawn, asking, at, float32
from tests.ops.oracles import reference_output

X = (1, 2, 4, 5)
KINDS = (TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.INT64, TensorProto.INT8)
NATURAL = Drawn(X, float32(0, 1.5, 3, 200.75))
WHOLE = Drawn(X, np.asarray([-300, -2, 0, 5, 200], np.int32))
TRUTH = Drawn(X, np.asarray([False, True]))
ONE = np.ones(1, np.int32)

CASES: list[Case] = [
    *(case for kind in KINDS for case in at((8, 9, 13, 19, 21, 23, 24, 25), "Cast", X, to=kind)),
    *(case for kind in (TensorProto.UINT8, TensorProto.BOOL) for case in at((13,), "Cast", NATURAL, to=kind)),
    # onnxruntime has no kernel for these unsigned types from floats in every build, and none from opset 27 on.
    *(
        case
        for kind in (TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64)
        for case in asking(reference_output, at((13,), "Cast", NATURAL, to=kind))
    ),
    *asking(reference_output, at((28,), "Cast", X, to=TensorProto.INT32)),
    *(case for kind in (TensorProto.FLOAT, TensorProto.INT64) for case in at((9, 13), "Cast", WHOLE, to=kind)),
    *(case for kind in (TensorProto.FLOAT, TensorProto.INT64) for case in at((9, 13), "Cast", TRUTH, to=kind)),
    *at((15, 19, 21, 23, 24, 25), "CastLike", X, ONE),
    *at((19,), "CastLike", WHOLE, float32(1)),
    *asking(reference_output, at((26,), "BitCast", X, to=TensorProto.INT32)),
    *asking(reference_output, at((26,), "BitCast", WHOLE, to=TensorProto.UINT32)),
    *asking(reference_output, at((26,), "BitCast", WHOLE, to=TensorProto.FLOAT)),
]
