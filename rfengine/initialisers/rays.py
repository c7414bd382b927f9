"""The rays of the circular initialisers (seed 000, section 9): map m carries the signal along ray m.

From layer to layer a ray's positions are round(r cos), round(r sin), r = 0, 1, ...: a line on the pixel grid, y down.
In layer i the kernel from map m to map m reads one step, from position i to i + 1.
"""

from collections.abc import Iterator

import numpy as np

from api_schemas.initialisers import Circular, CircularV2
from rfengine.initialisers.kernels import part_of_a_chain
from rfengine.initialisers.layer import Array, Layer

UP = 3 * np.pi / 2  # y points down
WHOLE_CIRCLE = 360

Step = tuple[int, int]


def angles(init: Circular | CircularV2, count: int) -> Array:
    """Angle per ray. The seed's sector has the range on either side of straight up, the matched one half of it."""
    if init.range_degrees == WHOLE_CIRCLE:
        return 2 * np.pi / count * np.arange(count)
    either_side = np.deg2rad(init.range_degrees) / (2 if init.matched else 1)
    return np.linspace(UP - either_side, UP + either_side, count)


def rays(init: Circular | CircularV2, layer: Layer) -> Iterator[tuple[int, int, Step]]:
    """Per ray the output map, the input map within its group, and the step (dy, dx) that this layer reads, px.

    There are as many rays as the network is wide; a layer with fewer maps bends the others into its last one.
    """
    assert layer.index is not None
    direction = angles(init, layer.width)
    near, far = (
        np.round(radius * np.stack([np.sin(direction), np.cos(direction)])).astype(int)
        for radius in (layer.index, layer.index + 1)
    )
    for ray in range(min(layer.width, max(layer.outgoing, layer.incoming * layer.groups))):
        target = min(ray, layer.outgoing - 1)
        first = target // (layer.outgoing // layer.groups) * layer.incoming
        source = min(max(ray - first, 0), layer.incoming - 1)
        dy, dx = (far - near)[:, ray]
        yield target, source, (int(dy), int(dx))


def misfit(layer: Layer) -> str:
    """What a layer lacks of the two axes that rays lie in, and of a kernel that can step."""
    if layer.is_spatial and len(layer.kernel) != 2:
        return f"needs two spatial axes, and the kernel has {len(layer.kernel)}"
    return part_of_a_chain(layer)
