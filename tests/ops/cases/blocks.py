from tests.ops.case import Case, asking, at
from tests.ops.oracles import reference_output

CASES: list[Case] = [
    *at((9, 13), "SpaceToDepth", (1, 2, 6, 8), blocksize=2),
    *at((13,), "SpaceToDepth", (1, 2, 6, 9), blocksize=3),
    *at((9, 11, 13), "DepthToSpace", (1, 8, 3, 4), blocksize=2),
    *at((11, 13), "DepthToSpace", (1, 8, 3, 4), blocksize=2, mode="CRD"),
    *at((13,), "DepthToSpace", (1, 18, 2, 3), blocksize=3),
    *asking(
        reference_output,  # onnxruntime ends before opset 28
        [
            *at((28,), "DepthToSpace", (1, 8, 3, 4), blocksize=2, mode="CRD"),
            *at((28,), "SpaceToDepth", (1, 2, 6, 8), blocksize=2),
            *at((28,), "SpaceToDepth", (1, 2, 6, 9), blocksize=3, mode="CRD"),
        ],
    ),
]
