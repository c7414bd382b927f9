"""Model-local functions: counted as they would be written out, then written out by onnx."""

from dataclasses import dataclass

import onnx
import onnx.inliner

from rfengine.errors import BadModel
from rfengine.limits import Limits
from rfengine.onnx_nodes import ONNX_ERRORS, inner_graphs, label_of, plain_domain

Key = tuple[str, str, str]  # domain, name, overload


def inline_functions(model: onnx.ModelProto, limits: Limits) -> onnx.ModelProto:
    """The model with every call of its own functions replaced by the function's nodes.

    Raises:
        BadModel: a function calls itself, or onnx cannot write the functions out.
        LimitExceeded: written out they would pass a cap: ten functions that call each other ten times make 10^10 nodes.
    """
    if not model.functions:
        return model
    _check_size(model, limits)
    try:
        return onnx.inliner.inline_local_functions(model, convert_version=_mixes_opsets(model))
    except ONNX_ERRORS as error:
        reason = " ".join(str(error).split())[:300]
        raise BadModel(f"the model's own functions cannot be written out: {reason}") from error


def _mixes_opsets(model: onnx.ModelProto) -> bool:
    """Whether a function is written in another opset than the model."""
    own = {plain_domain(entry.domain): entry.version for entry in model.opset_import}
    return any(
        own.get(plain_domain(entry.domain), entry.version) != entry.version
        for function in model.functions
        for entry in function.opset_import
    )


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
