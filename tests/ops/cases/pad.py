from tests.ops.case import Case, Drawn, asking, at, float32, int64
from tests.ops.oracles import reference_output

X = (1, 4, 6, 5)
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
    *at((13, 24), "Pad", X, CROPS, VALUE, mode="constant"),
    *at((11, 18, 23), "Pad", X, int64(0, 2, 1, 0, 0, 3, 0, 1), mode="reflect"),
    *at((13, 21), "Pad", X, int64(2, 1, 0, 0, 1, 0, 0, 3), mode="edge"),
    *at((19,), "Pad", X, int64(1, 6, 0, 0, 0, 0, 9, 0), mode="wrap"),
    *at((18,), "Pad", X, int64(-1, 0, 2, -2), None, int64(2, 3), mode="reflect"),
    *at((18,), "Pad", X, int64(-2, 1, 7, -1), None, int64(2, 3), mode="edge"),
    *at((19,), "Pad", X, int64(-2, 4, 7, -1), None, int64(2, 3), mode="wrap"),
    *at((13,), "Pad", (1, 2, 1, 4), int64(0, 0, 1, 0, 0, 0, 2, 0), mode="edge"),
    *at((13,), "Pad", (2, 3, 4, 2, 3), int64(0, 0, 0, 0, 0, 0, 0, 1, 0, 2), VALUE),
    *at((13,), "Pad", X, int64(0, 0, 0, 0, 0, 0, 0, 0), mode="reflect"),
]

CENTRE = asking(
    reference_output,  # onnxruntime computes only the expansion, which the reference evaluator checks as well
    [
        *at((18,), "CenterCropPad", X, int64(1, 4, 3, 8)),
        *at((18,), "CenterCropPad", X, int64(3, 8), axes=[2, -1]),
        *at((18,), "CenterCropPad", X, int64(9), axes=[2]),
    ],
)

AT_RUN_TIME = [
    *at((13,), "Pad", X, Drawn((8,), int64(0, 1, 2)), VALUE),
    *at((18,), "Pad", X, Drawn((4,), int64(0, 1, 2)), None, int64(2, -1), mode="reflect"),
    *at((13,), "Pad", X, PADS, Drawn((), float32(-1, 1))),
]

CASES: list[Case] = [*PAD, *CENTRE, *AT_RUN_TIME]
