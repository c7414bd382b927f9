import numpy as np

from tests.ops.case import Case, Drawn, Weight, at, int64

X = (2, 3, 4, 8)
PACKED = (2, 4, 24)
TABLE = [Weight((6, 4))] * 2
ANGLES = [Weight((2, 4, 4))] * 2
POSITIONS = np.asarray([[0, 1, 2, 3], [5, 4, 2, 0]], np.int64)

CASES: list[Case] = [
    *at((23,), "RotaryEmbedding", X, *TABLE, POSITIONS),
    *at((23,), "RotaryEmbedding", X, *ANGLES),
    *at((23,), "RotaryEmbedding", X, *ANGLES, interleaved=1),
    *at((23,), "RotaryEmbedding", PACKED, *TABLE, POSITIONS, num_heads=3),
    *at((23,), "RotaryEmbedding", PACKED, *ANGLES, num_heads=3, interleaved=1),
    *at((23,), "RotaryEmbedding", X, *[Weight((2, 4, 2))] * 2, rotary_embedding_dim=4),
    *at((23,), "RotaryEmbedding", X, *[Weight((6, 2))] * 2, POSITIONS, rotary_embedding_dim=4, interleaved=1),
    *at((23,), "RotaryEmbedding", X, (2, 4, 4), (2, 4, 4)),
    *at((23,), "RotaryEmbedding", PACKED, (6, 4), (6, 4), Drawn((2, 4), int64(0, 3, 5)), num_heads=3, interleaved=1),
]
