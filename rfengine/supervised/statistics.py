"""Batch normalisation with the statistics of a batch, kept: what it then computes of a picture depends on it alone.

On that batch it computes what normalisation by the batch does. Effective fields are measured so: with the batch's own
statistics every pixel of every picture reaches every unit.
"""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from rfengine.graph import Array, Graph, Node, Value
from rfengine.runtime.policies import with_batch_statistics
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program

_MEAN, _VARIANCE = 3, 4


def with_statistics_of(images: Tensor, graph: Graph, *, dtype: str, device: str) -> Graph:
    """The graph with every batch normalisation's statistics those that it meets when all run on their batch.

    Args:
        images: [batch, C, H, W], as many as the graph was imported for.
        graph: with one input.
        dtype: arithmetic of the run.
        device: 'cpu' or 'cuda'.
    """
    norms = [node for node in graph.nodes if _stores(node)]
    if not norms:
        return graph
    read = tuple(dict.fromkeys(node.inputs[0] for node in norms if node.inputs[0] not in graph.inputs))
    probe = Program(in_precision(with_batch_statistics(graph).between_inputs_and(read), dtype), device=device)
    (source,) = graph.inputs
    image = images.to(device, getattr(torch, dtype))
    with torch.no_grad():
        values = {source: image, **probe({source: image})}
    constants, known = dict(graph.constants), dict(graph.values)
    nodes = {id(node): _kept(node, values[node.inputs[0]], constants, known) for node in norms}
    return replace(
        graph,
        nodes=tuple(nodes.get(id(node), node) for node in graph.nodes),
        constants=MappingProxyType(constants),
        values=MappingProxyType(known),
    )


def _stores(node: Node) -> bool:
    return (node.op, node.domain) == ("BatchNormalization", "") and not node.attributes.get("training_mode", 0)


def _kept(node: Node, read: Tensor, constants: dict[str, Array], known: dict[str, Value]) -> Node:
    """The node with the statistics of what it read, under names of its own: two nodes may share a file's constant."""
    axes = tuple(axis for axis in range(read.dim()) if axis != 1)
    inputs = list(node.inputs)
    found = {_MEAN: read.mean(axes), _VARIANCE: read.var(axes, unbiased=False)}
    for place, values in found.items():
        dtype = known[inputs[place]].dtype
        name = f"{node.outputs[0]}:{'mean' if place == _MEAN else 'variance'} of the batch"
        constants[name] = values.cpu().numpy().astype(dtype)
        known[name] = Value(name, np.dtype(dtype), tuple(values.shape))
        inputs[place] = name
    return replace(node, inputs=tuple(inputs))
