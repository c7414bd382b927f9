"""The words of a box: its operators in short, what its units see, its tensor; and everything in full on hovering."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeGuard

from api_schemas.report import FieldReport, TensorField, TensorFields
from rfengine.graph import UNKNOWN, Graph, Node
from rfengine.plots import svg
from rfengine.plots.graph.blocks import Block
from rfengine.reports.text import ELLIPSIS, extent, per_axis, shorten

# Long operator names that everyone shortens, and those that only shift or scale.
SHORT = {
    "BatchNormalization": "BN",
    "LayerNormalization": "LN",
    "InstanceNormalization": "IN",
    "GroupNormalization": "GN",
    "GlobalAveragePool": "GlobalAvgPool",
    "AveragePool": "AvgPool",
    "ConvTranspose": "ConvTransp",
}
AFFINE = frozenset({"Add", "Sub", "Mul", "Div", "Cast", "Identity", "Dropout"})
TITLE_NODES, MOST_OPS = 16, 12
NAME = 96


@dataclass(frozen=True)
class Part:
    """Some words of one weight."""

    words: str
    bold: bool


def operators(graph: Graph, block: Block, size: float, room: float) -> list[Part]:
    """The operators of a box in at most `room` px: all of them, or without what only scales, or the core alone."""
    nodes = [graph.nodes[at] for at in block.nodes]
    core = operator(nodes[block.core], graph)
    ops = [SHORT.get(node.op, node.op) for node in nodes]
    before, after = _some(ops[: block.core]), _some(ops[block.core + 1 :])
    for first, last in _ever_shorter(before, after):
        parts = (
            Part("".join(f"{op} + " for op in first), False),
            Part(core, True),
            Part("".join(f" + {op}" for op in last), False),
        )
        if svg.width("".join(part.words for part in parts), size) <= room:
            return [part for part in parts if part.words]
    return [Part(svg.fitted(core, size, room), True)]


def _some(ops: list[str]) -> list[str]:
    """As many as could fit at all."""
    return ops if len(ops) <= MOST_OPS else [*ops[:MOST_OPS], ELLIPSIS]


def _ever_shorter(before: list[str], after: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """What stands before and after the core: first without what only scales, then less and less of it."""
    yield before, after
    before, after = ([op for op in part if op not in AFFINE] for part in (before, after))
    yield before, after
    for kept in range(len(before) - 1, -1, -1):
        yield [*before[:kept], ELLIPSIS], after
    for kept in range(len(after) - 1, -1, -1):
        yield [ELLIPSIS] if before else [], [*after[:kept], ELLIPSIS]


def operator(node: Node, graph: Graph) -> str:
    """An operator with the window it reads: `Conv 3×3 /2`."""
    words = [SHORT.get(node.op, node.op)]
    weight = graph.values.get(node.inputs[1]) if len(node.inputs) > 1 else None
    kernel = node.attributes.get("kernel_shape")
    groups = node.attributes.get("group", 1)
    if node.op in ("Conv", "ConvTranspose") and weight is not None:
        kernel = kernel or weight.shape[2:]
        if groups > 1:
            words[0] = f"{'Depthwise' if groups == weight.shape[0] else 'Grouped'} {words[0]}"
    if _are_numbers(kernel):
        words.append("×".join(map(str, kernel)))
        words += [_mark("/", node.attributes.get("strides")), _mark("dilation ", node.attributes.get("dilations"))]
    return " ".join(word for word in words if word)


def figures(seen: TensorField | TensorFields | None) -> str:
    """What a box's units see, in a few words: the field's size and stride."""
    if seen is None:
        return "no local field"
    fields = [seen] if isinstance(seen, TensorField) else list(seen.by_input.values())
    field, more = fields[0], len(fields) - 1
    bound = {"upper_bound": "≤ ", "refuted": "not "}.get(field.status, "")
    others = f" · {more} more input{'s' * (more > 1)}" if more else ""
    return f"{bound}{_sizes(field)} px · stride {per_axis(field.stride)}{others}"


def begins(graph: Graph, block: Block, seen: TensorField | TensorFields | None) -> Iterator[str]:
    """What first happens to the field in this box: paths that meet off centre, the whole image that comes in."""
    names = {graph.nodes[at].name for at in block.nodes}
    fields = [] if seen is None else [seen] if isinstance(seen, TensorField) else list(seen.by_input.values())
    if any(off.node in names for field in fields for off in field.misaligned):
        yield "off centre"
    if any(node in names for field in fields for node in field.global_context):
        yield "whole image"


def sizes(field: FieldReport) -> tuple[float, float]:
    """Height and width of a field; of one axis, the width alone."""
    return (field.size[-2] if len(field.size) > 1 else 1.0), field.size[-1]


def tensor(name: str, size: float, room: float) -> str:
    """A tensor's name in at most `room` px; of a path, as exporters write them, the end says most."""
    name = shorten(name, 10 * NAME)
    if svg.width(name, size) <= room:
        return name
    name = name.removesuffix("_output_0")
    if "/" not in name:
        return svg.fitted(name, size, room)
    while svg.width(f"{ELLIPSIS}{name}", size) > room and len(name) > 1:
        name = name[1:]
    return f"{ELLIPSIS}{name}"


