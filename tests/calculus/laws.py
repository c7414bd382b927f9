"""Laws as functions of what they judge, so that a wrong algebra can be put on trial as well as the right one."""

from collections.abc import Callable, Sequence
from itertools import product

from rfengine.calculus.index_map import EMPTY, IndexMap, Support, support
from tests.calculus.maps import POOL, elements

UNITS = range(-10, 23)  # several periods of every pair of the pool, on both sides of zero

Binary = Callable[[IndexMap, IndexMap], IndexMap]
Builder = Callable[[int, int, Sequence[Support]], IndexMap]


def composes(compose: Binary) -> bool:
    """Every pair of the pool: what is seen is the union over what is read, unit by unit."""
    return all(
        elements(compose(outer, inner), i) == set().union(*(elements(inner, k) for k in elements(outer, i)))
        for outer, inner in product(POOL, repeat=2)
        for i in UNITS
    )


def joins(join: Binary) -> bool:
    """Every pair of the pool that moves at one stride: the union, unit by unit."""
    return all(
        elements(join(first, second), i) == elements(first, i) | elements(second, i)
        for first, second in product(POOL, repeat=2)
        if first.slope == second.slope
        for i in UNITS
    )


SETS = (EMPTY, support([0]), support([1]), support([0, 1]), support([-1, 2]))


def is_canonical(index_map: Builder) -> bool:
    """All maps with q <= 3, |p| <= 3 and five small sets: the period is the least, and equal maps are equal objects.

    A map that reads nothing at all keeps its stride and is left out: its values do not tell it from others.
    """
    objects: dict[tuple[frozenset[int], ...], IndexMap] = {}
    for q in range(1, 4):
        for p, sets in product(range(-3, 4), product(SETS, repeat=q)):
            if not any(s.mask for s in sets):
                continue
            # The definition: f(i) = f(i mod q) + p (i div q).
            plain = tuple(frozenset(e + i // q * p for e in sets[i % q].elements()) for i in range(-9, 18))
            for times in (1, 2):
                found = index_map(p * times, q * times, [s.shifted(n * p) for n in range(times) for s in sets])
                if tuple(frozenset(elements(found, i)) for i in range(-9, 18)) != plain:
                    return False
                if objects.setdefault(plain, found) != found or not _is_least(found):
                    return False
    return True


def _is_least(map_: IndexMap) -> bool:
    """Whether no shorter period fits, with any step."""
    return not any(
        all(map_.at(i + d) == map_.at(i).shifted(step) for i in range(map_.q))
        for d in range(1, map_.q)
        for step in range(-9, 10)
    )
