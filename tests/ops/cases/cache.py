from tests.ops.case import Case, Drawn, asking, at, int64
from tests.ops.oracles import reference_output

PAST, UPDATE = (2, 3, 5, 4), (2, 3, 2, 4)

# onnxruntime has no kernel for it.
CASES: list[Case] = asking(
    reference_output,
    [
        *at((24,), "TensorScatter", PAST, UPDATE),
        *at((24,), "TensorScatter", PAST, UPDATE, int64(1, 3)),
        *at((24,), "TensorScatter", PAST, UPDATE, Drawn((2,), int64(0, 1, 3))),
        *at((24,), "TensorScatter", PAST, UPDATE, int64(4, 3), mode="circular"),
        *at((24,), "TensorScatter", (2, 5, 4), (2, 3, 4), int64(0, 2), axis=1),
    ],
)
