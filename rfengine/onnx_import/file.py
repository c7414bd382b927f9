"""Bytes to a checked ONNX model: nothing of a stranger's file is trusted before it passed here."""

from collections.abc import Sequence

import onnx
from google.protobuf.message import DecodeError

from rfengine import ops
from rfengine.errors import BadModel
from rfengine.limits import Limits
from rfengine.onnx_import.functions import inline_functions
from rfengine.onnx_import.nodes import ONNX_ERRORS, domain_of, label_of, needed_nodes, plain_domain, version_of
from rfengine.onnx_import.structure import check_structure


def read_model(data: bytes, limits: Limits) -> onnx.ModelProto:
    """Parse a model file and write its functions out.

    Raises:
        BadModel: the bytes are no valid model.
        ExternalData: a tensor keeps its values outside the file.
        LimitExceeded: the file, the number of nodes or the nesting passes a cap.
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
    check_structure(model, limits)
    # What nobody reads need not be valid, nor be copied from step to step.
    for field in ("training_info", "metadata_props"):
        model.ClearField(field)
    model.graph.ClearField("value_info")
    return inline_functions(model, limits)


def check_model(model: onnx.ModelProto, targets: Sequence[str]) -> None:
    """ONNX's own checks, on what the targets need: the nodes behind them are taken out of the model.

    Raises:
        BadModel: ONNX finds the model invalid.
        UnsupportedOperator: an operator that ONNX itself does not define.
    """
    nodes = needed_nodes(model, targets)
    if len(nodes) < len(model.graph.node):
        model.graph.ClearField("node")
        model.graph.node.extend(nodes)
    _check_operators(model)
    # Many files leave out the shapes of outputs, which nobody reads, and some those of inputs, which have defaults.
    outputs = list(model.graph.output)
    model.graph.ClearField("output")
    tensors = [value.type.tensor_type for value in model.graph.input if value.type.HasField("tensor_type")]
    without_shape = [tensor for tensor in tensors if not tensor.HasField("shape")]
    for tensor in without_shape:
        tensor.shape.SetInParent()
    try:
        onnx.checker.check_model(model)
    except ONNX_ERRORS as error:
        raise BadModel(f"the model is not valid ONNX: {_first_lines(str(error))}") from error
    model.graph.output.extend(outputs)
    for tensor in without_shape:
        tensor.ClearField("shape")


def opsets_of(model: onnx.ModelProto) -> dict[str, int]:
    """The opset that a model imports, per domain."""
    return {plain_domain(entry.domain): int(entry.version) for entry in model.opset_import}


def _check_operators(model: onnx.ModelProto) -> None:
    """Name the first operator that ONNX does not define; the checker would only say that no schema exists."""
    opsets = opsets_of(model)
    for node in model.graph.node:
        domain = domain_of(node)
        if domain not in opsets:
            raise BadModel(f"node '{label_of(node)}': its domain '{domain}' is not among the model's opset imports")
        if version_of(node, opsets[domain]) is None:
            ops.find(domain, node.op_type, 0, node=label_of(node), opset=opsets[domain])


def _first_lines(text: str) -> str:
    return " ".join(text.split("\n==>")[0].split())[:500]
