import numpy as np
import numpy.typing as npt

from rfengine.graph import Shape
from tests.ops.case import Case, Drawn, Weight, asking, at, float32
from tests.ops.oracles import reference_output

X = (1, 2, 4, 5)
SMALLER = ((5,), (4, 1), (2, 1, 1), (1, 2, 1, 5), (3, 1, 1, 1), ())

BINARY = {"Add": (7, 13, 14), "Sub": (7, 13, 14), "Mul": (7, 13, 14), "Div": (7, 13, 14)}


def _of(dtype: npt.DTypeLike, *values: float) -> Drawn:
    return Drawn(X, np.asarray(values, dtype))


def _at_28(cases: list[Case]) -> list[Case]:
    """onnxruntime does not know opset 28."""
    return asking(reference_output, cases)


UNSIGNED = [_of(dtype, 1, 5, 30, 250) for dtype in (np.uint8, np.uint16, np.uint32)]
TOP = _of(np.uint64, 1, 7, 2**63 - 1, 2**63, 2**64 - 2)
INTEGERS = _of(np.int32, -7, -2, 3, 5)
BASES, EXPONENTS = _of(np.float32, 0.5, 1, 2, 3), _of(np.float32, -1, 0, 0.5, 2)
DIVIDENDS, DIVISORS = _of(np.float32, -7.5, -2, 3.5, 5), _of(np.float32, -3, 0.5, 2)

TYPES = [
    # Types for which onnxruntime has no kernel.
    *(case for op in BINARY for x in (*UNSIGNED, TOP) for case in asking(reference_output, at((14,), op, x, x))),
    *(case for op in BINARY for case in at((14,), op, INTEGERS, INTEGERS)),
    *(case for op in ("Max", "Min") for x in (UNSIGNED[2], TOP, INTEGERS) for case in at((12, 13), op, x, x)),
    *(case for op in ("Max", "Min") for x in UNSIGNED[:2] for case in asking(reference_output, at((13,), op, x, x))),
]

LEVELS = _of(np.float32, -2, -1, 0, 1, 2)


def _small(shape: Shape) -> Drawn:
    return Drawn(shape, LEVELS.values)


EXTREMES = [
    *(case for op in ("Max", "Min", "Mean") for case in at((7, 8, 13), op, X, X)),
    *(case for op in ("Max", "Min") for case in at((12,), op, X, X)),
    *(case for op in ("Max", "Min", "Mean") for other in SMALLER for case in at((13,), op, LEVELS, _small(other))),
    *(case for op in ("Max", "Min", "Mean") for case in at((13,), op, LEVELS, Weight((5,)), _small((4, 1)))),
    *(case for op in ("Max", "Min", "Mean") for case in at((8, 13), op, X)),
    *(case for op in ("Max", "Min") for case in at((13,), op, _of(np.float32, 1, np.nan, -2), X)),
]

POWERS = [
    *at((7, 12, 13, 15), "Pow", BASES, EXPONENTS),
    *at((13,), "Pow", X, float32(2).reshape(())),
    *(case for other in SMALLER for case in at((13,), "Pow", BASES, Drawn(other, EXPONENTS.values))),
    *at((13,), "Pow", Drawn((4, 1), BASES.values), EXPONENTS),
    *at((12, 15), "Pow", _of(np.int32, -3, 2, 5), _of(np.int64, 0, 1, 3)),
    *at((12, 15), "Pow", _of(np.int64, 1, 2, 5), _of(np.float32, 0.5, 2, 3)),
    *at((12, 15), "Pow", BASES, _of(np.int32, -1, 0, 2)),
]

REMAINDERS = [
    *at((10, 13), "Mod", INTEGERS, _of(np.int32, -3, 2, 4)),
    *at((10, 13), "Mod", INTEGERS, _of(np.int32, -3, 2, 4), fmod=1),
    *at((10, 13), "Mod", DIVIDENDS, DIVISORS, fmod=1),
    *at((13,), "Mod", DIVIDENDS, Drawn((5,), DIVISORS.values), fmod=1),
    *(case for x in UNSIGNED for case in at((13,), "Mod", x, Drawn(X, np.asarray([3, 7, 200], x.values.dtype)))),
    *at((13,), "Mod", TOP, _of(np.uint64, 3, 2**63 + 1)),
    *_at_28(at((28,), "Mod", DIVIDENDS, DIVISORS)),
    *_at_28(at((28,), "Mod", DIVIDENDS, DIVISORS, fmod=1)),
    *_at_28(at((28,), "Mod", INTEGERS, _of(np.int32, -3, 2, 4))),
]

CASES: list[Case] = [
    *(case for op, opsets in BINARY.items() for case in at(opsets, op, X, X)),
    *(case for op in BINARY for other in SMALLER for case in (*at((14,), op, X, other), *at((14,), op, other, X))),
    *(case for op in BINARY for case in at((13,), op, X, Weight((2, 1, 1)))),
    *(case for op in BINARY for case in at((13,), op, Weight((2, 1, 1)), X)),
    *at((7, 8, 13), "Sum", X, X, X),
    *at((7, 8), "Sum", X),
    *at((8, 13), "Sum", X, (2, 1, 1), Weight((5,))),
    *TYPES,
    *EXTREMES,
    *POWERS,
    *REMAINDERS,
]
