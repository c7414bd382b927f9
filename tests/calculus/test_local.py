"""What each kind of operator reads, against its definition, over all small parameters."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import pytest

from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.local import (
    constant,
    cubic_taps,
    every,
    linear_taps,
    nearest_taps,
    repeated,
    sampled,
    strided,
    transposed_window,
    window,
)
from tests.calculus.maps import elements

UNITS = range(-9, 10)
INPUTS = range(-60, 61)

Definition = Callable[[int, int], bool]  # whether unit i reads input j


def holds(map_: IndexMap, reads: Definition) -> bool:
    return all(elements(map_, i) == {j for j in INPUTS if reads(i, j)} for i in UNITS)


WINDOWS = list(product(range(1, 5), range(1, 4), range(1, 4), range(3)))


@pytest.mark.parametrize(("kernel", "stride"), sorted({parameters[:2] for parameters in WINDOWS}))
def test_windows(kernel: int, stride: int):
    for k, s, d, pad in WINDOWS:
        if (k, s) == (kernel, stride):
            starts = [d * t - pad for t in range(k)]
            assert holds(window(k, s, d, pad), lambda i, j, s=s, starts=starts: j - i * s in starts)
            assert holds(transposed_window(k, s, d, pad), lambda i, j, s=s, starts=starts: i - j * s in starts)


@pytest.mark.parametrize("step", [-3, -2, -1, 1, 2, 3])
def test_slices(step: int):
    for start in range(-4, 5):
        assert holds(strided(start, step), lambda i, j, start=start: j == start + step * i)


@pytest.mark.parametrize("number", range(1, 6))
def test_broadcasting_reductions_and_blocks(number: int):
    assert holds(constant(number), lambda i, j: j == number)
    assert holds(every(number), lambda i, j: 0 <= j < number)
    assert holds(repeated(number), lambda i, j: j * number <= i < (j + 1) * number)


def _nearest(prefer: int) -> Callable[[Fraction, int], bool]:
    """The index at least distance; of two, the lower one (-1) or the higher one (1)."""

    def reads(x: Fraction, j: int) -> bool:
        return j == min((j - 1, j, j + 1), key=lambda k: (abs(k - x), -prefer * k))

    return reads


TAPS = {
    "floor": (nearest_taps("floor"), lambda x, j: 0 <= x - j < 1),
    "ceil": (nearest_taps("ceil"), lambda x, j: 0 <= j - x < 1),
    "round_prefer_floor": (nearest_taps("round_prefer_floor"), _nearest(-1)),
    "round_prefer_ceil": (nearest_taps("round_prefer_ceil"), _nearest(1)),
    "linear": (linear_taps, lambda x, j: abs(x - j) < 1),
    # Keys' kernel is zero at whole distances but zero.
    "cubic": (cubic_taps, lambda x, j: x == j or (abs(x - j) < 2 and x.denominator > 1)),
}


@pytest.mark.parametrize("name", TAPS)
def test_interpolation(name: str):
    taps, reads = TAPS[name]
    steps = {Fraction(a, b) for a, b in product(range(1, 5), repeat=2)}
    for step in steps:
        for offset in (Fraction(0), (step - 1) / 2, Fraction(-3, 4), Fraction(1, 2)):
            found = sampled(step, offset, taps)
            assert found.slope == step
            for i in range(-5, 6):
                x = i * step + offset
                near = range(int(x) - 4, int(x) + 5)
                assert elements(found, i) == {j for j in near if reads(x, j)}


def test_an_unknown_rounding_is_refused():
    with pytest.raises(KeyError):
        nearest_taps("banker")
