"""Bytes to a checked ONNX model: nothing of a stranger's file is trusted before it passed here."""

from collections.abc import Iterator, Sequence

import onnx
import onnx.inliner
from google.protobuf.message import DecodeError

from rfengine import ops
from rfengine.errors import BadModel, ExternalData
from rfengine.limits import Limits


def read_model(data: bytes, limits: Limits) -> onnx.ModelProto:
    """Parse and check a model file.

    Raises:
        BadModel: the bytes are no valid model.
        ExternalData: a tensor keeps its values outside the file.
        LimitExceeded: the file, the number of nodes or the nesting passes a cap.
        UnsupportedOperator: an operator that ONNX itself does not define.
    """
    if not data:
        raise BadModel("the model file is empty; upload the .onnx file itself")
    limits.check("the model file in bytes", len(data), "file_bytes")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise BadModel(
            f"the file ({len(data):,} bytes) does not parse as ONNX: it is truncated, or not an ONNX file"
        ) from error
    if not model.graph.node or not model.opset_import:
        raise BadModel(
            f"the file ({len(data):,} bytes) holds no ONNX graph with nodes and an opset; is it an ONNX file?"
        )
    _refuse_external(model, limits)
    if model.functions:
        model = onnx.inliner.inline_local_functions(model)
    _check_operators(model)
    _check(model)
    return model


def opset_of(model: onnx.ModelProto, domain: str = "") -> int | None:
    """The opset a model imports for a domain ('' and 'ai.onnx' are the same)."""
    for entry in model.opset_import:
        if (entry.domain if entry.domain != "ai.onnx" else "") == domain:
            return int(entry.version)
    return None


def domain_of(node: onnx.NodeProto) -> str:
    """The node's domain, with the default one spelled ''."""
    return "" if node.domain == "ai.onnx" else str(node.domain)


def label_of(node: onnx.NodeProto) -> str:
    """What to call a node: its name, else its first output."""
    return str(node.name or next((name for name in node.output if name), "?"))


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


def names_read(node: onnx.NodeProto) -> set[str]:
    """The values a node reads, those that its inner graphs take from outside among them."""
    found = set(node.input)
    for attribute in node.attribute:
        for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
            made = {v.name for v in inner.input} | {t.name for t in inner.initializer}
            made |= {name for part in inner.node for name in part.output}
            read = {name for part in inner.node for name in names_read(part)} | {o.name for o in inner.output}
            found |= read - made
    return found


def _graphs(graph: onnx.GraphProto, limits: Limits, depth: int = 0) -> Iterator[onnx.GraphProto]:
    """The graph and every graph inside it, depth first."""
    limits.check(f"depth of nested graphs in '{graph.name}'", depth, "subgraph_depth")
    limits.check(f"nodes of graph '{graph.name}'", len(graph.node), "nodes")
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from _graphs(inner, limits, depth + 1)


def _node_tensors(nodes: Iterator[onnx.NodeProto]) -> Iterator[tuple[str, onnx.TensorProto]]:
    for node in nodes:
        for attribute in node.attribute:
            sparse = [
                *([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []),
                *attribute.sparse_tensors,
            ]
            tensors = [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
            for tensor in [*tensors, *(part for s in sparse for part in (s.values, s.indices))]:
                yield f"attribute '{attribute.name}' of node '{label_of(node)}'", tensor


def _refuse_external(model: onnx.ModelProto, limits: Limits) -> None:
    """No tensor anywhere may name a file: reading it would read the server's own files."""
    for graph in _graphs(model.graph, limits):
        sparse = [part for s in graph.sparse_initializer for part in (s.values, s.indices)]
        named = [(f"initializer '{t.name}'", t) for t in [*graph.initializer, *sparse]]
        for place, tensor in [*named, *_node_tensors(iter(graph.node))]:
            _refuse_if_external(place, tensor)
    for function in model.functions:
        for place, tensor in _node_tensors(iter(function.node)):
            _refuse_if_external(f"{place} in function '{function.name}'", tensor)


def _refuse_if_external(place: str, tensor: onnx.TensorProto) -> None:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ExternalData(
            f"{place} keeps its values in another file; save the model as one file "
            "(onnx.save_model(..., save_as_external_data=False)) and send that"
        )


def _check(model: onnx.ModelProto) -> None:
    """ONNX's own checks, but for the declared shapes of outputs: many files leave them out, and nobody reads them."""
    outputs = list(model.graph.output)
    del model.graph.output[:]
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        raise BadModel(f"the model is not valid ONNX: {_first_lines(str(error))}") from error
    model.graph.output.extend(outputs)


def _check_operators(model: onnx.ModelProto) -> None:
    """Name the first operator that ONNX does not define; the checker would only say that no schema exists."""
    for node in model.graph.node:
        domain = domain_of(node)
        opset = opset_of(model, domain)
        if opset is None:
            raise BadModel(f"node '{label_of(node)}': its domain '{domain}' is not among the model's opset imports")
        if version_of(node, opset) is None:
            ops.find(domain, node.op_type, 0, node=label_of(node), opset=opset)


def version_of(node: onnx.NodeProto, opset: int) -> int | None:
    """The since_version whose definition applies to a node, or None when ONNX defines no such operator."""
    try:
        return int(onnx.defs.get_schema(node.op_type, opset, domain_of(node)).since_version)
    except onnx.defs.SchemaError:
        return None


def _first_lines(text: str) -> str:
    return " ".join(text.split("\n==>")[0].split())[:500]
