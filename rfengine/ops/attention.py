"""Attention: softmax(Q K' scale + bias) V. Every query reads all keys, or those in its window.

https://onnx.ai/onnx/operators/onnx__Attention.html
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.local import repeated, strided, window
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.ops.attention_kernel import attend, bias_of, joined, packed, shared, unpacked
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import stretched

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Inputs and outputs by position.
MASK, PAST_KEY, PAST_VALUE, VALID = 3, 4, 5, 6

# What `qk_matmul_output` shows, by its mode.
RAW, CAPPED, BIASED, SOFTMAX = range(4)


@dataclass(frozen=True, slots=True)
class Heads:
    """How a call's tensors split into heads; `packed` tensors are [batch, length, heads * size]."""

    packed: bool
    queries: int
    keys: int
    size: int
    value_size: int

    @property
    def group(self) -> int:
        """Heads of queries that share one of keys."""
        return self.queries // self.keys

    @classmethod
    def of(cls, call: Call) -> "Heads":
        """The heads of a call.

        Raises:
            BadShape: the shapes are those of no attention.
        """
        q, k, v = call.shape(0), call.shape(1), call.shape(2)
        packed = len(q) == 3
        if packed:
            queries, keys = int(call.attr("q_num_heads", 0)), int(call.attr("kv_num_heads", 0))
        else:
            queries, keys = (q[1], k[1]) if len(q) == len(k) == 4 else (0, 0)
        split = (queries, keys, keys) if packed else (1, 1, 1)
        lasts = tuple(shape[-1] for shape in (q, k, v))
        fits = min(queries, keys, *lasts) > 0 and queries % keys == 0 and len(q) == len(k) == len(v)
        if not fits or any(last % heads for last, heads in zip(lasts, split, strict=True)):
            shapes = [list(shape) for shape in (q, k, v)]
            raise BadShape(f"{call.node}: queries, keys and values {shapes} do not split into heads {queries}, {keys}")
        return cls(packed, queries, keys, lasts[0] // split[0], lasts[2] // split[2])


def _past(call: Call) -> int:
    """Length of the cached keys."""
    return call.shape(PAST_KEY)[2] if call.has(PAST_KEY) else 0


def _windows(call: Call) -> tuple[int, int]:
    """How many positions a query may look back and ahead; -1 for all."""
    left, right = int(call.attr("left_window_size", -1)), int(call.attr("right_window_size", -1))
    if min(left, right) < -1:
        raise BadShape(f"{call.node}: window sizes {left} and {right} must be -1 or more")
    return left, 0 if call.attr("is_causal", 0) else right


# Reach. A head is known where it is an axis of its own; the channels of packed heads count as read whole.

SOME_KEYS = "some queries may see fewer keys, and with one key alone the scores do not matter"


# Exporters hide keys by minus infinity, by the least number of a type, or by what they take for large.
HIDING = -1e4


def _bounded(call: Call, ways: dict[int, Reads]) -> dict[int, Reads]:
    """The reads, as bounds where keys are hidden: by a mask those of all inputs, by place those of the scores'."""
    keys = _past(call) + call.shape(1)[_length_axis(call)]
    masked = call.has(VALID) or _may_hide(call, keys)
    placed = max(_windows(call)) >= 0 or keys == 1
    exact = set(ways) if not (masked or placed) else set() if masked else {2, PAST_VALUE}
    return {i: way if i in exact else _as_bound(way) for i, way in ways.items()}


def _may_hide(call: Call, keys: int) -> bool:
    """Whether the mask may hide a key: not if it is a constant, moderate bias for every one of them."""
    mask = call.constants[MASK] if call.has(MASK) else np.zeros(keys)
    return mask is None or mask.dtype == bool or mask.shape[-1:] != (keys,) or not (mask > HIDING).all()


def _as_bound(way: Reads) -> Reads:
    return Reads(tuple(a and replace(a, status=Status.UPPER_BOUND, reason=SOME_KEYS) for a in way.axes))


def _keys(call: Call, *, cached: bool) -> AxisRead | None:
    """The keys that a query reads, along the keys' own axis, or None for all of them."""
    left, right = _windows(call)
    if min(left, right) < 0 or call.has(VALID):
        return None
    before = left - (_past(call) if cached else 0)
    return AxisRead(_length_axis(call, cached=cached), window(left + right + 1, 1, 1, before))


def _own_key(call: Call, *, cached: bool) -> AxisRead:
    """A key in its place behind the cached ones; the map cannot say where each of the two kinds ends."""
    axis = _length_axis(call, cached=cached)
    if not call.has(PAST_KEY):
        return AxisRead(axis)
    offset = 0 if cached else -_past(call)
    return AxisRead(axis, strided(offset, 1), Border.NOTHING, Status.UPPER_BOUND, "appended to cached keys")


def _length_axis(call: Call, *, cached: bool = False) -> int:
    return 2 if cached or len(call.shape()) == 4 else 1


def _of_mask(call: Call, *, keys: bool) -> list[AxisRead | None]:
    """What scores [batch, head, query, key] read of the mask, which is broadcast to them."""
    shape = call.shape(MASK)
    sizes = (call.shape()[0], Heads.of(call).queries, call.shape()[_length_axis(call)])
    axes: list[AxisRead | None] = [None] * 4
    for axis, length in enumerate(shape):
        place = axis + 4 - len(shape)
        if place < 3:
            axes[place] = stretched(axis, length, sizes[place])
        elif keys:
            axes[place] = AxisRead(axis)
    return axes


def _output_relation(call: Call, heads: Heads) -> Relation:
    def laid(head: AxisRead | None, query: AxisRead | None, channel: AxisRead | None) -> Reads:
        batch = AxisRead(0)
        return Reads((batch, query, None) if heads.packed else (batch, head, query, channel))

    shared = AxisRead(1, repeated(heads.group))
    ways = {0: laid(AxisRead(1), AxisRead(_length_axis(call)), None)}
    ways |= {i: laid(shared, _keys(call, cached=False), AxisRead(3) if i == 2 else None) for i in (1, 2)}
    ways |= {
        i: laid(shared, _keys(call, cached=True), AxisRead(3) if i == PAST_VALUE else None)
        for i in (PAST_KEY, PAST_VALUE)
    }
    ways[VALID] = laid(None, None, None)
    if call.has(MASK):
        batch, head, query, _ = _of_mask(call, keys=False)
        ways[MASK] = Reads((batch, query, None) if heads.packed else (batch, head, query, None))
    return _relation(call, _bounded(call, ways))


def _scores_relation(call: Call, heads: Heads) -> Relation:
    mode = int(call.attr("qk_matmul_output_mode", RAW))
    free = mode != SOFTMAX
    shared = AxisRead(1, repeated(heads.group))
    ways = {
        0: Reads((AxisRead(0), None if heads.packed else AxisRead(1), AxisRead(_length_axis(call)), None)),
        1: Reads((AxisRead(0), None if heads.packed else shared, None, _own_key(call, cached=False) if free else None)),
        PAST_KEY: Reads((AxisRead(0), shared, None, _own_key(call, cached=True) if free else None)),
    }
    if mode >= BIASED:
        ways[VALID] = Reads((AxisRead(0), None, None, None))
        ways |= {MASK: Reads(tuple(_of_mask(call, keys=free)))} if call.has(MASK) else {}
        ways = _bounded(call, ways)
    return _relation(call, ways)


def _present_relation(call: Call, heads: Heads, new: int, past: int) -> Relation:
    head, channel = (None, None) if heads.packed else (AxisRead(1), AxisRead(3))
    return _relation(
        call,
        {
            new: Reads((AxisRead(0), head, _own_key(call, cached=False), channel)),
            past: Reads((AxisRead(0), AxisRead(1), _own_key(call, cached=True), AxisRead(3))),
        },
    )


def _relation(call: Call, ways: dict[int, Reads]) -> Relation:
    return tuple((ways[i],) if i in ways and call.has(i) else () for i in range(len(call.inputs)))


def _reads(call: Call) -> list[Relation]:
    heads = Heads.of(call)
    relations: list[Relation] = [_output_relation(call, heads)]
    if len(call.outputs) > 1:
        relations.append(_present_relation(call, heads, 1, PAST_KEY))
        relations.append(_present_relation(call, heads, 2, PAST_VALUE))
        relations.append(_scores_relation(call, heads))
    return relations[: len(call.outputs)]


# Lowering.


def _lower(call: Call) -> Kernel:
    heads, (left, right) = Heads.of(call), _windows(call)
    if call.has(VALID) and call.has(PAST_KEY):
        raise BadShape(f"{call.node}: nonpad_kv_seqlen and past_key are given, which exclude each other")
    if call.has(PAST_KEY) != call.has(PAST_VALUE):
        raise BadShape(f"{call.node}: past_key and past_value must be given together")
    if call.attr("score_mod") is not None or call.attr("prob_mod") is not None:
        raise call.refused("score_mod or prob_mod is given, a network inside the node")
    scale = float(call.attr("scale", heads.size**-0.5))
    if scale < 0:
        raise call.refused(f"scale={scale}: it goes to either factor by its square root, so a negative one")
    softcap, mode = float(call.attr("softcap", 0.0)), int(call.attr("qk_matmul_output_mode", RAW))
    if mode not in range(4):
        raise BadShape(f"{call.node}: qk_matmul_output_mode={mode} is none of 0, 1, 2, 3")
    precision = _precision(call)

    def kernel(
        q: "Tensor", k: "Tensor", v: "Tensor", mask: "Tensor | None" = None,
        past_key: "Tensor | None" = None, past_value: "Tensor | None" = None, valid: "Tensor | None" = None,
    ) -> "tuple[Tensor, ...]":  # fmt: skip
        if heads.packed:
            q, k, v = unpacked(q, heads.queries), unpacked(k, heads.keys), unpacked(v, heads.keys)
        offset: int | Tensor = 0
        if past_key is not None and past_value is not None:
            offset, k, v = past_key.shape[2], joined(past_key, k), joined(past_value, v)
        elif valid is not None:
            offset = valid.reshape(-1, 1, 1, 1) - q.shape[2]
        bias = bias_of(q, k.shape[2], mask, offset, valid, left, right)
        y, *scores = attend(q, shared(k, heads.group), shared(v, heads.group), bias, scale, softcap, precision(q.dtype))
        return packed(y) if heads.packed else y, k, v, scores[mode]

    return kernel


def _precision(call: Call) -> "Callable[[torch.dtype], torch.dtype]":
    """From the type of the queries to that of the softmax; a graph in float64 stays so."""
    import torch

    asked = {1: torch.float32, 10: torch.float16, 11: torch.float64, 16: torch.bfloat16}.get(
        int(call.attr("softmax_precision", 0))
    )
    return lambda own: own if asked is None or own == torch.float64 else asked


register(Operator("Attention", (23, 24, 25), Nature.OTHER, _reads, _lower))
