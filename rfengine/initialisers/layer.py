"""What a weight is drawn for, and how it lies in memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rfengine.graph import Shape

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Layer:
    """One weight of a network.

    `shape` is canonical: [out, in / groups, *kernel], taps in the order in which an output reads its input. Fans are
    counts of inputs that one output reads, and the other way round. `index` is the layer's place among the `count`
    layers whose kernel is larger than 1x1 (None for the others), and `width` the most maps that one of these but the
    last gives. `inputs_first`: the weight is stored as [in, out / groups, *kernel] with its taps mirrored, as that of a
    transposed convolution is.
    """

    name: str
    shape: Shape
    groups: int
    fan_in: int
    fan_out: int
    index: int | None = None
    count: int = 0
    width: int = 0
    inputs_first: bool = False

    @classmethod
    def of_stored(
        cls, name: str, shape: Shape, fan_in: int, fan_out: int, *, groups: int = 1, inputs_first: bool = False
    ) -> "Layer":
        """The layer, not yet placed, of a weight whose shape is given as it is stored."""
        if inputs_first:
            shape = (shape[1] * groups, shape[0] // groups, *shape[2:])
        return cls(name, shape, groups, fan_in, fan_out, inputs_first=inputs_first)

    def __str__(self) -> str:
        return f"layer '{self.name}' {list(self.shape)}"

    @property
    def outgoing(self) -> int:
        """Maps that it gives."""
        return self.shape[0]

    @property
    def incoming(self) -> int:
        """Maps that one output reads: those of its group."""
        return self.shape[1]

    @property
    def kernel(self) -> Shape:
        """Taps per spatial axis; () of a matrix."""
        return self.shape[2:]

    @property
    def is_spatial(self) -> bool:
        """Whether its kernel is larger than 1x1."""
        return any(size > 1 for size in self.kernel)

    @property
    def is_last(self) -> bool:
        """Whether no layer with a kernel follows."""
        return self.index == self.count - 1

    @property
    def stored_shape(self) -> Shape:
        """Shape of the weight as it is stored."""
        if not self.inputs_first:
            return self.shape
        return (self.incoming * self.groups, self.outgoing // self.groups, *self.kernel)

    def stored(self, weight: Array) -> Array:
        """A canonical weight as it is stored; a fill stays one."""
        if not any(weight.strides):
            return np.broadcast_to(weight.flat[0], self.stored_shape)
        return self._turned(weight, self.outgoing // self.groups, self.incoming) if self.inputs_first else weight

    def canonical(self, stored: Array) -> Array:
        """A stored weight in its canonical form."""
        return self._turned(stored, self.incoming, self.outgoing // self.groups) if self.inputs_first else stored

    def _turned(self, weight: Array, first: int, second: int) -> Array:
        """[groups * first, second, *kernel] to [groups * second, first, *kernel], mirrored."""
        grouped = weight.reshape(self.groups, first, second, *self.kernel).swapaxes(1, 2)
        turned = grouped.reshape(self.groups * second, first, *self.kernel)
        return np.flip(turned, tuple(range(2, turned.ndim)))


def independent(layer: Layer, sample: Callable[[Shape], Array]) -> Array:
    """Independent draws, one per weight, in the order in which the weight is stored."""
    return layer.canonical(sample(layer.stored_shape))


def fill(layer: Layer, value: float) -> Array:
    """Every weight one value: zero strides, so that it takes no memory."""
    return np.broadcast_to(np.float64(value), layer.shape)


def per_tap(layer: Layer, value: float) -> Array:
    """One value for every tap of the kernel."""
    return np.full(layer.kernel, value)


def placed(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers of a network, in its order, each with its place among those with a kernel larger than 1x1."""
    given = tuple(layers)
    spatial = [layer for layer in given if layer.is_spatial]
    width = max((layer.outgoing for layer in spatial[:-1]), default=0)
    numbers = iter(range(len(spatial)))
    return tuple(
        replace(layer, index=next(numbers) if layer.is_spatial else None, count=len(spatial), width=width)
        for layer in given
    )


def taps(layer: Layer) -> int:
    """Number of taps of the kernel."""
    return prod(layer.kernel)


def generator_of(seed: int, name: str) -> np.random.Generator:
    """The generator of one layer: its weights depend on the seed and its name, and on no other layer."""
    return np.random.default_rng([seed, crc32(name.encode())])
