"""Element-by-element operators and normalisations: a class per combination of what is combined."""

from dataclasses import replace

import numpy as np

from rfengine import ops
from rfengine.graph import Array, Node
from rfengine.runtime.collapse.small import Grouped, Small, free_axes, refused


def elementwise(small: Small, node: Node, _: ops.Operator) -> None:
    """Sums, products and activations. What is constant beside the data must be one number."""
    names = small.data(node)
    out = node.outputs[0]
    rank = len(small.graph.shape(out))
    data = [_of_rank(small.found[name], rank) for name in names]
    places = max((grouped.places for grouped in data), key=lambda each: sum(map(len, each)))
    if any(grouped.places != places for grouped in data) or len(set(map(len, map(small.extents, data)))) != 1:
        raise refused(node, "it combines tensors whose axes lie differently")
    free = tuple(small.graph.shape(out)[axis] for axis in free_axes(places))
    values, classes, count = small.aligned(out, [(each, np.broadcast_to(each.classes, free)) for each in data])
    renamed = dict(zip(names, values, strict=True))
    inputs = tuple(renamed.get(name) or _number(small, node, name) for name in node.inputs)
    extents = np.broadcast_shapes(*map(small.extents, data))
    small.made(out, places, classes, count, extents)
    small.nodes.append(replace(node, inputs=inputs, outputs=(out,)))


def _of_rank(grouped: Grouped, rank: int) -> Grouped:
    """A tensor with leading free axes of length one, as broadcasting adds them."""
    more = rank - len(grouped.places)
    classes = grouped.classes.reshape((1,) * more + grouped.classes.shape)
    return replace(grouped, places=((),) * more + grouped.places, classes=classes)


def normalised(small: Small, node: Node, _: ops.Operator) -> None:
    """BatchNormalization, each of whose parameters must be one number."""
    grouped = small.one(node)
    if node.op != "BatchNormalization" or not grouped.is_plain:
        raise refused(node, f"{node.op} does not treat every channel by itself")
    if (grouped.classes != grouped.classes[:1]).any():
        raise refused(node, "the images of the batch differ")
    out, count = node.outputs[0], small.count(grouped)
    numbers = [np.broadcast_to(_single(small, node, name), (count,)) for name in node.inputs[1:]]
    parameters = [small.constant(f"{out}:parameter{i}", number) for i, number in enumerate(numbers)]
    small.made(out, grouped.places, grouped.classes, count, small.extents(grouped))
    small.nodes.append(replace(node, inputs=(grouped.value, *parameters), outputs=(out,)))


def _number(small: Small, node: Node, name: str) -> str:
    """A constant that is one number, as a scalar."""
    return name and small.constant(f"{name}:number", _single(small, node, name))


def _single(small: Small, node: Node, name: str) -> Array:
    array = small.graph.constants.get(name)
    if array is None or not array.size or (any(array.strides) and (array != array.flat[0]).any()):
        raise refused(node, f"'{name}' is no constant of one value for all channels")
    return np.asarray(array.flat[0])
