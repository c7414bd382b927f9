import numpy as np

from tests.ops.case import Case, Weight, asking, at
from tests.ops.oracles import reference_output

REAL, COMPLEX = (2, 6, 5, 1), (2, 6, 5, 2)
LONG, SHORT = (np.asarray(n, np.int64) for n in (8, 4))
AXIS = np.asarray(1, np.int64)
SIGNAL = (2, 20, 1)
STEP, FRAME = np.asarray(3, np.int64), np.asarray(8, np.int64)

CASES: list[Case] = [
    *(case for shape in (REAL, COMPLEX) for case in at((17,), "DFT", shape)),
    *at((17,), "DFT", REAL, axis=2),
    *at((17,), "DFT", REAL, onesided=1),
    *at((17,), "DFT", COMPLEX, axis=-2, inverse=1),
    *at((17,), "DFT", REAL, LONG, axis=2),
    *at((17,), "DFT", REAL, SHORT),
    *(case for shape in (REAL, COMPLEX) for case in at((20,), "DFT", shape)),
    *at((20,), "DFT", REAL, None, AXIS),
    *at((20,), "DFT", REAL, LONG, AXIS, onesided=1),
    *at((20,), "DFT", COMPLEX, SHORT, AXIS, inverse=1),
    # onnxruntime takes an inverse onesided transform for a transform of reals.
    *asking(reference_output, at((20,), "DFT", COMPLEX, None, AXIS, inverse=1, onesided=1)),
    *asking(reference_output, at((20,), "DFT", COMPLEX, np.asarray(9, np.int64), AXIS, inverse=1, onesided=1)),
    *at((17,), "STFT", SIGNAL, STEP, Weight((8,))),
    *at((17,), "STFT", SIGNAL, STEP, Weight((8,)), FRAME),
    *at((17,), "STFT", SIGNAL, STEP, None, FRAME),
    *at((17,), "STFT", SIGNAL, STEP, Weight((8,)), FRAME, onesided=0),
    *at((17,), "STFT", (1, 20, 2), STEP, Weight((8,)), onesided=0),
]
