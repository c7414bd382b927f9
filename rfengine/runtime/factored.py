"""A small linear network with its numbers taken out: box kernels as averages, scale factors carried along.

Behind a channel collapse most layers have one channel and one value in all their taps. Such a convolution is an average
of the same windows times a number, a pointwise one nothing but a number; and numbers can wait until branches meet.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from rfengine.graph import Array, Graph, Node, Shape
from rfengine.ops import Nature
from rfengine.runtime.rewriting import Rewriting, number_of

AVERAGE_POOL_VERSION = 19
# From so many taps along an axis on, one average per axis is faster than one for all.
LONG_KERNEL = 4


@dataclass(frozen=True)
class _Scaled:
    """A value of the old network: a number times a value of the new one."""

    base: str
    factor: float


def factored(graph: Graph) -> Graph:
    """The graph, which must be linear, doing the same with fewer and cheaper steps. Exact up to rounding."""
    return _Factoring(graph).run()


class _Factoring:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.rewriting = graph, Rewriting(graph)
        self.scaled = {name: _Scaled(name, 1.0) for name in graph.inputs}

    def run(self) -> Graph:
        for node in self.graph.nodes:
            self._visit(node)
        for name in self.graph.outputs:
            if self.scaled[name].base != name or self.scaled[name].factor != 1:
                self.rewriting.scaled(self.scaled[name].base, name, self.scaled[name].factor)
        return self.rewriting.finished()

    def _visit(self, node: Node) -> None:
        nature = self.rewriting.operator(node).nature
        data = self.rewriting.data(node)
        out = node.outputs[0]
        number = self._number(node)
        box = self._box(node)
        if number is not None:
            source = self.scaled[data[0]]
            self.scaled[out] = _Scaled(source.base, source.factor * number)
        elif box is not None:
            self._average(node, box)
        elif node.op in ("Add", "Sum"):
            self._sum(node)
        elif len(data) == 1 and len(node.outputs) == 1 and nature in (Nature.AVERAGES, Nature.WEIGHS, Nature.MOVES):
            source = self.scaled[data[0]]
            self._add(node, {data[0]: source.base}, source.factor)
        else:
            self._add(node, {name: self._settled(name) for name in data}, 1.0)

    def _add(self, node: Node, renamed: dict[str, str], factor: float) -> None:
        """Add a node under names of its own, since what the old ones stand for may be scaled."""
        names = {name: f"{name}/{factor!r}" if factor != 1 else name for name in node.outputs if name}
        for name, new in names.items():
            self.rewriting.values[new] = replace(self.graph.values[name], name=new)
            self.scaled[name] = _Scaled(new, factor)
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        self.rewriting.add(replace(node, inputs=inputs, outputs=tuple(names.get(name, "") for name in node.outputs)))

    def _settled(self, name: str) -> str:
        """A value with its factor put back."""
        return self._times(self.scaled[name].base, self.scaled[name].factor)

    def _times(self, base: str, factor: float) -> str:
        if factor == 1:
            return base
        new = f"{base}*{factor!r}"
        if new not in self.rewriting.values:
            self.rewriting.scaled(base, new, factor)
        return new

    def _sum(self, node: Node) -> None:
        """a x + b y as a (x + b/a y)."""
        terms = {name: self.scaled[name] for name in node.inputs}
        largest = max((term.factor for term in terms.values()), key=abs)
        settled = {name: self._times(term.base, term.factor / largest) for name, term in terms.items()}
        self._add(node, settled, largest)

    def _constant(self, name: str) -> Array | None:
        return self.graph.constants.get(name)

    def _number(self, node: Node) -> float | None:
        """The one number that a node multiplies by, where that is all it does."""
        if (box := self._box(node)) is not None and box.size == 1:
            same = self.graph.shape(node.inputs[0]) == self.graph.shape(node.outputs[0])
            return float(box.flat[0]) if same and not any(node.attributes.get("pads", ())) else None
        return number_of(node, self.graph)

    def _box(self, node: Node) -> Array | None:
        """The taps of a one-channel convolution with one value in all of them, undilated."""
        if node.op != "Conv" or any(d != 1 for d in node.attributes.get("dilations", ())):
            return None
        weight = self._constant(node.inputs[1])
        if weight is None or weight.shape[:2] != (1, 1) or (weight != weight.flat[0]).any():
            return None
        return weight[0, 0] if node.attributes.get("auto_pad", "NOTSET") in ("NOTSET", "VALID") else None

    def _average(self, node: Node, taps: Array) -> None:
        source, axes = self.scaled[node.inputs[0]], list(range(taps.ndim))
        value, shape = source.base, self.graph.shape(node.inputs[0])
        if max(taps.shape) >= LONG_KERNEL:
            for axis in axes[:-1]:
                value, shape = self._along(node, value, shape, axis)
            axes = axes[-1:]
        pool = self._pool(node, taps.shape, axes)
        self._add(pool, {node.inputs[0]: value}, source.factor * float(taps.flat[0]) * taps.size)

    def _along(self, node: Node, value: str, shape: Shape, axis: int) -> tuple[str, Shape]:
        """The average along one axis."""
        shape = (*shape[: 2 + axis], self.graph.shape(node.outputs[0])[2 + axis], *shape[3 + axis :])
        name = f"{node.outputs[0]}:along{axis}"
        self.rewriting.values[name] = replace(self.graph.values[node.outputs[0]], name=name, shape=shape)
        pool = self._pool(node, self.graph.shape(node.inputs[1])[2:], [axis])
        self.rewriting.add(replace(pool, name=name, inputs=(value,), outputs=(name,)))
        return name, shape

    def _pool(self, node: Node, kernel: Shape, axes: list[int]) -> Node:
        """The average over the window's extent along some axes."""
        rank = len(kernel)
        strides = node.attributes.get("strides", (1,) * rank)
        pads = node.attributes.get("pads", (0,) * 2 * rank)
        attributes = {
            "kernel_shape": tuple(kernel[a] if a in axes else 1 for a in range(rank)),
            "strides": tuple(strides[a] if a in axes else 1 for a in range(rank)),
            "pads": tuple(pads[a] if a % rank in axes else 0 for a in range(2 * rank)),
            "count_include_pad": 1,
        }
        return replace(
            node,
            op="AveragePool",
            version=AVERAGE_POOL_VERSION,
            inputs=node.inputs[:1],
            attributes=MappingProxyType(attributes),
        )
