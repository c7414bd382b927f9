import numpy as np

from tests.ops.case import Case, Drawn, at, giving, int64

X = (1, 4, 6, 5)

SLICE = [
    *at((9,), "Slice", X, starts=[1, 0], ends=[5, -2], axes=[2, 3]),
    *at((9,), "Slice", X, starts=[0, 1, -4, 0], ends=[1, 3, 99, 3]),
    *at((10, 11, 13), "Slice", X, int64(1, 1), int64(6, 99), int64(2, 3), int64(2, 3)),
    *at((10, 13), "Slice", X, int64(0, 2), int64(1, 4)),
    *at((11,), "Slice", X, int64(-2), int64(99), int64(-1)),
    *at((13,), "Slice", X, int64(-1, 4), int64(-99, 0), int64(2, 3), int64(-1, -2)),
    *at((13,), "Slice", X, int64(99, -99), int64(-99, 3), int64(2, 3), int64(-2, 1)),
    *at((13,), "Slice", X, np.asarray([0, 1], np.int32), np.asarray([1, -1], np.int32)),
    *at((13,), "Slice", X, int64(0, 3), int64(1, 0), None, int64(1, -1)),
]

SPLIT = [
    *at((9, 11), "Split", X, split=[1, 3], axis=1, outputs=2),
    *at((9, 11, 13), "Split", X, axis=2, outputs=3),
    *at((13, 18), "Split", X, int64(1, 3, 2), axis=-2, outputs=3),
    *at((18,), "Split", X, axis=3, num_outputs=5, outputs=5),
    *at((18,), "Split", X, axis=3, num_outputs=2, outputs=2),
    *at((13,), "Split", (4, 3, 2), outputs=2),
]

LATER = [
    *giving(1, at((9,), "Split", X, split=[1, 3], axis=1)),
    *giving(2, at((13, 18), "Split", X, int64(1, 3, 2), axis=-2)),
    *giving(2, at((18,), "Split", X, axis=3, num_outputs=3)),
    *giving(1, at((13,), "Split", X, int64(0, 5, 0), axis=3, outputs=3)),
]

# Parameters computed from data: what is cut is known at run time only.
AT_RUN_TIME = [
    *at((13,), "Slice", X, Drawn((2,), int64(0, 1, -3)), int64(9, -1), int64(2, 3)),
    *at((10,), "Slice", X, int64(4, 1), Drawn((2,), int64(-9, 2)), int64(3, 2), int64(-2, 1)),
]

CASES: list[Case] = [*SLICE, *SPLIT, *LATER, *AT_RUN_TIME]
