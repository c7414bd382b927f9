from tests.ops.case import Case, asking, at, int64
from tests.ops.oracles import reference_output

X = (1, 2, 2, 3)
WHERE = int64(1, 3, 4, 12, 15, 22, 24, 27, 29, 36, 45, 47).reshape(X)
LARGER = int64(1, 2, 5, 7)
KERNEL = {"kernel_shape": [2, 2], "strides": [2, 2]}

CASES: list[Case] = [
    *at((11,), "MaxUnpool", X, WHERE, **KERNEL),
    *at((11,), "MaxUnpool", X, WHERE, LARGER, **KERNEL),
    *at((11,), "MaxUnpool", X, WHERE, kernel_shape=[3, 4], strides=[2, 2], pads=[0, 1, 1, 1]),
    *at((11,), "MaxUnpool", (1, 2, 3), int64(1, 2, 5, 6, 9, 10).reshape(1, 2, 3), kernel_shape=[2], strides=[2]),
    *at((9,), "MaxUnpool", X, WHERE, **KERNEL),
    *asking(reference_output, at((22,), "MaxUnpool", X, WHERE, **KERNEL)),
]
