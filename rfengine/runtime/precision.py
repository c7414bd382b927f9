"""The float type a graph runs in, as a rewrite of the graph: constants, casts and values."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import onnx

from rfengine.graph import Array, Graph, Node

_FLOATS = frozenset(getattr(onnx.TensorProto, name) for name in ("FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"))


def in_precision(graph: Graph, dtype: npt.DTypeLike) -> Graph:
    """The graph with every floating-point value in one type, whatever types the file mixes."""
    target = np.dtype(dtype)
    return replace(
        graph,
        nodes=tuple(_recast(node, target) for node in graph.nodes),
        values=MappingProxyType(
            {
                name: replace(value, dtype=target) if is_float(value.dtype) else value
                for name, value in graph.values.items()
            }
        ),
        constants=MappingProxyType({name: _converted(array, target) for name, array in graph.constants.items()}),
    )


def is_float(dtype: np.dtype[np.generic]) -> bool:
    """Whether a type is float16, bfloat16, float32 or float64."""
    return dtype.name in ("float16", "bfloat16", "float32", "float64")


def _recast(node: Node, target: np.dtype[np.generic]) -> Node:
    if node.bodies:
        bodies = {name: in_precision(body, target) for name, body in node.bodies.items()}
        node = replace(node, bodies=MappingProxyType(bodies))
    if node.op != "Cast" or node.attributes.get("to") not in _FLOATS:
        return node
    kind = onnx.helper.np_dtype_to_tensor_dtype(target)
    return replace(node, attributes=MappingProxyType({**node.attributes, "to": kind}))


def _converted(array: Array, target: np.dtype[np.generic]) -> Array:
    if not is_float(array.dtype) or array.dtype == target:
        return array
    if array.size and array.ndim and not any(array.strides):
        return np.broadcast_to(array.reshape(-1)[:1].astype(target).reshape((1,) * array.ndim), array.shape)
    return array.astype(target)
