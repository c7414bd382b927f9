"""Element by element: activations, sums and products, on the grid of quadrature points."""

from dataclasses import replace
from typing import Any

import numpy as np

from rfengine import ops
from rfengine.graph import Array, Node
from rfengine.runtime.rewriting import IDENTITY_VERSION
from rfengine.runtime.variance.building import Building
from rfengine.runtime.variance.signal import Moments, Signal


def activated(building: Building, node: Node, operator: ops.Operator) -> None:
    """The activation itself, run on the grid."""
    _on_grid(building, node, operator)


def summed(building: Building, node: Node, operator: ops.Operator) -> None:
    """Functions of one base add on the grid; branches are uncorrelated, so that their variances add."""
    data = _data(building, node)
    if len({building.signal(name).base for name in data}) == 1:
        _on_grid(building, node, operator)
        return
    if len(data) < len([name for name in node.inputs if name]):
        building.refuse(node, "it adds a constant to several tensors at once")
        return
    settled = [building.settled(name) for name in data]
    signs = [-1 if node.op == "Sub" and i else 1 for i in range(len(data))]
    mean = sum(sign * moments.mean for sign, (_, moments) in zip(signs, settled, strict=True))
    spread = sum(moments.channel - moments.mean**2 for _, moments in settled)
    square = sum(moments.total for _, moments in settled)
    building.neglected["correlation between branches that meet in a sum"] = None
    average = sum(moments.average * moments.square for _, moments in settled) / sum(m.square for _, m in settled)
    added = replace(node, op="Sum", version=13, inputs=tuple(name for name, _ in settled))
    building.become(added, Moments(mean, mean**2 + spread, mean**2 + square, average))


def multiplied(building: Building, node: Node, operator: ops.Operator) -> None:
    """A number, an activation written as a product, or a gate, which counts by its mean square."""
    data = _data(building, node)
    if len({building.signal(name).base for name in data}) == 1:
        _on_grid(building, node, operator)
        return
    shape = building.graph.shape
    whole = [name for name in data if shape(name) == shape(node.outputs[0])]
    if len(data) != 2 or len(whole) != 1 or node.op != "Mul":
        building.refuse(node, "it multiplies two feature maps")
        return
    gate = next(name for name in data if name != whole[0])
    source, moments = building.settled(whole[0])
    gating = building.settled(gate)[1]
    building.neglected["what passes back through a gate"] = None
    after = replace(moments.scaled(gating.square**0.5), mean=moments.mean * gating.mean)
    name = node.outputs[0]
    building.become(Node(node.name, "Identity", IDENTITY_VERSION, (source,), (name,)), after, factor=gating.square)


def _data(building: Building, node: Node) -> list[str]:
    return [name for name in node.inputs if name in building.signals]


def _on_grid(building: Building, node: Node, operator: ops.Operator) -> None:
    """Run the operator on the grid, and its derivative by the chain rule."""
    import torch

    graph = building.graph
    signals = {name: building.signals[name] for name in node.inputs if name in building.signals}
    traced = {name: torch.from_numpy(signal.values).requires_grad_() for name, signal in signals.items()}
    fixed = {name: torch.as_tensor(_number(graph.constants[name])) for name in node.inputs if name in graph.constants}
    kernel: Any = operator.lower(ops.Call.of(node, graph))
    out = kernel(*(traced.get(name, fixed.get(name)) for name in node.inputs))
    slopes = torch.autograd.grad(out.sum(), list(traced.values()), allow_unused=True, materialize_grads=True)
    chained = sum(slope.numpy() * signal.slopes for slope, signal in zip(slopes, signals.values(), strict=True))
    first = next(iter(signals.values()))
    building.signals[node.outputs[0]] = Signal(first.base, out.detach().numpy(), np.asarray(chained), first.average)


def _number(array: Array) -> Array:
    """A constant as one number; one per channel counts by its root mean square, with the sign of most of it."""
    if array.size == 1:
        return np.asarray(array.reshape(-1)[0])
    values = array.astype(np.float64)
    return np.asarray(np.copysign(np.sqrt(np.mean(np.square(values))), values.sum()))
