"""What each kind of local operator reads along one axis, as an index map from output index to input indices."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from rfengine.calculus.index_map import IndexMap, Support, index_map, refuse_beyond, support

# The indices that interpolation at a coordinate reads.
Taps = Callable[[Fraction], Iterable[int]]


@lru_cache
def window(kernel: int, stride: int = 1, dilation: int = 1, pad: int = 0) -> IndexMap:
    """Convolution and pooling: output i reads i * stride - pad + dilation * t for t = 0 ... kernel - 1.

    `pad` is the padding before the first element.

    Raises:
        TooManyStepsError: the window has more elements than anybody can follow; so does `transposed_window`.
    """
    refuse_beyond(kernel, f"the elements of a window of {kernel}")
    return index_map(stride, 1, [support(dilation * t - pad for t in range(kernel))])


def transposed_window(kernel: int, stride: int = 1, dilation: int = 1, pad: int = 0) -> IndexMap:
    """Transposed convolution: output i reads every k with i = k * stride - pad + dilation * t, t = 0 ... kernel - 1.

    One set per residue of the stride; a set is empty where stride exceeds the reach of the kernel.
    """
    refuse_beyond(kernel * stride, f"the elements of a window of {kernel} at stride {stride}")

    def read_by(i: int) -> Support:
        taps = ((i + pad - dilation * t) for t in range(kernel))
        return support(tap // stride for tap in taps if tap % stride == 0)

    return index_map(1, stride, [read_by(i) for i in range(stride)])


def strided(start: int, step: int) -> IndexMap:
    """Slice: output i reads start + step * i. A negative step is a flip; padding before by b is start = -b, step 1."""
    return index_map(step, 1, [support([start])])


@lru_cache
def constant(index: int) -> IndexMap:
    """Broadcasting and selection: every output reads the same input index."""
    return index_map(0, 1, [support([index])])


def every(length: int) -> IndexMap:
    """Reduction over a kept axis: every output reads all of 0 ... length - 1."""
    return index_map(0, 1, [Support(0, (1 << length) - 1)])


def repeated(factor: int) -> IndexMap:
    """Depth-to-space and repetition: output i reads input i // factor."""
    return index_map(1, factor, [support([0])] * factor)


def sampled(step: Fraction, offset: Fraction, taps: Taps) -> IndexMap:
    """Resize: output i sits at input coordinate x = i * step + offset and reads the indices `taps(x)`.

    Quasi-periodic since x grows by the numerator of the step while i grows by its denominator; `taps` must satisfy
    taps(x + 1) = taps(x) + 1, as floor, ceil and rounding do. Reads beyond the border are clamped by the operator.
    """
    q = step.denominator
    return index_map(step.numerator, q, [support(taps(i * step + offset)) for i in range(q)])


def nearest_taps(mode: str) -> Taps:
    """Taps of nearest-neighbour interpolation, by ONNX's `nearest_mode`.

    Raises:
        KeyError: the mode is none of ONNX's four.
    """
    half = Fraction(1, 2)
    rounding: dict[str, Callable[[Fraction], int]] = {
        "floor": floor,
        "ceil": ceil,
        "round_prefer_floor": lambda x: ceil(x - half),
        "round_prefer_ceil": lambda x: floor(x + half),
    }
    pick = rounding[mode]
    return lambda x: (pick(x),)


def linear_taps(x: Fraction) -> Iterable[int]:
    """Taps of linear interpolation with a coefficient other than zero."""
    return (floor(x),) if x.denominator == 1 else (floor(x), floor(x) + 1)


def cubic_taps(x: Fraction) -> Iterable[int]:
    """Taps of cubic interpolation with a coefficient other than zero."""
    return (floor(x),) if x.denominator == 1 else range(floor(x) - 1, floor(x) + 3)
