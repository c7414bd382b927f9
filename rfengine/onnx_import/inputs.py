"""The shape of every input: the caller's, else the file's, else a default that a warning names."""

from math import prod

import onnx

from rfengine.errors import BadModel, BadShape
from rfengine.graph import Shape, Value
from rfengine.limits import Limits
from rfengine.onnx_import.tensor import check_shape, dtype_of

# What a dimension becomes when neither the file nor the caller says: one image, three channels, ImageNet's side.
DEFAULT_BATCH, DEFAULT_CHANNELS, DEFAULT_SIDE = 1, 3, 224
MATRIX, IMAGE_RANK = 2, 4


def settle_inputs(
    model: onnx.ModelProto, given: dict[str, Shape], limits: Limits, *, known: frozenset[str] = frozenset()
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Concrete shapes of the model's real inputs (initializers that are also declared as inputs are none, and
    `known` ones have a value already).

    Returns:
        The inputs by name, and a warning for each whose shape was assumed.

    Raises:
        BadModel: an input is no tensor, or declares a shape that cannot be.
        BadShape: what the caller gives contradicts the file.
        LimitExceeded: an input is larger than a cap.
    """
    fixed = known | {t.name for t in model.graph.initializer} | {t.values.name for t in model.graph.sparse_initializer}
    declared = [value for value in model.graph.input if value.name not in fixed]
    spatial = [v.name for v in declared if len(v.type.tensor_type.shape.dim) >= 3 or _is_open(v)]
    if "" in given:
        if len(spatial) != 1:
            raise BadShape(f"input_shape without a name needs exactly one spatial input; the model has {spatial}")
        given = {**given, spatial[0]: given[""]}
        del given[""]
    unknown = sorted(set(given) - {v.name for v in declared})
    if unknown:
        raise BadShape(f"input_shape names {unknown[0]!r}; the model's inputs are {[v.name for v in declared]}")
    # What the caller fixes comes first: a symbol means the same length in every input.
    symbols: dict[str, int] = {}
    for value in declared:
        for dim, length in zip(value.type.tensor_type.shape.dim, given.get(value.name, ()), strict=False):
            if dim.dim_param:
                symbols.setdefault(dim.dim_param, length)
    warnings: list[str] = []
    settled = {v.name: _settle(v, given.get(v.name), symbols, warnings) for v in declared}
    for name, found in settled.items():
        _check(name, found, limits)
    return settled, tuple(warnings)


def _check(name: str, value: Value, limits: Limits) -> None:
    if any(length < 0 for length in value.shape):
        raise BadShape(f"input '{name}' has the shape {list(value.shape)}; lengths cannot be negative")
    check_shape(f"input '{name}'", value.shape, limits)
    if len(value.shape) > MATRIX:
        limits.check(f"a side of input '{name}', shape {list(value.shape)}", max(value.shape), "side")
    limits.check(f"bytes of input '{name}'", prod(value.shape) * value.dtype.itemsize, "value_bytes")


def _is_open(value: onnx.ValueInfoProto) -> bool:
    """Whether an input says not even how many axes it has."""
    return not value.type.tensor_type.HasField("shape")


def _settle(value: onnx.ValueInfoProto, given: Shape | None, symbols: dict[str, int], warnings: list[str]) -> Value:
    """One input's concrete shape: the caller's, else the file's, else a default that a warning names."""
    kind = value.type.tensor_type
    if value.type.WhichOneof("value") != "tensor_type" or not kind.elem_type:
        raise BadModel(f"input '{value.name}' is not a tensor; only tensor inputs can be analysed")
    dtype = dtype_of(kind.elem_type, f"input '{value.name}'")
    declared = [int(d.dim_value) for d in kind.shape.dim]
    if given is not None:
        if not _is_open(value) and len(given) != len(declared):
            raise BadShape(f"input '{value.name}' has {len(declared)} axes {declared}; input_shape gives {list(given)}")
        if len(declared) > 1 and declared[1] and given[1] != declared[1]:
            raise BadShape(
                f"input '{value.name}' has {declared[1]} channels; input_shape gives {given[1]}: {list(given)}"
            )
        return Value(value.name, dtype, tuple(given))
    if any(d < 0 for d in declared):
        raise BadModel(f"input '{value.name}' declares the shape {declared}; dimensions cannot be negative")
    rank = IMAGE_RANK if _is_open(value) else len(declared)
    defaults = (DEFAULT_BATCH, DEFAULT_CHANNELS, *[DEFAULT_SIDE] * max(0, rank - 2))
    lengths = [0] * rank if _is_open(value) else declared
    params = [""] * rank if _is_open(value) else [d.dim_param for d in kind.shape.dim]
    shape = tuple(
        length or (symbols.setdefault(param, default) if param else default)
        for length, param, default in zip(lengths, params, defaults, strict=False)
    )
    if _is_open(value) or list(shape) != declared:
        warnings.append(
            f"input '{value.name}' leaves its shape open; analysed at {list(shape)}, set input_shape to change it"
        )
    return Value(value.name, dtype, shape)
