from tests.ops.case import Case, at, int64

X = (1, 4, 6, 5)

CASES: list[Case] = [
    *at((9, 13, 14, 19, 21, 23, 24, 25), "Reshape", X, int64(1, 2, 2, 6, 5)),
    *at((13,), "Reshape", X, int64(0, 0, -1)),
    *at((13,), "Reshape", X, int64(1, 4, 3, 2, 5)),
    *at((13,), "Reshape", X, int64(4, 6, 5)),
    *at((13,), "Reshape", X, int64(1, 24, 5)),
    *at((13,), "Reshape", X, int64(1, 4, 5, 6)),
    *at((13,), "Reshape", X, int64(1, 1, 4, 1, 6, 5, 1)),
    *at((14,), "Reshape", X, int64(1, 2, 2, 3, 2, 5), allowzero=1),
    *at((13,), "Reshape", (1, 6, 1, 5), int64(6, 5)),
    *at((13,), "Reshape", (2, 3, 4), int64(2, 1, 3, 2, 2)),
    *at((8, 9, 11, 13, 21, 23, 24, 25), "Flatten", X),
    *at((9,), "Flatten", X, axis=0),
    *at((13,), "Flatten", X, axis=3),
    *at((13,), "Flatten", X, axis=-1),
    *at((9, 11), "Squeeze", (1, 4, 1, 5), axes=[2]),
    *at((9,), "Squeeze", (1, 4, 1, 5)),
    *at((11,), "Squeeze", (1, 4, 1, 5), axes=[-2, 0]),
    *at((13, 21, 23, 24, 25), "Squeeze", (1, 4, 1, 5), int64(2)),
    *at((13,), "Squeeze", (1, 4, 1, 5)),
    *at((9, 11), "Unsqueeze", X, axes=[0, 3]),
    *at((11,), "Unsqueeze", X, axes=[-1]),
    *at((13, 21, 23, 24, 25), "Unsqueeze", X, int64(2, 5)),
]
