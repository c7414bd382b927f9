"""The registry of initialisers, keyed by the class of their parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from api_schemas.initialisers import AnyInitialiser
from rfengine.errors import BadInput, NotEstimable
from rfengine.initialisers.layer import Array, Layer


def _any_layer(_: Layer) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One initialiser.

    `draw(init, layer, generator)` gives an array of `layer.shape`. `tap_variance(init, layer)` gives the variance of
    one weight per tap of the kernel, for weights that are independent with mean zero and alike in all maps. `fixed`
    says, for a layer, why they are not. `misfit` says what a layer lacks, '' where it fits. An initialiser that goes
    `by_place` needs layers with their place in the network; one that `silences` sets layers without a kernel to zero,
    also where a layer spec fills them with a value.
    """

    model: type[AnyInitialiser]
    draw: Callable[[Any, Layer, np.random.Generator], Array]
    tap_variance: Callable[[Any, Layer], Array] | None = None
    fixed: Callable[[Layer], str] = _any_layer
    misfit: Callable[[Layer], str] = _any_layer
    by_place: bool = False
    silences: bool = False

    @property
    def name(self) -> str:
        """What specs, policies and studies call it."""
        return str(self.model.model_fields["name"].default)


_BY_MODEL: dict[type[AnyInitialiser], Entry] = {}


def register(entry: Entry) -> Entry:
    """Add an initialiser.

    Raises:
        ValueError: its class or its name is registered already.
    """
    if entry.model in _BY_MODEL or entry.name in {known.name for known in initialisers()}:
        raise ValueError(f"initialiser '{entry.name}' is registered twice")
    _BY_MODEL[entry.model] = entry
    return entry


def initialisers() -> tuple[Entry, ...]:
    """Every registered initialiser, by name."""
    return tuple(sorted(_BY_MODEL.values(), key=lambda entry: entry.name))


def draw(init: AnyInitialiser, layer: Layer, generator: np.random.Generator) -> Array:
    """The weight of a layer, in its canonical shape [out, in / groups, *kernel]; it may have zero strides.

    Raises:
        BadInput: the initialiser does not fit the layer; the message names those that do.
    """
    entry = _BY_MODEL[type(init)]
    if lacks := entry.misfit(layer):
        fitting = ", ".join(other.name for other in initialisers() if not other.misfit(layer))
        raise BadInput(f"{layer}: initialiser '{entry.name}' {lacks}; those that fit this layer: {fitting}")
    return entry.draw(init, layer, generator)


def tap_variance(init: AnyInitialiser, layer: Layer) -> Array:
    """The variance of one weight, per tap of the canonical kernel (shape `layer.kernel`).

    Raises:
        NotEstimable: the layer's weights are no independent draws with mean zero; the message names the initialisers
            that give such.
    """
    entry = _BY_MODEL[type(init)]
    why = entry.fixed(layer)
    if entry.tap_variance is None or why:
        known = ", ".join(other.name for other in initialisers() if other.tap_variance is not None)
        raise NotEstimable(
            f"{layer}: initialiser '{entry.name}' has no variance per tap: {why}; use one of {known}, "
            "or ask for 'gradient', which draws the weights"
        )
    return entry.tap_variance(init, layer)


def depends_on_place(init: AnyInitialiser) -> bool:
    """Whether what it draws depends on a layer's place in the network."""
    return _BY_MODEL[type(init)].by_place


def silences(init: AnyInitialiser, layer: Layer) -> bool:
    """Whether it sets a layer to zero that is given a value of its own."""
    return _BY_MODEL[type(init)].silences and not layer.is_spatial
