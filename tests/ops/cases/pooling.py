import numpy as np

from tests.ops.case import Case, Drawn, asking, at, giving
from tests.ops.oracles import onnxruntime_at_opset_7

X = (1, 2, 9, 11)
EVEN = (1, 2, 8, 10)
LINE = (1, 2, 13)
CUBE = (1, 2, 5, 6, 7)
BYTES = Drawn(EVEN, np.arange(256, dtype=np.uint8))
SIGNED = Drawn(EVEN, np.arange(-128, 128).astype(np.int8))

SHARED = [
    {"kernel_shape": [3, 2]},
    {"kernel_shape": [3, 2], "strides": [2, 3]},
    {"kernel_shape": [3, 4], "strides": [2, 2], "pads": [1, 0, 2, 1]},
    {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [2, 3], "strides": [2, 2], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "VALID"},
]
CEIL = [
    {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
    {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1, "pads": [0, 1, 0, 1]},
    {"kernel_shape": [3, 3], "strides": [3, 3], "ceil_mode": 1, "pads": [2, 1, 2, 0]},
]
BOX = {"kernel_shape": [2, 1, 3], "strides": [1, 2, 2], "pads": [1, 0, 1, 0, 0, 1]}
LATE = {"kernel_shape": [3, 3], "strides": [3, 3], "ceil_mode": 1, "pads": [1, 1, 1, 0]}


def _both(op: str, opsets: tuple[int, ...]) -> list[Case]:
    return [
        *(case for attributes in SHARED for case in at(opsets[-2:], op, EVEN, **attributes)),
        *(case for opset in opsets for case in at((opset,), op, X, **SHARED[2])),
        *(case for attributes in CEIL for case in at(opsets[-3:], op, EVEN, **attributes)),
        *at(opsets[-1:], op, LINE, kernel_shape=[4], strides=[3], pads=[1, 2]),
        *at(opsets[-1:], op, CUBE, **BOX),
    ]


CASES: list[Case] = [
    *_both("MaxPool", (7, 8, 10, 11, 12, 22)),
    *_both("AveragePool", (7, 10, 11, 19, 22)),
    # onnxruntime begins at opset 7, and onnx's reference counts the padding, which version 1 says not to.
    *asking(onnxruntime_at_opset_7, at((6,), "AveragePool", X, **SHARED[2])),
    # Before opset 22 onnx's shape inference keeps a window that begins in the end padding; no runtime does.
    *(case for op in ("MaxPool", "AveragePool") for case in at((10, 11, 22), op, EVEN, **LATE)),
    *at((19, 22), "AveragePool", EVEN, **LATE, count_include_pad=1),
    *at((10, 11, 22), "MaxPool", X, kernel_shape=[3, 2], dilations=[2, 3], strides=[1, 2]),
    *at((8,), "MaxPool", X, kernel_shape=[2, 2], storage_order=1),
    *at((7, 10, 11, 19, 22), "AveragePool", X, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    *at((11, 22), "AveragePool", EVEN, kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER", count_include_pad=1),
    *(case for attributes in CEIL for case in at((19, 22), "AveragePool", EVEN, **attributes, count_include_pad=1)),
    *at((19, 22), "AveragePool", X, kernel_shape=[3, 2], dilations=[2, 3], pads=[1, 1, 0, 1]),
    *(case for attributes in SHARED for case in giving(1, at((8, 12), "MaxPool", (2, 3, 8, 10), **attributes))),
    *giving(1, at((8, 10, 11, 12, 22), "MaxPool", EVEN, **SHARED[2], storage_order=1)),
    *giving(1, at((11,), "MaxPool", (2, 2, 13), kernel_shape=[4], strides=[3], pads=[1, 2])),
    *(case for order in (0, 1) for case in giving(1, at((12,), "MaxPool", CUBE, **BOX, storage_order=order))),
    *giving(1, at((12,), "MaxPool", EVEN, **CEIL[2])),
    *at((12, 22), "MaxPool", BYTES, **SHARED[2]),
    *at((12, 22), "MaxPool", SIGNED, **SHARED[0]),
    *at((12,), "MaxPool", BYTES, **SHARED[2], outputs=2),
    *(case for op in ("GlobalAveragePool", "GlobalMaxPool") for case in at((9, 22), op, (2, 3, 4, 5))),
    *(case for op in ("GlobalAveragePool", "GlobalMaxPool") for s in (LINE, CUBE) for case in at((9,), op, s)),
]
