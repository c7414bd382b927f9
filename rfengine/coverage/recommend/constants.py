"""Weights in a model file: read, written, and left out where only their shapes matter.

A constant is an initializer, or what a Constant or ConstantOfShape node makes.
"""

import zlib
from collections.abc import Callable

import numpy as np
import onnx
from numpy.typing import DTypeLike
from onnx import TensorProto, helper, numpy_helper

from rfengine.graph import Array, Shape

# Of a light model: what has as many elements is no scale, shape or table, but a weight.
HEAVY = 1 << 10
FILL = 0.01
PLAIN = ("Constant", "ConstantOfShape")
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)

# Adds a weight to a model: its name, shape, dtype, and what computes its values where they are wanted.
AddWeight = Callable[[onnx.ModelProto, str, Shape, DTypeLike, Callable[[], Array]], None]


def initializer_of(model: onnx.ModelProto, name: str) -> onnx.TensorProto | None:
    """The initializer of a name."""
    return next((tensor for tensor in model.graph.initializer if tensor.name == name), None)


def maker_of(model: onnx.ModelProto, name: str) -> onnx.NodeProto | None:
    """The node that makes a value."""
    return next((node for node in model.graph.node if name in node.output), None)


def array_of(model: onnx.ModelProto, name: str) -> Array | None:
    """The value of a constant; None where it is none, or computed."""
    tensor = initializer_of(model, name)
    if tensor is not None:
        return np.asarray(numpy_helper.to_array(tensor))
    node = maker_of(model, name)
    if node is None or node.op_type not in PLAIN or node.domain not in ("", "ai.onnx"):
        return None
    value = next((numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value"), None)
    if value is None or node.op_type == "Constant":
        return value
    shape = array_of(model, node.input[0])
    return None if shape is None else np.broadcast_to(value.reshape(()), tuple(int(n) for n in shape))


def add_array(model: onnx.ModelProto, name: str, _shape: Shape, dtype: DTypeLike, values: Callable[[], Array]) -> None:
    """Add a weight with its values."""
    model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values(), dtype), name))


def add_fill(model: onnx.ModelProto, name: str, shape: Shape, dtype: DTypeLike, _values: Callable[[], Array]) -> None:
    """Add a fill of a weight's shape."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    node = _fill(model, name, shape, kind)
    nodes = list(model.graph.node)
    model.graph.ClearField("node")
    model.graph.node.extend([node, *nodes])


def _fill(model: onnx.ModelProto, name: str, shape: Shape, kind: int) -> onnx.NodeProto:
    lengths = f"{name}:shape"
    model.graph.initializer.append(numpy_helper.from_array(np.array(shape, np.int64), lengths))
    value = helper.make_tensor("value", kind, [1], [FILL])
    return helper.make_node("ConstantOfShape", [lengths], [name], name=name, value=value)


def drawn(name: str, shape: Shape) -> Array:
    """Weights [out, in / groups, kernel ...] from N(0, 2 / fan-in) (He et al. 2015); the name is the seed."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    fan_in = max(1, int(np.prod(shape[1:])))
    return np.asarray(random.standard_normal(shape) * np.sqrt(2.0 / fan_in))


def lighten(model: onnx.ModelProto) -> None:
    """Put fills in the place of heavy weights: theoretical fields depend on their shapes alone.

    Names and shapes stay, so that an edit fits the light model and the whole one alike.
    """
    tensors, nodes = list(model.graph.initializer), list(model.graph.node)
    heavy = [t for t in tensors if t.data_type in FLOATS and int(np.prod(t.dims)) >= HEAVY]
    names = {tensor.name for tensor in heavy}
    inputs = [value for value in model.graph.input if value.name not in names]
    for field in ("initializer", "node", "input"):
        model.graph.ClearField(field)
    model.graph.initializer.extend(tensor for tensor in tensors if tensor.name not in names)
    model.graph.node.extend(_fill(model, tensor.name, tuple(tensor.dims), tensor.data_type) for tensor in heavy)
    model.graph.node.extend(nodes)
    model.graph.input.extend(inputs)
