"""The formulas that the literature has for chains, as columns beside the exact fields.

Each formula stands in `api_schemas.approximations`, under the name of its column; here the same symbols compute it, one
step of the network at a time. Where paths meet, the path with the largest r goes on, axis by axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import log, pi, prod, sqrt

import numpy as np

from api_schemas.approximations import Approximations
from rfengine.calculus.index_map import IndexMap, Support
from rfengine.estimators.analytic import Fields
from rfengine.estimators.steps import Step, steps
from rfengine.graph import Array, Graph
from rfengine.ops import Call
from rfengine.ops.convolution import transpose_geometry

# Operators that the seeds' formulas call layers; k, s, d and p are read off what their units read.
CONVOLUTIONS = frozenset({"Conv", "ConvInteger", "QLinearConv"})
POOLINGS = frozenset({"MaxPool", "AveragePool", "LpPool"})
# Operators whose weights are a kernel over space: [out or in channels, in or out channels, spatial ...].
KERNELS = frozenset({"Conv", "ConvTranspose"})
# Operators whose weights cannot be told from here; a mean and a variance are unknown behind them.
OPAQUE = frozenset({"ConvInteger", "QLinearConv", "DeformConv"})

TWO_SIGMA = 0.0455

# Mean about the centre and variance of where a unit's mass comes from, in units of the map before.
Moments = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chain:
    """One axis of one tensor, along the path with the largest r. Squares and variances are kept as sums."""

    along: str
    n: int
    j: Fraction = Fraction(1)
    r: Fraction = Fraction(1)
    start: Fraction = Fraction(1, 2)
    strides: int = 1  # the product that the layer formula knows of
    layer_formula: int = 1
    naive_shift: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)
    variance: Fraction = Fraction(0)
    own: Moments | None = (0.0, 0.0)


def approximations(fields: Fields, *, level: float) -> dict[str, dict[str, Approximations]]:
    """The approximations of every tensor that they are defined for, by input and tensor.

    `level` is the share of the peak at which radii are read.
    """
    return {source: _of_input(fields, source, level) for source in fields.by_input}


def _of_input(fields: Fields, source: str, level: float) -> dict[str, Approximations]:
    kernels = Kernels(fields.graph)
    found = {source: [Chain("", n) for n in fields.canvas(source)]}
    broken: set[str] = set()
    for step in steps(fields, source):
        before, maps = found.get(step.before), [m for m in step.maps if m is not None]
        if before is None or step.before in broken or len(maps) < len(step.maps):
            # Any other path would pass for the largest one.
            broken.add(step.tensor)
            continue
        longer = [extended(chain, step, axis, maps[axis], kernels) for axis, chain in enumerate(before)]
        known = found.get(step.tensor, longer)
        found[step.tensor] = [max(pair, key=lambda chain: chain.r) for pair in zip(known, longer, strict=True)]
    return {
        tensor: _described(chains, level)
        for tensor, chains in found.items()
        if tensor != source and tensor not in broken
    }


def extended(chain: Chain, step: Step, axis: int, m: IndexMap, kernels: "Kernels") -> Chain:
    """The chain with one more step, whose units read m of the map before."""
    op, j = step.node.op, chain.j
    out = kernels.graph.shape(step.tensor)[step.places[axis]]
    is_convolution = op in CONVOLUTIONS
    is_layer = is_convolution or op in POOLINGS
    extent = max(m.sizes)
    k = max(s.cardinality for s in m.supports)
    p = -m.supports[0].lo
    s = m.p if is_layer else 1
    own = kernels.moments(step, axis, m)
    return Chain(
        along=step.before,
        n=(chain.n + 2 * p - extent) // s + 1 if is_layer else out,
        j=j * m.slope,
        r=chain.r + max(extent - 1, 0) * abs(j),
        start=chain.start + offset(m) * j,
        strides=chain.strides * s,
        layer_formula=chain.layer_formula + (k - 1) * chain.strides if is_layer else chain.layer_formula,
        naive_shift=chain.naive_shift + (Fraction(k - 1, 2) * abs(j) if is_convolution else 0),
        squares=chain.squares + ((k * j) ** 2 if is_convolution else 0),
        variance=chain.variance + j**2 * box_variance(m),
        own=None
        if own is None or chain.own is None
        else (chain.own[0] + float(j) * own[0], chain.own[1] + float(j) ** 2 * own[1]),
    )


def offset(m: IndexMap) -> Fraction:
    """Where the field of unit 0 lies in the map before, from the centre of its unit 0: (k - 1) / 2 - p for a window."""
    return Fraction(0) if m.trend is None else m.trend - Fraction(1, 2)


@lru_cache(maxsize=1 << 12)
def box_variance(m: IndexMap) -> Fraction:
    """Variance of an index read at random, all that a unit reads alike; the mean over the phases.

    For a kernel of k taps at dilation d: d^2 (k^2 - 1) / 12.
    """
    found = [_variance(s) for s in m.supports if s.mask]
    return sum(found, Fraction(0)) / len(found) if found else Fraction(0)


def _variance(s: Support) -> Fraction:
    taps = s.elements()
    return Fraction(sum(t * t for t in taps), len(taps)) - Fraction(sum(taps), len(taps)) ** 2


class Kernels:
    """The network's own kernels as distributions over their taps: |w| of all channels together, one axis at a time."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._sums: dict[str, Array] = {}

    def moments(self, step: Step, axis: int, m: IndexMap) -> Moments | None:
        """Mean about the centre and variance of what a unit reads, weighed by the net's own |w|.

        None where the weights are not known. Operators without weights count as boxes.
        """
        op = step.node.op
        if op in OPAQUE:
            return None
        if op not in KERNELS or all(s.cardinality <= 1 for s in m.supports):
            return 0.0, float(box_variance(m))
        w = self._along(step.node.inputs[1], step.places[axis] - 2)
        if w is None:
            return None
        taps = _taps(step, axis, m, self.graph)
        return _weighed(m, [[(index, w[t]) for index, t in phase] for phase in taps])

    def _along(self, name: str, axis: int) -> Array | None:
        """Sum of |w| at every tap of one axis; None where the kernel is no constant."""
        if name not in self.graph.constants:
            return None
        if name not in self._sums:
            # A fill has stride 0 over channels and little memory: one channel stands for all.
            weight = self.graph.constants[name]
            few = tuple(slice(0, 1) if step == 0 else slice(None) for step in weight.strides[:2])
            blocks = (np.abs(block.astype(np.float64)).sum(axis=0) for block in weight[few])
            self._sums[name] = np.asarray(sum(blocks, np.zeros(weight.shape[2:])))
        total = self._sums[name]
        return np.asarray(total.sum(axis=tuple(other for other in range(total.ndim) if other != axis)))


