"""A variance network while it is built, with the moments of every tensor as they go forward."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from api_schemas.erf import ClosedFormOptions
from rfengine import initialisers
from rfengine.errors import NotEstimable
from rfengine.graph import Graph, Node
from rfengine.runtime.policies.weights import weight_layers
from rfengine.runtime.rewriting import Rewriting
from rfengine.runtime.variance.signal import NOISE, Moments, Signal


class Building:
    """The variance network so far, and how every tensor is distributed."""

    def __init__(self, graph: Graph, options: ClosedFormOptions) -> None:
        self.rewriting = Rewriting(graph)
        self.graph, self.options = graph, options
        self.layers = weight_layers(graph)
        self.signals: dict[str, Signal] = {name: Signal.gaussian(name, NOISE) for name in graph.inputs}
        self.neglected: dict[str, None] = {}

    def refuse(self, node: Node, why: str) -> None:
        """Say that a node's outputs cannot be had; an error only where the target depends on them."""
        message = f"closed_form: {node}: {why}; ask for 'gradient' with drawn weights, or name a target before it"
        self.rewriting.refuse(node, NotEstimable(message))
        for name in filter(None, node.outputs):
            self.signals[name] = Signal.gaussian(name, NOISE)

    def signal(self, name: str) -> Signal:
        """How an input is distributed."""
        return self.signals[name]

    def become(self, node: Node, moments: Moments, *, factor: float = 1.0) -> None:
        """Add a node of the variance network, times a number; its outputs are bases of their own, taken as Gaussian."""
        if factor == 1:
            self.rewriting.add(node)
        else:
            inner = f"{node.outputs[0]}:unscaled"
            self.rewriting.values[inner] = replace(self.graph.values[node.outputs[0]], name=inner)
            self.rewriting.add(replace(node, outputs=(inner,)))
            self.times(inner, node.outputs[0], factor)
        for name in filter(None, node.outputs):
            self.signals[name] = Signal.gaussian(name, moments)

    def times(self, source: str, name: str, factor: float) -> str:
        """Add a value of the variance network that is another times a number; returns its name."""
        if name not in self.rewriting.values:
            self.rewriting.scaled(source, name, factor)
        return name

    def settled(self, name: str) -> tuple[str, Moments]:
        """A tensor as a value of the variance network, which is its base times the mean squared slope."""
        signal = self.signal(name)
        slope = signal.slope_square()
        if np.isclose(slope, 1.0, rtol=1e-12, atol=0):
            return signal.base, signal.moments()
        return self.times(signal.base, f"{name}:slope", slope), signal.moments()

    def variance_of(self, weight: str) -> NDArray[np.float64]:
        """The variance of every weight of a constant, as it is stored; no memory but the kernel's."""
        layer = self.layers[weight]
        taps = initialisers.tap_variance(self.options.weights, layer)
        taps = np.flip(taps) if layer.inputs_first and taps.ndim else taps
        return np.broadcast_to(np.asarray(taps, np.float64), self.graph.shape(weight))

    def growth(self, weight: str) -> float:
        """Mean square of an output over that of an input: the sum of the variances that one output weighs."""
        layer = self.layers[weight]
        return float(np.sum(initialisers.tap_variance(self.options.weights, layer))) * layer.incoming
