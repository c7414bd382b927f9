"""Steps of optimisers that training graphs keep.

https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Momentum.html, ..._Adagrad.html, ..._Adam.html.
The inputs are the rate R, the step T, then all tensors X, all gradients G and all of each state (V, H, or V and H).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rfengine.calculus.reads import Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast

if TYPE_CHECKING:
    from torch import Tensor

DOMAIN = "ai.onnx.preview.training"

# From R, T, X, G and the states to the next X and states.
Step = Callable[..., "tuple[Tensor, ...]"]


def _count(call: Call, states: int) -> int:
    """The number of tensors that are optimised together."""
    count, rest = divmod(len(call.inputs) - 2, 2 + states)
    if count < 1 or rest or len(call.outputs) > count * (1 + states):
        raise BadShape(
            f"{call.node}: {len(call.inputs)} inputs and {len(call.outputs)} outputs are no rate, no step and "
            f"{2 + states} inputs per tensor"
        )
    return count


def _momentum(call: Call) -> Step:
    norm, alpha, beta = (float(call.attr(name)) for name in ("norm_coefficient", "alpha", "beta"))
    mode = str(call.attr("mode"))
    if mode not in ("standard", "nesterov"):
        raise call.refused(f"mode={mode!r}")

    def step(R: "Tensor", T: "Tensor", X: "Tensor", G: "Tensor", V: "Tensor") -> "tuple[Tensor, ...]":
        import torch

        G = norm * X + G
        V = alpha * V + torch.where(T > 0, beta, 1.0).to(X.dtype) * G
        return X - R * (V if mode == "standard" else G + alpha * V), V

    return step


def _adagrad(call: Call) -> Step:
    norm, decay = float(call.attr("norm_coefficient", 0)), float(call.attr("decay_factor", 0))
    epsilon = float(call.attr("epsilon", 1e-6))

    def step(R: "Tensor", T: "Tensor", X: "Tensor", G: "Tensor", H: "Tensor") -> "tuple[Tensor, ...]":
        G = norm * X + G
        H = H + G * G
        return X - R / (1 + T.to(X.dtype) * decay) * G / (H.sqrt() + epsilon), H

    return step


def _adam(call: Call) -> Step:
    alpha, beta = float(call.attr("alpha", 0.9)), float(call.attr("beta", 0.999))
    norm, after = float(call.attr("norm_coefficient", 0)), float(call.attr("norm_coefficient_post", 0))
    epsilon = float(call.attr("epsilon", 1e-6))

    def step(R: "Tensor", T: "Tensor", X: "Tensor", G: "Tensor", V: "Tensor", H: "Tensor") -> "tuple[Tensor, ...]":
        import torch

        G = norm * X + G
        V, H = alpha * V + (1 - alpha) * G, beta * H + (1 - beta) * G * G
        steps = T.to(torch.float64).clamp(min=1)
        corrected = torch.where(T > 0, (1 - beta**steps).sqrt() / (1 - alpha**steps), 1.0)
        return (1 - after) * (X - R * corrected.to(X.dtype) * V / (H.sqrt() + epsilon)), V, H

    return step


def _reading(states: int) -> Callable[[Call], list[Relation]]:
    """Element by element: a tensor reads its gradient and states, a state its tensor, gradient and itself."""

    def reads(call: Call) -> list[Relation]:
        count = _count(call, states)

        def relation(output: int) -> Relation:
            part, tensor = divmod(output, count)
            shape = call.shape(2 + tensor)
            used = range(2 + states) if part == 0 else (0, 1, 1 + part)
            ways: list[tuple[Reads, ...]] = [()] * len(call.inputs)
            ways[:2] = [(broadcast(call.shape(index), shape),) for index in (0, 1)]
            for group in used:
                ways[2 + group * count + tensor] = (Reads.same(len(shape)),)
            return tuple(ways)

        return [relation(output) for output in range(len(call.outputs))]

    return reads


def _lowered(rule: Callable[[Call], Step], states: int) -> Callable[[Call], Kernel]:
    def lower(call: Call) -> Kernel:
        count, step = _count(call, states), rule(call)

        def kernel(R: "Tensor", T: "Tensor", *tensors: "Tensor") -> "tuple[Tensor, ...]":
            R, T = R.reshape(()), T.reshape(())
            groups = [tensors[group * count : (group + 1) * count] for group in range(2 + states)]
            results = [step(R, T, *own) for own in zip(*groups, strict=True)]
            return tuple(part for parts in zip(*results, strict=True) for part in parts)

        return kernel

    return lower


for _name, _rule, _states in (("Momentum", _momentum, 1), ("Adagrad", _adagrad, 1), ("Adam", _adam, 2)):
    register(Operator(_name, (1,), Nature.OTHER, _reading(_states), _lowered(_rule, _states), domain=DOMAIN))
