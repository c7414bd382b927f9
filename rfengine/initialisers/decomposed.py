"""Seed 000, section 9: N layers whose kernels multiply to a (2N + 1) x (2N + 1) kernel of ones.

    1 + z + ... + z^2N  =  product over k = 1..N of (1 - 2 cos(k phi) z + z^2),    phi = 2 pi / (2N + 1)

Every factor is a kernel outer(v, v), v = (1, -2 cos(k phi), 1), at the centre of a larger one. One draw of uniform
noise per tap is added for all maps, then it is divided by Cin and multiplied by the decay. Layers without a kernel are
zero.

The order of the factors matters in float32. The seed's keeps all partial products at or above zero, so that ReLU passes
them, and their largest value grows by 36 % per layer. Leja's order (Reichel 1990) keeps it below 2.1 up to 64 layers,
but the partial products have both signs: it needs a network without ReLU.
"""

from collections.abc import Callable
from functools import cache, reduce

import numpy as np

from api_schemas.initialisers import Decomposed
from rfengine.initialisers.kernels import part_of_a_chain
from rfengine.initialisers.layer import Array, Layer, fill
from rfengine.initialisers.registry import Entry, register


def _factors(count: int) -> Array:
    """2 cos(k phi) for k = 1..N."""
    cosines: Array = 2 * np.cos(2 * np.pi / (2 * count + 1) * np.arange(1, count + 1))
    return cosines


@cache
def _as_the_seed(count: int) -> tuple[int, ...]:
    """By |2 cos(k phi)|, then neighbours swapped pairwise; an odd one at the end stays."""
    order = [int(place) for place in np.argsort(np.abs(_factors(count)))]
    for left in range(0, count - 1, 2):
        order[left], order[left + 1] = order[left + 1], order[left]
    return tuple(order)


@cache
def _balanced(count: int) -> tuple[int, ...]:
    """Leja's: the largest first, then always the one whose product of distances to those taken is largest.

    |2 cos a - 2 cos b| is the product of the distances of one conjugate pair of roots to the other.
    """
    points = _factors(count)
    order = [int(np.argmax(np.abs(points)))]
    distances = np.zeros(count)
    while len(order) < count:
        with np.errstate(divide="ignore"):
            distances += np.log(np.abs(points - points[order[-1]]))
        order.append(int(np.argmax(distances)))
    return tuple(order)


_ORDERS: dict[str, Callable[[int], tuple[int, ...]]] = {"seed": _as_the_seed, "balanced": _balanced}


def _draw(init: Decomposed, layer: Layer, generator: np.random.Generator) -> Array:
    if layer.index is None:
        return fill(layer, 0.0)
    k = _ORDERS[init.order](layer.count)[layer.index]
    line = np.array([1.0, -_factors(layer.count)[k], 1.0])
    factor = reduce(np.multiply.outer, [line] * len(layer.kernel))
    kernel = np.pad(factor, [(size // 2 - 1,) * 2 for size in layer.kernel])
    kernel += generator.uniform(-init.noise, init.noise, layer.kernel)
    return np.broadcast_to(kernel * (init.decay / layer.incoming), layer.shape)


register(
    Entry(
        Decomposed,
        _draw,
        fixed=lambda _: "its kernels are factors of a product, the same for all maps",
        misfit=part_of_a_chain,
        by_place=True,
        silences=True,
    )
)
