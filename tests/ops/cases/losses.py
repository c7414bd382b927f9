import numpy as np

from tests.ops.case import Case, Drawn, Weight, asking, at, giving
from tests.ops.oracles import reference_output

SCORES, PLANES = (3, 5), (2, 5, 3, 4)
LABELS, MAPS = Drawn((3,), np.arange(5)), Drawn((2, 3, 4), np.arange(5))
INT32 = Drawn((2, 3, 4), np.arange(5, dtype=np.int32))
WEIGHTS = Weight((5,))
IGNORING = Drawn((2, 3, 4), np.asarray([0, 1, 2, 3, 4, -7]))


def _of(op: str, opsets: tuple[int, ...]) -> list[Case]:
    return [
        *at(opsets, op, PLANES, MAPS),
        *at(opsets, op, PLANES, MAPS, WEIGHTS, reduction="none"),
        *at(opsets[-1:], op, SCORES, LABELS, WEIGHTS, reduction="none"),
        *at(opsets[-1:], op, SCORES, LABELS, reduction="sum"),
        *at(opsets[-1:], op, PLANES, INT32, WEIGHTS, reduction="mean"),
        *at(opsets[-1:], op, PLANES, MAPS, WEIGHTS, reduction="mean", ignore_index=2),
        *at(opsets[-1:], op, PLANES, IGNORING, WEIGHTS, reduction="none", ignore_index=-7),
        *at(opsets[-1:], op, PLANES, IGNORING, reduction="sum", ignore_index=-7),
    ]


CASES: list[Case] = [
    *_of("SoftmaxCrossEntropyLoss", (12, 13)),
    *giving(1, at((12, 13), "SoftmaxCrossEntropyLoss", PLANES, MAPS, WEIGHTS, reduction="none")),
    *_of("NegativeLogLikelihoodLoss", (12, 13)),
    # onnxruntime has no newer one.
    *asking(reference_output, at((22,), "NegativeLogLikelihoodLoss", PLANES, MAPS, WEIGHTS, reduction="none")),
]
