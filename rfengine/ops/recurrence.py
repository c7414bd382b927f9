"""Causal operators that carry a state from call to call: every position reads itself and what came before.

https://onnx.ai/onnx/operators/onnx__LinearAttention.html, .../onnx__CausalConvWithState.html
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rfengine.calculus.index_map import index_map, support
from rfengine.calculus.local import strided, window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register

if TYPE_CHECKING:
    from torch import Tensor

# Convolution along the length, over `kernel` positions of which the last is the unit's own.

CONV_STATE = 3


def _conv_reads(call: Call) -> Sequence[Relation]:
    length, kernel = call.shape()[2], call.shape(1)[2]
    per_channel = (Reads((None, AxisRead(0), None)),)

    def placed(read: AxisRead) -> tuple[Reads, ...]:
        return (Reads((AxisRead(0), AxisRead(1), read)),)

    output = (
        placed(AxisRead(2, window(kernel, 1, 1, kernel - 1))),
        per_channel,
        per_channel if call.has(2) else (),
        placed(AxisRead(2, window(kernel))) if call.has(CONV_STATE) else (),
    )
    state = (
        placed(AxisRead(2, strided(length - (kernel - 1), 1))),
        (),
        (),
        placed(AxisRead(2, strided(length, 1))) if call.has(CONV_STATE) and length < kernel - 1 else (),
    )
    return [relation[: len(call.inputs)] for relation in (output, state)][: len(call.outputs)]


def _conv_lower(call: Call) -> Kernel:
    import torch
    import torch.nn.functional as F

    activation, kernel_size = str(call.attr("activation", "none")), call.shape(1)[2]
    if activation not in ("none", "silu", "swish"):
        raise BadShape(f"{call.node}: activation={activation!r} is none of none, silu, swish")

    def kernel(
        x: "Tensor", weight: "Tensor", bias: "Tensor | None" = None, state: "Tensor | None" = None
    ) -> "tuple[Tensor, Tensor]":
        before = F.pad(x, [kernel_size - 1, 0]) if state is None else torch.cat((state.to(x.dtype), x), 2)
        y = F.conv1d(before, weight, bias, groups=x.shape[1])
        return y if activation == "none" else F.silu(y), before[..., x.shape[2] :]

    return kernel


# A state [key size, value size] per head, that every position changes and reads.

STATE, DECAY, RATE = 3, 4, 5


def _heads(call: Call) -> tuple[int, int]:
    """Heads of queries and of keys."""
    queries, keys = int(call.attr("q_num_heads", 0)), int(call.attr("kv_num_heads", 0))
    split = ((0, queries), (1, keys), (2, keys))
    if min(queries, keys) < 1 or queries % keys or any(call.shape(i)[-1] % heads for i, heads in split):
        shapes = [list(call.shape(i)) for i in range(3)]
        raise BadShape(f"{call.node}: queries, keys and values {shapes} do not split into heads {queries}, {keys}")
    return queries, keys


def _linear_reads(call: Call) -> Sequence[Relation]:
    queries, keys = _heads(call)
    size, value_size = call.shape(0)[2] // queries, call.shape(2)[2] // keys
    spread = value_size * (queries // keys)
    own = index_map(size, value_size, [support(range(size))] * value_size)
    shared = index_map(size, spread, [support(range(size))] * spread)
    value = index_map(value_size, spread, [support([i % value_size]) for i in range(spread)])

    def before(channel: AxisRead | None) -> tuple[Reads, ...]:
        # All positions up to the unit's own: the map cannot say "up to", so all.
        return (Reads((AxisRead(0), None, channel)),)

    output = [
        (Reads((AxisRead(0), AxisRead(1), AxisRead(2, own))),),
        before(AxisRead(2, shared)),
        before(AxisRead(2, value)),
        *[before(None)] * 3,
    ]
    state = [
        (),
        *[(Reads((AxisRead(0), None, None, None)),)] * 2,
        (Reads((AxisRead(0), AxisRead(1), None, AxisRead(3))),),
        *[(Reads((AxisRead(0), None, None, None)),)] * 2,
    ]
    given = [call.has(i) for i in range(len(call.inputs))]
    return [
        tuple(ways if has else () for ways, has in zip(relation, given, strict=False)) for relation in (output, state)
    ][: len(call.outputs)]


def _linear_lower(call: Call) -> Kernel:
    import torch

    queries, keys = _heads(call)
    rule = str(call.attr("update_rule", "gated_delta"))
    if rule not in ("linear", "gated", "delta", "gated_delta"):
        raise BadShape(f"{call.node}: update_rule={rule!r} is none of linear, gated, delta, gated_delta")
    gated, corrected = "gated" in rule, "delta" in rule
    if (gated and not call.has(DECAY)) or (corrected and not call.has(RATE)):
        needed = " and ".join(name for name, is_used in (("decay", gated), ("beta", corrected)) if is_used)
        raise BadShape(f"{call.node}: update_rule={rule!r} needs {needed}")
    scale = float(call.attr("scale", 0.0)) or (call.shape()[2] // queries) ** -0.5

    def by_head(x: "Tensor", heads: int) -> "Tensor":
        """[batch, length, heads * size] to [length, batch, heads, size], in float32 at least."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        return wide.reshape(*x.shape[:2], heads, -1).transpose(0, 1)

    def kernel(
        q: "Tensor", k: "Tensor", v: "Tensor", past: "Tensor | None" = None,
        decay: "Tensor | None" = None, rate: "Tensor | None" = None,
    ) -> "tuple[Tensor, Tensor]":  # fmt: skip
        query, key, value = by_head(q, queries), by_head(k, keys), by_head(v, keys)
        fades = by_head(decay, keys).exp() if gated and decay is not None else [None] * len(key)
        rates = by_head(rate, rate.shape[2]) if corrected and rate is not None else [None] * len(key)
        state = key.new_zeros((*key.shape[1:], value.shape[3])) if past is None else past.to(key.dtype)
        outputs = []
        for q_t, k_t, v_t, fade, rate_t in zip(query, key, value, fades, rates, strict=True):
            state = state if fade is None else state * fade.unsqueeze(-1)
            update = v_t if rate_t is None else (v_t - torch.einsum("bhkv,bhk->bhv", state, k_t)) * rate_t
            state = state + k_t.unsqueeze(-1) * update.unsqueeze(-2)
            outputs.append(torch.einsum("bhk,bhkv->bhv", q_t, state.repeat_interleave(queries // keys, 1)) * scale)
        y = torch.stack(outputs, 1).flatten(2).to(q.dtype)
        return y, state.to(q.dtype if past is None else past.dtype)

    return kernel


register(Operator("CausalConvWithState", (27,), Nature.OTHER, _conv_reads, _conv_lower))
register(Operator("LinearAttention", (27,), Nature.OTHER, _linear_reads, _linear_lower))
