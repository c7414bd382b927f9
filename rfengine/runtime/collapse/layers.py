"""Layers with weights: how often each class occurs among what an output channel reads."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.graph import Array, Node
from rfengine.runtime.collapse.small import Classes, Grouped, Small, refused

CONV_VERSION = 11


def weighed(small: Small, node: Node, _: ops.Operator) -> None:
    """Conv, ConvTranspose, and MatMul by a matrix."""
    if node.op in ("Conv", "ConvTranspose"):
        _convolved(small, node)
    elif node.op == "MatMul" and _is_along_space(small, node):
        grouped, out = small.one(node), node.outputs[0]
        small.made(out, grouped.places, grouped.classes, small.count(grouped), small.graph.shape(out)[2:])
        small.nodes.append(replace(node, inputs=tuple(_value(small, name) for name in node.inputs)))
    elif node.op == "MatMul" and node.inputs[0] in small.found and node.inputs[1] in small.graph.constants:
        _multiplied(small, node)
    else:
        raise refused(node, f"this form of {node.op} is not followed")


def _is_along_space(small: Small, node: Node) -> bool:
    """Whether a matrix multiplies the last axis from the right, or the one before it from the left, both spatial."""
    grouped = small.one(node)
    matrix = next((small.graph.constants[name] for name in node.inputs if name in small.graph.constants), None)
    least = 3 if node.inputs[0] in small.found else 4
    return grouped.is_plain and matrix is not None and matrix.ndim == 2 and len(grouped.places) >= least


def _value(small: Small, name: str) -> str:
    return small.found[name].value if name in small.found else name


def _convolved(small: Small, node: Node) -> None:
    grouped = small.one(node)
    if not grouped.is_plain:
        raise refused(node, "its input is not [batch, channels, spatial ...]")
    if any(np.any(small.graph.constants[name]) for name in filter(None, node.inputs[2:])):
        raise refused(node, "it has an offset")
    taps = _taps(small, node)
    groups = int(node.attributes.get("group", 1))
    counts, kinds = _counted(small, grouped, grouped.classes.reshape(len(grouped.classes), groups, -1))
    out = node.outputs[0]
    _, channels, *extents = small.graph.shape(out)
    outward = counts if node.op == "Conv" else counts.T
    weight = (outward.reshape(*outward.shape, *[1] * taps.ndim) * taps).astype(taps.dtype)
    inputs = (grouped.value, small.constant(f"{out}:weight", weight))
    small.made(out, grouped.places, np.repeat(kinds, channels // groups, axis=1), len(counts), tuple(extents))
    attributes = {key: value for key, value in node.attributes.items() if key != "group"}
    small.nodes.append(replace(node, inputs=inputs, outputs=(out,), attributes=MappingProxyType(attributes)))


def _multiplied(small: Small, node: Node) -> None:
    """A product along the last axis is a pointwise convolution of the classes."""
    grouped, weight = small.one(node), small.graph.constants[node.inputs[1]]
    if grouped.places[-1] or weight.ndim != 2:
        raise refused(node, "it weighs a spatial axis, or with a stack of matrices")
    counts, kinds = _counted(small, grouped, grouped.classes)
    extents = small.extents(grouped)
    rows = (counts * _taps(small, node)).astype(weight.dtype).reshape(*counts.shape, *[1] * len(extents))
    out = node.outputs[0]
    classes = np.repeat(kinds[..., None], weight.shape[1], axis=-1)
    small.made(out, grouped.places, classes, len(counts), extents)
    inputs = (grouped.value, small.constant(f"{out}:weight", rows))
    small.nodes.append(Node(node.name, "Conv", CONV_VERSION, inputs, (out,)))


def _taps(small: Small, node: Node) -> Array:
    """The kernel's taps, which must be the same between all channels."""
    weight = small.graph.constants.get(node.inputs[1])
    if weight is None or any(n > 1 and step for n, step in zip(weight.shape[:2], weight.strides[:2], strict=True)):
        raise refused(node, "its weights differ from channel to channel")
    taps: Array = weight[0, 0]
    return taps


def _counted(small: Small, grouped: Grouped, classes: Classes) -> tuple[Classes, Classes]:
    """How often each class occurs along the last axis: the distinct rows [kinds, K], and the kind of each row."""
    if small.count(grouped) == 1:
        return np.full((1, 1), classes.shape[-1]), np.zeros(classes.shape[:-1], np.int64)
    rows = classes.reshape(-1, classes.shape[-1])
    table = np.zeros((len(rows), small.count(grouped)), np.int64)
    np.add.at(table, (np.arange(len(rows))[:, None], rows), 1)
    distinct, kinds = np.unique(table, axis=0, return_inverse=True)
    return distinct, kinds.reshape(classes.shape[:-1])
