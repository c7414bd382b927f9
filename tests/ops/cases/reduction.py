import numpy as np

from tests.ops.case import Case, Drawn, asking, at, int64
from tests.ops.oracles import reference_output

X = (2, 3, 4, 5)
CUBE = (2, 3, 4)
POSITIVE = Drawn(CUBE, np.linspace(0.1, 2, 50, dtype=np.float32))
WHOLE = np.asarray([[2, -7, 3], [5, 4, 6]], np.int64)
NONE = np.zeros(0, np.int64)

# Operators with the opsets of their versions: axes as an attribute up to some, as an input from the next.
OLD = (7, 11, 13)
FORMS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "ReduceSum": ((7, 11), (13, 21)),
    "ReduceMean": (OLD, (18,)),
    "ReduceMax": ((7, 11, 12, 13), (18, 20)),
    "ReduceMin": ((7, 11, 12, 13), (18, 20)),
    "ReduceProd": (OLD, (18,)),
    "ReduceL1": (OLD, (18,)),
    "ReduceL2": (OLD, (18,)),
    "ReduceLogSumExp": (OLD, (18,)),
    "ReduceSumSquare": (OLD, (18,)),
}


def _of(op: str) -> list[Case]:
    by_attribute, by_input = FORMS[op]
    old, new = by_attribute[-1:], by_input[-1:]
    return [
        *at(by_attribute, op, CUBE, axes=[2, 1]),
        *at(old, op, CUBE, axes=[-2], keepdims=0),
        *at(old, op, CUBE),
        *at(old, op, CUBE, keepdims=0),
        *at(by_input, op, CUBE, int64(0, -1)),
        *at(new, op, CUBE, int64(1), keepdims=0),
        *at(new, op, CUBE),
        *at(new, op, CUBE, keepdims=0, noop_with_empty_axes=1),
        *at(new, op, CUBE, NONE, noop_with_empty_axes=1),
        *at(new, op, CUBE, NONE, keepdims=0),
    ]


CASES: list[Case] = [
    *(case for op in FORMS for case in _of(op)),
    *at(OLD, "ReduceLogSum", POSITIVE, axes=[2, 1]),
    *at((13,), "ReduceLogSum", POSITIVE, keepdims=0),
    *at((18,), "ReduceLogSum", POSITIVE, int64(0, -1), keepdims=0),
    *at((18,), "ReduceLogSum", POSITIVE, noop_with_empty_axes=1),
    # onnxruntime does not know opset 28.
    *asking(reference_output, at((28,), "ReduceLogSum", POSITIVE, int64(0, -1))),
    *asking(reference_output, at((28,), "ReduceLogSumExp", CUBE, int64(0, -1), keepdims=0)),
    # Whole numbers, as in shape arithmetic.
    *(
        case
        for op in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd")
        for case in at((18,), op, WHOLE, int64(1), keepdims=0)
    ),
    # An axis computed from data.
    *at((18,), "ReduceMean", X, Drawn((1,), np.asarray([1, 2]))),
    *at((18,), "ReduceMax", X, Drawn((1,), np.asarray([1, 2])), keepdims=0),
    # Global pooling as exporters write it.
    *at((13,), "ReduceMean", X, axes=[2, 3]),
    *at((18,), "ReduceMean", X, int64(-1, -2), keepdims=0),
]
