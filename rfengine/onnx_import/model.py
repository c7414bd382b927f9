"""ONNX file to Graph: the file read and checked, input shapes settled, the graph built."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from rfengine.graph import Array, Graph, Shape
from rfengine.limits import DEFAULT_LIMITS, Limits
from rfengine.onnx_import.file import check_model, opsets_of, read_model
from rfengine.onnx_import.graph import build_graph
from rfengine.onnx_import.inputs import settle_inputs


@dataclass(frozen=True)
class Imported:
    """A model as imported: the graph, and what the report says about the file."""

    graph: Graph
    sha256: str
    opset: int
    nodes: int
    warnings: tuple[str, ...]


def import_onnx(
    data: bytes,
    *,
    name: str = "model",
    input_shape: Mapping[str, Shape] | None = None,
    targets: tuple[str, ...] = (),
    known: Mapping[str, Array] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    fold: bool = True,
) -> Imported:
    """Import a model file.

    Args:
        data: the file's bytes.
        name: what to call the model.
        input_shape: shape per input; the key '' means the only spatial input.
        targets: tensor or node names; given, only what they depend on is imported.
        known: values of inputs that are parameters rather than data; they become constants.
        limits: caps.
        fold: whether what is constant is computed now; without it every node is lowered (for tests of the lowerings).

    Raises:
        BadInput: one of its kinds, naming place, value and next step.
        OperatorFailed: an operator's own function failed on a call that ONNX accepts.
    """
    model = read_model(data, limits)
    count = len(model.graph.node)
    check_model(model, targets)
    inputs, assumed = settle_inputs(model, dict(input_shape or {}), limits, known=frozenset(known or ()))
    graph, rewritten = build_graph(model, inputs, name=name, known=known or {}, limits=limits, fold=fold)
    opset = opsets_of(model).get("", 0)
    return Imported(graph, hashlib.sha256(data).hexdigest(), opset, count, (*assumed, *rewritten))
