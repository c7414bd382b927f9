"""Layouts against numpy: whatever is reshaped and transposed, the digits say where each source index went."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfengine.calculus import layout as layouts
from rfengine.calculus.layout import Digit, Layout, index_along, merged, regrouped, sources, widening
from rfengine.graph import Array, Shape

SMALL = st.integers(1, 6)


def index_arrays(shape: Shape, spatial: tuple[int, ...]) -> list[Array]:
    """Per source axis, the index that each element of the tensor carries."""
    return [np.broadcast_to(np.indices(shape)[axis], shape) for axis in spatial]


def values(layout: Layout, source: int) -> Array:
    """The same, read off a layout."""
    total = np.zeros(())
    for axis in layout:
        along = np.zeros(1, int)
        for digit in axis:
            steps = np.arange(digit.length) * (digit.weight if digit.source == source else 0)
            along = (along[:, None] + steps).reshape(-1)
        total = total[..., None] + along
    return total


@st.composite
def journeys(draw: st.DrawFn) -> tuple[Shape, tuple[int, ...], list[tuple[str, tuple[int, ...]]]]:
    """A tensor and a list of reshapes (into random factors of its element count) and transposes."""
    shape = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=2, max_size=4)))
    spatial = tuple(sorted(draw(st.sets(st.sampled_from(range(len(shape))), min_size=1, max_size=2))))
    steps: list[tuple[str, tuple[int, ...]]] = []
    current = shape
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            order = tuple(draw(st.permutations(range(len(current)))))
            steps.append(("transpose", order))
            current = tuple(current[axis] for axis in order)
        else:
            rest, wanted = prod(current), []
            while rest > 1 and len(wanted) < 4:
                factor = draw(st.sampled_from([n for n in range(1, rest + 1) if rest % n == 0]))
                wanted.append(factor)
                rest //= factor
            current = (*wanted, rest)
            steps.append(("reshape", current))
    return shape, spatial, steps


@given(journeys())
def test_reshape_and_transpose_move_digits_and_nothing_else(
    journey: tuple[Shape, tuple[int, ...], list[tuple[str, tuple[int, ...]]]],
) -> None:
    shape, spatial, steps = journey
    layout = layouts.of_input(shape, spatial)
    arrays = index_arrays(shape, spatial)
    gone: set[int] = set()
    for kind, what in steps:
        if kind == "reshape":
            layout, lost = regrouped(layout, what)
            gone |= lost
            arrays = [array.reshape(what) for array in arrays]
        else:
            layout = tuple(layout[axis] for axis in what)
            arrays = [array.transpose(what) for array in arrays]
        for source, array in enumerate(arrays):
            if source in gone:
                assert source not in {s for axis in layout for s in sources(axis)}
            else:
                assert (values(layout, source) == array).all()


@pytest.mark.parametrize(
    ("shape", "after", "order", "back"),
    [
        ((1, 8, 12, 3), (1, 2, 4, 3, 4, 3), (0, 1, 3, 2, 4, 5), (6, 16, 3)),  # window partition
        ((1, 8, 6, 6), (1, 2, 2, 2, 6, 6), (0, 1, 4, 2, 5, 3), (1, 2, 12, 12)),  # pixel shuffle
        ((1, 6, 5, 7), (1, 2, 3, 5, 7), (0, 2, 1, 3, 4), (1, 6, 5, 7)),  # channel shuffle
        ((1, 3, 8, 8), (1, 3, 4, 2, 4, 2), (0, 3, 5, 1, 2, 4), (1, 12, 4, 4)),  # focus, patch merging
    ],
)
def test_layouts_of_vision_networks_lose_nothing(shape: Shape, after: Shape, order: Shape, back: Shape) -> None:
    spatial = (1, 2) if shape[-1] == 3 and len(after) == 6 and shape[1] == 8 else (2, 3)
    split, lost = regrouped(layouts.of_input(shape, spatial), after)
    assert not lost
    joined, lost = regrouped(tuple(split[axis] for axis in order), back)
    assert not lost
    for source, array in enumerate(index_arrays(shape, spatial)):
        assert (values(joined, source) == array.reshape(after).transpose(order).reshape(back)).all()


def test_a_cut_where_no_factor_is_loses_the_axis_and_keeps_what_stood_before() -> None:
    found, lost = regrouped(layouts.of_input((1, 4, 6, 5), (2, 3)), (1, 4, 10, 3))
    assert lost == {0, 1}
    assert found == ((), (Digit(4),), (Digit(10),), (Digit(3),))


def test_neighbours_that_count_as_one_are_one() -> None:
    assert merged((Digit(3, 0, 4), Digit(4, 0, 1))) == (Digit(12, 0, 1),)
    assert merged((Digit(3, 0, 1), Digit(4, 0, 3))) == (Digit(3, 0, 1), Digit(4, 0, 3))
    assert merged((Digit(3), Digit(1), Digit(2))) == (Digit(6),)


@given(st.lists(st.tuples(SMALL, st.sampled_from([None, 0])), min_size=1, max_size=3), st.integers(1, 3))
def test_index_along_an_axis(parts: list[tuple[int, int | None]], weight: int) -> None:
    axis = tuple(Digit(length, source, weight if source == 0 else 1) for length, source in parts)
    along = index_along(axis, 0)
    expected = values((axis,), 0)
    assert [along.at(i).elements() for i in range(len(expected))] == [[int(v)] for v in expected]


@given(SMALL, SMALL, SMALL)
def test_widening_reads_all_that_differ_in_one_digit(outer: int, length: int, weight: int) -> None:
    reads = widening(Digit(length, 0, weight))
    for i in range(outer * length * weight):
        same = [
            j
            for j in range(outer * length * weight)
            if j % weight == i % weight and j // (weight * length) == i // (weight * length)
        ]
        assert reads.at(i).elements() == same
