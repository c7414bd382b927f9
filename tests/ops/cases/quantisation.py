import ml_dtypes
import numpy as np
import onnx

from rfengine.graph import Array, Shape
from tests.ops.case import Case, Drawn, asking, at, float32, giving
from tests.ops.oracles import reference_output

X = (1, 3, 4, 5)
ALL = (10, 13, 19, 21, 23, 24, 25)
BLOCKED = (21, 23, 24, 25)


def scalar(value: float, kind: type = np.float32) -> Array:
    return np.asarray(value, kind)


def int8(*values: int) -> Array:
    return np.asarray(values, np.int8)


def uint8(*values: int) -> Array:
    return np.asarray(values, np.uint8)


def blocks(shape: Shape) -> Array:
    """Scales that differ from block to block."""
    return (np.arange(1, np.prod(shape) + 1) / 100).astype(np.float32).reshape(shape)


PER_CHANNEL = float32(0.02, 0.05, 0.03)
BYTES = Drawn(X, int8(-128, -50, 3, 127))
UNSIGNED = Drawn(X, uint8(0, 17, 128, 255))
NIBBLES = np.asarray([[-8, -1, 3], [7, 0, 5]], ml_dtypes.int4)
SMALL_FLOATS = np.asarray([[-448, -0.5, 3], [240, 0, 5]], ml_dtypes.float8_e4m3fn)

QUANTIZE = [
    *at(ALL, "QuantizeLinear", X, scalar(0.02), scalar(7, np.uint8)),
    *at((10, 19), "QuantizeLinear", X, scalar(0.02)),
    *at((10, 25), "QuantizeLinear", X, scalar(0.1), scalar(-5, np.int8)),
    *at((13, 19, 21, 25), "QuantizeLinear", X, PER_CHANNEL, int8(0, 5, -7)),
    *at((13, 21), "QuantizeLinear", X, blocks((5,)), axis=-1),
    *at((13,), "QuantizeLinear", (1, 1, 5), float32(0.02)),
    *at(BLOCKED, "QuantizeLinear", X, blocks((1, 3, 2, 5)), axis=2, block_size=2),
    *at((21,), "QuantizeLinear", X, blocks((1, 3, 4, 2)), np.ones((1, 3, 4, 2), np.int8), axis=-1, block_size=3),
    *at((21,), "QuantizeLinear", X, scalar(0.001), scalar(-5, np.int16)),
    *at((21, 25), "QuantizeLinear", X, scalar(0.3), output_dtype=onnx.TensorProto.INT8),
    # onnxruntime has no kernel for opset 28.
    *asking(reference_output, at((28,), "QuantizeLinear", X, PER_CHANNEL, int8(0, 5, -7))),
    # Scales computed from data.
    *at((13,), "QuantizeLinear", X, Drawn((3,), PER_CHANNEL), int8(0, 5, -7)),
    *at((21,), "QuantizeLinear", X, Drawn((1, 3, 2, 5), PER_CHANNEL), axis=2, block_size=2),
]

DEQUANTIZE = [
    *at(ALL, "DequantizeLinear", BYTES, scalar(0.02), scalar(7, np.int8)),
    *at((10, 19), "DequantizeLinear", UNSIGNED, scalar(0.02)),
    *at((10, 21), "DequantizeLinear", Drawn(X, np.asarray([-70000, 3, 99999], np.int32)), scalar(0.02)),
    *at((13, 19, 21, 25), "DequantizeLinear", UNSIGNED, PER_CHANNEL, uint8(0, 128, 7)),
    *at((13, 21), "DequantizeLinear", BYTES, blocks((5,)), axis=-1),
    *at(BLOCKED, "DequantizeLinear", BYTES, blocks((1, 3, 2, 5)), axis=2, block_size=2),
    *at((21,), "DequantizeLinear", BYTES, blocks((1, 3, 4, 2)), np.ones((1, 3, 4, 2), np.int8), axis=-1, block_size=3),
    *at((21,), "DequantizeLinear", Drawn(X, np.asarray([0, 9, 60000], np.uint16)), scalar(0.001), scalar(9, np.uint16)),
    # numpy has no such data, so they are constants.
    *at((21, 25), "DequantizeLinear", NIBBLES, scalar(0.3), scalar(-2, ml_dtypes.int4)),
    *at((21,), "DequantizeLinear", NIBBLES, float32(0.3, 0.5, 0.7)),
    *at((19, 21), "DequantizeLinear", SMALL_FLOATS, scalar(0.3)),
    *asking(reference_output, at((28,), "DequantizeLinear", UNSIGNED, PER_CHANNEL, uint8(0, 128, 7))),
    *at((13,), "DequantizeLinear", BYTES, Drawn((3,), PER_CHANNEL), Drawn((3,), int8(0, 5, -7))),
]

DYNAMIC = [case for result in range(3) for case in giving(result, at((11,), "DynamicQuantizeLinear", X, outputs=3))]

CASES: list[Case] = [*QUANTIZE, *DEQUANTIZE, *DYNAMIC]