def shape(graph: Graph, name: str) -> str:
    """A tensor's shape without the batch: `256 × 56 × 56`."""
    value = graph.values.get(name)
    if value is None:
        return ""
    return "×".join("?" if n == UNKNOWN else str(n) for n in value.shape[1:] or value.shape)


def title(graph: Graph, block: Block, seen: TensorField | TensorFields | None, notes: Sequence[str]) -> str:
    """All there is to know about a box, one fact per line."""
    return "\n".join([*notes, *_nodes(graph, block), *_facts(seen)])


def _nodes(graph: Graph, block: Block) -> Iterator[str]:
    if not block.nodes:
        yield f"{shorten(block.name, NAME)}: {shape(graph, block.name)}"
    for at in block.nodes[:TITLE_NODES]:
        node = graph.nodes[at]
        made = ", ".join(f"{shorten(name, NAME)} ({shape(graph, name)})" for name in node.outputs if name)
        called = f" '{shorten(node.name, NAME)}'" if node.name else ""
        yield f"{operator(node, graph)}{called} → {made}"
    if len(block.nodes) > TITLE_NODES:
        yield f"and {len(block.nodes) - TITLE_NODES} more nodes"


def _facts(seen: TensorField | TensorFields | None) -> Iterator[str]:
    if seen is None:
        yield "no local field: its units have no place of their own in the image"
        return
    fields: Mapping[str, FieldReport] = {"": seen} if isinstance(seen, TensorField) else seen.by_input
    for source, field in fields.items():
        if source:
            yield f"relative to input {shorten(source, NAME)}:"
        yield f"receptive field {extent(field.size)} px, stride {extent(field.stride)} px ({', '.join(seen.axes)})"
        if any(len(set(phases)) > 1 for phases in field.sizes_by_phase):
            yield f"size by phase: {' | '.join(_phases(phases) for phases in field.sizes_by_phase)} px"
        yield f"padding {extent(field.padding)} px, unit 0 centred at {extent(field.start)} px"
        yield from _caveats(field)


def _caveats(field: FieldReport) -> Iterator[str]:
    if field.density < 1:
        yield f"{100 * field.density:.3g} % of the pixels are read (gridding)"
    if field.clipped_share > 0:
        yield f"{100 * field.clipped_share:.3g} % of the units touch padding"
    if field.global_context:
        yield f"the whole image enters besides, through {_listed(field.global_context)}"
    for off in field.misaligned[:4]:
        yield f"paths meet {extent(off.offset)} px off centre at {shorten(off.node, NAME)}"
    yield "; ".join([f"status: {field.status.replace('_', ' ')}", *(shorten(r, 2 * NAME) for r in field.reasons[:4])])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(shorten(name, NAME) for name in names[:4]) + more


def _sizes(field: FieldReport) -> str:
    """The size, once for axes that agree, as a range where it depends on the phase."""
    ranges = [(min(phases), max(phases)) for phases in field.sizes_by_phase if phases]
    words = [str(high) if low == high else f"{low}–{high}" for low, high in ranges] or list(map(str, field.size))
    return words[0] if len(set(words)) == 1 else " × ".join(words)


def _phases(phases: Sequence[int]) -> str:
    return ", ".join(map(str, phases[:12])) + (" …" if len(phases) > 12 else "")


def _mark(sign: str, values: object) -> str:
    if not _are_numbers(values) or prod(values) == 1:
        return ""
    return sign + per_axis(values)


def _are_numbers(values: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(values, tuple) and bool(values) and all(isinstance(v, int) for v in values)
