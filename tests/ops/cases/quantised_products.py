import numpy as np

from rfengine.graph import Array, Shape
from tests.ops.case import Case, Drawn, asking, at, float32
from tests.ops.cases.quantisation import int8, scalar, uint8
from tests.ops.oracles import reference_output

# Values far apart, and a fine scale of the result: every change shows, none saturates.
X = Drawn((1, 2, 7, 8), uint8(0, 100, 210))
SIGNED = Drawn((1, 2, 7, 8), int8(-100, 3, 90))
LINE = Drawn((1, 2, 9), uint8(0, 100, 210))
IN = (scalar(0.05), scalar(3, np.uint8))
OUT = (scalar(2.0), scalar(5, np.uint8))
SIGNED_OUT = (scalar(4.0), scalar(-5, np.int8))


def weights(shape: Shape, kind: type = np.int8) -> Array:
    """Small positive whole numbers."""
    return (np.arange(np.prod(shape)) * 7 % 11 + 3).astype(kind).reshape(shape)


W = weights((4, 2, 3, 3))
BY_TENSOR = (scalar(0.1), scalar(1, np.int8))
BY_CHANNEL = (float32(0.1, 0.05, 0.07, 0.2), int8(0, 0, 0, 0))
BIAS = np.asarray([100, -50, 0, 30], np.int32)

QLINEAR_CONV = [
    *at((10, 11), "QLinearConv", X, *IN, W, *BY_TENSOR, *OUT),
    *at((10,), "QLinearConv", X, *IN, W, *BY_CHANNEL, *OUT, BIAS, strides=[2, 1], pads=[1, 0, 2, 1], dilations=[1, 2]),
    *at((10,), "QLinearConv", X, *IN, weights((4, 1, 3, 3)), *BY_TENSOR, *OUT, group=2, pads=[1, 1, 1, 1]),
    *at((10,), "QLinearConv", X, *IN, weights((4, 2, 2, 3), np.uint8), scalar(0.1), scalar(2, np.uint8), *OUT),
    *at((10,), "QLinearConv", X, *IN, W, *BY_TENSOR, *OUT, auto_pad="SAME_UPPER", strides=[2, 2]),
    *at((10,), "QLinearConv", SIGNED, scalar(0.05), scalar(3, np.int8), W, *BY_TENSOR, *SIGNED_OUT),
    *at((10,), "QLinearConv", LINE, *IN, weights((4, 2, 3)), *BY_TENSOR, scalar(0.5), scalar(5, np.uint8), pads=[1, 1]),
]

CONV_INTEGER = [
    *at((10,), "ConvInteger", X, weights((4, 2, 3, 3), np.uint8)),
    *at((10,), "ConvInteger", X, W, scalar(3, np.uint8), scalar(1, np.int8), pads=[1, 0, 2, 1], strides=[1, 2]),
    # onnxruntime takes one zero point for all filters only.
    *asking(
        reference_output,
        at((10,), "ConvInteger", X, W, scalar(3, np.uint8), int8(1, 0, 2, -1), dilations=[2, 1]),
    ),
    *at((10,), "ConvInteger", X, weights((4, 1, 2, 2), np.uint8), scalar(3, np.uint8), group=2, auto_pad="SAME_LOWER"),
    *at((10,), "ConvInteger", X, W, Drawn((), uint8(3, 90)), scalar(1, np.int8), pads=[1, 1, 1, 1]),
]

ROWS, COLUMNS = weights((5, 6), np.uint8), weights((4, 5), np.uint8)
A = Drawn((1, 1, 4, 5), uint8(0, 100, 210))
B = Drawn((1, 1, 5, 6), uint8(0, 100, 210))

QLINEAR_MATMUL = [
    *at((10, 21), "QLinearMatMul", A, *IN, ROWS, scalar(0.1), scalar(2, np.uint8), scalar(0.4), scalar(5, np.uint8)),
    *at((10, 21), "QLinearMatMul", COLUMNS, *IN, B, scalar(0.1), scalar(2, np.uint8), scalar(0.4), scalar(5, np.uint8)),
    *at((10,), "QLinearMatMul", A, *IN, B, scalar(0.1), scalar(2, np.uint8), scalar(8.0), scalar(5, np.uint8)),
    *at(
        (10, 21),
        "QLinearMatMul",
        A, *IN, ROWS, float32(0.1, 0.2, 0.3, 0.1, 0.2, 0.3), uint8(0, 1, 2, 0, 1, 2), scalar(0.5), scalar(5, np.uint8),
    ),
    *at(
        (21,),
        "QLinearMatMul",
        Drawn((4, 5), int8(-100, 3, 90)), scalar(0.05), scalar(3, np.int8),
        ROWS.astype(np.int8), scalar(0.1), scalar(1, np.int8), scalar(0.3), scalar(-5, np.int8),
    ),
]  # fmt: skip

CASES: list[Case] = [*QLINEAR_CONV, *CONV_INTEGER, *QLINEAR_MATMUL]
