"""Model-local functions: counted as they would be written out, then written out by onnx."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import onnx
import onnx.inliner

from rfengine.errors import BadModel
from rfengine.limits import Limits
from rfengine.onnx_import.nodes import ONNX_ERRORS, domain_of, inner_graphs, label_of, plain_domain, version_of

Key = tuple[str, str, str]  # domain, name, overload


def inline_functions(model: onnx.ModelProto, limits: Limits) -> onnx.ModelProto:
    """The model with every call of its own functions replaced by the function's nodes.

    Raises:
        BadModel: a function calls itself, is written in an opset that differs, or onnx cannot write it out.
        LimitExceeded: written out they would pass a cap: ten functions that call each other ten times make 10^10 nodes.
    """
    if not model.functions:
        return model
    _check_size(model, limits)
    _align_opsets(model)
    try:
        return onnx.inliner.inline_local_functions(model)
    except ONNX_ERRORS as error:
        reason = " ".join(str(error).split())[:300]
        raise BadModel(f"the model's own functions cannot be written out: {reason}") from error


def _align_opsets(model: onnx.ModelProto) -> None:
    """Say that functions are written in the model's opsets, where that makes no difference to their nodes.

    onnx could convert them instead, but runs its shape inference on them before anybody has looked at their numbers.
    """
    own = {plain_domain(entry.domain): int(entry.version) for entry in model.opset_import}
    for function in model.functions:
        written = {plain_domain(entry.domain): int(entry.version) for entry in function.opset_import}
        for node in _all_nodes(function.node):
            domain = domain_of(node)
            there, here = written.get(domain), own.get(domain)
            if None not in (there, here) and version_of(node, there or 0) != version_of(node, here or 0):
                raise BadModel(
                    f"function '{function.name}' is written in opset {there} and the model in {here}, between which "
                    f"{node.op_type} changed (node '{label_of(node)}'); export all of it at one opset"
                )
        for entry in function.opset_import:
            entry.version = own.get(plain_domain(entry.domain), int(entry.version))


def _all_nodes(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    for node in nodes:
        yield node
        for graph in inner_graphs(node):
            yield from _all_nodes(graph.node)


@dataclass(frozen=True, slots=True)
class _Size:
    nodes: int
    bytes: int


def _check_size(model: onnx.ModelProto, limits: Limits) -> None:
    """Count nodes and bytes after inlining without inlining."""
    bodies: dict[Key, onnx.FunctionProto] = {}
    for function in model.functions:
        key = plain_domain(function.domain), function.name, function.overload
        if key in bodies:
            raise BadModel(f"the model defines the function '{function.name}' of domain '{function.domain}' twice")
        bodies[key] = function
    sizes: dict[Key, _Size] = {}

    def size_of_node(node: onnx.NodeProto, path: tuple[Key, ...]) -> _Size:
        key = plain_domain(node.domain), node.op_type, node.overload
        inner = [size_of_node(part, path) for graph in inner_graphs(node) for part in graph.node]
        called = [size_of(key, path, label_of(node))] if key in bodies else []
        nodes = sum(size.nodes for size in (*inner, *called)) + (not called)
        return _Size(nodes, node.ByteSize() + sum(size.bytes for size in called))

    def size_of(key: Key, path: tuple[Key, ...], caller: str) -> _Size:
        if key in path:
            raise BadModel(f"node '{caller}': the function '{key[1]}' of domain '{key[0]}' calls itself")
        limits.check(f"depth of function calls at '{key[1]}'", len(path) + 1, "function_depth")
        if key not in sizes:
            sizes[key] = _total([size_of_node(node, (*path, key)) for node in bodies[key].node])
        return sizes[key]

    total = _total([size_of_node(node, ()) for node in model.graph.node])
    limits.check("nodes with all functions written out", total.nodes, "nodes")
    limits.check("bytes with all functions written out", total.bytes, "file_bytes")


def _total(sizes: list[_Size]) -> _Size:
    return _Size(sum(size.nodes for size in sizes), sum(size.bytes for size in sizes))
