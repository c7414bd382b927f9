from tests.ops.case import Case, Weight, at, float32

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
    *at((9, 11, 13), "Softmax", X),
    *at((9, 11, 13), "Softmax", X, axis=1),
    *at((9, 11, 13), "Softmax", X, axis=2),
    *at((9, 11), "Softmax", X, axis=0),
    *at((11, 13), "Softmax", X, axis=-1),
    *at((13,), "Softmax", X, axis=-2),
    *at((13,), "Softmax", (2, 7), axis=0),
]
