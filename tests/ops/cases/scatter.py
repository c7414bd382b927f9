import numpy as np

from tests.ops.case import Case, Drawn, Weight, at, int64

X = (1, 4, 6, 5)
EVERY_OTHER = int64(0, 2, 4).reshape(3, 1)
# What slicing assignment becomes: rows 1 and 3 of columns 2, 3, 4.
RECTANGLE = np.stack(np.broadcast_arrays(int64(1, 3)[:, None], int64(2, 3, -1)[None, :]), -1)
ALL_ROWS = int64(*range(6)).reshape(6, 1)
FLIPPED = np.broadcast_to(int64(5, 4, 3, 2, 1, 0).reshape(1, 1, 6, 1), X).copy()
PARTLY = np.broadcast_to(int64(1, -1).reshape(1, 1, 2, 1), (1, 4, 2, 5)).copy()
MIXED = np.arange(40).reshape(1, 4, 2, 5) % 6
NARROW = np.zeros((1, 2, 1, 3), np.int64)
REPEATED = int64(1, 1, 3).reshape(3, 1)


def _reducing(op: str, indices: np.ndarray, data: tuple[int, ...], updates: tuple[int, ...], **axis: int) -> list[Case]:
    return [
        *at((16, 18), op, data, indices, updates, reduction="add", **axis),
        *at((16, 18), op, data, indices, updates, reduction="mul", **axis),
        *at((18,), op, data, indices, updates, reduction="max", **axis),
        *at((18,), op, data, indices, updates, reduction="min", **axis),
    ]


ELEMENTS = [
    *at((9,), "Scatter", X, PARTLY, (1, 4, 2, 5), axis=2),
    *at((11, 13, 16, 18), "ScatterElements", X, PARTLY, (1, 4, 2, 5), axis=2),
    *at((13,), "ScatterElements", X, FLIPPED, X, axis=-2),
    *at((13,), "ScatterElements", X, MIXED, (1, 4, 2, 5), axis=2),
    *at((13,), "ScatterElements", X, NARROW, (1, 2, 1, 3)),
    *at((13,), "ScatterElements", Weight(X), PARTLY.astype(np.int32), (1, 4, 2, 5), axis=2),
    *_reducing("ScatterElements", PARTLY, X, (1, 4, 2, 5), axis=2),
    *_reducing("ScatterElements", np.ones((1, 4, 2, 5), np.int64), X, (1, 4, 2, 5), axis=2),
]

ND = [
    *at((11, 13, 16, 18), "ScatterND", (6, 5, 3), EVERY_OTHER, (3, 5, 3)),
    *at((13,), "ScatterND", (6, 5, 3), RECTANGLE, (2, 3, 3)),
    *at((13,), "ScatterND", Weight((6, 5, 3)), RECTANGLE, (2, 3, 3)),
    *at((13,), "ScatterND", (6, 5, 3), ALL_ROWS[::-1].copy(), (6, 5, 3)),
    *at((13,), "ScatterND", (6, 5, 3), int64(-2).reshape(1, 1), Weight((1, 5, 3))),
    *at((13,), "ScatterND", (6, 5, 3), int64(1, 2, 0).reshape(1, 3), (1,)),
    *at((13,), "ScatterND", (6, 5, 3), np.asarray([[0, 0], [1, 1], [2, 2]]), (3, 3)),
    *_reducing("ScatterND", REPEATED, (6, 5, 3), (3, 5, 3)),
]

# Sums, since what is written twice has no order.
AT_RUN_TIME = [
    *at((16,), "ScatterElements", X, Drawn((1, 4, 2, 5), int64(-5, 0, 2, 4)), (1, 4, 2, 5), axis=2, reduction="add"),
    *at((16,), "ScatterND", (6, 5, 3), Drawn((4, 2), int64(-5, 0, 2, 4)), (4, 3), reduction="add"),
]

CASES: list[Case] = [*ELEMENTS, *ND, *AT_RUN_TIME]
