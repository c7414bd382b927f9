"""The network with every map cut to the units that are needed: a pyramid, instead of whole maps for one unit.

Only operators whose reads move with their place take part: those that work element by element along the image's axes,
and convolution and pooling, which get the padding that their own windows need. What else there is keeps its whole maps.
Nothing here is taken on trust: the planner proves the result with the ledger (see cone.py) before it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.calculus.index_map import IDENTITY, IndexMap
from rfengine.calculus.reads import Border, Reads
from rfengine.graph import Array, Graph, Node, Shape, Value
from rfengine.operator_border import operator_code

# By tensor axis, the first and last index.
Box = Mapping[int, tuple[int, int]]

SLICE_VERSION = 13
_WINDOWS = frozenset({"Conv", "MaxPool", "AveragePool"})


def narrowed(graph: Graph, needed: Mapping[str, Box]) -> Graph:
    """The graph that computes of every map at least what is needed of it.

    Args:
        graph: the network.
        needed: by feature map, what is needed of it. A unit that is needed has what it reads among them.

    Returns:
        The same nodes, and slices between them. An output begins at its first needed unit.
    """
    return _Narrowing(graph, needed).run()


def united(boxes: Mapping[str, Box], more: Mapping[str, Box]) -> dict[str, Box]:
    """What is needed for either."""
    found = dict(boxes)
    for name, box in more.items():
        found[name] = _hull(found[name], box) if name in found else box
    return found


def _hull(one: Box, other: Box) -> Box:
    return {axis: (min(first, other[axis][0]), max(last, other[axis][1])) for axis, (first, last) in one.items()}


@dataclass
class _Narrowing:
    """Two passes: backwards, what of each map is needed after all; forwards, the new nodes."""

    graph: Graph
    needed: Mapping[str, Box]
    nodes: list[Node] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)

    def run(self) -> Graph:
        """The new graph."""
        graph = self.graph
        self.boxes = dict(self.needed)
        self.windows = {node.outputs[0]: self._maps(node) for node in graph.nodes}
        for node in reversed(graph.nodes):
            self._widen(node)
        self.boxes |= {name: self._whole(name) for name in graph.inputs if name in self.boxes}
        for node in graph.nodes:
            self._add(node)
        return replace(
            graph,
            nodes=tuple(self.nodes),
            values=MappingProxyType({**graph.values, **self.values}),
            constants=MappingProxyType({**graph.constants, **self.constants}),
        )

    def _whole(self, name: str) -> Box:
        shape = self.graph.shape(name)
        return {axis: (0, shape[axis] - 1) for axis in self.needed[name]}

    def _data(self, node: Node) -> list[str]:
        return [name for name in node.inputs if name in self.needed]

    def _widen(self, node: Node) -> None:
        """Ask of the inputs what the output reads."""
        maps = self.windows[node.outputs[0]]
        if maps is None:
            self.boxes |= {name: self._whole(name) for name in (*node.inputs, *node.outputs) if name in self.needed}
            return
        for name in self._data(node):
            self.boxes[name] = _hull(self.boxes[name], self._read(maps, name, self.boxes[node.outputs[0]]))

    def _read(self, maps: Mapping[int, IndexMap], name: str, box: Box) -> Box:
        """What of an input the units of a box read, without the padding."""
        found = {}
        for axis, (first, last) in self._reach(maps, box).items():
            end = self.graph.shape(name)[axis] - 1
            found[axis] = (min(max(first, 0), end), max(min(last, end), 0))
        return found

    def _reach(self, maps: Mapping[int, IndexMap], box: Box) -> Box:
        """First and last index that the units of a box read, padding included."""
        found = {}
        for axis, (first, last) in box.items():
            low, high = maps[axis].at(first).hull, maps[axis].at(last).hull
            assert low, "a window reads something"
            assert high, "a window reads something"
            found[axis] = (low[0], high[1])
        return found

    def _add(self, node: Node) -> None:
        maps = self.windows[node.outputs[0]]
        if maps is None:
            self.nodes.append(node)
            return
        out = node.outputs[0]
        box = self.boxes[out]
        inputs = {name: self._cut(name, self._read(maps, name, box)) for name in self._data(node)}
        if any(m != IDENTITY for m in maps.values()) or node.op in _WINDOWS:
            node = self._padded(node, maps, self._read(maps, self._data(node)[0], box), box)
        self.nodes.append(replace(node, inputs=tuple(inputs.get(name, name) for name in node.inputs)))
        self.values[out] = _sized(self.graph.values[out], box)

    def _padded(self, node: Node, maps: Mapping[int, IndexMap], inside: Box, box: Box) -> Node:
        """The node with the padding that is left around what it gets."""
        reach = self._reach(maps, box)
        begins = tuple(inside[axis][0] - reach[axis][0] for axis in sorted(box))
        ends = tuple(reach[axis][1] - inside[axis][1] for axis in sorted(box))
        kept = {key: value for key, value in node.attributes.items() if key not in ("auto_pad", "ceil_mode")}
        return replace(node, attributes=MappingProxyType({**kept, "pads": (*begins, *ends)}))

    def _cut(self, name: str, box: Box) -> str:
        """A map cut to a box; its name."""
        own = self.boxes[name]
        if own == box:
            return name
        axes = sorted(box)
        new = f"{name}[{', '.join(f'{box[axis][0]}:{box[axis][1] + 1}' for axis in axes)}]"
        if new not in self.values:
            starts = [box[axis][0] - own[axis][0] for axis in axes]
            ends = [box[axis][1] + 1 - own[axis][0] for axis in axes]
            given = [self._constant(f"{new}:{i}", part) for i, part in enumerate((starts, ends, axes))]
            self.nodes.append(Node(new, "Slice", SLICE_VERSION, (name, *given), (new,)))
            self.values[new] = replace(_sized(self.graph.values[name], box), name=new)
        return new

    def _constant(self, name: str, numbers: list[int]) -> str:
        self.constants[name] = np.asarray(numbers, np.int64)
        self.values[name] = Value(name, np.dtype(np.int64), (len(numbers),))
        return name

    def _maps(self, node: Node) -> Mapping[int, IndexMap] | None:
        """Per axis of the image what a unit reads along it, alike of every input; None where a node takes no part."""
        graph, data = self.graph, self._data(node)
        selects = any(graph.constants[n].dtype.kind in "iu" for n in node.inputs if n in graph.constants)
        if not data or selects or node.bodies or [name for name in node.outputs if name] != [node.outputs[0]]:
            return None
        if node.outputs[0] not in self.needed or any(
            name in graph.producers and name not in data for name in node.inputs
        ):
            return None
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        with operator_code(node):
            relation = operator.reads(ops.Call.of(node, graph))[0]
        found = [self._of_input(node, name, relation[i]) for i, name in enumerate(node.inputs) if name in data]
        if any(maps is None or maps != found[0] for maps in found):
            return None
        maps = found[0]
        return maps if maps is None or self._can_move(node, maps) else None

    def _of_input(self, node: Node, name: str, ways: tuple[object, ...]) -> Mapping[int, IndexMap] | None:
        axes = set(self.needed[node.outputs[0]])
        if len(ways) != 1 or set(self.needed[name]) != axes or not isinstance(way := ways[0], Reads):
            return None
        found = {axis: way.axes[axis] for axis in axes}
        for axis, read in found.items():
            if read is None or read.axis != axis or read.only is not None or read.border is not Border.NOTHING:
                return None
        return {axis: read.map for axis, read in found.items() if read is not None}

    def _can_move(self, node: Node, maps: Mapping[int, IndexMap]) -> bool:
        if node.domain == "" and node.op in _WINDOWS:
            counts = node.attributes.get("count_include_pad", 0) and node.attributes.get("ceil_mode", 0)
            rank = len(self.graph.shape(node.outputs[0]))
            return sorted(maps) == list(range(2, rank)) and not counts
        shapes = {self._along(name, maps) for name in (*self._data(node), node.outputs[0])}
        return all(m == IDENTITY for m in maps.values()) and len(shapes) == 1

    def _along(self, name: str, maps: Mapping[int, IndexMap]) -> Shape:
        return tuple(self.graph.shape(name)[axis] for axis in sorted(maps))


def _sized(value: Value, box: Box) -> Value:
    shape = list(value.shape)
    for axis, (first, last) in box.items():
        shape[axis] = last - first + 1
    return replace(value, shape=tuple(shape))
