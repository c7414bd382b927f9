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

LINEAR = "policy {'activations': 'identity'}"
DRAWN = "policy {'weights': 'he'}"
DRAW = f"ask for {DRAWN}"
CONSTANT = "'constant_forward', which does not depend on the activations"

# What it means that an activation's derivative is zero, where that is not saturation.
KINDS = {
    **dict.fromkeys(("Relu", "ThresholdedRelu"), "dead ReLUs"),
    **dict.fromkeys(("Ceil", "Floor", "Round", "Sign", "Binarizer"), "steps, flat between their jumps"),
}
SATURATED = "saturated activations"

# An activation with so large a share of zero derivatives passes nothing on worth speaking of.
DEAD, MOST_NAMED = 0.999, 3


# Operator and name of a node.
Activation = tuple[str, str]


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
        found = f"the gradient is zero on all {erf.inputs['images']} images: {_why_zero(graph, options, rerun, seen)}"
    else:
        found = f"the gradient is not finite in {options.dtype}: {_why_not_finite(graph, options, rerun)}"
    return NotEstimable(f"{where}: {found}")


def _why_zero(graph: Graph, options: GradientOptions, rerun: Rerun, seen: Mapping[str, Box]) -> str:
    zero = [name for node in graph.nodes for name in _weights(node, graph) if not graph.constants[name].any()]
    slopes = _Slopes(graph, seen)
    with np.errstate(all="ignore"):
        rerun(options.dtype, slopes.watch)
    dead = [activation for activation, share in slopes.shares.items() if share >= DEAD]
    if dead:
        kinds = " or ".join(dict.fromkeys(KINDS.get(op, SATURATED) for op, _ in dead))
        return (
            f"{_named([_quoted(activation) for activation in dead])} let nothing through ({kinds}: their derivative is "
            f"zero at every place that the unit sees); {_ask(options, LINEAR, 'another unit', CONSTANT)}"
        )
    if zero:
        ways = ", or ".join(_ways(options, "name a target before them", DRAW))
        return f"the weights {_named(zero)} are all zero; {ways}"
    if options.dtype == "float32" and rerun("float64").any():
        return "it is too small for float32; use dtype float64"
    worst = sorted(slopes.shares.items(), key=lambda item: -item[1])[:MOST_NAMED]
    shares = ", ".join(f"{_quoted(activation)} {100 * share:.0f} %" for activation, share in worst)
    if not worst:
        return "nothing that the unit computes depends smoothly on the image; name another target"
    return (
        f"no single activation does it, but together they do (share of zero derivatives: {shares}); "
        f"{_ask(options, LINEAR, 'another unit')}"
    )


def _why_not_finite(graph: Graph, options: GradientOptions, rerun: Rerun) -> str:
    mend = ", or ".join(_ways(options, "mend the model", DRAW))
    for name, array in graph.constants.items():
        if is_float(array.dtype) and np.isnan(array).any():
            return f"the constant '{name}' holds NaN; {mend}"
    # Infinite bounds (of a Clip, of a mask) are common and do no harm.
    for node in graph.nodes:
        for name in _weights(node, graph):
            if not np.isfinite(graph.constants[name]).all():
                return f"the weights '{name}' hold infinity; {mend}"
    first, in_float64 = _FirstBad(), _FirstBad()
    is_finite = np.isfinite(rerun("float64", in_float64.watch)).all()
    if options.dtype == "float32" and is_finite:
        rerun(options.dtype, first.watch)
        return f"values overflow{first.words}; use dtype float64"
    if in_float64.node is None:
        ways = _ask(options, LINEAR, "another unit")
        return f"a derivative is (a root or a quotient at zero), though every value is finite; {ways}"
    if in_float64.is_nan:
        return f"values are not a number{in_float64.words}; {_ask(options, 'a target before it', LINEAR, CONSTANT)}"
    return f"values overflow in float64 too{in_float64.words}; {_ask(options, DRAWN, CONSTANT)}"


def _ways(options: GradientOptions, *ways: str) -> list[str]:
    """Those of some ways out that the run did not go already."""
    weights = options.policy.weights
    gone = [LINEAR] if options.policy.activations == "identity" else []
    if weights != "model" and weights.name == "he":
        gone += [DRAWN, DRAW]
    return [way for way in ways if way not in gone]


def _ask(options: GradientOptions, *ways: str) -> str:
    *others, last = _ways(options, *ways)
    return f"ask for {', '.join(others)}{', or ' if len(others) > 1 else ' or ' if others else ''}{last}"


def _quoted(activation: Activation) -> str:
    op, name = activation
    return f"{op} '{name}'"


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
    is_nan: bool = False

    def watch(self, node: Node, _: str, value: "Tensor") -> "Tensor":
        """Note the node if its value is the first."""
        if self.node is None and value.is_floating_point() and not bool(value.isfinite().all()):
            self.node, self.is_nan = node, bool(value.isnan().any())
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
    shares: dict[Activation, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._readers = {
            name: [node for node in nodes if self._activates(node) and self._data(node) == [name]]
            for name, nodes in self.graph.consumers.items()
        }

    def watch(self, _: Node, name: str, value: "Tensor") -> "Tensor":
        """Differentiate the activations that read a value."""
        for node in self._readers.get(name, ()):
            self.shares[node.op, node.name] = self._share(node, name, value)
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
