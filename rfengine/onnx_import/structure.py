"""The first look at a parsed file: counts, depth, names and places of data, before any library works on it.

Every name in the file is read here once, so text that is no text is found here and nowhere later.
"""

from collections.abc import Iterable, Iterator

import onnx

from rfengine.errors import BadModel, ExternalData
from rfengine.limits import Limits
from rfengine.onnx_import.guard import check_numbers
from rfengine.onnx_import.nodes import inner_graphs, label_of, plain_domain


def check_structure(model: onnx.ModelProto, limits: Limits) -> None:
    """Look at all of a model.

    Raises:
        BadModel: names that are not text, opsets that contradict each other or that nobody knows, dangling references.
        BadShape: a number in an attribute that means nothing.
        ExternalData: a tensor keeps its values outside the file.
        LimitExceeded: a count, a depth or a length passes its cap.
    """
    _check_opsets(model)
    _check_ends(model.graph, limits)
    unused = [graph for info in model.training_info for graph in (info.initialization, info.algorithm)]
    graphs = [found for graph in (model.graph, *unused) for found in _graphs(graph, limits)]
    total = sum(_check_graph(graph, depth, limits) for graph, depth in graphs)
    total += sum(_check_function(function, limits) for function in model.functions)
    limits.check("nodes of all graphs and functions", total, "nodes")


def _check_opsets(model: onnx.ModelProto) -> None:
    if not 3 <= model.ir_version <= onnx.IR_VERSION:
        raise BadModel(
            f"the file has the IR version {model.ir_version}; onnx {onnx.__version__} reads 3 to {onnx.IR_VERSION}; "
            "export the model again"
        )
    versions: dict[str, int] = {}
    functions = [entry for function in model.functions for entry in function.opset_import]
    for entry in functions:
        if not 0 <= entry.version < 1 << 31:
            raise BadModel(f"a function imports opset {entry.version} of domain '{entry.domain}'; export it again")
    for entry in model.opset_import:
        domain, version = plain_domain(entry.domain), int(entry.version)
        if versions.setdefault(domain, version) != version:
            raise BadModel(f"the model imports domain '{domain}' twice, at opsets {versions[domain]} and {version}")
        oldest, newest = (0, (1 << 31) - 1) if domain else (1, onnx.defs.onnx_opset_version())
        if not oldest <= version <= newest:
            raise BadModel(
                f"the model imports opset {version} of domain '{domain or 'ai.onnx'}'; onnx {onnx.__version__} knows "
                f"opsets {oldest} to {newest}; export the model with one of them"
            )


def _check_ends(graph: onnx.GraphProto, limits: Limits) -> None:
    """The model's own inputs and outputs; in old files the initializers are inputs too."""
    fixed = {tensor.name for tensor in graph.initializer}
    limits.check("inputs of the model", sum(value.name not in fixed for value in graph.input), "inputs")
    limits.check("outputs of the model", len(graph.output), "outputs")


def _graphs(graph: onnx.GraphProto, limits: Limits, depth: int = 0) -> Iterator[tuple[onnx.GraphProto, int]]:
    """The graph and every graph inside it with its depth, depth first."""
    limits.check(f"depth of nested graphs in '{graph.name[:64]}'", depth, "subgraph_depth")
    yield graph, depth
    for node in graph.node:
        for inner in inner_graphs(node):
            yield from _graphs(inner, limits, depth + 1)


def _check_graph(graph: onnx.GraphProto, depth: int, limits: Limits) -> int:
    """One graph without those inside it; gives the number of its nodes."""
    place = f"graph '{graph.name[:64]}'"
    limits.check(f"nodes of {place}", len(graph.node), "nodes")
    _check_names(place, (graph.name, *(value.name for value in (*graph.input, *graph.output))), limits)
    sparse = [part for s in graph.sparse_initializer for part in (s.values, s.indices)]
    for tensor in (*graph.initializer, *sparse):
        _check_names(f"an initializer of {place}", (tensor.name,), limits)
        _refuse_external(f"initializer '{tensor.name}'", tensor)
    for node in graph.node:
        _check_node(node, limits, "" if depth == 0 else f" in {place}", in_function=False)
    return len(graph.node)


def _check_function(function: onnx.FunctionProto, limits: Limits) -> int:
    """A function and the graphs inside it; gives the number of nodes."""
    place = f"function '{function.name[:64]}'"
    names = (*function.input, *function.output, *function.attribute)
    _check_names(place, (function.name, function.domain, function.overload, *names), limits)
    total = len(function.node)
    limits.check(f"nodes of {place}", total, "nodes")
    for node in function.node:
        _check_node(node, limits, f" in {place}", in_function=True)
        for inner in inner_graphs(node):
            for graph, _ in _graphs(inner, limits, 1):
                total += len(graph.node)
                for part in graph.node:
                    _check_node(part, limits, f" in {place}", in_function=True)
                for tensor in graph.initializer:
                    _refuse_external(f"initializer '{tensor.name}' in {place}", tensor)
    return total


def _check_node(node: onnx.NodeProto, limits: Limits, where: str, *, in_function: bool) -> None:
    _check_names(f"a node{where}", (node.name, node.op_type, node.domain, *node.input, *node.output), limits)
    place = f"node '{label_of(node)}'{where}"
    limits.check(f"inputs of {place}", len(node.input), "arity")
    limits.check(f"outputs of {place}", len(node.output), "arity")
    for attribute in node.attribute:
        _check_names(f"an attribute of {place}", (attribute.name, attribute.ref_attr_name), limits)
        named = f"attribute '{attribute.name}' of {place}"
        longest = max(len(attribute.ints), len(attribute.floats), len(attribute.strings), len(attribute.tensors))
        limits.check(f"numbers in {named}", longest, "list_length")
        if attribute.ref_attr_name and not in_function:
            raise BadModel(f"{named} refers to '{attribute.ref_attr_name}', but the node is in no function")
        for tensor in _tensors(attribute):
            _refuse_external(named, tensor)
    check_numbers(node, place, limits)


def _check_names(place: str, names: Iterable[str | bytes], limits: Limits) -> None:
    for name in names:
        if not isinstance(name, str):  # protobuf hands over as bytes what does not decode
            raise BadModel(f"{place} has a name that is not UTF-8 text, {bytes(name[:32])!r}; export the model again")
        limits.check(f"length of the name '{name[:32]}...' of {place}", len(name), "name_bytes")


def _tensors(attribute: onnx.AttributeProto) -> Iterator[onnx.TensorProto]:
    sparse = [
        *([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []),
        *attribute.sparse_tensors,
    ]
    yield from [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
    yield from (part for s in sparse for part in (s.values, s.indices))


def _refuse_external(place: str, tensor: onnx.TensorProto) -> None:
    """No tensor anywhere may name a file: reading it would read the server's own files."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ExternalData(
            f"{place} keeps its values in another file; save the model as one file "
            "(onnx.save_model(..., save_as_external_data=False)) and send that"
        )
