import numpy as np

from tests.ops.case import Case, Drawn, Weight, asking, at, float32
from tests.ops.oracles import reference_output

X = (1, 2, 4, 5)

PLAIN = {
    "Relu": (9, 13, 14),
    "LeakyRelu": (9, 16),
    "Sigmoid": (9, 13),
    "Tanh": (9, 13),
    "Elu": (9, 22),
    "Selu": (9, 22),
    "Softplus": (9, 22),
    "HardSigmoid": (9, 22),
    "HardSwish": (14, 22),
    "Gelu": (20,),
    "Mish": (18, 22),
    "Swish": (24,),
    "Erf": (9, 13),
}

LOW, HIGH = float32(-0.5).reshape(()), float32(0.4).reshape(())

CASES: list[Case] = [
    *(case for op, opsets in PLAIN.items() for case in at(opsets, op, X)),
    *at((9,), "Relu", (1, 2, 7)),
    *at((9,), "Relu", (1, 2, 3, 4, 5)),
    *at((16,), "LeakyRelu", X, alpha=0.3),
    *at((9, 22), "Elu", X, alpha=0.3),
    *at((9, 22), "Selu", X, alpha=1.2, gamma=0.8),
    *at((9, 22), "HardSigmoid", X, alpha=0.3, beta=0.4),
    *at((20,), "Gelu", X, approximate="tanh"),
    *at((24,), "Swish", X, alpha=1.7),
    *at((8, 9, 16), "PRelu", X, Weight((2, 1, 1))),
    *at((9,), "PRelu", X, Weight((1,))),
    *at((9,), "PRelu", X, Weight((5,))),
    *at((16,), "PRelu", X, Weight(X)),
    *at((9,), "Clip", X),
    *at((9,), "Clip", X, min=-0.5, max=0.4),
    *at((9,), "Clip", X, max=0.4),
    *at((11, 12, 13), "Clip", X, LOW, HIGH),
    *at((11, 13), "Clip", X),
    *at((11, 13), "Clip", X, LOW),
    *at((11, 13), "Clip", X, None, HIGH),
    *at((12,), "Clip", Drawn(X, np.asarray([-9, -2, 0, 3, 100], np.int8)), np.asarray(-2, np.int8)),
    *at((12, 13), "Clip", Drawn(X, np.asarray([0, 3, 100, 2**64 - 1], np.uint64)), None, np.asarray(2**63, np.uint64)),
    *at(
        (12, 13), "Clip", Drawn(X, np.asarray([-9, 0, 3], np.int32)), np.asarray(-1, np.int32), np.asarray(2, np.int32)
    ),
    *at((12,), "Celu", X),
    *at((12,), "Celu", X, alpha=0.4),
    *at((9, 22), "Softsign", X),
    *at((10, 22), "ThresholdedRelu", X),
    *at((10, 22), "ThresholdedRelu", X, alpha=-0.3),
    *at((9,), "Shrink", X),
    *at((9,), "Shrink", X, lambd=0.2, bias=0.1),
    *at((9,), "Shrink", Drawn(X, np.asarray([-4, 0, 3], np.int32)), lambd=1.5, bias=1.0),
    *at((9,), "Shrink", Drawn(X, np.asarray([0, 1, 3], np.uint8)), lambd=0.5, bias=1.0),
    # onnxruntime does not know opset 28.
    *asking(reference_output, at((28,), "Celu", X, alpha=0.4)),
    *asking(reference_output, at((28,), "SwiGLU", X, X)),
    *asking(reference_output, at((28,), "SwiGLU", X, X, alpha=1.7)),
]
