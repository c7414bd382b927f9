"""Two slow ways to know what a unit reads: set by set over the rules, and by poisoning the torch program."""

from dataclasses import dataclass

import numpy as np
import torch

from rfengine import ops
from rfengine.calculus.reads import AxisRead, Reads, Way
from rfengine.graph import Graph
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program

SPATIAL = (2, 3)


@dataclass(frozen=True)
class Concrete:
    """One unit of one axis on the given canvas.

    `reads`: input rows (or columns) that it reads. `clean`: no padding on the way. `inside`: moreover no index beyond
    an end on the way, not even one that an interpolation or a reflecting pad replaces. `padded`: what lies beyond ends,
    if anything does, is zero padding and so nothing at all.
    """

    reads: frozenset[int]
    clean: bool = True
    inside: bool = True
    padded: bool = True


def concrete_pass(graph: Graph, axis: int) -> dict[str, list[Concrete]]:
    """What every unit of every tensor reads along an axis of the only input, each layer clipped to its own size."""
    source = graph.inputs[0]
    found = {source: [Concrete(frozenset([i])) for i in range(graph.shape(source)[axis])]}
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        parts = [
            (_axis_read(way, axis), found[name])
            for name, ways in zip(node.inputs, operator.reads(ops.Call.of(node, graph))[0], strict=True)
            if name in found
            for way in ways
        ]
        output = node.outputs[0]
        found[output] = [
            _met([_read(read, units, i) for read, units in parts]) for i in range(graph.shape(output)[axis])
        ]
    return found


def _axis_read(way: Way, axis: int) -> AxisRead | None:
    assert isinstance(way, Reads), "these networks reshape nothing"
    return way.axes[axis]


def _read(read: AxisRead | None, units: list[Concrete], i: int) -> Concrete:
    assert read is not None, "these networks follow every axis"
    indices = read.map.at(i).elements()
    landings = [read.border.landing(index, len(units)) for index in indices]
    met = _met([units[k] for k in landings if k is not None])
    return Concrete(
        met.reads,
        clean=met.clean and None not in landings,
        inside=met.inside and landings == indices,
        padded=met.padded and all(k in (None, index) for k, index in zip(landings, indices, strict=True)),
    )


def _met(parts: list[Concrete]) -> Concrete:
    return Concrete(
        frozenset().union(*(part.reads for part in parts)),
        all(part.clean for part in parts),
        all(part.inside for part in parts),
        all(part.padded for part in parts),
    )


def probe(graph: Graph, axis: int) -> dict[str, list[set[int]]]:
    """The same by running: row after row of the input is NaN, and a unit that becomes NaN has read it.

    In float64, whose convolutions torch computes directly: Winograd and Fourier transforms would spread the NaN.
    """
    source = graph.inputs[0]
    shape = graph.shape(source)
    batch = np.random.default_rng(0).uniform(0.5, 1.5, (shape[axis], *shape[1:]))
    for row in range(shape[axis]):
        batch[row].swapaxes(0, axis - 1)[row] = np.nan
    with torch.inference_mode():
        outputs = Program(in_precision(graph, np.float64))({source: torch.from_numpy(batch)})
    rest = tuple(other for other in range(1, 4) if other != axis)
    return {
        name: [set(np.flatnonzero(unit).tolist()) for unit in np.isnan(values.numpy()).any(axis=rest).T]
        for name, values in outputs.items()
    }
