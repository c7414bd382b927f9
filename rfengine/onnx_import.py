"""ONNX file to Graph: the file read and checked, input shapes settled, the graph built."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from rfengine.errors import BadModel, BadShape
from rfengine.graph import Array, Graph, Shape, Value
from rfengine.limits import DEFAULT_LIMITS, Limits
from rfengine.onnx_file import needed_nodes, opset_of, read_model
from rfengine.onnx_graph import build_graph

# What a dimension becomes when neither the file nor the caller says: one image, three channels, ImageNet's side.
DEFAULT_BATCH, DEFAULT_CHANNELS, DEFAULT_SIDE = 1, 3, 224


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
    """
    model = read_model(data, limits)
    nodes = needed_nodes(model, targets)
    inputs, warnings = _settle_inputs(model, dict(input_shape or {}))
    graph = build_graph(model, nodes, inputs, name=name, known=known or {}, limits=limits, fold=fold)
    opset = opset_of(model) or 0
    return Imported(graph, hashlib.sha256(data).hexdigest(), opset, len(model.graph.node), warnings)


def _settle_inputs(model: onnx.ModelProto, given: dict[str, Shape]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Concrete shapes of the model's real inputs (initializers that are also declared as inputs are none)."""
    fixed = {t.name for t in model.graph.initializer} | {t.values.name for t in model.graph.sparse_initializer}
    declared = [value for value in model.graph.input if value.name not in fixed]
    spatial = [v.name for v in declared if len(v.type.tensor_type.shape.dim) >= 3]
    if "" in given:
        if len(spatial) != 1:
            raise BadShape(f"input_shape without a name needs exactly one spatial input; the model has {spatial}")
        given = {**given, spatial[0]: given[""]}
        del given[""]
    unknown = sorted(set(given) - {v.name for v in declared})
    if unknown:
        raise BadShape(f"input_shape names {unknown[0]!r}; the model's inputs are {[v.name for v in declared]}")
    warnings: list[str] = []
    settled = {v.name: _settle(v, given.get(v.name), warnings) for v in declared}
    return settled, tuple(warnings)


def _settle(value: onnx.ValueInfoProto, given: Shape | None, warnings: list[str]) -> Value:
    """One input's concrete shape: the caller's, else the file's, else a default that a warning names."""
    kind = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or not kind.elem_type:
        raise BadModel(f"input '{value.name}' is not a tensor; only tensor inputs can be analysed")
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    declared = [int(d.dim_value) for d in kind.shape.dim]
    if given is not None:
        if declared and len(given) != len(declared):
            raise BadShape(f"input '{value.name}' has {len(declared)} axes {declared}; input_shape gives {list(given)}")
        if len(declared) > 1 and declared[1] and given[1] != declared[1]:
            raise BadShape(
                f"input '{value.name}' has {declared[1]} channels; input_shape gives {given[1]}: {list(given)}"
            )
        return Value(value.name, dtype, tuple(given))
    if any(d < 0 for d in declared):
        raise BadModel(f"input '{value.name}' declares the shape {declared}; dimensions cannot be negative")
    defaults = (DEFAULT_BATCH, DEFAULT_CHANNELS, *[DEFAULT_SIDE] * max(0, len(declared) - 2))
    shape = tuple(d or default for d, default in zip(declared, defaults, strict=False))
    if list(shape) != declared:
        warnings.append(
            f"input '{value.name}' leaves its shape open; analysed at {list(shape)}, set input_shape to change it"
        )
    return Value(value.name, dtype, shape)
