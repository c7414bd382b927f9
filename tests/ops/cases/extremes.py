import numpy as np

from tests.ops.case import Case, Drawn, at

X = (2, 3, 4, 5)
TIES = Drawn((2, 3, 8), np.asarray([1, 2, 3], np.float32))

CASES: list[Case] = [
    *(case for op in ("ArgMax", "ArgMin") for case in at((7, 11, 12, 13), op, X)),
    *(case for op in ("ArgMax", "ArgMin") for case in at((11, 13), op, X, axis=-1, keepdims=0)),
    *(case for op in ("ArgMax", "ArgMin") for case in at((12, 13), op, TIES, axis=2)),
    *(case for op in ("ArgMax", "ArgMin") for case in at((12, 13), op, TIES, axis=2, select_last_index=1)),
    *(case for op in ("ArgMax", "ArgMin") for case in at((13,), op, TIES, axis=1, keepdims=0, select_last_index=1)),
    *at((13,), "ArgMax", (1, 21, 6, 7), axis=1),
]
