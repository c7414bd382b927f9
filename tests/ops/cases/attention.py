import numpy as np

from rfengine.graph import Array
from tests.ops.case import Case, Drawn, Weight, asking, at, giving, int64
from tests.ops.oracles import reference_output

Q, K, V = (2, 4, 3, 8), (2, 2, 5, 8), (2, 2, 5, 6)
PACKED = (2, 3, 16), (2, 5, 8), (2, 5, 6)
HEADS = {"q_num_heads": 4, "kv_num_heads": 2}
PAST = (2, 2, 4, 8), (2, 2, 4, 6)
PACKED_PAST = (2, 2, 4, 4), (2, 2, 4, 3)
SQUARE = (1, 2, 6, 4)
SEEN = Drawn((3, 5), np.asarray([True, False]))
BIAS = Weight((4, 3, 5))
SOME: Array = np.asarray([[True, False, True, True, False], [False] * 5, [True] * 5])

OUTPUT = [
    *at((23, 24), "Attention", Q, K, V),
    *at((23, 24), "Attention", Q, K, V, scale=0.7, softcap=1.5),
    *at((23, 24), "Attention", *PACKED, **HEADS),
    *at((23, 24), "Attention", Q, K, V, (3, 5)),
    *at((23,), "Attention", Q, K, V, BIAS),
    *at((23,), "Attention", *PACKED, (2, 1, 3, 5), **HEADS),
    *at((23,), "Attention", Q, K, V, (4, 3, 5), is_causal=1),
    *at((23, 24), "Attention", SQUARE, SQUARE, SQUARE, is_causal=1),
    *at((23,), "Attention", Q, K, V, None, *PAST, outputs=3),
    *at((23,), "Attention", *PACKED, None, *PACKED_PAST, outputs=3, **HEADS),
    *asking(
        reference_output,
        [
            # onnxruntime has no kernel for opset 25, and has its own mind on rows that see nothing.
            *at((25,), "Attention", Q, K, V),
            *at((23, 25), "Attention", Q, K, V, SOME),
            *at((23, 25), "Attention", Q, K, V, SEEN),
            *at((23,), "Attention", Q, K, V, (1, 5)),
            *at((24, 25), "Attention", Q, K, V, None, None, None, int64(4, 2)),
            *at((24,), "Attention", Q, K, V, None, None, None, Drawn((2,), int64(1, 2, 4)), is_causal=1),
            *at((24,), "Attention", Q, K, V, (3, 4), None, None, int64(4, 2)),
            *at((25,), "Attention", SQUARE, SQUARE, SQUARE, left_window_size=1, right_window_size=2),
            *at((25,), "Attention", SQUARE, SQUARE, SQUARE, left_window_size=2, is_causal=1),
            *at((25,), "Attention", SQUARE, SQUARE, SQUARE, left_window_size=2),
            *at((25,), "Attention", *[(1, 6, 8)] * 3, q_num_heads=2, kv_num_heads=2, left_window_size=0, is_causal=1),
            *at((25,), "Attention", Q, K, V, None, *PAST, outputs=3, left_window_size=2, right_window_size=0),
        ],
    ),
]

SCORES = [
    *[
        case
        for mode in range(4)
        for case in giving(3, at((23,), "Attention", Q, K, V, (3, 5), softcap=1.5, qk_matmul_output_mode=mode))
    ],
    *giving(3, at((23,), "Attention", Q, K, V, None, *PAST)),
    *giving(3, at((23,), "Attention", *PACKED, (2, 1, 3, 5), qk_matmul_output_mode=2, **HEADS)),
    *giving(1, at((23,), "Attention", Q, K, V, None, *PAST, outputs=3)),
    *giving(2, at((23,), "Attention", *PACKED, None, *PACKED_PAST, outputs=3, **HEADS)),
]

CASES: list[Case] = [*OUTPUT, *SCORES]
