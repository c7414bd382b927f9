import numpy as np

from tests.ops.case import Case, Drawn, at, float32, int64

BOXES = float32(
    *(0, 0, 1, 1), *(0, 0.1, 1, 1.1), *(1, 0.9, 0, -0.1), *(0, 10, 1, 11), *(0, 10.1, 1, 11.1), *(0, 100, 1, 101)
).reshape(1, 6, 4)
TIES = Drawn((1, 2, 6), float32(0.2, 0.5, 0.9))
MOST, OVERLAP, LEAST = int64(3), float32(0.5), float32(0.3)

CASES: list[Case] = [
    *at((10, 11), "NonMaxSuppression", BOXES, TIES, MOST, OVERLAP, LEAST),
    *at((11,), "NonMaxSuppression", BOXES, TIES, int64(9), OVERLAP),
    *at((11,), "NonMaxSuppression", BOXES, TIES, int64(9)),
    *at((11,), "NonMaxSuppression", BOXES, TIES, np.asarray(2), OVERLAP.reshape(()), None, center_point_box=1),
    *at((11,), "NonMaxSuppression", BOXES, TIES),
    *at((11,), "NonMaxSuppression", (2, 9, 4), (2, 3, 9), int64(4), OVERLAP),
]
