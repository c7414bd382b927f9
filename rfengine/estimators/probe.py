"""probe: the independent check of the calculus, on the real graph.

One row of pixels (or column, or plane) is poisoned with NaN, the torch module runs, and the units that became NaN have
read it. That is compared, unit by unit, with what the calculus says each unit reads on this canvas. A learnt weight
counts even when it is zero, since 0 * NaN is NaN. Convolutions run on direct kernels: Winograd and FFT mix
neighbouring outputs and would leak NaN.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from rfengine.calculus import concrete
from rfengine.calculus.concrete import Sight
from rfengine.calculus.field import status_of
from rfengine.calculus.layout import Layout
from rfengine.calculus.reads import Status
from rfengine.estimators.analytic import Fields, propagate, spatial_axes
from rfengine.estimators.erf import zero_inputs
from rfengine.graph import Graph, Node

if TYPE_CHECKING:
    import torch

# Lines poisoned per axis, unless the caller says which: the borders, the middle, and some between.
DEFAULT_LINES = 12


class Outcome(StrEnum):
    """What the probe found for one tensor."""

    CONFIRMED = "confirmed"  # every unit read exactly what was predicted (a bound: nothing more)
    REFUTED = "refuted"
    UNVERIFIABLE = "unverifiable"  # the whole image enters, so every unit is poisoned by every line


@dataclass(frozen=True)
class Verification:
    """The outcome per tensor, the first contradiction of each refuted one, and the lines that were poisoned."""

    outcomes: Mapping[str, Outcome]
    contradictions: Mapping[str, str]
    lines: tuple[tuple[int, ...], ...]


def sights(graph: Graph, source: str) -> dict[str, Sight]:
    """What every tensor that depends on an input really reads of it on the graph's canvas."""
    shape = graph.shape(source)
    return propagate(graph, {source: concrete.of_input(shape, spatial_axes(len(shape)))})[source]


def probe(fields: Fields, source: str, *, lines: Sequence[Sequence[int]] | None = None) -> Verification:
    """Poison lines of one input and compare every tensor's units with the calculus.

    Args:
        fields: the receptive fields of the graph.
        source: the input to poison.
        lines: pixel indices to poison, per spatial axis; default: DEFAULT_LINES of each, borders included.

    Returns:
        An outcome for every tensor with local axes. Nodes through which the whole image enters without keeping its
        place (a gate, a pooled context) are silenced, so that the local field behind them can be checked.
    """
    graph = fields.graph
    canvas = graph.shape(source)[2:]
    chosen = tuple(tuple(axis) for axis in lines) if lines is not None else tuple(_spread(n) for n in canvas)
    record = _Record(fields, source, sights(graph, source))
    for axis, pixels in enumerate(chosen):
        for pixel in pixels:
            record.compare(axis, pixel)
    return Verification(
        MappingProxyType(record.outcomes), MappingProxyType(record.contradictions), tuple(map(tuple, chosen))
    )


def _spread(length: int) -> tuple[int, ...]:
    if length <= DEFAULT_LINES:
        return tuple(range(length))
    return tuple(sorted({*np.linspace(0, length - 1, DEFAULT_LINES - 2).round().astype(int).tolist(), 1, length - 2}))


def _by_index(poisoned: "torch.Tensor", layout: Layout, source: int) -> list[bool]:
    """Whether any element is poisoned, per index of a source axis that the tensor carries completely."""
    digits = [digit for axis in layout for digit in axis]
    split = poisoned.reshape([digit.length for digit in digits])
    own = sorted((i for i, d in enumerate(digits) if d.source == source), key=lambda i: -digits[i].weight)
    others = [i for i in range(len(digits)) if i not in own]
    found: list[bool] = split.permute([*own, *others]).flatten(len(own)).any(-1).flatten().tolist()
    return found


@contextmanager
def _direct_kernels() -> Iterator[None]:
    """Convolutions without oneDNN, whose Winograd kernels mix neighbouring outputs."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch remarks on a TF32 switch that this build has no use for
        with torch.backends.mkldnn.flags(enabled=False):
            yield


@dataclass
class _Record:
    """Runs poisoned images and keeps what they showed."""

    fields: Fields
    source: str
    expected: Mapping[str, Sight]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    contradictions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from rfengine.runtime.precision import in_precision
        from rfengine.runtime.program import Program

        self._program = Program(in_precision(self.fields.graph, np.float32))
        seen = self.fields.by_input[self.source]
        # A node that makes the image whole and keeps no place: its output says nothing of where.
        self._silenced = {
            name
            for name, found in seen.items()
            if not any(found.tracks)
            and any(any(seen[i].tracks) for i in self.fields.graph.producers[name].inputs if i in seen)
        }

    def compare(self, axis: int, pixel: int) -> None:
        """Poison one line and compare all tensors."""
        import torch

        inputs = {name: torch.from_numpy(array) for name, array in zero_inputs(self._program.graph).items()}
        image = torch.rand(inputs[self.source].shape, generator=torch.Generator().manual_seed(0))
        image.select(2 + axis, pixel).fill_(float("nan"))

        def watch(_: Node, name: str, value: torch.Tensor) -> torch.Tensor:
            if name in self._silenced:
                return torch.nan_to_num(value)
            self._judge(name, value, axis, pixel)
            return value

        with _direct_kernels(), torch.inference_mode():
            self._program({**inputs, self.source: image}, watch)

    def _judge(self, name: str, value: "torch.Tensor", axis: int, pixel: int) -> None:
        field_, sight = self.fields.by_input[self.source].get(name), self.expected.get(name)
        if field_ is None or sight is None or self.outcomes.get(name) is Outcome.REFUTED:
            return
        track = sight.tracks[axis]
        if track is None or not sight.is_complete(axis):
            return
        if self._is_flooded(name):
            self.outcomes[name] = Outcome.UNVERIFIABLE
            return
        poisoned = _by_index(value.isnan(), sight.layout, axis)
        predicted = [bool(mask >> pixel & 1) for mask in track.masks]
        bound = status_of(field_)[0] is not Status.EXACT
        wrong = [i for i, (p, q) in enumerate(zip(poisoned, predicted, strict=True)) if p != q and (p or not bound)]
        self.outcomes[name] = Outcome.REFUTED if wrong else Outcome.CONFIRMED
        if wrong:
            unit, says = wrong[0], "reads" if predicted[wrong[0]] else "does not read"
            self.contradictions[name] = (
                f"unit {unit} along {self.fields.axes[self.source][axis]} {says} line {pixel} by the calculus; "
                f"the graph says otherwise ({len(wrong)} units differ)"
            )

    def _is_flooded(self, name: str) -> bool:
        """Whether poison reaches every unit through a node that keeps its place and lets the whole image in too."""
        seen = self.fields.by_input[self.source]
        made = self.fields.graph.producers
        context = set(seen[name].whole)
        silenced = {made[tensor].name for tensor in self._silenced}
        return bool(context - silenced)
