import numpy as np

from tests.ops.case import Case, at, float32

X = (1, 4, 6, 5)
FALSE = np.asarray(False)
HALF = float32(0.5).reshape(())

CASES: list[Case] = [
    *at((9, 13, 21, 23, 24, 25), "Transpose", X, perm=[0, 2, 3, 1]),
    *at((13,), "Transpose", X),
    *at((13,), "Transpose", X, perm=[3, 1, 0, 2]),
    *at((9, 11, 13), "Concat", X, (1, 3, 6, 5), axis=1),
    *at((9, 13), "Concat", X, (1, 4, 3, 5), X, axis=2),
    *at((11, 13), "Concat", X, X, axis=-1),
    *at((13,), "Concat", X, (2, 4, 6, 5), axis=0),
    *at((14, 16, 19, 21, 23, 24, 25), "Identity", X),
    *at((9, 13), "Identity", X),
    *at((7, 10), "Dropout", X, ratio=0.9),
    *at((7, 10, 12), "Dropout", X, outputs=2),
    *at((12, 13, 22), "Dropout", X, HALF, FALSE),
    *at((13,), "Dropout", X),
]
