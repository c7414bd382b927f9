import numpy as np

from tests.ops.case import Case, Drawn, asking, at, float32, int64
from tests.ops.oracles import reference_output

X = (1, 2, 4, 5)


def _scalars(*values: float, dtype: type = np.int64) -> list[np.ndarray]:
    return [np.asarray(value, dtype) for value in values]


ON_OFF = float32(0.5, 2.0)
FLOATS = Drawn((1, 2, 3), float32(-1, 0, 1, 2, 3))

CASES: list[Case] = [
    *at((11, 13), "Range", *_scalars(3, 17, 4)),
    *at((11,), "Range", *_scalars(10, 3, -2)),
    *at((11,), "Range", *_scalars(3, 3, 1)),
    *at((11,), "Range", *_scalars(0.5, 2.4, 0.3, dtype=np.float32)),
    *at((11,), "Range", *_scalars(1, -9, -3, dtype=np.int32)),
    *asking(reference_output, at((27,), "Range", *_scalars(2, 9, 3))),
    *asking(reference_output, at((27,), "Range", *_scalars(2, 9, 1.5, dtype=np.float16))),
    *at((9, 13, 19, 21, 23, 24, 25), "Size", X),
    *at((9,), "OneHot", int64(0, 3, 4), int64(5), ON_OFF),
    *at((11,), "OneHot", int64(0, 3, -1, 7), int64(5), ON_OFF),
    *at((11,), "OneHot", np.arange(6).reshape(2, 3), np.asarray(4), ON_OFF, axis=1),
    *at((11,), "OneHot", FLOATS, float32(3), ON_OFF, axis=0),
    *at((11,), "OneHot", FLOATS, float32(3), ON_OFF),
    *asking(reference_output, at((28,), "OneHot", int64(0, 3, -1), np.asarray(5), ON_OFF)),
    *at((11,), "Range", Drawn((), int64(1, 2)), np.asarray(9), Drawn((), int64(2, 3))),
    *at((11,), "Range", np.asarray(0.5, np.float32), Drawn((), float32(2, 3)), np.asarray(0.25, np.float32)),
    *at((11,), "OneHot", int64(0, 3, -1), Drawn((1,), int64(3, 5)), ON_OFF),
    *at((11,), "OneHot", Drawn((1, 2, 3), int64(-4, -1, 0, 2, 3)), int64(3), ON_OFF, axis=1),
    *at((14,), "Trilu", X, Drawn((), int64(-1, 2))),
    *at((14,), "Trilu", X),
    *at((14,), "Trilu", X, np.asarray(2), upper=0),
    *at((14,), "Trilu", X, np.asarray(-3)),
    *at((14,), "Trilu", X, np.asarray(9)),
    *at((14,), "Trilu", X, np.asarray(9), upper=0),
]
