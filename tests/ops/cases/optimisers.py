from dataclasses import replace

import numpy as np

from rfengine.graph import Array
from rfengine.ops.optimisers import DOMAIN
from tests.ops.case import Case, at, float32, giving
from tests.ops.oracles import reference_output

X = (2, 3, 4)
RATE, STEP, FIRST = float32(0.1).reshape(()), np.asarray(4, np.int64), np.asarray(0, np.int64)
TWO = (X, (5,), X, (5,), X, (5,))
STANDARD = {"norm_coefficient": 0.1, "alpha": 0.9, "beta": 0.7, "mode": "standard"}


def _squares(*shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Accumulated squares, which are not negative."""
    random = np.random.default_rng(4)
    return tuple(random.uniform(0.5, 1.5, shape).astype(np.float32) for shape in shapes)


# onnxruntime does not know them.
CASES: list[Case] = [
    replace(case, domain=DOMAIN, oracle=reference_output)
    for case in (
        *at((1,), "Momentum", RATE, STEP, X, X, X, outputs=2, **STANDARD),
        *giving(1, at((1,), "Momentum", RATE, FIRST, X, X, X, **STANDARD)),
        *at((1,), "Momentum", RATE, STEP, *TWO, outputs=4, **{**STANDARD, "mode": "nesterov"}),
        *giving(3, at((1,), "Momentum", RATE, STEP, *TWO, **STANDARD)),
        *at((1,), "Adagrad", RATE, STEP, X, X, *_squares(X), outputs=2, norm_coefficient=0.1, decay_factor=0.2),
        *giving(1, at((1,), "Adagrad", RATE, FIRST, X, X, *_squares(X), norm_coefficient=0.1, epsilon=0.1)),
        *at((1,), "Adam", RATE, STEP, X, X, X, *_squares(X), outputs=3, norm_coefficient=0.1),
        *at((1,), "Adam", RATE, FIRST, X, X, X, *_squares(X), outputs=3, norm_coefficient_post=0.2, alpha=0.8),
        *giving(2, at((1,), "Adam", RATE, STEP, X, X, X, *_squares(X), norm_coefficient=0.1, beta=0.9)),
    )
]
