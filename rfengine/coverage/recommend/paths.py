"""Ways through a graph: what leads where, and which values all ways pass."""

from collections.abc import Collection, Iterable, Mapping

from rfengine.graph import Graph


def upstream(graph: Graph, tensors: Iterable[str]) -> set[str]:
    """The values that some values are made from, themselves included."""
    found = set(tensors)
    for node in reversed(graph.nodes):
        if not found.isdisjoint(node.outputs):
            found.update(name for name in node.inputs if name)
    return found


def downstream(graph: Graph, tensors: Iterable[str]) -> set[str]:
    """The values that are made from some values, themselves included."""
    found = set(tensors)
    for node in graph.nodes:
        if not found.isdisjoint(node.inputs):
            found.update(name for name in node.outputs if name)
    return found


def readers_towards(graph: Graph, tensor: str, targets: Collection[str]) -> tuple[str, ...]:
    """What the nodes that read a value on the way to `targets` make."""
    leading = upstream(graph, targets)
    return tuple(name for node in graph.consumers.get(tensor, ()) for name in node.outputs if name and name in leading)


class Dominators:
    """For every value the last one before it that all ways from the inputs to it pass.

    Cooper, Harvey and Kennedy 2001, figure 3: a graph without cycles takes one pass in topological order.
    """

    def __init__(self, graph: Graph) -> None:
        self._before: dict[str, str | None] = dict.fromkeys(graph.inputs)
        self._depth: dict[str, int] = dict.fromkeys(graph.inputs, 0)
        for node in graph.nodes:
            read = [name for name in node.inputs if name in self._depth]
            if read:
                before = self.common(read)
                for name in filter(None, node.outputs):
                    self._before[name] = before
                    self._depth[name] = 0 if before is None else self._depth[before] + 1

    @property
    def before(self) -> Mapping[str, str | None]:
        """The value before each; None: there is none."""
        return self._before

    def common(self, tensors: Iterable[str]) -> str | None:
        """The last value that all ways to all of some values pass; one of them, where it does."""
        first, *others = tensors
        found: str | None = first
        for other in others:
            found = self._meet(found, other)
        return found

    def _meet(self, left: str | None, right: str | None) -> str | None:
        while left != right:
            if left is None or right is None:
                return None
            if self._depth[left] < self._depth[right]:
                left, right = right, left
            left = self._before[left]
        return left
