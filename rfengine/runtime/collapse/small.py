"""The small network while it is built, and how tensors of the full one lie in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rfengine.graph import Array, Graph, Node, Shape, Value

Classes = NDArray[np.int64]
Places = tuple[tuple[int, ...], ...]

GATHER_VERSION = 13


class CannotCollapse(Exception):
    """A node tells channels apart in a way that is not followed; the message names it. The full network still runs."""


def refused(node: Node, why: str) -> CannotCollapse:
    """The error for a node; raise it."""
    return CannotCollapse(f"{node}: {why}")


@dataclass(frozen=True)
class Grouped:
    """A tensor by classes of equal elements.

    `value`: the collapsed tensor [1, K, spatial ...]. `places`: per axis of the full tensor, the spatial axes that lie
    along it; none for the free axes (batch, channels). `classes`: class per element of the free axes, 0 ... K-1.
    """

    value: str
    places: Places
    classes: Classes

    @property
    def is_plain(self) -> bool:
        """Whether the axes are [batch, channels, spatial ...] in this order."""
        return self.places == plain(len(self.places))

    def multiplicity(self, count: int) -> Classes:
        """How many elements each of `count` classes has."""
        return np.bincount(self.classes.ravel(), minlength=count)


def plain(rank: int) -> Places:
    """The places of a tensor [batch, channels, spatial ...]."""
    return ((), (), *((axis,) for axis in range(rank - 2)))


def free_axes(places: Places) -> tuple[int, ...]:
    """The axes that are not spatial."""
    return tuple(axis for axis, place in enumerate(places) if not place)


class Small:
    """The nodes, values and constants made so far, and every tensor of the full graph that they stand for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[Node] = []
        self.values = dict(graph.values)
        self.constants = dict(graph.constants)
        self.found: dict[str, Grouped] = {}

    def image(self, name: str) -> None:
        """An input [batch, channels, spatial ...] as one channel."""
        shape = self.graph.shape(name)
        if len(shape) < 3:
            raise CannotCollapse(f"input '{name}' of shape {list(shape)} is no image")
        self.values[name] = replace(self.graph.values[name], shape=(1, 1, *shape[2:]))
        self.found[name] = Grouped(name, plain(len(shape)), np.zeros(shape[:2], np.int64))

    def data(self, node: Node) -> list[str]:
        """The inputs of a node that depend on the image."""
        return [name for name in node.inputs if name in self.found]

    def one(self, node: Node) -> Grouped:
        """The only such input.

        Raises:
            CannotCollapse: there are several.
        """
        data = self.data(node)
        if len(data) != 1:
            raise refused(node, "it reads several feature maps")
        return self.found[data[0]]

    def count(self, grouped: Grouped) -> int:
        """How many classes a tensor has."""
        return self.values[grouped.value].shape[1]

    def extents(self, grouped: Grouped) -> Shape:
        """Lengths of its spatial axes."""
        return self.values[grouped.value].shape[2:]

    def constant(self, name: str, array: Array) -> str:
        """Add a constant; returns its name."""
        self.constants[name] = array
        self.values[name] = Value(name, array.dtype, array.shape)
        return name

    def made(self, name: str, places: Places, classes: Classes, count: int, extents: Shape) -> None:
        """Record that the small network has a tensor of the full one under the same name."""
        self.values[name] = replace(self.graph.values[name], shape=(1, count, *extents))
        self.found[name] = Grouped(name, places, classes)

    def rearranged(self, name: str, source: Grouped, places: Places, classes: Classes) -> None:
        """Record that a tensor has the values of another in another arrangement of its free axes."""
        self.found[name] = Grouped(source.value, places, classes)

    def aligned(self, name: str, parts: Sequence[tuple[Grouped, Classes]]) -> tuple[list[str], Classes, int]:
        """Bring tensors to common classes: one per combination that occurs.

        Args:
            name: the tensor that they make.
            parts: tensors, each with its classes as an array of one common shape.

        Returns:
            The collapsed tensors with their channels in the order of the new classes, these classes, their number.
        """
        if all(self.count(grouped) == 1 for grouped, _ in parts):
            return [grouped.value for grouped, _ in parts], np.zeros(parts[0][1].shape, np.int64), 1
        table = np.stack([classes.ravel() for _, classes in parts], axis=1)
        distinct, kinds = np.unique(table, axis=0, return_inverse=True)
        values = [self.chosen(f"{name}:operand{i}", grouped, distinct[:, i]) for i, (grouped, _) in enumerate(parts)]
        return values, kinds.reshape(parts[0][1].shape), len(distinct)

    def chosen(self, name: str, grouped: Grouped, channels: Classes) -> str:
        """A collapsed tensor with its channels chosen and repeated, under a new name where that changes anything."""
        if np.array_equal(channels, np.arange(self.count(grouped))):
            return grouped.value
        shape = (1, len(channels), *self.extents(grouped))
        self.values[name] = replace(self.values[grouped.value], name=name, shape=shape)
        inputs = (grouped.value, self.constant(f"{name}:channels", channels.astype(np.int64)))
        self.nodes.append(Node(name, "Gather", GATHER_VERSION, inputs, (name,), MappingProxyType({"axis": 1})))
        return name

    def finished(self) -> Graph:
        """The small graph, up to the full one's outputs."""
        outputs = tuple(dict.fromkeys(self.found[name].value for name in self.graph.outputs))
        graph = replace(
            self.graph,
            nodes=tuple(self.nodes),
            values=MappingProxyType(self.values),
            constants=MappingProxyType(self.constants),
        )
        return graph.between_inputs_and(outputs)
