"""The value of a node whose inputs are known, where it is affordable."""

from math import prod

import numpy as np

from rfengine import ops
from rfengine.errors import BadModel
from rfengine.graph import Array
from rfengine.limits import Limits
from rfengine.operator_border import operator_code

# A constant may grow this much over what its inputs hold: int4 weights that are dequantised to floats do.
GROWTH = 8

# Their values are fills or views of the input and take no memory, whatever their shape.
_FREE = frozenset(
    {"Constant", "ConstantOfShape", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
)


def folded(call: ops.Call, operator: ops.Operator, limits: Limits) -> tuple[Array, ...]:
    """What a node computes from constants. The size is predicted from shapes, before anything is computed.

    Raises:
        BadModel: the constants do not fit each other.
        LimitExceeded: a fill would be laid out, or a small constant blown up, beyond the cap.
        OperatorFailed: the operator's own function failed.
    """
    assert operator.fold is not None
    known = [constant for constant in call.constants if constant is not None]
    held = sum(held_bytes(constant) for constant in known)
    laid_out = max([_bytes(call.out.shape, call.out.dtype.itemsize), *(_bytes(c.shape, c.itemsize) for c in known)])
    if laid_out > GROWTH * held and call.node.op not in _FREE:
        limits.check(f"bytes to compute the constant '{call.node.outputs[0]}' at {call.node}", laid_out, "folded_bytes")
    with operator_code(call.node), np.errstate(all="ignore"):
        try:
            made = operator.fold(call)
            return tuple(np.asarray(array) for array in made) if isinstance(made, tuple) else (np.asarray(made),)
        except (ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
            # ONNX has accepted the shapes of the constants; nobody has looked at their values yet.
            raise BadModel(f"{call.node}: its constant value cannot be computed: {error}") from error


def held_bytes(array: Array) -> int:
    """The memory that an array's elements lie in: an axis of stride zero repeats them and takes none."""
    return _bytes(tuple(n for n, step in zip(array.shape, array.strides, strict=True) if step), array.itemsize)


def _bytes(shape: tuple[int, ...], itemsize: int) -> int:
    return prod(shape) * itemsize
