import numpy as np

from tests.ops.case import Case, Drawn, at, float32

X = (1, 2, 4, 5)
POSITIVE = Drawn(X, float32(0.1, 0.5, 2, 9))
WITHIN = Drawn(X, float32(-0.9, -0.5, 0.1, 0.4, 0.8))
ABOVE = Drawn(X, float32(1, 1.5, 2, 3.5))
HALVES = Drawn(X, float32(-2.5, -1.5, -0.4, 0, 0.5, 1.5, 3.2))
SIGNS = Drawn(X, float32(-2, 0, 3))
WHOLE = Drawn(X, np.asarray([-3, 0, 2], np.int64))
BYTES = Drawn(X, np.asarray([0, 3, 250], np.uint8))

FUNCTIONS = {
    "Abs": ((9, 13), X),
    "Neg": ((9, 13), X),
    "Reciprocal": ((9, 13), X),
    "Exp": ((9, 13), X),
    "Sqrt": ((9, 13), POSITIVE),
    "Log": ((9, 13), POSITIVE),
    "Floor": ((9, 13), HALVES),
    "Ceil": ((9, 13), HALVES),
    "Round": ((11, 22), HALVES),
    "Sign": ((9, 13), SIGNS),
    "Sin": ((9, 22), X),
    "Cos": ((9, 22), X),
    "Tan": ((9, 22), WITHIN),
    "Asin": ((9, 22), WITHIN),
    "Acos": ((9, 22), WITHIN),
    "Atan": ((9, 22), X),
    "Sinh": ((9, 22), X),
    "Cosh": ((9, 22), POSITIVE),
    "Asinh": ((9, 22), X),
    "Acosh": ((9, 22), ABOVE),
    "Atanh": ((9, 22), WITHIN),
}

CASES: list[Case] = [
    *(case for op, (opsets, given) in FUNCTIONS.items() for case in at(opsets, op, given)),
    *(case for op in ("Abs", "Neg", "Sign") for case in at((13,), op, WHOLE)),
    *(case for op in ("Abs", "Sign") for case in at((13,), op, BYTES)),
    *at((13,), "Sign", Drawn(X, float32(-np.inf, -1, np.nan, 4))),
]
