"""Operators that are linear in the data: weights, moves, averages, and the pooling and norms that act like them."""

from dataclasses import replace
from functools import lru_cache
from math import prod
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.calculus.index_map import IDENTITY, IndexMap
from rfengine.calculus.reads import Reads
from rfengine.graph import Array, Node
from rfengine.ops.resize import coefficients
from rfengine.runtime.rewriting import IDENTITY_VERSION
from rfengine.runtime.variance.building import Building
from rfengine.runtime.variance.signal import Moments

AVERAGE_POOL_VERSION, MATMUL_VERSION = 19, 13
SPATIAL_COVARIANCE = "covariance between neighbouring values, where averages and interpolation join them"


def weighed(building: Building, node: Node, operator: ops.Operator) -> None:
    """Every weight becomes its variance; biases are zero."""
    weights = [name for name in (node.inputs[i] for i in operator.weights) if name in building.layers]
    data = [name for name in node.inputs if name in building.signals]
    if len(weights) != 1 or len(data) != 1:
        building.refuse(node, "it does not weigh one feature map by one weight")
        return
    source, moments = building.settled(data[0])
    name = f"{weights[0]}:variance"
    building.rewriting.constant(name, building.variance_of(weights[0]))
    inputs = (source, name) if node.inputs[0] == data[0] else (name, source)
    growth = building.growth(weights[0])
    # A zero-mean weight keeps no mean; what a channel's mean is made from are the means of what it reads.
    average = moments.average * _inside(building, node, operator)
    moments = Moments(0.0, growth * moments.channel, growth * moments.square, average)
    building.become(replace(node, inputs=inputs, outputs=node.outputs[:1]), moments)


def normalised(building: Building, node: Node, _: ops.Operator) -> None:
    """Divided by the deviation that the forward pass predicts; as stored at initialisation, that is one."""
    data = [each for each in node.inputs if each in building.signals]
    if building.options.norm == "evaluation" and node.op == "BatchNormalization":
        building.signals[node.outputs[0]] = building.signal(data[0])
        return
    by_channel = node.op in ("BatchNormalization", "InstanceNormalization")
    if not by_channel and node.op not in ("LayerNormalization", "GroupNormalization", "RMSNormalization"):
        building.refuse(node, f"there is no rule for {node.op}; set norm to 'identity' to leave it out")
        return
    source, moments = building.settled(data[0])
    # What is taken off the values first: each channel's mean, the mean of all, or nothing.
    off = moments.channel if by_channel else 0.0 if node.op == "RMSNormalization" else moments.mean**2
    variance = moments.average * (moments.square - off)
    if not variance > 0:
        building.refuse(node, "its input does not vary")
        return
    building.neglected["what the statistics of a normalisation themselves pass back"] = None
    mean = moments.mean * variance**-0.5 if node.op == "RMSNormalization" else 0.0
    after = Moments(mean, (moments.channel - off) / variance, (moments.square - off) / variance, moments.average)
    name = node.outputs[0]
    building.become(Node(name, "Identity", IDENTITY_VERSION, (source,), (name,)), after, factor=1 / variance)


def _inside(building: Building, node: Node, operator: ops.Operator) -> float:
    """The share of a layer's taps that lie on the map and not on zero padding, over all its outputs."""
    call = ops.Call.of(node, building.graph)
    position = next(i for i, name in enumerate(node.inputs) if name in building.signals)
    share = 1.0
    for way in operator.reads(call)[0][position]:
        if isinstance(way, Reads):
            for read, length in zip(way.axes, call.out_shape, strict=True):
                if read is not None and read.map != IDENTITY:
                    share *= _share_inside(read.map, length, call.shape(position)[read.axis])
    return share


@lru_cache(maxsize=1024)
def _share_inside(read: IndexMap, units: int, length: int) -> float:
    """The share of what so many units read along an axis that lies on it."""
    taps = [tap for unit in range(units) for tap in read.at(unit).elements()]
    return sum(0 <= tap < length for tap in taps) / max(len(taps), 1)


