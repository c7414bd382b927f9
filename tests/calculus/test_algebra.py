"""Composition, union and canonical form: by exhaustion over a pool of maps, then over random networks."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, reject, settings

from rfengine.calculus import index_map as module
from rfengine.calculus.index_map import (
    EMPTY,
    IDENTITY,
    IndexMap,
    PeriodTooLongError,
    SlopesDifferError,
    compose,
    index_map,
    join,
    support,
    tabulate,
    union,
)
from rfengine.calculus.local import every, repeated, strided, transposed_window, window
from tests.calculus.laws import composes, is_canonical, joins
from tests.calculus.maps import CHAINS, OPERATORS, POOL, elements, parallel, values

thorough = settings(deadline=None, max_examples=150)


def test_composition_is_reading_what_is_read():
    assert composes(compose)


def test_joining_is_the_union():
    assert joins(join)


def test_the_form_is_canonical():
    assert is_canonical(index_map)


def _forgets_the_inner_period(outer: IndexMap, inner: IndexMap) -> IndexMap:
    p = round(outer.p * inner.slope)
    return index_map(p, outer.q, [union(inner.at(k) for k in outer.at(i).elements()) for i in range(outer.q)])


def _wrong_way_round(outer: IndexMap, inner: IndexMap) -> IndexMap:
    return compose(inner, outer)


def _hull(first: IndexMap, second: IndexMap) -> IndexMap:
    both = join(first, second)
    return replace(both, supports=tuple(s._replace(mask=(1 << s.mask.bit_length()) - 1) for s in both.supports))


def test_wrong_algebras_are_caught():
    assert not composes(_forgets_the_inner_period)
    assert not composes(_wrong_way_round)
    assert not joins(lambda first, second: first)
    assert not joins(_hull)
    assert not is_canonical(lambda p, q, sets: IndexMap(p, q, tuple(sets)))
    assert not is_canonical(lambda p, q, sets: index_map(p, 1, sets[:1]))


@thorough
@given(OPERATORS, CHAINS, CHAINS)
def test_composition_is_associative(first: IndexMap, second: IndexMap, third: IndexMap):
    try:
        assert compose(first, compose(second, third)) == compose(compose(first, second), third)
    except PeriodTooLongError:
        reject()


@thorough
@given(CHAINS)
def test_identity_is_neutral(map_: IndexMap):
    assert compose(IDENTITY, map_) == map_ == compose(map_, IDENTITY)


@thorough
@given(parallel(3))
def test_joining_is_commutative_associative_and_idempotent(maps: tuple[IndexMap, ...]):
    a, b, c = maps
    assert join(a, b) == join(b, a)
    assert join(a, join(b, c)) == join(join(a, b), c)
    assert join(a, a) == a == join(a, join(a, a))


@thorough
@given(OPERATORS, parallel(2))
def test_composition_distributes_over_joining(operator: IndexMap, maps: tuple[IndexMap, ...]):
    a, b = maps
    assert compose(operator, join(a, b)) == join(compose(operator, a), compose(operator, b))
    assert compose(join(a, b), operator) == join(compose(a, operator), compose(b, operator))


@thorough
@given(CHAINS, CHAINS)
def test_equal_maps_are_equal_objects(first: IndexMap, second: IndexMap):
    units = range(-first.q * second.q, 2 * first.q * second.q)
    alike = first.slope == second.slope and values(first, units) == values(second, units)
    assert (first == second) == alike
    if alike:
        assert hash(first) == hash(second)
        assert len({first, second}) == 1


def test_repeating_a_period_changes_nothing():
    for map_ in POOL:
        longer = index_map(map_.p * 3, map_.q * 3, [map_.at(i) for i in range(map_.q * 3)])
        assert longer == map_
        assert hash(longer) == hash(map_)


def test_different_strides_do_not_join():
    with pytest.raises(SlopesDifferError):
        join(window(3, 2), IDENTITY)


def test_a_period_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_PERIOD", 8)
    with pytest.raises(PeriodTooLongError):
        compose(transposed_window(3, 3), transposed_window(5, 5))
    with pytest.raises(PeriodTooLongError):
        join(compose(repeated(3), window(3, 3)), compose(repeated(5), window(5, 5)))


@pytest.mark.parametrize(("p", "q", "sets"), [(1, 0, []), (1, 2, [EMPTY]), (1, -1, [])])
def test_a_period_needs_its_sets(p: int, q: int, sets: list[module.Support]):
    with pytest.raises(ValueError, match="needs q sets"):
        index_map(p, q, sets)


def test_sets():
    for bits in range(1 << 6):
        wanted = {b - 3 for b in range(6) if bits >> b & 1}
        found = support(wanted)
        assert set(found.elements()) == wanted
        assert found.cardinality == len(wanted)
        assert found.hull == ((min(wanted), max(wanted)) if wanted else None)
        assert set(found.shifted(5).elements()) == {e + 5 for e in wanted}
        for other in ({-7}, set(), {0, 9}):
            assert set(union([found, support(other)]).elements()) == wanted | other


def test_what_a_map_says_of_itself():
    gridded = window(3, 2, 4, 1)
    assert (gridded.slope, gridded.sizes, gridded.intervals) == (2, (9,), ((-1, 7),))
    assert gridded.density == Fraction(3, 9)
    assert (gridded.centre(0), gridded.centre(1)) == (Fraction(7, 2), Fraction(11, 2))
    assert gridded.trend == Fraction(7, 2)
    # In edge coordinates a pixel repeated twice has its centre half a pixel behind, then half a pixel ahead, of 0.5.
    assert repeated(2).trend == Fraction(1, 4)
    assert strided(4, -1).trend == Fraction(9, 2)
    assert every(0).trend is None
    assert (every(0).sizes, every(0).density, every(0).centre(3)) == ((0,), 1, None)


def test_a_table_holds_on_its_canvas():
    for map_ in POOL:
        for n in (1, 2, 5, 8):
            table = tabulate([map_.at(i) for i in range(n)])
            assert values(table, range(n)) == values(map_, range(n))
            assert all(elements(table, i + n) == {e + table.slope * n for e in elements(table, i)} for i in range(n))
