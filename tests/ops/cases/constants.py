import numpy as np
from onnx import TensorProto, numpy_helper

from tests.ops.case import Case, at, int64

X = (1, 2, 4, 5)
TENSOR = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3))
FILL = numpy_helper.from_array(np.asarray([7], np.int64))

CASES: list[Case] = [
    *at((8, 9, 11, 12, 13, 19, 21, 23, 24, 25), "Constant", value=TENSOR),
    *at((12, 25), "Constant", value_float=1.5),
    *at((12,), "Constant", value_floats=[1.5, -2.0]),
    *at((12, 25), "Constant", value_int=3),
    *at((12,), "Constant", value_ints=[3, -4]),
    *at((9, 20, 21, 23, 24, 25), "ConstantOfShape", int64(2, 3)),
    *at((9, 25), "ConstantOfShape", int64(2, 3), value=FILL),
    *at((9,), "ConstantOfShape", np.zeros(0, np.int64)),
    *at((9, 13, 15, 19, 21, 23, 24, 25), "Shape", X),
    *at((15, 25), "Shape", X, start=1),
    *at((15,), "Shape", X, start=-3, end=-1),
    *at((15,), "Shape", X, start=2, end=99),
    *at((9, 22), "EyeLike", (3, 4)),
    *at((9, 22), "EyeLike", (4, 3), k=-1, dtype=TensorProto.INT32),
    *at((9,), "EyeLike", (3, 5), k=2, dtype=TensorProto.DOUBLE),
]
