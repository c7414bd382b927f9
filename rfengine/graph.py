"""The network as a value: a frozen, topologically ordered graph in which every value has a dtype and a shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

Shape = tuple[int, ...]
Array = npt.NDArray[Any]

# Length of an axis that depends on the data (what NonZero finds, what suppression keeps).
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Value:
    """One tensor of the graph: a name, a numpy dtype and a concrete shape (UNKNOWN where it depends on the data)."""

    name: str
    dtype: np.dtype[Any]
    shape: Shape

    @property
    def is_known(self) -> bool:
        """Whether every length is known before any data comes in."""
        return UNKNOWN not in self.shape


@dataclass(frozen=True, slots=True)
class Node:
    """One operator call.

    `version` is the operator's since_version (the one whose definition applies), `inputs` and `outputs` name values;
    an empty name is an optional input or output that is absent. Attribute values are int, float, str, bytes, numpy
    arrays, or tuples of these; defaults are not filled in. `bodies` are the networks inside the node (the branches of
    an If), by attribute; what they read from outside is among `inputs`, and their own inputs have the same names.
    """

    name: str
    op: str
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    domain: str = ""
    bodies: Mapping[str, "Graph"] = field(default_factory=dict)

    def __str__(self) -> str:
        domain = f"{self.domain}::" if self.domain else ""
        return f"{domain}{self.op} '{self.name}' (version {self.version})"


@dataclass(frozen=True)
class Graph:
    """A whole network between its inputs and its outputs.

    `nodes` are in topological order and none of them is constant; `constants` holds every value that does not depend
    on an input. Arrays in it are read-only and may have zero strides (a constant fill takes no memory).
    """

    name: str
    opset: int
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    values: Mapping[str, Value]
    constants: Mapping[str, Array]

    def __post_init__(self) -> None:
        for attribute in ("values", "constants"):
            if not isinstance(getattr(self, attribute), MappingProxyType):
                raise TypeError(f"Graph.{attribute} must be a MappingProxyType: a graph is never changed in place")

    @cached_property
    def producers(self) -> Mapping[str, Node]:
        """The node that makes each value; inputs and constants have none."""
        return MappingProxyType({name: node for node in self.nodes for name in node.outputs if name})

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes that read each value, in order; values nobody reads are absent."""
        found: dict[str, dict[int, Node]] = {}
        for index, node in enumerate(self.nodes):
            for name in node.inputs:
                if name:
                    found.setdefault(name, {})[index] = node
        return MappingProxyType({name: tuple(nodes.values()) for name, nodes in found.items()})

    def shape(self, name: str) -> Shape:
        """Shape of a value by name."""
        return self.values[name].shape

    def between_inputs_and(self, targets: tuple[str, ...]) -> "Graph":
        """The part of the graph that the targets depend on, with the targets as its outputs."""
        needed = set(targets)
        kept: list[Node] = []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                kept.append(node)
                needed.update(name for name in node.inputs if name)
        return Graph(
            name=self.name,
            opset=self.opset,
            nodes=tuple(reversed(kept)),
            inputs=tuple(name for name in self.inputs if name in needed),
            outputs=targets,
            values=self.values,
            constants=MappingProxyType({k: v for k, v in self.constants.items() if k in needed}),
        )
