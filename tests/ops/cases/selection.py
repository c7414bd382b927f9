import numpy as np

from tests.ops.case import Case, Drawn, asking, at, float32, giving
from tests.ops.oracles import reference_output

X = (1, 4, 6, 5)
SOME = np.asarray([True, False, True, True])
ALTERNATING = np.asarray([True, False] * 3)
FEW = Drawn((1, 3, 5), float32(-1, 0, 2))
ROWS = Drawn((2, 6, 2), float32(0, 1))
COUNTED = np.asarray([[[3, 0], [0, 7]]], np.int32)

UNIQUE = [
    *at((11,), "Unique", FEW),
    *at((11,), "Unique", FEW, sorted=0),
    *at((11,), "Unique", ROWS, axis=1),
    *at((11,), "Unique", ROWS, axis=-2, sorted=0),
]

CASES: list[Case] = [
    *at((9, 13), "NonZero", FEW),
    *at((13,), "NonZero", COUNTED),
    *at((11,), "Compress", X, SOME, axis=2),
    *at((11,), "Compress", X, ALTERNATING, axis=-2),
    *at((11,), "Compress", X, SOME),
    *at((11,), "Compress", (1, 2, 3), Drawn((3,), np.asarray([False, True])), axis=2),
    *asking(reference_output, at((28,), "Compress", X, SOME, axis=1)),
    *UNIQUE,
    *(case for result in (1, 2, 3) for case in giving(result, UNIQUE)),
    *asking(reference_output, at((28,), "Unique", FEW)),
]
