from tests.ops.case import Case, asking, at, int64
from tests.ops.oracles import reference_output

CASES: list[Case] = [
    *at((18,), "Col2Im", (1, 12, 6), int64(4, 5), int64(2, 3), strides=[2, 2], pads=[0, 1, 0, 1]),
    *at((18,), "Col2Im", (2, 8, 12), int64(5, 5), int64(2, 2), dilations=[1, 2]),
    *at((18,), "Col2Im", (1, 16, 8), int64(2, 3, 4), int64(1, 2, 4), pads=[0, 0, 0, 2, 0, 0]),
    *asking(reference_output, at((18,), "Col2Im", (1, 6, 4), int64(7), int64(3), strides=[2], pads=[1, 1])),
]
