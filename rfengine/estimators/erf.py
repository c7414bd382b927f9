"""What the effective-receptive-field estimators share: the unit, its field, and the finished map."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rfengine.errors import SelfCheckFailed
from rfengine.estimators.analytic import Fields
from rfengine.graph import Array, Graph, Shape

# Rounding leaves dust outside the field where nothing can be: anything above this share of the maximum is a fault.
DUST = {"float32": 1e-5, "float64": 1e-10}


@dataclass(frozen=True)
class Subject:
    """A model as the estimators get it.

    `resized(shape)` is the same model imported for another shape of its image input, batch and channels included, and
    cut at the targets; it raises an RfengineError where the model does not fit. `images` are given ones, float,
    [n, C, spatial ...].
    """

    fields: Fields
    resized: Callable[[Shape], Graph] | None = None
    images: Array | None = None


@dataclass(frozen=True)
class Unit:
    """One unit of a target relative to one input.

    `index` is its place along the spatial axes, `hull` the first and last pixel of its theoretical field (unclipped)
    and `centre` that field's centre in the edge convention. `seen` are the first and last pixel that it reads on this
    canvas: within the hull, unless padding repeats pixels (reflected, say).
    """

    target: str
    source: str
    index: tuple[int, ...]
    hull: tuple[tuple[int, int], ...]
    seen: tuple[tuple[int, int], ...]
    centre: tuple[float, ...]
    canvas: tuple[int, ...]
    local: bool

    @property
    def trf(self) -> tuple[int, ...]:
        """Extent of the theoretical field, px."""
        return tuple(last - first + 1 for first, last in self.hull)


@dataclass(frozen=True)
class ErfMap:
    """An effective receptive field: a non-negative map over the image and how it was got."""

    unit: Unit
    values: Array
    inputs: Mapping[str, Any]
    policy: Mapping[str, Any]
    support_checked: bool = True


def zero_inputs(graph: Graph) -> dict[str, Array]:
    """Zeros for every input of a graph."""
    return {name: np.zeros(graph.shape(name), graph.values[name].dtype) for name in graph.inputs}


def check_support(erf: ErfMap, dtype: str) -> None:
    """The map must vanish outside what the calculus says the unit reads; a unit with global context is exempt.

    Raises:
        SelfCheckFailed: it does not, so that the calculus or the lowering is wrong.
    """
    inside = np.zeros(erf.values.shape, bool)
    inside[tuple(slice(first, last + 1) for first, last in erf.unit.seen)] = True
    outside = float(erf.values[~inside].max(initial=0.0))
    top = float(erf.values.max(initial=0.0))
    if outside > DUST[dtype] * top:
        raise SelfCheckFailed(
            f"unit {list(erf.unit.index)} of '{erf.unit.target}': the effective field reaches outside the theoretical "
            f"one ({outside:.3g} against a maximum of {top:.3g}); please report this model"
        )
