"""One step of each recurrent cell, as the equations of ONNX write it, and the activations that the cells may use.

https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours: g gates of H neurons are rows of one matrix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rfengine.errors import BadShape
from rfengine.ops.call import Call

if TYPE_CHECKING:
    from torch import Tensor

Activation = Callable[["Tensor"], "Tensor"]
States = tuple["Tensor", ...]  # (h,) or (h, c), each [batch, H]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Of one direction: recurrence R [g H, H] and its bias [g H], peepholes [3 H] (i, o, f)."""

    recurrence: "Tensor"
    bias: "Tensor | None"
    peepholes: "Tensor | None"


# From the projected input x W^T + Wb [batch, g H], the states and the parameters to the next states.
Step = Callable[["Tensor", States, Parameters], States]

# Activations by name, with the defaults of their alpha and beta; None where they have none.
_DEFAULTS: dict[str, tuple[float | None, float | None]] = {
    "relu": (None, None),
    "tanh": (None, None),
    "sigmoid": (None, None),
    "softsign": (None, None),
    "softplus": (None, None),
    "affine": (1.0, 0.0),
    "leakyrelu": (0.01, None),
    "thresholdedrelu": (1.0, None),
    "scaledtanh": (1.0, 1.0),
    "hardsigmoid": (0.2, 0.5),
    "elu": (1.0, None),
}


def _activation(name: str, alpha: Any, beta: Any) -> Activation:
    import torch
    import torch.nn.functional as F

    functions: dict[str, Activation] = {
        "relu": torch.relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softsign": F.softsign,
        "softplus": F.softplus,
        "affine": lambda x: alpha * x + beta,
        "leakyrelu": lambda x: F.leaky_relu(x, alpha),
        "thresholdedrelu": lambda x: torch.where(x >= alpha, x, 0),
        "scaledtanh": lambda x: alpha * torch.tanh(beta * x),
        "hardsigmoid": lambda x: (alpha * x + beta).clamp(0, 1),
        "elu": lambda x: F.elu(x, alpha),
    }
    return functions[name]


def activations(call: Call, defaults: tuple[str, ...], directions: int) -> list[tuple[Activation, ...]]:
    """The activations of each direction; given alphas and betas go, in order, to those that have one."""
    names = call.attr("activations") or defaults * directions
    if len(names) != len(defaults) * directions:
        raise BadShape(f"{call.node}: activations={list(names)} must be {len(defaults)} per direction")
    alphas: Iterator[float] = iter(call.attr("activation_alpha") or ())
    betas: Iterator[float] = iter(call.attr("activation_beta") or ())
    found = []
    for name in names:
        key = str(name).casefold()
        if key not in _DEFAULTS:
            raise call.refused(f"the activation {name!r}")
        alpha, beta = _DEFAULTS[key]
        alpha = alpha if alpha is None else next(alphas, alpha)
        beta = beta if beta is None else next(betas, beta)
        found.append(_activation(key, alpha, beta))
    width = len(defaults)
    return [tuple(found[d * width : (d + 1) * width]) for d in range(directions)]


def _clipped(call: Call) -> Activation:
    limit = call.attr("clip")
    return (lambda x: x) if limit is None else (lambda x: x.clamp(-float(limit), float(limit)))


def rnn_step(call: Call, f: Activation) -> Step:
    """H = f(x W^T + h R^T + Wb + Rb)."""
    import torch.nn.functional as F

    clip = _clipped(call)
    return lambda x, states, own: (f(clip(x + F.linear(states[0], own.recurrence, own.bias))),)


def gru_step(call: Call, f: Activation, g: Activation) -> Step:
    """The gates z (update), r (reset) and h; the reset comes before or after the recurrence of h."""
    import torch.nn.functional as F

    clip, reset_last = _clipped(call), bool(call.attr("linear_before_reset", 0))

    def step(x: "Tensor", states: States, own: Parameters) -> States:
        (h,) = states
        H = h.shape[-1]
        gates = x[:, : 2 * H] + F.linear(h, own.recurrence[: 2 * H], None if own.bias is None else own.bias[: 2 * H])
        z, r = f(clip(gates)).chunk(2, -1)
        matrix, bias = own.recurrence[2 * H :], None if own.bias is None else own.bias[2 * H :]
        recurred = r * F.linear(h, matrix, bias) if reset_last else F.linear(r * h, matrix, bias)
        return ((1 - z) * g(clip(x[:, 2 * H :] + recurred)) + z * h,)

    return step


def lstm_step(call: Call, f: Activation, g: Activation, h: Activation) -> Step:
    """The gates i, o, f and c; a gate may look at the cell through a peephole, and f may be 1 - i."""
    import torch.nn.functional as F

    clip, coupled = _clipped(call), bool(call.attr("input_forget", 0))

    def step(x: "Tensor", states: States, own: Parameters) -> States:
        hidden, cell = states
        i, o, forget, c = (x + F.linear(hidden, own.recurrence, own.bias)).chunk(4, -1)
        peep_i, peep_o, peep_f = (0, 0, 0) if own.peepholes is None else own.peepholes.chunk(3)
        i = f(clip(i + peep_i * cell))
        forget = 1 - i if coupled else f(clip(forget + peep_f * cell))
        cell = forget * cell + i * g(clip(c))
        o = f(clip(o + peep_o * cell))
        return o * h(cell), cell

    return step
