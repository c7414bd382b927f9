import numpy as np

from tests.ops.case import Case, at, float32, int64

X = (1, 4, 6, 5)
FALSE = np.asarray(False)
HALF = float32(0.5).reshape(())

RESHAPE = [
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

MOVE = [
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

PADS = int64(0, 0, 1, 2, 0, 0, 3, 0)
CROPS = int64(0, 0, -1, 2, 0, 0, 1, -2)
VALUE = float32(1.5).reshape(())

PAD = [
    *at((9,), "Pad", X, pads=PADS.tolist()),
    *at((9,), "Pad", X, pads=CROPS.tolist(), value=1.5),
    *at((9,), "Pad", X, pads=PADS.tolist(), mode="reflect"),
    *at((9,), "Pad", X, pads=PADS.tolist(), mode="edge"),
    *at((11, 13, 18, 19, 21, 23, 24, 25), "Pad", X, PADS),
    *at((11, 13), "Pad", X, CROPS, VALUE),
    *at((13,), "Pad", X, int64(0, 1, 0, 0, 1, 2, 0, 0), VALUE),
    *at((11, 18), "Pad", X, PADS, mode="reflect"),
    *at((11, 18), "Pad", X, PADS, mode="edge"),
    *at((19, 25), "Pad", X, PADS, mode="wrap"),
    *at((18,), "Pad", X, int64(1, 2, 3, 0), None, int64(2, -1)),
    *at((18,), "Pad", X, int64(2, 3), VALUE, int64(-2)),
    *at((13,), "Pad", (1, 2, 7), int64(0, 0, 2, 0, 0, 1)),
    *at((13,), "Pad", (1, 2, 7), int64(0, 0, 2, 0, 0, 1), mode="reflect"),
    *at((13,), "Pad", (1, 2, 3, 4, 5), int64(0, 0, 1, 0, 2, 0, 0, 0, 1, 1), mode="edge"),
]

DEPTH = [
    *at((9, 13), "SpaceToDepth", (1, 2, 6, 8), blocksize=2),
    *at((13,), "SpaceToDepth", (1, 2, 6, 9), blocksize=3),
    *at((9, 11, 13), "DepthToSpace", (1, 8, 3, 4), blocksize=2),
    *at((11, 13), "DepthToSpace", (1, 8, 3, 4), blocksize=2, mode="CRD"),
    *at((13,), "DepthToSpace", (1, 18, 2, 3), blocksize=3),
]

CASES: list[Case] = [*RESHAPE, *MOVE, *SLICE, *PAD, *DEPTH]
