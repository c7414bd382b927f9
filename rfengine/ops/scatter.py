"""ScatterElements, ScatterND and the older Scatter: updates written into a tensor, or combined with it.

With constant indices the data is read where it is not overwritten, and each update where it lands.
https://onnx.ai/onnx/operators/onnx__ScatterElements.html, .../onnx__ScatterND.html
"""

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus.index_map import EMPTY, IDENTITY, Support
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable
from rfengine.ops.gather import columns, from_front
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known
from rfengine.ops.tables import along, counted, fixed_indices, following, inverted, varying

if TYPE_CHECKING:
    from torch import Tensor

# What ONNX calls a reduction, and what torch does.
REDUCTIONS = {"none": "", "add": "sum", "mul": "prod", "max": "amax", "min": "amin"}
_SINCE = {"add": 16, "mul": 16, "max": 18, "min": 18}


def _reduction(call: Call) -> str:
    name = str(call.attr("reduction", "none"))
    if name not in REDUCTIONS or call.node.version < _SINCE.get(name, 0):
        raise BadShape(f"{call.node}: reduction={name!r} is none of this version's")
    return name


def _kept(call: Call, overwritten: Array | None, shape: Shape) -> Reads:
    """How the data is read: at its own place, unless overwritten. `overwritten` covers the leading axes.

    Where that depends on one axis alone, the rule says which units are left; where it depends on several (a
    rectangle), or on data, what is left along them is a bound.
    """
    axes = [AxisRead(i) for i in range(len(shape))]
    if _reduction(call) != "none" or (overwritten is not None and not overwritten.any()):
        return Reads(tuple(axes))
    bound = (Status.UPPER_BOUND, "part of it is overwritten")
    if overwritten is None:
        return Reads(tuple(AxisRead(i, IDENTITY, Border.NOTHING, *bound) for i in range(len(shape))))
    changing = varying(overwritten)
    if len(changing) == 1:
        gone = along(overwritten, changing[0])
        left = [EMPTY if over else Support(i, 1) for i, over in enumerate(gone)]
        return Reads(tuple(following(i, left) if i == changing[0] else each for i, each in enumerate(axes)))
    return Reads(
        tuple(AxisRead(i, IDENTITY, Border.NOTHING, *bound) if i in changing else axes[i] for i in range(len(shape)))
    )


def _relation(call: Call, overwritten: Array | None, updates: Reads, indices: Reads) -> list[Relation]:
    data = (
        ()
        if overwritten is not None and overwritten.all() and _reduction(call) == "none"
        else (_kept(call, overwritten, call.shape()),)
    )
    return [(data, (indices,), (updates,))]


# ScatterElements: an index of its own along one axis for every update.


def _place(positions: Array, axis: int) -> tuple[Array, ...]:
    """Where the updates go, as an index of numpy's."""
    place: list[Array] = [*np.ix_(*(np.arange(n) for n in positions.shape))]
    place[axis] = positions
    return tuple(place)


@when_known
def _elements_reads(call: Call) -> list[Relation]:
    axis, shape = call.axis(), call.shape()
    whole_axis = Reads.same(len(shape)).over((axis,))
    indices = fixed_indices(call)
    if indices is None:
        return _relation(call, None, whole_axis, whole_axis)
    positions = counted(call, indices, shape[axis])
    overwritten = np.zeros(shape, bool)
    overwritten[_place(positions, axis)] = True
    axes: list[AxisRead | None] = list(whole_axis.axes)
    if positions.size and set(varying(positions)) <= {axis}:
        axes[axis] = following(axis, inverted(along(positions, axis), shape[axis]))
    return _relation(call, overwritten, Reads(tuple(axes)), whole_axis)


def _elements_lower(call: Call) -> Kernel:
    axis, reduction = call.axis(), REDUCTIONS[_reduction(call)]

    def kernel(x: "Tensor", indices: "Tensor", updates: "Tensor") -> "Tensor":
        index = from_front(indices, x.shape[axis])
        data, values = computable(x), computable(updates)
        if reduction:
            return data.scatter_reduce(axis, index, values, reduction).to(x.dtype)
        return data.scatter(axis, index, values).to(x.dtype)

    return kernel


def _elements_fold(call: Call) -> Array:
    axis, array, indices = call.axis(), call.data().copy(), call.data(1)
    positions = counted(call, indices, array.shape[axis])
    return _combined(call, array, _place(positions, axis), call.data(2))


def _combined(call: Call, array: Array, place: tuple[Array, ...], values: Array) -> Array:
    """The array with the values put in place, each one after the other."""
    reductions = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}
    name = _reduction(call)
    if name == "none":
        array[place] = values
    else:
        reductions[name].at(array, place, values)
    return array


for _name, _versions in (("ScatterElements", (11, 13, 16, 18)), ("Scatter", (9,))):
    register(Operator(_name, _versions, Nature.MOVES, _elements_reads, _elements_lower, fold=_elements_fold))


# ScatterND: the last axis of the indices holds a position on the leading data axes.


@when_known
def _nd_reads(call: Call) -> list[Relation]:
    shape, chosen = call.shape(), call.shape(1)
    depth, mid = chosen[-1], len(chosen) - 1
    rest = [AxisRead(mid + i) for i in range(len(shape) - depth)]
    from_indices = Reads((None,) * len(shape))
    indices = fixed_indices(call)
    if indices is None:
        return _relation(call, None, Reads((*[None] * depth, *rest)), from_indices)
    place = columns(call, indices, shape[:depth])
    overwritten = np.zeros(shape[:depth], bool)
    overwritten[tuple(place)] = True
    axes: list[AxisRead | None] = [None] * depth
    for i, positions in enumerate(place):
        changing = varying(positions)
        if positions.size and len(changing) == 1:
            axes[i] = following(changing[0], inverted(along(positions, changing[0]), shape[i]))
    return _relation(call, overwritten, Reads((*axes, *rest)), from_indices)


def _nd_lower(call: Call) -> Kernel:
    import torch

    reduction = REDUCTIONS[_reduction(call)]

    def kernel(x: "Tensor", indices: "Tensor", updates: "Tensor") -> "Tensor":
        depth = indices.shape[-1]
        lengths = x.shape[:depth]
        rows = computable(x).reshape(prod(lengths), -1)
        flat = indices.new_zeros(indices.shape[:-1], dtype=torch.int64)
        for i, length in enumerate(lengths):
            flat = flat * length + from_front(indices[..., i], length)
        values = computable(updates).reshape(-1, rows.shape[1])
        index = flat.reshape(-1, 1).expand(values.shape)
        written = rows.scatter_reduce(0, index, values, reduction) if reduction else rows.scatter(0, index, values)
        return written.reshape(x.shape).to(x.dtype)

    return kernel


def _nd_fold(call: Call) -> Array:
    array, indices = call.data().copy(), call.data(1)
    return _combined(call, array, tuple(columns(call, indices, array.shape[: indices.shape[-1]])), call.data(2))


register(Operator("ScatterND", (11, 13, 16, 18), Nature.MOVES, _nd_reads, _nd_lower, fold=_nd_fold))
