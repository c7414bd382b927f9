import numpy as np

from tests.ops.case import Case, Weight, asking, at, int64
from tests.ops.oracles import reference_output

X, GRID = (2, 3, 4, 5), (2, 3, 2, 2)
VOLUME, FLOW = (1, 2, 3, 4, 5), (1, 2, 3, 2, 3)
LINE, POINTS = (2, 3, 5), (2, 4, 1)
STEPS = np.linspace(-1.7, 1.7, 8, dtype=np.float32).reshape(POINTS)
PADDINGS = ("zeros", "border", "reflection")
FIXED = np.linspace(-1.4, 1.3, 24, dtype=np.float32).reshape(GRID)


def _cubic_volume(padding: str, corners: int) -> list[Case]:
    cases = at((20,), "GridSample", VOLUME, FLOW, mode="cubic", padding_mode=padding, align_corners=corners)
    return [] if padding == "border" else cases


AFFINE = [
    *at((20,), "AffineGrid", (2, 2, 3), int64(2, 1, 3, 4)),
    *at((20,), "AffineGrid", (2, 2, 3), int64(2, 1, 3, 4), align_corners=1),
    *at((20,), "AffineGrid", (1, 3, 4), int64(1, 1, 2, 3, 4)),
]

CASES: list[Case] = [
    *at((16,), "GridSample", X, GRID),
    *(
        case
        for padding in PADDINGS
        for mode in ("bilinear", "nearest", "bicubic")
        for case in at((16,), "GridSample", X, GRID, mode=mode, padding_mode=padding)
    ),
    *(
        case
        for padding in PADDINGS
        for mode in ("linear", "nearest", "cubic")
        for corners in (0, 1)
        for case in at((20, 22), "GridSample", X, GRID, mode=mode, padding_mode=padding, align_corners=corners)
    ),
    *(
        case
        for padding in PADDINGS
        for mode in ("linear", "nearest")
        for case in at((20,), "GridSample", VOLUME, FLOW, mode=mode, padding_mode=padding)
    ),
    # onnxruntime has no cubic sampling of volumes and no sampling of lines. The reference evaluator clamps the place
    # before a cubic sampling with border, where onnxruntime and torch clamp each tap: left out.
    *asking(
        reference_output,
        [
            case
            for padding in PADDINGS
            for corners in (0, 1)
            for case in [
                *_cubic_volume(padding, corners),
                *at((20,), "GridSample", LINE, POINTS, mode="linear", padding_mode=padding, align_corners=corners),
                *at((22,), "GridSample", LINE, STEPS, mode="nearest", padding_mode=padding, align_corners=corners),
            ]
        ],
    ),
    *at((20,), "GridSample", X, FIXED),
    *at((20,), "GridSample", Weight(X), GRID),
    *asking(reference_output, AFFINE),
]
