"""What protobuf nodes are called, what they read, and how they are renamed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import onnx
import onnx.version_converter

# What onnx's own code raises on a model that it cannot work with; its errors have no base of their own.
ONNX_ERRORS = (
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    onnx.version_converter.ConvertError,
    ValueError,
    RuntimeError,
    IndexError,
)


def domain_of(node: onnx.NodeProto) -> str:
    """The node's domain, with the default one spelled ''."""
    return plain_domain(node.domain)


def plain_domain(domain: str) -> str:
    """A domain with the default one spelled ''."""
    return "" if domain == "ai.onnx" else str(domain)


def label_of(node: onnx.NodeProto) -> str:
    """What to call a node: its name, else its first output."""
    return str(node.name or next((name for name in node.output if name), "?"))


def version_of(node: onnx.NodeProto, opset: int) -> int | None:
    """The since_version whose definition applies to a node, or None when ONNX defines no such operator."""
    return _since(node.op_type, opset, domain_of(node))


@lru_cache(maxsize=1 << 10)
def _since(op: str, opset: int, domain: str) -> int | None:
    try:
        return int(onnx.defs.get_schema(op, opset, domain).since_version)
    except onnx.defs.SchemaError:
        return None


def inner_graphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The graphs among a node's attributes."""
    found = []
    for attribute in node.attribute:
        found += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]
    return found


def names_read(node: onnx.NodeProto) -> set[str]:
    """The values a node reads, those that its inner graphs take from outside among them."""
    found = set(node.input)
    for inner in inner_graphs(node):
        read = {name for part in inner.node for name in names_read(part)} | {o.name for o in inner.output}
        found |= read - _names_made(inner)
    return found


def needed_nodes(model: onnx.ModelProto, targets: Sequence[str]) -> list[onnx.NodeProto]:
    """The nodes that tensors or nodes of the given names depend on; all when none of the names is known."""
    nodes = list(model.graph.node)
    needed = {name for node in nodes if node.name in targets for name in node.output}
    needed |= {name for node in nodes for name in node.output if name in targets}
    if not needed:
        return nodes
    kept = []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(names_read(node))
    return kept[::-1]


def renamed(node: onnx.NodeProto, names: Mapping[str, str]) -> onnx.NodeProto:
    """A copy of a node whose values are called by other names, inside its inner graphs too."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    _rename(copy, names)
    return copy


def _rename(node: onnx.NodeProto, names: Mapping[str, str]) -> None:
    node.input[:] = [names.get(name, name) for name in node.input]
    node.output[:] = [names.get(name, name) for name in node.output]
    for inner in inner_graphs(node):
        made = _names_made(inner)
        outer = {old: new for old, new in names.items() if old not in made}
        for part in inner.node:
            _rename(part, outer)
        for output in inner.output:
            output.name = outer.get(output.name, output.name)


def _names_made(graph: onnx.GraphProto) -> set[str]:
    made = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    return made | {name for node in graph.node for name in node.output}