def _taps(step: Step, axis: int, m: IndexMap, graph: Graph) -> list[list[tuple[int, int]]]:
    """(index read, tap that weighs it) of units 0 ... q - 1."""
    if step.node.op == "Conv":
        return [[(index, t) for t, index in enumerate(m.supports[0].elements())]]
    g = transpose_geometry(Call.of(step.node, graph))
    spatial = step.places[axis] - 2
    k, s, d, p = g.kernel[spatial], g.strides[spatial], g.dilations[spatial], g.pads[spatial][0]
    return [[((i + p - d * t) // s, t) for t in range(k) if (i + p - d * t) % s == 0] for i in range(s)]


def _weighed(m: IndexMap, phases: list[list[tuple[int, float]]]) -> Moments | None:
    """Means about the trend of the centres, and variances; the mean of each over the phases that have any weight."""
    means, variances = [], []
    middle = float(offset(m))
    for i, taps in enumerate(phases):
        total = sum(w for _, w in taps)
        if not 0 < total < float("inf"):
            continue
        mean = sum(index * w for index, w in taps) / total
        means.append(mean - middle - i * float(m.slope))
        variances.append(sum((index - mean) ** 2 * w for index, w in taps) / total)
    return (sum(means) / len(means), sum(variances) / len(variances)) if means else None


def _described(chains: Sequence[Chain], level: float) -> Approximations:
    sigma = [sqrt(chain.variance) for chain in chains]
    own = [chain.own for chain in chains if chain.own is not None]
    columns = _gaussian("clt", sigma, level)
    if len(own) == len(chains):
        columns |= {"luo_shift": [mean for mean, _ in own]}
        columns |= _gaussian("luo", [sqrt(variance) for _, variance in own], level)
    return Approximations(
        along=[chain.along for chain in chains],
        n=[chain.n for chain in chains],
        j=[_number(chain.j) for chain in chains],
        r=[_number(chain.r) for chain in chains],
        start=[float(chain.start) for chain in chains],
        layer_formula=[chain.layer_formula for chain in chains],
        naive_shift=[float(chain.naive_shift) for chain in chains],
        rule_of_thumb=[sqrt(chain.squares) for chain in chains],
        level=level,
        **columns,
    )


def _gaussian(name: str, sigma: Sequence[float], level: float) -> dict[str, list[float] | float]:
    """The columns of one Gaussian."""
    mean = prod(sigma) ** (1 / len(sigma))
    return {
        f"{name}_sigma": list(sigma),
        f"{name}_two_sigma": [2 * each for each in sigma],
        f"{name}_radius": [each * sqrt(2 * log(1 / level)) for each in sigma],
        f"{name}_size": mean * _side(len(sigma)),
    }


def _side(axes: int) -> float:
    """Side of the cube as large as the ball in which a Gaussian of sigma 1 is above TWO_SIGMA of its peak."""
    radius = sqrt(2 * log(1 / TWO_SIGMA))
    ball = {1: 2 * radius, 2: pi * radius**2, 3: 4 / 3 * pi * radius**3}[axes]
    return float(ball ** (1 / axes))


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
