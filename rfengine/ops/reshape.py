"""Reshape and its special cases. https://onnx.ai/onnx/operators/onnx__Reshape.html, .../onnx__Squeeze.html."""

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING

from rfengine.calculus.reads import Reshaped
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known

if TYPE_CHECKING:
    from torch import Tensor

# The target shape, from the input's shape and the second input.
Target = Callable[[Shape, "Tensor | None"], Shape]


@when_known
def _reads(call: Call) -> list[Relation]:
    return only_first(call, Reshaped())


def _lower(target: Callable[[Call], Target]) -> Callable[[Call], Kernel]:
    """The lowering: the shape in the graph, or where that depends on the data, the `target` at run time."""

    def lower(call: Call) -> Kernel:
        if call.out.is_known:
            shape = call.out_shape
            return lambda x, *_: x.reshape(shape)
        shape_of = target(call)
        return lambda x, parameter=None: x.reshape(shape_of(tuple(x.shape), parameter))

    return lower


def _fold(call: Call) -> Array:
    return call.data().reshape(call.out_shape)


def resolved(wanted: Sequence[int], shape: Shape, *, allow_zero: bool) -> Shape:
    """A Reshape target with its 0 (copy the length, unless allowed as such) and -1 (the rest) filled in."""
    filled = [shape[i] if n == 0 and not allow_zero else n for i, n in enumerate(wanted)]
    rest = prod(n for n in filled if n != -1)
    return tuple(prod(shape) // max(rest, 1) if n == -1 else n for n in filled)


def _reshape_target(call: Call) -> Target:
    allow_zero = bool(call.attr("allowzero", 0))

    def target(shape: Shape, wanted: "Tensor | None") -> Shape:
        assert wanted is not None
        return resolved(wanted.tolist(), shape, allow_zero=allow_zero)

    return target


def _flatten_target(call: Call) -> Target:
    rank = len(call.shape())
    axis = int(call.attr("axis", 1))
    axis = axis + rank if axis < 0 else axis
    return lambda shape, _: (prod(shape[:axis]), prod(shape[axis:]))


def _axes(call: Call) -> tuple[int, ...] | None:
    return call.int_list(1) if call.node.version >= 13 else call.attr("axes")


def _squeeze_target(call: Call) -> Target:
    axes = _axes(call)
    if axes is None:
        return lambda shape, _: tuple(n for n in shape if n != 1)
    gone = {int(axis) % len(call.shape()) for axis in axes}
    return lambda shape, _: tuple(n for axis, n in enumerate(shape) if axis not in gone)


def _unsqueeze_target(call: Call) -> Target:
    axes = _axes(call) or ()
    rank = len(call.shape()) + len(axes)
    new = {int(axis) % rank for axis in axes}

    def target(shape: Shape, _: "Tensor | None") -> Shape:
        lengths = iter(shape)
        return tuple(1 if axis in new else next(lengths) for axis in range(rank))

    return target


for _name, _versions, _target in (
    ("Reshape", (5, 13, 14, 19, 21, 23, 24, 25), _reshape_target),
    ("Flatten", (1, 9, 11, 13, 21, 23, 24, 25), _flatten_target),
    ("Squeeze", (1, 11, 13, 21, 23, 24, 25), _squeeze_target),
    ("Unsqueeze", (1, 11, 13, 21, 23, 24, 25), _unsqueeze_target),
):
    register(Operator(_name, _versions, Nature.MOVES, _reads, _lower(_target), fold=_fold))
