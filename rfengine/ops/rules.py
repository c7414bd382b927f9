"""Reach rules that several families share."""

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps

from rfengine.calculus.index_map import IDENTITY, IndexMap
from rfengine.calculus.local import constant
from rfengine.calculus.reads import AxisRead, Reads, Way
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Relation

Rule = Callable[[Call], Sequence[Relation]]


@lru_cache(maxsize=1 << 10)
def broadcast(in_shape: Shape, out_shape: Shape) -> Reads:
    """Element by element with numpy's broadcasting: a stretched axis reads its only element."""
    if in_shape == out_shape:
        return Reads.same(len(out_shape))
    extra = len(out_shape) - len(in_shape)
    axes: list[AxisRead | None] = [None] * extra
    axes += [stretched(axis, length, out_shape[axis + extra]) for axis, length in enumerate(in_shape)]
    return Reads(tuple(axes))


def stretched(axis: int, length: int, out_length: int) -> AxisRead:
    """An axis that keeps its place, or of one element that all outputs read."""
    return AxisRead(axis, constant(0) if length == 1 and out_length != 1 else IDENTITY)


def elementwise(call: Call) -> list[Relation]:
    """Every output reads every input at its own place, with broadcasting."""
    return [
        tuple(() if v is None else (broadcast(v.shape, out.shape),) for v in call.inputs) if out is not None else ()
        for out in call.outputs
    ]


def only_first(call: Call, *reads: Way) -> list[Relation]:
    """Every output reads the first input in the given ways; the others are parameters."""
    return [(reads, *[()] * (len(call.inputs) - 1)) for _ in call.outputs]


def first_input_only(call: Call) -> list[Relation]:
    """Every output reads the first input at its own place; the others are parameters."""
    return only_first(call, Reads.same(len(call.shape())))


def whole(call: Call) -> list[Relation]:
    """Every output element reads every element of every input."""
    return [
        tuple(() if v is None else (Reads((None,) * len(out.shape)),) for v in call.inputs) if out is not None else ()
        for out in call.outputs
    ]


def windows(call: Call, maps: tuple[IndexMap, ...], *, across_channels: bool) -> list[Relation]:
    """[N, C, spatial ...] operators: batch follows batch, each spatial axis its map.

    Channels follow channels, unless the operator reads `across_channels`.
    """
    channel = None if across_channels else AxisRead(1)
    reads = Reads((AxisRead(0), channel, *(AxisRead(2 + i, m) for i, m in enumerate(maps))))
    return only_first(call, reads)


def when_known(rule: Rule) -> Rule:
    """The rule where every shape is known. Where one depends on the data, what is where is not: all is read by all."""

    @wraps(rule)
    def guarded(call: Call) -> Sequence[Relation]:
        known = all(value is None or value.is_known for value in (*call.inputs, *call.outputs))
        return rule(call) if known else whole(call)

    return guarded
