"""Recurrent layers. https://onnx.ai/onnx/operators/onnx__RNN.html, .../onnx__GRU.html, .../onnx__LSTM.html.

A forward layer's output reads all times up to its own, a reverse layer's all from there on, a bidirectional one's all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import UNKNOWN
from rfengine.ops.call import Call
from rfengine.ops.cells import Parameters, States, Step, activations, gru_step, lstm_step, rnn_step
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known
from rfengine.ops.scan import one_sided

if TYPE_CHECKING:
    from torch import Tensor

# Directions by name: whether each runs backwards.
DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}


Axes = tuple[AxisRead | None, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What tells the layers apart: rows of W per neuron, states, activations by default, and the step."""

    gates: int
    states: int
    activations: tuple[str, ...]
    step: Callable[..., Step]


CELLS = {
    "RNN": Cell(1, 1, ("Tanh",), rnn_step),
    "GRU": Cell(3, 1, ("Sigmoid", "Tanh"), gru_step),
    "LSTM": Cell(4, 2, ("Sigmoid", "Tanh", "Tanh"), lstm_step),
}


def _directions(call: Call) -> tuple[bool, ...]:
    name = str(call.attr("direction", "forward"))
    if name not in DIRECTIONS:
        raise BadShape(f"{call.node}: direction={name!r} is none of {', '.join(DIRECTIONS)}")
    return DIRECTIONS[name]


def _batch_first(call: Call) -> bool:
    return bool(call.attr("layout", 0))


@when_known
def _reads(call: Call) -> list[Relation]:
    """Y has the axes time, direction, batch, neuron, a last state direction, batch, neuron; `layout` puts batch first.

    An initial state follows direction and batch. Weights, lengths and peepholes count as read whole.
    """
    first = _batch_first(call)
    time, batch = (1, 0) if first else (0, 1)
    both = len(_directions(call)) == 2
    along = None if both else one_sided(time, call.shape()[time])
    x: Axes = (AxisRead(batch), along, None, None) if first else (along, None, AxisRead(batch), None)
    last_x: Axes = (AxisRead(batch), None, None) if first else (None, AxisRead(batch), None)
    state: Axes = (AxisRead(0), None, AxisRead(1), None) if first else (None, AxisRead(0), AxisRead(1), None)
    last_state: Axes = (AxisRead(0), AxisRead(1), None)

    def relation(data: Reads, initial: Reads) -> Relation:
        parameters = Reads((None,) * len(data.axes))
        ways = {0: data, 5: initial, 6: initial}
        return tuple((ways.get(i, parameters),) if call.has(i) else () for i in range(len(call.inputs)))

    sequence, last = relation(Reads(x), Reads(state)), relation(Reads(last_x), Reads(last_state))
    return [sequence, last, last][: len(call.outputs)]


def _check(call: Call, cell: Cell, directions: int) -> int:
    """The number of neurons, once the weights are seen to fit."""
    H = call.shape(2)[-1]
    wanted = {1: (directions, cell.gates * H, call.shape()[-1]), 2: (directions, cell.gates * H, H)}
    for index, shape in wanted.items():
        if any(n not in (m, UNKNOWN) and m != UNKNOWN for n, m in zip(call.shape(index), shape, strict=True)):
            raise BadShape(f"{call.node}: input {index} has the shape {list(call.shape(index))}, not {list(shape)}")
    if call.shape()[1 if _batch_first(call) else 0] == 0:
        raise BadShape(f"{call.node}: its input {list(call.shape())} has no time step")
    return H


def _lower(call: Call) -> Kernel:
    import torch

    cell, directions, first = CELLS[call.node.op], _directions(call), _batch_first(call)
    H = _check(call, cell, len(directions))
    steps = [cell.step(call, *functions) for functions in activations(call, cell.activations, len(directions))]

    def kernel(
        x: "Tensor",
        weight: "Tensor",
        recurrence: "Tensor",
        bias: "Tensor | None" = None,
        lengths: "Tensor | None" = None,
        initial_h: "Tensor | None" = None,
        initial_c: "Tensor | None" = None,
        peepholes: "Tensor | None" = None,
    ) -> "tuple[Tensor, ...]":
        x = x.transpose(0, 1) if first else x
        given = (initial_h, initial_c)[: cell.states]
        found = []
        for d, backwards in enumerate(directions):
            of_x, of_h = (None, None) if bias is None else bias[d].chunk(2)
            own = Parameters(recurrence[d], of_h, None if peepholes is None else peepholes[d])
            projected = torch.nn.functional.linear(x, weight[d], of_x)
            states = tuple(x.new_zeros(x.shape[1], H) if s is None else (s[:, d] if first else s[d]) for s in given)
            found.append(_unrolled(steps[d], projected, states, own, lengths, backwards=backwards))
        sequence = torch.stack([outputs for outputs, _ in found], 1)
        last = (torch.stack(states, int(first)) for states in zip(*(states for _, states in found), strict=True))
        return (sequence.permute(2, 0, 1, 3) if first else sequence, *last)

    return kernel


def _unrolled(
    step: Step, x: "Tensor", states: States, own: Parameters, lengths: "Tensor | None", *, backwards: bool
) -> "tuple[Tensor, States]":
    """One direction over time: outputs [time, batch, H] and the last states.

    Beyond the length of its sequence an output is zero and the states stay as they are; a reversed sequence so begins
    at its own end.
    """
    import torch

    times = range(len(x))
    outputs: dict[int, Tensor] = {}
    for t in reversed(times) if backwards else times:
        new = step(x[t], states, own)
        if lengths is None:
            states, outputs[t] = new, new[0]
            continue
        alive = (t < lengths)[:, None]
        states = tuple(torch.where(alive, after, before) for after, before in zip(new, states, strict=True))
        outputs[t] = torch.where(alive, new[0], 0)
    return torch.stack([outputs[t] for t in times]), states


for _name in CELLS:
    register(Operator(_name, (7, 14, 22), Nature.OTHER, _reads, _lower))
