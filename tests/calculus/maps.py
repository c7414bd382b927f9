"""Maps to try laws on: a small pool for exhaustion, and random chains of operators for Hypothesis."""

from fractions import Fraction
from functools import reduce

from hypothesis import strategies as st

from rfengine.calculus.index_map import IDENTITY, IndexMap, compose
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

HALF = Fraction(1, 2)


def elements(map_: IndexMap, i: int) -> set[int]:
    """f(i) as a plain set."""
    return set(map_.at(i).elements())


def values(map_: IndexMap, units: range) -> list[set[int]]:
    """f over a range of units."""
    return [elements(map_, i) for i in units]


def half_pixel(scale: Fraction, taps: str = "linear") -> IndexMap:
    """A resize whose pixel centres align."""
    return sampled(1 / scale, HALF / scale - HALF, {"linear": linear_taps, "cubic": cubic_taps}[taps])


POOL: list[IndexMap] = [
    IDENTITY,
    window(3, 1, 1, 1),
    window(3, 2, 1, 1),
    window(2, 2),
    window(2, 3, 2),
    window(1, 4),
    transposed_window(2, 2),
    transposed_window(3, 2, 1, 1),
    transposed_window(1, 3),
    transposed_window(4, 3, 2, 2),
    strided(-2, 1),
    strided(3, 2),
    strided(5, -1),
    strided(-1, -3),
    constant(4),
    every(3),
    repeated(2),
    repeated(3),
    half_pixel(Fraction(2)),
    half_pixel(Fraction(3, 2)),
    half_pixel(Fraction(2, 3), "cubic"),
    sampled(Fraction(5, 3), Fraction(0), nearest_taps("floor")),
]

SMALL = st.integers(1, 3)
PADS = st.integers(0, 2)
SCALES = st.builds(Fraction, SMALL, SMALL)

OPERATORS = st.one_of(
    st.builds(window, SMALL, SMALL, SMALL, PADS),
    st.builds(transposed_window, SMALL, SMALL, SMALL, PADS),
    st.builds(strided, st.integers(-3, 3), st.sampled_from([1, 2, -1, -2])),
    st.builds(repeated, SMALL),
    st.builds(half_pixel, SCALES, st.sampled_from(["linear", "cubic"])),
    st.builds(sampled, SCALES, st.just(Fraction(0)), st.just(nearest_taps("floor"))),
)

# Of stride 1, so that a chain can be joined with what it is laid around.
LOCAL = st.one_of(
    st.builds(window, SMALL, st.just(1), SMALL, PADS),
    st.builds(strided, st.integers(-3, 3), st.just(1)),
)


def chain(operators: list[IndexMap]) -> IndexMap:
    """The operators one after the other, the first nearest to the image."""
    return reduce(lambda seen, operator: compose(operator, seen), operators, IDENTITY)


CHAINS = st.lists(OPERATORS, max_size=4).map(chain)


@st.composite
def parallel(draw: st.DrawFn, count: int) -> tuple[IndexMap, ...]:
    """Maps of one stride: the same chain seen through different local operators."""
    trunk = draw(CHAINS)
    return tuple(compose(draw(st.lists(LOCAL, min_size=1, max_size=3).map(chain)), trunk) for _ in range(count))
