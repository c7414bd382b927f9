import numpy as np
import numpy.typing as npt

from tests.ops.case import Case, Drawn, asking, at
from tests.ops.oracles import reference_output

X = (1, 2, 4, 5)


def _of(dtype: npt.DTypeLike, *values: int) -> Drawn:
    return Drawn(X, np.asarray(values, dtype))


UNSIGNED = [_of(dtype, 0, 1, 5, 250) for dtype in (np.uint8, np.uint16, np.uint32, np.uint64)]
SIGNED = [_of(dtype, -7, -1, 0, 5, 100) for dtype in (np.int8, np.int32, np.int64)]
TOP = _of(np.uint64, 1, 2**63, 2**64 - 1)
DIRECTIONS = ("LEFT", "RIGHT")

CASES: list[Case] = [
    *(case for x in (*UNSIGNED, *SIGNED) for op in ("And", "Or", "Xor") for case in at((18,), f"Bitwise{op}", x, x)),
    *(case for x in (*UNSIGNED, *SIGNED) for case in at((18,), "BitwiseNot", x)),
    *at((18,), "BitwiseAnd", SIGNED[1], Drawn((4, 1), np.asarray([1, 3, 6], np.int32))),
    *(
        case
        for way in DIRECTIONS
        for x in (UNSIGNED[0], UNSIGNED[2], UNSIGNED[3])
        for case in at((11,), "BitShift", x, Drawn(X, np.asarray([0, 1, 3], x.values.dtype)), direction=way)
    ),
    # onnxruntime knows neither opset 28 nor uint16 here.
    *(
        case
        for way in DIRECTIONS
        for x in (UNSIGNED[1], *SIGNED, TOP)
        for y in (
            Drawn(X, np.asarray([0, 1, 3, 99], x.values.dtype)),
            Drawn((5,), np.asarray([0, 1, 2], x.values.dtype)),
        )
        for case in asking(reference_output, at((28,), "BitShift", x, y, direction=way))
    ),
]
