"""Why a gradient is zero or not finite: found by looking at one more run, not guessed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from api_schemas.erf import GradientOptions
from rfengine import ops
from rfengine.errors import NotEstimable
from rfengine.estimators.erf import ErfMap
from rfengine.estimators.narrowing import Box
from rfengine.graph import Array, Graph, Node
from rfengine.ops import Nature
from rfengine.runtime.precision import is_float

if TYPE_CHECKING:
    from torch import Tensor

LINEAR = "ask for policy {'activations': 'identity'}"
NO_ACTIVATIONS = "for 'constant_forward', which does not depend on the activations"

# An activation with so large a share of zero derivatives passes nothing on worth speaking of.
DEAD, MOST_NAMED = 0.999, 3


class Rerun(Protocol):
    """One image through the network in a dtype, watched if need be: |g| or g squared of the unit."""

    def __call__(self, dtype: str, watch: "Callable[[Node, str, Tensor], Tensor] | None" = None) -> Array:
        """The map."""


def explain(erf: ErfMap, graph: Graph, options: GradientOptions, rerun: Rerun, seen: Mapping[str, Box]) -> NotEstimable:
    """The error for a map that is zero or not finite.

    Args:
        erf: the map.
        graph: the network as it ran.
        options: what it ran by.
        rerun: runs it once more.
        seen: by feature map, what the unit sees of it; all of a map that is not there.
    """
    where = f"gradient: unit {list(erf.unit.index)} of '{erf.unit.target}'"
    if np.isfinite(erf.values).all():
        found = (
            f"the gradient is zero on all {erf.inputs['images']} images: {_why_zero(graph, options.dtype, rerun, seen)}"
        )
    else:
        found = f"the gradient is not finite in {options.dtype}: {_why_not_finite(graph, options.dtype, rerun)}"
    return NotEstimable(f"{where}: {found}")


def _why_zero(graph: Graph, dtype: str, rerun: Rerun, seen: Mapping[str, Box]) -> str:
    zero = [name for node in graph.nodes for name in _weights(node, graph) if not graph.constants[name].any()]
    slopes = _Slopes(graph, seen)
    with np.errstate(all="ignore"):
        rerun(dtype, slopes.watch)
    dead = [name for name, share in slopes.shares.items() if share >= DEAD]
    if dead:
        return (
            f"{_named(dead)} let nothing through (dead ReLUs or saturated activations: their derivative is zero at "
            f"every place that the unit sees); {LINEAR}, another unit, or {NO_ACTIVATIONS}"
        )
    if zero:
        return (
            f"the weights {_named(zero)} are all zero; name a target before them, or ask for policy {{'weights': 'he'}}"
        )
    if dtype == "float32" and rerun("float64").any():
        return "it is too small for float32; use dtype float64"
    worst = sorted(slopes.shares.items(), key=lambda item: -item[1])[:MOST_NAMED]
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in worst)
    if not worst:
        return "nothing that the unit computes depends smoothly on the image; name another target"
    return (
        f"no single activation does it, but together they do (share of zero derivatives: {shares}); "
        f"{LINEAR} or another unit"
    )


def _why_not_finite(graph: Graph, dtype: str, rerun: Rerun) -> str:
    for name, array in graph.constants.items():
        if is_float(array.dtype) and np.isnan(array).any():
            return f"the constant '{name}' holds NaN; mend the model, or ask for policy {{'weights': 'he'}}"
    # Infinite bounds (of a Clip, of a mask) are common and do no harm.
    for node in graph.nodes:
        for name in _weights(node, graph):
            if not np.isfinite(graph.constants[name]).all():
                return f"the weights '{name}' hold infinity; mend the model, or ask for policy {{'weights': 'he'}}"
    first = _FirstBad()
    if dtype == "float32" and np.isfinite(rerun("float64")).all():
        rerun(dtype, first.watch)
        return f"values overflow{first.words}; use dtype float64"
    rerun(dtype, first.watch)
    if first.node is None:
        return f"a derivative is (a root or a quotient at zero), though every value is finite; {LINEAR} or another unit"
    return f"values overflow in float64 too{first.words}; ask for policy {{'weights': 'he'}}, or {NO_ACTIVATIONS}"


def _weights(node: Node, graph: Graph) -> list[str]:
    """The constants that a node multiplies by."""
    operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
    names = [node.inputs[i] for i in operator.weights if i < len(node.inputs)]
    return [name for name in names if name in graph.constants]


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


@dataclass
class _FirstBad:
    """Watches for the first value that is not finite."""

    node: Node | None = None

    def watch(self, node: Node, _: str, value: "Tensor") -> "Tensor":
        """Note the node if its value is the first."""
        if self.node is None and value.is_floating_point() and not bool(value.isfinite().all()):
            self.node = node
        return value

    @property
    def words(self) -> str:
        """Where it is."""
        return "" if self.node is None else f" (first in the output of {self.node})"


@dataclass
class _Slopes:
    """Watches the activations: the share of their elements at which the derivative is zero, by node."""

    graph: Graph
    seen: Mapping[str, Box]
    shares: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._readers = {
            name: [node for node in nodes if self._activates(node) and self._data(node) == [name]]
            for name, nodes in self.graph.consumers.items()
        }

    def watch(self, _: Node, name: str, value: "Tensor") -> "Tensor":
        """Differentiate the activations that read a value."""
        for node in self._readers.get(name, ()):
            self.shares[f"{node.op} '{node.name}'"] = self._share(node, name, value)
        return value

    def _share(self, node: Node, name: str, value: "Tensor") -> float:
        import torch

        from rfengine.runtime.program import tensor_of

        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=self.graph.opset)
        x = value.detach().requires_grad_()
        others: Mapping[str, Any] = {
            other: tensor_of(self.graph.constants[other], device=str(value.device))
            for other in node.inputs
            if other in self.graph.constants
        }
        with torch.enable_grad():
            y = operator.lower(ops.Call.of(node, self.graph))(*(x if i == name else others.get(i) for i in node.inputs))
            out = y[0] if isinstance(y, tuple) else y
            (slope,) = torch.autograd.grad(out.sum(), x)
        for axis, (first, last) in self.seen.get(name, {}).items():
            slope = slope.narrow(axis, first, last - first + 1)
        return float((slope == 0).double().mean())

    def _data(self, node: Node) -> list[str]:
        return [name for name in node.inputs if name and name not in self.graph.constants]

    def _activates(self, node: Node) -> bool:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=self.graph.opset)
        return operator.nature is Nature.ACTIVATES