def maximised(building: Building, node: Node, _: ops.Operator) -> None:
    """Each tap of a window is the largest with equal chance; the slope is that at the largest value, not at any."""
    if node.op != "MaxPool":
        building.refuse(node, f"there is no rule for {node.op}")
        return
    building.neglected["that neighbours in a max pooling's window resemble each other"] = None
    signal = building.signal(node.inputs[0])
    moments, slope = signal.largest_of(prod(node.attributes["kernel_shape"]))
    attributes = {k: v for k, v in node.attributes.items() if k != "storage_order"} | {"count_include_pad": 0}
    pooled = replace(
        node,
        op="AveragePool",
        version=AVERAGE_POOL_VERSION,
        inputs=(signal.base,),
        outputs=node.outputs[:1],
        attributes=MappingProxyType(attributes),
    )
    building.become(pooled, moments, factor=slope)


def averaged(building: Building, node: Node, _: ops.Operator) -> None:
    """Fixed coefficients become their squares."""
    call = ops.Call.of(node, building.graph)
    if node.op in ("Resize", "Upsample"):
        _interpolated(building, node, coefficients(call))
        return
    source, moments = building.settled(node.inputs[0])
    shape, out = call.shape(), call.out_shape
    if node.op == "AveragePool":
        count = prod(node.attributes["kernel_shape"])
    elif node.op == "GlobalAveragePool" or (node.op == "ReduceMean" and shape[:2] == out[:2]):
        count = prod(shape) // prod(out)
    else:
        building.refuse(node, f"there is no rule for {node.op}")
        return
    building.neglected[SPATIAL_COVARIANCE] = None
    building.become(replace(node, inputs=(source, *node.inputs[1:])), moments.averaged(1 / count), factor=1 / count)


def _interpolated(building: Building, node: Node, tables: tuple[Array | None, ...]) -> None:
    """One product per axis, with the squares of its coefficients."""
    value, moments = building.settled(node.inputs[0])
    rank, share = len(tables), 1.0
    changed = [(axis, table) for axis, table in enumerate(tables) if table is not None]
    if any(axis < rank - 2 for axis, _ in changed):
        building.refuse(node, "it resizes an axis that is not one of the last two")
        return
    shape = list(building.graph.shape(node.inputs[0]))
    for axis, table in changed:
        squares = np.square(table)
        shape[axis] = len(squares)
        share *= float(squares.sum(1).mean())
        last = axis == rank - 1
        name = building.rewriting.constant(f"{node.outputs[0]}:squares{axis}", squares.T if last else squares)
        step = f"{node.outputs[0]}:axis{axis}"
        building.rewriting.values[step] = replace(building.graph.values[node.outputs[0]], name=step, shape=tuple(shape))
        inputs = (value, name) if last else (name, value)
        building.rewriting.add(Node(step, "MatMul", MATMUL_VERSION, inputs, (step,)))
        value = step
    if share != 1:
        building.neglected[SPATIAL_COVARIANCE] = None
    out = node.outputs[0]
    identity = Node(node.name, "Identity", IDENTITY_VERSION, (value,), (out,))
    building.become(identity, moments.averaged(share))


def moved(building: Building, node: Node, _: ops.Operator) -> None:
    """What only moves values is the same network; several inputs join with the weight of their sizes."""
    data = [name for name in node.inputs if name in building.signals]
    shape = building.graph.shape
    if node.op in ("Identity", "Dropout", "Cast"):
        building.signals[node.outputs[0]] = building.signal(data[0])
        return
    settled = {name: building.settled(name) for name in data}
    sizes = {name: prod(shape(name)) for name in data}
    total = sum(sizes[name] for name in data)

    shares = [(settled[name][1], sizes[name] / total) for name in data]
    after = Moments(
        sum(moments.mean * share for moments, share in shares),
        sum(moments.channel * share for moments, share in shares),
        sum(moments.square * share for moments, share in shares),
        sum(moments.average * share for moments, share in shares),
    )
    inputs = tuple(settled[name][0] if name in settled else name for name in node.inputs)
    building.become(replace(node, inputs=inputs), after)
