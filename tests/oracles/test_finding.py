"""When an expected and a found figure count as equal."""

import math

import pytest

from rfengine.oracles import Finding
from rfengine.oracles.finding import Value

PAIRS: list[tuple[Value, Value, float, bool]] = [
    (11, 11, 0, True),
    (4.0, 4, 0, True),
    (11, 12, 0, False),
    (1.5, 1.5 + 1e-9, 0, False),
    (1.5, 1.5 + 1e-9, 1e-6, True),
    (1.5, 1.6, 0.05, False),
    (math.inf, math.inf, 0, True),
    (1.0, math.nan, 1e9, False),
    (math.nan, math.nan, 1e9, False),
    (None, None, 0, True),
    (0, None, 0, False),
    (None, 0, 1, False),
    (True, True, 0, True),
    (True, 1, 0, False),
    (0, False, 1, False),
    ("misaligned", "misaligned", 0, True),
    ("misaligned", "aligned", 1, False),
    ((3, 4, None), (3, 4, None), 0, True),
    ((3, 4, None), (3, 4, 1), 0, False),
    ((3, 4), (3, 4, 1), 0, False),
    ((3, 4), 3, 0, False),
    (3, (3, 3), 0, False),
    (((0, 4), (2, 6)), ((0, 4), (2, 6)), 0, True),
    (((0, 4), (2, 6)), ((0, 4), (2, 7)), 0, False),
    ((1.0, 2.0), (1.01, 2.01), 0.02, True),
    ((1.0, 2.0), (1.01, 2.1), 0.02, False),
]


@pytest.mark.parametrize(("expected", "found", "tolerance", "equal"), PAIRS)
def test_equal(expected: Value, found: Value, tolerance: float, equal: bool):
    assert Finding("group", "place", "figure", expected, found, tolerance).equal is equal
