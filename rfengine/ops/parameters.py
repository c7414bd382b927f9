"""Parameter inputs (axes, lengths, repeats): constants in nearly every model, computed from data in a few."""

from typing import TYPE_CHECKING

from rfengine.errors import BadShape
from rfengine.ops.call import Call

if TYPE_CHECKING:
    from torch import Tensor


def numbers(call: Call, index: int, given: "Tensor | None" = None) -> tuple[int, ...] | None:
    """A parameter as whole numbers: the tensor's at run time, else the constant's; None where it is absent.

    Raises:
        UnsupportedOperator: it is computed from data and no tensor is given.
    """
    if given is not None:
        return tuple(int(number) for number in given.reshape(-1).tolist())
    return call.int_list(index)


def are_fixed(call: Call, *indices: int) -> bool:
    """Whether none of the inputs at these positions is computed from data."""
    return not any(call.has(index) and call.constants[index] is None for index in indices)


def on_axes(call: Call, axes: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """Axes counted from the front; all of them where none are given.

    Raises:
        BadShape: one lies outside the tensor, or stands there twice.
    """
    axes = tuple(range(rank)) if axes is None else axes
    found = tuple(axis % rank for axis in axes if -rank <= axis < rank)
    if len(set(found)) != len(axes):
        raise BadShape(f"{call.node}: axes={list(axes)} are not different axes of a tensor of {rank}")
    return found
