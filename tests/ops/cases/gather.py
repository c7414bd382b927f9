import numpy as np

from tests.ops.case import Case, Drawn, at, int64

X = (1, 4, 6, 5)
ROLL = int64(3, 4, 5, 0, 1, 2)
DOUBLED = int64(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5)
SPARSE = int64(0, 1, 3, 0, 5)
WINDOWS = np.arange(6).reshape(2, 3)
COLUMN = int64(1, 3, -1).reshape(1, 3, 1, 1)


def _everywhere(rows: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    return np.broadcast_to(rows.reshape([-1 if i == axis else 1 for i in range(4)]), shape).copy()


GRID = np.stack(np.broadcast_arrays(int64(1, 3, 5)[:, None], int64(4, 2, 0, -1)[None, :]), -1)

CASES: list[Case] = [
    *at((9, 11, 13), "Gather", X, int64(0, 2, 4), axis=2),
    *at((13,), "Gather", X, int64(5, 4, 3, 2, 1, 0), axis=2),
    *at((13,), "Gather", X, DOUBLED, axis=-2),
    *at((13,), "Gather", X, ROLL, axis=2),
    *at((13,), "Gather", X, SPARSE, axis=2),
    *at((13,), "Gather", X, int64(-1), axis=3),
    *at((13,), "Gather", X, int64(2, 2, 2), axis=3),
    *at((13,), "Gather", X, np.asarray(2), axis=1),
    *at((13,), "Gather", X, np.asarray(-2, np.int32), axis=3),
    *at((13,), "Gather", X, WINDOWS, axis=2),
    *at((13,), "Gather", X, WINDOWS[:, :1], axis=2),
    *at((13,), "Gather", X, int64(0)),
    *at((11, 13), "GatherElements", X, _everywhere(int64(5, 1, 0), (1, 4, 3, 5), 2), axis=2),
    *at((13,), "GatherElements", X, _everywhere(int64(4, 3, 2, 1, 0), (1, 2, 3, 5), 3), axis=-1),
    *at((13,), "GatherElements", X, np.arange(24).reshape(1, 4, 6, 1) % 5 - 2, axis=3),
    *at((13,), "GatherElements", X, np.zeros(X, np.int32)),
    *at((11, 12, 13), "GatherND", (6, 5, 3), GRID),
    *at((13,), "GatherND", (6, 5, 3), int64(0, 2, 4).reshape(3, 1)),
    *at((13,), "GatherND", (6, 5, 3), np.asarray([[0, 1], [2, 1], [4, 1]])),
    *at((13,), "GatherND", (6, 5, 3), np.asarray([[0, 0], [1, 1], [2, 2]])),
    *at((13,), "GatherND", (6, 5, 3), int64(1, 2, 0).reshape(1, 3)),
    *at((12, 13), "GatherND", (2, 6, 3), np.asarray([[[1], [0]], [[2], [5]]]), batch_dims=1),
    *at((13,), "GatherND", (2, 6, 3), np.asarray([[[1], [3]], [[1], [3]]]), batch_dims=1),
    *at((13,), "GatherND", (1, 4, 6, 5), COLUMN[:, :, :, 0], batch_dims=1),
    *at((13,), "Gather", X, Drawn((2, 3), int64(-5, 0, 2, 4)), axis=2),
    *at((13,), "GatherElements", X, Drawn((1, 4, 2, 5), int64(-5, 0, 2, 4)), axis=2),
    *at((13,), "GatherND", (6, 5, 3), Drawn((4, 2), int64(-5, 0, 2, 4))),
]
