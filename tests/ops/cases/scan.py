import numpy as np

from tests.ops.case import Case, Drawn, asking, at, int64
from tests.ops.oracles import reference_output

X = (2, 3, 4, 5)
LINE = (1, 1, 5)
THIRD = np.asarray(2, np.int32)

MODES = ({}, {"exclusive": 1}, {"reverse": 1}, {"exclusive": 1, "reverse": 1})

CASES: list[Case] = [
    *at((11, 14), "CumSum", X, int64(2).reshape(())),
    *at((14,), "CumSum", X, THIRD),
    # An axis computed from data.
    *at((14,), "CumSum", X, Drawn((1,), np.asarray([1, 2]))),
    *(case for mode in MODES for case in at((11, 14), "CumSum", LINE, int64(-1).reshape(()), **mode)),
    *at((14,), "CumSum", np.asarray([[3, -1, 2], [4, 0, 5]], np.int64), int64(1).reshape(()), exclusive=1),
    # onnxruntime does not know opset 26.
    *asking(reference_output, at((26,), "CumProd", X, int64(1).reshape(()))),
    *(
        case
        for mode in MODES
        for case in asking(reference_output, at((26,), "CumProd", LINE, int64(-1).reshape(()), **mode))
    ),
]
