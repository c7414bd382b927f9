"""Which units touch padding, against a concrete pass unit by unit; and what lies beyond a border, against numpy."""

from itertools import groupby, product

import numpy as np
import pytest

from rfengine.calculus.clean import NOTHING, count, everything, intersect, preimage
from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.reads import Border
from tests.calculus.maps import POOL, elements

RANGES = [(low, high) for low in range(5) for high in range(low - 1, 5)]


@pytest.mark.parametrize("border", Border)
def test_the_preimage_is_the_longest_run_of_clean_units(border: Border):
    for map_, n_out, clean in product(POOL, (1, 3, 8), RANGES):
        n_in = max(5, clean[1] + 1)
        found = preimage(map_, clean, n_in, n_out, border=border)
        assert found == _longest([_is_clean(map_, i, clean, n_in, border) for i in range(n_out)]), (map_, clean, n_out)


def _is_clean(map_: IndexMap, unit: int, clean: tuple[int, int], n_in: int, border: Border) -> bool:
    """By the definition: every index read lies in the tensor, or is a copy of one that does, and is clean."""
    tensor = np.arange(n_in)
    pad = 64
    modes = {Border.EDGE: "edge", Border.REFLECT: "reflect", Border.WRAP: "wrap"}
    padded = np.pad(tensor, pad, mode=modes[border]) if border in modes else np.pad(tensor, pad, constant_values=-1)
    clean_units = set(range(clean[0], clean[1] + 1))
    return all(padded[k + pad] in clean_units for k in elements(map_, unit))


def _longest(flags: list[bool]) -> tuple[int, int]:
    runs = [[i for i, _ in run] for flag, run in groupby(enumerate(flags), key=lambda pair: pair[1]) if flag]
    best = max(runs, key=len, default=[])
    return (best[0], best[-1]) if best else NOTHING


def test_ranges():
    for a, b in product(RANGES, repeat=2):
        both = set(range(a[0], a[1] + 1)) & set(range(b[0], b[1] + 1))
        assert count(intersect(a, b)) == len(both)
    assert (everything(4), count(everything(4)), count(NOTHING)) == ((0, 3), 4, 0)


@pytest.mark.parametrize(("border", "mode"), [("edge", "edge"), ("reflect", "reflect"), ("wrap", "wrap")])
def test_beyond_a_border_lies_what_numpy_pads(border: str, mode: str):
    for length in range(1, 7):
        padded = np.pad(np.arange(length), 20, mode=mode)
        assert [Border(border).landing(i - 20, length) for i in range(length + 40)] == padded.tolist()
        assert [Border.NOTHING.landing(i, length) for i in range(-1, length + 1)] == [None, *range(length), None]
