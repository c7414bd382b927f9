"""What every registered initialiser is tested with."""

from itertools import pairwise

from api_schemas.initialisers import (
    AnyInitialiser,
    CentreSuppressed,
    Circular,
    CircularV2,
    Constant,
    Decomposed,
    Dirac,
    He,
    Orthogonal,
    Shifted,
    Uniform,
    Xavier,
)
from rfengine.initialisers import Layer, placed

CASES: tuple[AnyInitialiser, ...] = (
    He(),
    Xavier(),
    Orthogonal(),
    Orthogonal(gain=2.5),
    Constant(),
    Constant(value=-3.0),
    Uniform(),
    Uniform(bound=0.25),
    Dirac(),
    Shifted(),
    Decomposed(),
    Decomposed(noise=0.0, decay=1.0, order="balanced"),
    Circular(),
    Circular(amplitude=0.7, range_degrees=180, matched=True),
    CircularV2(),
    CircularV2(factor=0.5, range_degrees=90),
    CentreSuppressed(),
    CentreSuppressed(centre=0.0),
)


def conv(name: str, out: int, into: int, *kernel: int, groups: int = 1) -> Layer:
    """A convolution of `into` maps."""
    taps = 1
    for size in kernel:
        taps *= size
    shape = (out, into // groups, *kernel)
    return Layer.of_stored(name, shape, into // groups * taps, out // groups * taps, groups=groups)


def transposed(name: str, out: int, into: int, *kernel: int, groups: int = 1) -> Layer:
    """A transposed convolution of `into` maps, stride 1."""
    mirror = conv(name, into, out, *kernel, groups=groups)
    return Layer.of_stored(name, mirror.shape, mirror.fan_out, mirror.fan_in, groups=groups, inputs_first=True)


# A network with all kinds of layers; those with kernels are 3x3, which every initialiser fits.
NETWORK: tuple[Layer, ...] = placed(
    (
        conv("stem", 16, 1, 3, 3),
        conv("grouped", 16, 16, 3, 3, groups=4),
        conv("skip", 16, 16, 1, 1),
        conv("depthwise", 16, 16, 3, 3, groups=16),
        transposed("up", 16, 16, 3, 3, groups=2),
        conv("narrow", 12, 16, 3, 3),
        Layer.of_stored("matrix", (10, 16), 16, 10),
        Layer.of_stored("stack", (3 * 8, 6), 8, 6, groups=3, inputs_first=True),
        conv("last", 2, 12, 3, 3),
    )
)


def seeds_net(depth: int, maps: int = 16) -> tuple[Layer, ...]:
    """The 3x3 layers of seed 000's nets: one map in, two out."""
    widths = [1, *[maps] * (depth - 1), 2]
    return placed(conv(f"conv{i + 1}", out, into, 3, 3) for i, (into, out) in enumerate(pairwise(widths)))
