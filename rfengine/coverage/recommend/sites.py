"""Where a kernel can grow: the convolutions on the way to the heads that fall short, coarsest first.

A tap more widens the field by the stride of the map that it reads, so most at the coarsest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import onnx

from rfengine.coverage.recommend.constants import maker_of
from rfengine.coverage.recommend.paths import upstream
from rfengine.coverage.recommend.subject import Subject
from rfengine.graph import Node, Value

MOST_SITES = 6
MOST_TOGETHER = 8
SHOWN = 3


@dataclass(frozen=True)
class Site:
    """Convolutions that are changed together: they share a weight, or the branches of the heads need one each.

    `nodes` are called by their outputs, `names` are for people, `weights` are theirs; all have one kernel and one
    dilation. `units` is the size of the smallest map that is read on the way to a head that falls short.
    """

    nodes: tuple[str, ...]
    names: tuple[str, ...]
    weights: tuple[Value, ...]
    kernel: tuple[int, ...]
    dilations: tuple[int, ...]
    units: tuple[int, ...]

    def lands(self, kernel: Sequence[int], dilations: Sequence[int]) -> bool:
        """Whether the outermost taps of such windows fall on the maps at all, and not on padding for every unit."""
        return all((k - 1) * d // 2 < n for k, d, n in zip(kernel, dilations, self.units, strict=True))

    @property
    def said(self) -> str:
        """The names in a sentence."""
        return said(self.names)


def said(names: Sequence[str]) -> str:
    """Names in a sentence, the first few of them."""
    quoted = [f"'{name}'" for name in names[:SHOWN]]
    if len(names) > SHOWN:
        return ", ".join(quoted) + f" and {len(names) - SHOWN} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def sites(subject: Subject) -> tuple[Site, ...]:
    """Where one change is enough: the nearest site of every tensor of the short heads, then the next ones, row by
    row; then those that all these tensors are made from."""
    tensors = [tensor for head in subject.short for tensor in head.tensors]
    ways = [list(_on_the_way(subject, tensor)) for tensor in tensors]
    rows = [frozenset().union(*(row for row in rows if row is not None)) for rows in zip_longest(*ways)]
    shared = set(ways[0]).intersection(*ways) if ways else set()
    order = {group: place for place, group in enumerate(ways[0])} if ways else {}
    groups = [*rows[:MOST_SITES], *sorted(shared, key=lambda group: order[group])[:MOST_SITES]]
    made = (_site(subject, group) for group in dict.fromkeys(groups))
    return tuple(site for site in made if site is not None)


def together(found: Sequence[Site]) -> Iterator[Site]:
    """The first two sites as one, the first three, and so on, where they have no convolution in common."""
    so_far: list[Site] = []
    for site in found[:MOST_TOGETHER]:
        known = {node for each in so_far for node in each.nodes}
        if not known.isdisjoint(site.nodes) or (site.kernel, site.dilations) != (found[0].kernel, found[0].dilations):
            continue
        so_far.append(site)
        if len(so_far) > 1:
            nodes, names, weights = (
                tuple(part for each in so_far for part in getattr(each, field))
                for field in ("nodes", "names", "weights")
            )
            units = tuple(min(sides) for sides in zip(*(each.units for each in so_far), strict=True))
            yield Site(nodes, names, weights, site.kernel, site.dilations, units)


def _on_the_way(subject: Subject, tensor: str) -> Iterator[frozenset[str]]:
    """Groups of convolutions with one weight that lead to a tensor, coarsest and nearest first."""
    graph = subject.analysed.graph
    leading = upstream(graph, [tensor])
    found = [
        (-(subject.analysed.stride(node.inputs[0]) or 0.0), -place, node)
        for place, node in enumerate(graph.nodes)
        if not leading.isdisjoint(node.outputs) and _can_grow(subject, node)
    ]
    for _, _, node in sorted(found, key=lambda each: each[:2]):
        yield frozenset(
            other.outputs[0] for other in graph.consumers[node.inputs[1]] if other.inputs[1] == node.inputs[1]
        )


def _can_grow(subject: Subject, node: Node) -> bool:
    """Whether a node is a convolution of stride 1 with a kernel, on a map, that stands in the file as it is here."""
    graph = subject.analysed.graph
    if node.op != "Conv" or node.domain or node.inputs[1] not in graph.constants:
        return False
    kernel = graph.shape(node.inputs[1])[2:]
    strides = node.attributes.get("strides", (1,))
    if max(kernel) < 2 or max(np.atleast_1d(strides)) > 1 or not subject.analysed.is_map(node.inputs[0]):
        return False
    return is_convolution(maker_of(subject.model, node.outputs[0]))


def is_convolution(node: onnx.NodeProto | None) -> bool:
    """Whether a node of a file is a convolution."""
    return node is not None and node.op_type == "Conv"


def _site(subject: Subject, group: frozenset[str]) -> Site | None:
    """The convolutions as a site; None where their kernels differ."""
    graph = subject.analysed.graph
    nodes = [node for node in graph.nodes if node.outputs[0] in group]
    shapes = {(graph.shape(n.inputs[1])[2:], tuple(n.attributes.get("dilations", (1, 1)))) for n in nodes}
    if len(shapes) > 1:
        return None
    kernel, dilations = shapes.pop()
    weights = tuple(graph.values[node.inputs[1]] for node in nodes)
    leading = upstream(graph, [tensor for head in subject.short for tensor in head.tensors])
    read = [graph.shape(node.inputs[0])[2:] for node in nodes if node.outputs[0] in leading]
    units = tuple(min(sides) for sides in zip(*read, strict=True))
    return Site(tuple(n.outputs[0] for n in nodes), tuple(n.name for n in nodes), weights, kernel, dilations, units)
