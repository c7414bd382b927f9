from tests.ops.case import Case, Drawn, at, int64

X = (1, 2, 4, 3)

CASES: list[Case] = [
    *at((8, 13), "Expand", (1, 2, 1, 3), int64(2, 1, 4, 3)),
    *at((13,), "Expand", X, int64(1, 1)),
    *at((13,), "Expand", (4, 1), int64(2, 1, 4, 3)),
    *at((9, 13), "Tile", X, int64(2, 1, 2, 3)),
    *at((13,), "Tile", (1, 2, 1, 3), int64(1, 1, 5, 1)),
    *at((13,), "Expand", (1, 2, 1, 3), Drawn((4,), int64(1))),
    *at((13,), "Tile", X, Drawn((4,), int64(1, 2))),
]
