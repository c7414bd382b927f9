from tests.ops.case import Case, Weight, at

CHANNELS = [Weight((3,))] * 4

CASES: list[Case] = [
    *at((8, 9, 14, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS),
    *at((9, 15), "BatchNormalization", (2, 3, 4, 5), *CHANNELS, epsilon=0.3),
    *at((9,), "BatchNormalization", (2, 3, 7), *CHANNELS),
    *at((15,), "BatchNormalization", (1, 3, 2, 3, 4), *CHANNELS),
    *at((9, 13), "LRN", (1, 7, 4, 5), size=5, alpha=0.3, beta=0.6, bias=2.0),
    *at((13,), "LRN", (1, 7, 4, 5), size=4, alpha=0.3),
    *at((13,), "LRN", (1, 3, 6), size=3),
]
