"""Chains of nodes as one box: what enters by one node, leaves by one node, and keeps its field in between.

A box holds at most one node that does more than work unit by unit, its core: Conv + BatchNormalization + Relu, or
BatchNormalization + Relu + Conv. Which nodes work unit by unit is told by their fields, not by a list of names: they
see what their inputs see. The activations x * sigmoid(x), Gelu written out, and the like close to one box too.
"""

import heapq
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from api_schemas.report import Analytic, FieldReport, TensorField
from rfengine.graph import Graph, Node
from rfengine.plots.families import REST, family

# So many nodes are looked ahead for the place where a branching activation comes together again.
LOOK_AHEAD = 12


@dataclass(frozen=True)
class Block:
    """One box: `nodes` are indices into the graph's, in order; the box leaves by the last. An input has none.

    `core` is the position in `nodes` of the node that names the box.
    """

    nodes: tuple[int, ...]
    core: int
    name: str


@dataclass(frozen=True)
class Blocks:
    """The boxes, in topological order, inputs first, and which boxes read each."""

    boxes: tuple[Block, ...]
    readers: tuple[tuple[int, ...], ...]


def find_blocks(graph: Graph, analytic: Analytic, ends: Set[str], *, collapse: bool) -> Blocks:
    """The boxes of a graph. `ends` are tensors that must be the last of their box."""
    flow = _Flow(graph, analytic, ends)
    found = []
    taken: set[int] = set()
    for first in range(len(graph.nodes)):
        if first not in taken:
            chain = _grown(flow, first) if collapse else (first,)
            taken.update(chain)
            found.append(chain)
    inputs = [Block((), 0, name) for name in graph.inputs]
    boxes = (*inputs, *(_block(flow, chain) for chain in found))
    return Blocks(boxes, _readers(flow, boxes))


def _block(flow: "_Flow", chain: tuple[int, ...]) -> Block:
    outputs = [name for name in flow.nodes[chain[-1]].outputs if name]
    core = next((at for at, node in enumerate(chain) if not flow.is_unitwise(node)), 0)
    return Block(chain, core, outputs[0] if outputs else "")


def _readers(flow: "_Flow", boxes: Sequence[Block]) -> tuple[tuple[int, ...], ...]:
    box_of = {node: at for at, box in enumerate(boxes) for node in box.nodes}
    found: list[dict[int, None]] = [{} for _ in boxes]
    for at, box in enumerate(boxes):
        read = {
            reader: None
            for name in ((box.name,) if not box.nodes else (o for n in box.nodes for o in flow.nodes[n].outputs))
            for reader in flow.readers.get(name, ())
        }
        found[at] = {box_of[reader]: None for reader in sorted(read) if box_of[reader] != at}
    return tuple(tuple(sorted(readers)) for readers in found)


class _Flow:
    """Who makes and reads which tensor, as indices of nodes, and what the tensors see."""

    def __init__(self, graph: Graph, analytic: Analytic, ends: Set[str]) -> None:
        self.nodes, self.ends = graph.nodes, ends
        self._tensors = analytic.tensors
        self.maker = {name: at for at, node in enumerate(graph.nodes) for name in node.outputs if name}
        known = set(self.maker) | set(graph.inputs)
        self.data = [tuple(dict.fromkeys(n for n in node.inputs if n in known)) for node in graph.nodes]
        self.readers: dict[str, list[int]] = {}
        for at, names in enumerate(self.data):
            for name in names:
                self.readers.setdefault(name, []).append(at)

    def readers_of(self, at: int) -> set[int]:
        """The nodes that read any output of a node."""
        return {reader for name in self.nodes[at].outputs for reader in self.readers.get(name, ())}

    def is_end(self, at: int) -> bool:
        """Whether an output of the node leaves the graph or is to be shown by itself."""
        return any(name in self.ends for name in self.nodes[at].outputs)

    def is_unitwise(self, at: int) -> bool:
        """Whether a node sees what its inputs see; a join counts when all it joins is one tensor with constants."""
        node = self.nodes[at]
        if family(node.op) not in (REST[0], "join") or not self.data[at]:
            return False
        if family(node.op) == "join" and len(self.data[at]) > 1:
            return False
        return self._keeps_field(node, self.data[at])

    def closes(self, at: int, inside: Set[int]) -> bool:
        """Whether a node reads nothing but the chain."""
        return all(self.maker.get(name, -1) in inside for name in self.data[at])

    def joins_itself(self, at: int) -> bool:
        """Whether a node puts together what it sees alike: x * sigmoid(x)."""
        node = self.nodes[at]
        return family(node.op) == "join" and self._keeps_field(node, self.data[at])

    def _keeps_field(self, node: Node, data: Sequence[str]) -> bool:
        seen = {self._seen(name) for name in (*data, next((o for o in node.outputs if o), ""))}
        return len(seen) == 1

    def _seen(self, name: str) -> object:
        tensor = self._tensors.get(name)
        if tensor is None:
            return "an input" if name and name not in self.maker else None
        fields = {"": tensor} if isinstance(tensor, TensorField) else tensor.by_input
        return tuple((source, _key(f)) for source, f in fields.items())


def _key(seen: FieldReport) -> tuple[object, ...]:
    return tuple(seen.size), tuple(seen.stride), tuple(seen.start), seen.density


@dataclass
class _Chain:
    """A box that grows: `leaving` are the nodes something outside reads."""

    flow: _Flow
    nodes: list[int] = field(default_factory=list)
    inside: set[int] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)
    unread: dict[int, int] = field(default_factory=dict)
    leaving: set[int] = field(default_factory=set)

    def add(self, at: int) -> None:
        for maker in {self.flow.maker[name] for name in self.flow.data[at] if name in self.flow.maker} & self.inside:
            self.unread[maker] -= 1
            if self.unread[maker] == 0 and not self.flow.is_end(maker):
                self.leaving.discard(maker)
        readers = self.flow.readers_of(at)
        for reader in readers:
            heapq.heappush(self.waiting, reader)
        self.unread[at] = len(readers)
        self.nodes.append(at)
        self.inside.add(at)
        self.leaving.add(at)

    @property
    def is_closed(self) -> bool:
        return self.leaving == {self.nodes[-1]}

    def next(self) -> int | None:
        while self.waiting:
            at = heapq.heappop(self.waiting)
            if at not in self.inside:
                return at
        return None


def _grown(flow: _Flow, first: int) -> tuple[int, ...]:
    """The longest chain from a node that leaves by its last node alone."""
    chain = _Chain(flow)
    chain.add(first)
    cores = 0 if flow.is_unitwise(first) else 1
    closed = 1
    while len(chain.nodes) - closed <= LOOK_AHEAD:
        at = chain.next()
        if at is None or not flow.closes(at, chain.inside):
            break
        if not (flow.is_unitwise(at) or flow.joins_itself(at)):
            # What comes before the core is a chain of its own; only the whole of it may lead into the core.
            if cores or not chain.is_closed or flow.is_end(chain.nodes[-1]) or family(flow.nodes[at].op) == REST[0]:
                break
            cores += 1
        chain.add(at)
        if chain.is_closed:
            closed = len(chain.nodes)
    return tuple(chain.nodes[:closed])
