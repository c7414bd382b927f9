import numpy as np

from tests.ops.case import Case, Drawn, Input, at, float32

X = (1, 2, 4, 5)
SMALLER = ((5,), (4, 1), (2, 1, 1), (3, 1, 1, 1), ())
INTEGERS = np.asarray([-1, 0, 2], np.int32)
FLOATS = float32(-1.5, 0, 2, np.inf)
TRUTH = np.asarray([False, True])
MASK = np.resize(np.asarray([True, False, False]), (1, 1, 4, 5))
STRANGE = Drawn(X, float32(-np.inf, -1, np.nan, 0, np.inf))


def _pairs(opsets: tuple[int, ...], op: str, values: np.ndarray) -> list[Case]:
    """The operator on two tensors of one shape, and with a smaller one on either side."""
    pairs: list[tuple[Input, Input]] = [(Drawn(X, values), Drawn(other, values)) for other in SMALLER]
    return [
        *at(opsets, op, Drawn(X, values), Drawn(X, values)),
        *(case for a, b in pairs for case in (*at(opsets[-1:], op, a, b), *at(opsets[-1:], op, b, a))),
    ]


CASES: list[Case] = [
    *_pairs((7, 11, 13, 19), "Equal", INTEGERS),
    *at((7, 13), "Equal", Drawn(X, TRUTH), Drawn(X, TRUTH)),
    *(case for op in ("Less", "Greater") for case in _pairs((7, 9, 13), op, FLOATS)),
    *(case for op in ("LessOrEqual", "GreaterOrEqual") for case in _pairs((12, 16), op, FLOATS)),
    *(case for op in ("Less", "Greater") for case in at((13,), op, Drawn(X, INTEGERS), Drawn(X, INTEGERS))),
    *(case for op in ("And", "Or", "Xor") for case in _pairs((7,), op, TRUTH)),
    *at((9,), "Not", Drawn(X, TRUTH)),
    *at((9, 13, 20), "IsNaN", STRANGE),
    *at((10, 20), "IsInf", STRANGE),
    *at((10, 20), "IsInf", STRANGE, detect_negative=0),
    *at((20,), "IsInf", STRANGE, detect_positive=0),
    *at((9, 16), "Where", Drawn(X, TRUTH), X, X),
    *at((9, 16), "Where", MASK, X, X),
    *at((16,), "Where", MASK, X, float32(-np.inf).reshape(())),
    *at((16,), "Where", Drawn((4, 5), TRUTH), X, (2, 1, 1)),
    *at((16,), "Where", Drawn((2, 1, 1), TRUTH), (5,), X),
    *at((16,), "Where", Drawn(X, TRUTH), Drawn((), INTEGERS), Drawn(X, INTEGERS)),
]
