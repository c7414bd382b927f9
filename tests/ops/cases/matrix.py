import numpy as np

from tests.ops.case import Case, Drawn, Weight, at

X = (1, 2, 4, 5)
BYTES = Drawn((1, 2, 4, 5), np.arange(256, dtype=np.uint8))
SIGNED = np.arange(-7, 8, dtype=np.int8).reshape(5, 3)
ZERO = np.asarray(7, np.uint8)
PER_ROW = np.asarray([1, 2, 3, 4], np.uint8)
PER_COLUMN = np.asarray([1, -2, 3], np.int8)
WHOLE = np.arange(-10, 10, dtype=np.int32).reshape(4, 5)

CASES: list[Case] = [
    *at((7, 9, 11, 13), "Gemm", (4, 5), Weight((5, 3)), Weight((3,))),
    *at((11, 13), "Gemm", (4, 5), Weight((5, 3))),
    *at((13,), "Gemm", (4, 5), Weight((3, 5)), transB=1),
    *at((13,), "Gemm", (5, 4), Weight((5, 3)), Weight((4, 1)), transA=1, alpha=0.5, beta=2.0),
    *at((13,), "Gemm", (5, 4), Weight((3, 5)), (4, 3), transA=1, transB=1, beta=0.5),
    *at((13,), "Gemm", (4, 5), (5, 3), (1, 3)),
    *at((13,), "Gemm", (4, 5), (5, 3), Weight(())),
    *at((8, 9, 13), "MatMul", X, Weight((5, 3))),
    *at((9,), "MatMul", X, (1, 2, 5, 3)),
    *at((9,), "MatMul", Weight((3, 4)), X),
    *at((9,), "MatMul", (4, 5), (3, 2, 5, 4)),
    *at((9,), "MatMul", (3, 1, 4, 5), (2, 5, 4)),
    *at((9,), "MatMul", (1, 2, 1, 5), (1, 2, 5, 1)),
    *at((9,), "MatMul", X, (5,)),
    *at((9,), "MatMul", (4,), X),
    *at((9,), "MatMul", (4, 5), (5, 3)),
    *at((9,), "MatMul", (1, 1, 5), Weight((5,))),
    *at((9,), "MatMul", WHOLE, WHOLE.T),
    *at((10,), "MatMulInteger", BYTES, SIGNED),
    *at((10,), "MatMulInteger", BYTES, SIGNED, ZERO),
    *at((10,), "MatMulInteger", BYTES, SIGNED, ZERO, PER_COLUMN),
    *at((10,), "MatMulInteger", BYTES, SIGNED, None, PER_COLUMN[:1]),
    *at((10,), "MatMulInteger", BYTES, Drawn((5, 3), np.arange(-9, 9, dtype=np.int8))),
]
