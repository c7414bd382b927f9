from tests.ops.case import Case, Weight, at

X = (1, 4, 5, 6)
GEOMETRY = {"strides": [2, 1], "pads": [1, 0, 2, 1], "dilations": [1, 2]}

CASES: list[Case] = [
    *at((19, 22), "DeformConv", X, Weight((2, 4, 2, 2)), (1, 8, 4, 5)),
    *at((19,), "DeformConv", X, Weight((2, 4, 3, 2)), (1, 12, 3, 5), Weight((2,)), (1, 6, 3, 5), **GEOMETRY),
    *at((19,), "DeformConv", X, Weight((2, 2, 2, 2)), (1, 16, 4, 5), None, (1, 8, 4, 5), group=2, offset_group=2),
]
