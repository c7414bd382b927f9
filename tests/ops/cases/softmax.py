from tests.ops.case import Case, Drawn, Input, at, float32

X = (1, 2, 4, 5)


def _of(op: str, x: Input) -> list[Case]:
    return [
        *at((9, 11, 13), op, x),
        *at((9, 11, 13), op, x, axis=1),
        *at((9, 11, 13), op, x, axis=2),
        *at((9, 11), op, x, axis=0),
        *at((11, 13), op, x, axis=-1),
        *at((13,), op, x, axis=-2),
    ]


CASES: list[Case] = [
    *(case for op in ("Softmax", "LogSoftmax") for case in _of(op, X)),
    *(case for op in ("Softmax", "LogSoftmax") for case in at((13,), op, (2, 7), axis=0)),
    # A change moves the largest element now and then only.
    *_of("Hardmax", Drawn(X, float32(-1, 0, 2, 5))),
]
