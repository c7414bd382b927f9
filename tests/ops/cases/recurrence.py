from tests.ops.case import Case, Weight, asking, at, giving
from tests.ops.oracles import reference_output

X = (2, 3, 7)
KERNEL = Weight((3, 1, 4))
Q, K, V = (2, 5, 16), (2, 5, 8), (2, 5, 6)
STATE = (2, 2, 4, 3)
HEADS = {"q_num_heads": 4, "kv_num_heads": 2}
DECAY, RATE = (2, 5, 2), (2, 5, 2)

CONVOLUTION = [
    *at((27,), "CausalConvWithState", X, KERNEL, outputs=2),
    *at((27,), "CausalConvWithState", X, KERNEL, Weight((3,)), (2, 3, 3), outputs=2, activation="silu"),
    *at((27,), "CausalConvWithState", X, (3, 1, 4), (3,), outputs=2),
    *at((27,), "CausalConvWithState", (1, 3, 2), KERNEL, None, (1, 3, 3), outputs=2, activation="swish"),
    *giving(1, at((27,), "CausalConvWithState", X, KERNEL, None, (2, 3, 3))),
    *giving(1, at((27,), "CausalConvWithState", (1, 3, 2), KERNEL, None, (1, 3, 3))),
]

ATTENTION = [
    *at((27,), "LinearAttention", Q, K, V, update_rule="linear", outputs=2, **HEADS),
    *at((27,), "LinearAttention", Q, K, V, STATE, DECAY, update_rule="gated", outputs=2, **HEADS),
    *at((27,), "LinearAttention", Q, K, V, None, (2, 5, 8), update_rule="gated", scale=0.7, outputs=2, **HEADS),
    *at((27,), "LinearAttention", Q, K, V, STATE, None, RATE, update_rule="delta", outputs=2, **HEADS),
    *at((27,), "LinearAttention", Q, K, V, STATE, DECAY, (2, 5, 1), outputs=2, **HEADS),
    *giving(1, at((27,), "LinearAttention", Q, K, V, STATE, DECAY, RATE, **HEADS)),
]

# onnxruntime refuses opset 27.
CASES: list[Case] = asking(reference_output, [*CONVOLUTION, *ATTENTION])
