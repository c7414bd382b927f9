"""What an operator really reads, found by changing one input position after the other, against what its rule says."""

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np
import torch
from torch import Tensor

from rfengine.calculus.reads import AxisRead, Reads, Reshaped, Status
from rfengine.graph import Array
from rfengine.ops import Call
from rfengine.runtime.program import tensor_of
from tests.ops.case import Case, Drawn, Input, call_of

# Rounding stays far below this, one changed input far above.
NOTICEABLE = 1e-9
DRAWS = 16


def violations(case: Case) -> list[str]:
    """Where the reach rule of a case and brute force disagree; a sound and tight rule has none."""
    call = call_of(case)
    relation = case.operator.reads(call)[case.result]
    if not all(value is None or value.is_known for value in call.outputs):
        # How many units there are depends on the data, so that no unit can be told from another.
        followed = [i for i, ways in enumerate(relation) for way in ways if isinstance(way, Reads) and any(way.axes)]
        return [f"input {i} is followed into an output of unknown length" for i in followed]
    if any(isinstance(way, Reshaped) for ways in relation for way in ways):
        return _displaced(case, call)
    return [
        fault
        for index, ways in enumerate(relation)
        if call.has(index) and call.constants[index] is None
        for axis in range(len(call.shape(index)))
        for fault in _along_axis(case, call, index, axis, ways)
    ]


def _displaced(case: Case, call: Call) -> list[str]:
    """Elements of a reshape that do not keep their place in row-major order."""
    before = torch.arange(prod(call.shape()), dtype=torch.float64).reshape(call.shape())
    parameters = [None if c is None else tensor_of(c) for c in call.constants[1:]]
    after = case.operator.lower(call)(before, *parameters)
    assert isinstance(after, Tensor)
    same = tuple(after.shape) == call.out_shape and torch.equal(after.flatten(), before.flatten())
    return [] if same else ["declared a reshape, but elements move"]


def _along_axis(case: Case, call: Call, index: int, axis: int, ways: Sequence[Reads]) -> Iterator[str]:
    """Disagreements about which output positions read which positions along one axis of one input."""
    length = call.shape(index)[axis]
    changed = changes(case, call, index, axis)
    if not ways and changed.any():
        yield f"input {index} is declared unread, but it is read"
    rank = changed.ndim - 1
    for out_axis in range(rank):
        reads = [read for read in (way.axes[out_axis] for way in ways) if read is not None and read.axis == axis]
        if not reads or len(reads) < len(ways):
            continue  # some way of reading selects nothing along this axis: all of it may be read
        others = tuple(1 + other for other in range(rank) if other != out_axis)
        for unit, column in enumerate(changed.any(axis=others).T):
            truth = set(np.flatnonzero(column).tolist())
            said = set().union(*(_positions(read, unit, length) for read in reads))
            place = f"input {index}, axis {axis}: unit {unit} of output axis {out_axis}"
            if truth - said:
                yield f"{place} reads {sorted(truth - said)}, which is not declared"
            if said - truth and all(read.status is Status.EXACT for read in reads):
                yield f"{place} does not read {sorted(said - truth)}, which is declared"


def _positions(read: AxisRead, unit: int, length: int) -> set[int]:
    """The positions of an axis that a unit is declared to read, with what lies beyond the ends resolved."""
    landings = (
        read.border.landing(position, length)
        for position in (
            read.map.at(unit).elements() if read.only is None or read.only[0] <= unit <= read.only[1] else []
        )
    )
    return {position for position in landings if position is not None}


def changes(case: Case, call: Call, index: int, axis: int) -> Array:
    """Which outputs change when all of one position along an input axis does: bool [position, output shape ...].

    Values and weights are positive, so that no change cancels another, and a changed value is larger than any other,
    so that no maximum hides it. All in float64. Where values are drawn an operator tells few of them apart, so that one
    draw may hide a change.
    """
    random = np.random.default_rng(2)
    draws = (_changes_of_a_draw(case, call, index, axis, random) for _ in range(DRAWS if case.drawn else 1))
    return np.logical_or.reduce(list(draws))


def _changes_of_a_draw(case: Case, call: Call, index: int, axis: int, random: np.random.Generator) -> Array:
    tensors = [_tensor(case, call, i, random) for i in range(len(call.inputs))]
    kernel = case.operator.lower(call)
    before = _compared(case, kernel(*tensors))
    original = tensors[index]
    assert original is not None
    found = np.zeros((original.shape[axis], *before.shape), bool)
    for position in range(original.shape[axis]):
        place = (slice(None),) * axis + (position,)
        moved = original.clone()
        moved[place] = _another(case.inputs[index], original[place], random)
        after = _compared(case, kernel(*(moved if i == index else each for i, each in enumerate(tensors))))
        found[position] = _differs(before, after).numpy()
    return found


def _differs(before: Tensor, after: Tensor) -> Tensor:
    if not before.is_floating_point() or not after.is_floating_point():
        return before != after
    return (before.isnan() != after.isnan()) | ((after - before).abs() > NOTICEABLE)


def _another(source: Input, old: Tensor, random: np.random.Generator) -> Tensor:
    """Other values in place of the old ones."""
    if not isinstance(source, Drawn):
        return old + torch.from_numpy(np.asarray(random.uniform(1, 2, old.shape)))
    values = tensor_of(source.values).to(old.dtype)
    same = (old[..., None] == values) | (old.isnan()[..., None] & values.isnan())
    step = torch.from_numpy(np.asarray(random.integers(1, len(values), old.shape)))
    return values[(same.int().argmax(-1) + step) % len(values)]


def _tensor(case: Case, call: Call, index: int, random: np.random.Generator) -> Tensor | None:
    if not call.has(index):
        return None
    constant = call.constants[index]
    if constant is not None:
        tensor = torch.from_numpy(np.array(constant))
        return tensor.double() if tensor.is_floating_point() else tensor
    source = case.inputs[index]
    if isinstance(source, Drawn):
        tensor = tensor_of(source.sample(random))
        return tensor.double() if tensor.is_floating_point() else tensor
    return torch.from_numpy(np.asarray(random.uniform(0.05, 0.45, call.shape(index))))


def _compared(case: Case, results: Tensor | tuple[Tensor, ...]) -> Tensor:
    return results[case.result] if isinstance(results, tuple) else results
