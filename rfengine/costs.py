"""What a network costs: its parameters, and the multiply-adds of one forward pass."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

import numpy as np

from rfengine.graph import UNKNOWN, Graph, Node, Shape

Shapes = Callable[[str], Shape]

# Arrays of floats that are not learnt by gradients: running statistics, the scales of a resize.
NO_WEIGHTS: Mapping[str, frozenset[int]] = MappingProxyType(
    {
        "BatchNormalization": frozenset({3, 4}),
        "Resize": frozenset({1, 2}),
        "Upsample": frozenset({1}),
    }
)


@dataclass(frozen=True)
class Costs:
    """Parameters of a network, and multiply-adds of one forward pass at its input's size, batch included."""

    parameters: int
    multiply_adds: int


def costs_of(graph: Graph) -> Costs:
    """Count a graph.

    Parameters are the elements of all arrays of floats that nodes read (and of integers where a product reads them as
    weights), each array once, running statistics and single numbers of formulas aside. Multiply-adds are those of
    convolutions and matrix products; all else counts nothing, nor does a product whose size depends on the data, nor
    what lies inside loops and branches.
    """
    return Costs(
        parameters=sum(graph.constants[name].size for name in dict.fromkeys(_weights(graph))),
        multiply_adds=sum(_multiply_adds(node, graph.shape) for node in graph.nodes),
    )


def _weights(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        others = NO_WEIGHTS.get(node.op, frozenset())
        for place, name in enumerate(node.inputs):
            found = graph.constants.get(name)
            if found is None or found.ndim == 0 or place in others:
                continue
            is_float = not np.issubdtype(found.dtype, np.integer) and found.dtype != np.bool_
            if is_float or place == WEIGHT_PLACE.get(node.op):
                yield name


def _multiply_adds(node: Node, shape: Shapes) -> int:
    rule = _RULES.get(node.op) if node.domain == "" else None
    if rule is None or any(UNKNOWN in shape(name) for name in (*node.inputs, *node.outputs) if name):
        return 0
    return rule(node, shape)


def _convolution(weight: int) -> Callable[[Node, Shapes], int]:
    """Each element of the output is a sum over its group's maps and the kernel."""
    return lambda node, shape: prod(shape(node.outputs[0])) * prod(shape(node.inputs[weight])[1:])


def _transposed(node: Node, shape: Shapes) -> int:
    """Each element of the input goes to all maps of its group, through the kernel."""
    return prod(shape(node.inputs[0])) * prod(shape(node.inputs[1])[1:])


def _gemm(node: Node, shape: Shapes) -> int:
    rows = shape(node.inputs[0])
    return prod(shape(node.outputs[0])) * (rows[0] if node.attributes.get("transA", 0) else rows[1])


def _product(node: Node, shape: Shapes) -> int:
    return prod(shape(node.outputs[0])) * shape(node.inputs[0])[-1]


def _attention(node: Node, shape: Shapes) -> int:
    """Queries times keys, then scores times values; the past of both goes in front."""
    queries, keys, *rest = node.inputs
    past = rest[2] if len(rest) > 2 else ""
    length = shape(keys)[-2] + (shape(past)[-2] if past else 0)
    return (prod(shape(queries)) + prod(shape(node.outputs[0]))) * length


_RULES: Mapping[str, Callable[[Node, Shapes], int]] = MappingProxyType(
    {
        "Conv": _convolution(1),
        "ConvInteger": _convolution(1),
        "DeformConv": _convolution(1),
        "QLinearConv": _convolution(3),
        "ConvTranspose": _transposed,
        "Gemm": _gemm,
        "MatMul": _product,
        "MatMulInteger": _product,
        "QLinearMatMul": _product,
        "Attention": _attention,
    }
)

# Where a product of integers has its weights.
WEIGHT_PLACE: Mapping[str, int] = MappingProxyType(
    {"ConvInteger": 1, "QLinearConv": 3, "MatMulInteger": 1, "QLinearMatMul": 3}
)
