"""One operator call as its lowering and its reach rule see it: attributes, shapes and constant inputs, resolved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rfengine.errors import BadShape, UnsupportedOperator
from rfengine.graph import Array, Graph, Node, Shape, Value

# A network inside a node, ready to run: tensors by input name to tensors by output name.
Body = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Call:
    """A node together with what is known of its inputs and outputs; None stands for an absent one.

    `bodies` are the networks inside the node, for the lowering alone.
    """

    node: Node
    inputs: tuple[Value | None, ...]
    outputs: tuple[Value | None, ...]
    constants: tuple[Array | None, ...]
    bodies: Mapping[str, Body] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node, graph: Graph, bodies: Mapping[str, Body] | None = None) -> "Call":
        """The call of a node in its graph."""
        return cls(
            node,
            tuple(graph.values[name] if name else None for name in node.inputs),
            tuple(graph.values[name] if name else None for name in node.outputs),
            tuple(graph.constants.get(name) if name else None for name in node.inputs),
            bodies or {},
        )

    def has(self, index: int) -> bool:
        """Whether the input at a position is given."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def shape(self, index: int = 0) -> Shape:
        """Shape of an input that must be given."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise BadShape(f"{self.node}: input {index} is missing; the operator requires it")
        return value.shape

    @property
    def out(self) -> Value:
        """The first output, which every operator has."""
        value = self.outputs[0]
        if value is None:
            raise BadShape(f"{self.node}: the first output has no name; the operator requires it")
        return value

    @property
    def out_shape(self) -> Shape:
        """Shape of the first output.

        Raises:
            UnsupportedOperator: it depends on the data.
        """
        if not self.out.is_known:
            raise self.refused(f"the shape {list(self.out.shape)} of its output depends on the data")
        return self.out.shape

    def constant(self, index: int) -> Array | None:
        """The value of a constant input, or None where it is absent.

        Raises:
            UnsupportedOperator: the input is given but computed from data.
        """
        if not self.has(index):
            return None
        value = self.constants[index]
        if value is None:
            raise self.refused(f"input {index} ('{self.node.inputs[index]}') is computed from data")
        return value

    def data(self, index: int = 0) -> Array:
        """The value of an input that must be given and constant: what a fold computes with."""
        value = self.constant(index)
        if value is None:
            raise BadShape(f"{self.node}: input {index} is missing; the operator requires it")
        return value

    def int_list(self, index: int) -> tuple[int, ...] | None:
        """A constant integer input as a tuple, or None where it is absent."""
        value = self.constant(index)
        return None if value is None else tuple(int(x) for x in np.atleast_1d(value))

    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute, or its default."""
        return self.node.attributes.get(name, default)

    def ints(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """An attribute that is a list of whole numbers, or its default."""
        value = self.node.attributes.get(name)
        return default if value is None else tuple(int(x) for x in value)

    def axis(self, name: str = "axis", default: int = 0, rank: int | None = None) -> int:
        """An axis attribute, counted from the front."""
        rank = len(self.shape()) if rank is None else rank
        axis = int(self.attr(name, default))
        if not -rank <= axis < rank:
            raise BadShape(f"{self.node}: {name}={axis} lies outside a tensor of {rank} axes")
        return axis % rank

    def refused(self, what: str) -> UnsupportedOperator:
        """The error for a form of the operator that is not supported; raise it."""
        return UnsupportedOperator(
            f"{self.node}: {what}, which is not supported; name a target before this node to analyse the part up to it"
        )
