"""What kernels an initialiser can work on."""

from rfengine.initialisers.layer import Layer


def odd(layer: Layer) -> str:
    """What a kernel lacks of a centre tap; a matrix is a kernel of one tap."""
    return "" if all(size % 2 for size in layer.kernel) else "needs an odd kernel, which has a centre tap"


def odd_where_spatial(layer: Layer) -> str:
    """What a kernel larger than 1x1 lacks of a tap on either side of its centre, along every axis."""
    if not layer.is_spatial or all(size % 2 and size > 1 for size in layer.kernel):
        return ""
    return "needs an odd kernel of at least 3 along every axis, 3x3 say"


def part_of_a_chain(layer: Layer) -> str:
    """What a layer lacks of a network that has layers with such kernels."""
    if not layer.count:
        return "works along the layers with kernels larger than 1x1, and the network has none"
    return odd_where_spatial(layer)
