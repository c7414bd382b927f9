"""The depth series: what the seed found, and what the maps must be."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api_schemas.initialisers import Decomposed
from benchmarks.depth_profiles import decomposed, subject, upwards, with_constant_weights, with_shifted_weights
from rfengine.oracles.published import published

DATA = json.loads(
    (Path(__file__).parents[2] / "docs" / "studies" / "data" / "depth-series.json").read_text(encoding="utf-8")
)
PUBLISHED = dict(published("erf.json")["seed000_level"]["constant_forward_radius"]["rows"])


def measured(series: str, measure: str) -> dict[int, float]:
    """By depth."""
    rows = [row for row in DATA["rows"] if row["series"] == series]
    return {row["parameters"]["depth"]: row["measures"][measure]["mean"] for row in rows}


@pytest.mark.parametrize("series", ["constant", "constant, forward in float32"])
def test_constant_weights_give_the_published_radii(series: str) -> None:
    found = measured(series, "radius")
    assert {depth: found[depth] for depth in PUBLISHED} == PUBLISHED


def binomial_radius(depth: int) -> int:
    """Of (1 + z + z^2)^N in whole numbers, which is the profile."""
    line = [1]
    for _ in range(depth):
        line = [sum(line[max(i - 2, 0) : i + 1]) for i in range(len(line) + 2)]
    return max(d for d in range(depth + 1) if 10_000 * line[depth + d] >= 12 * line[depth])


@pytest.mark.parametrize("depth", sorted(measured("constant", "radius")))
def test_constant_weights_give_trinomial_coefficients(depth: int) -> None:
    assert measured("constant", "radius")[depth] == binomial_radius(depth)


@pytest.mark.parametrize("depth", [4, 16])
def test_the_data_are_found_again(depth: int) -> None:
    profile = upwards(with_constant_weights(subject(depth)), depth, "").profile
    assert profile.distance[profile.value >= 0.0012].max() == measured("constant", "radius")[depth]


def test_xavier_spreads_by_the_root_of_two_more() -> None:
    constant, xavier = measured("constant", "radius"), measured("Xavier, limit of all draws", "radius")
    for depth in (64, 96, 128, 192):
        assert xavier[depth] == pytest.approx(math.sqrt(2) * constant[depth], abs=1.5)


def test_shifted_moves_up_one_pixel_per_layer() -> None:
    for depth, radius in measured("shifted, limit of all draws", "radius").items():
        assert radius == depth
    for depth, shift in measured("shifted, limit of all draws", "shift").items():
        assert -1 < shift / depth < -0.97
    profile = upwards(with_shifted_weights(subject(9)), 9, "").profile
    assert profile.value.argmax() == 9


@pytest.mark.parametrize(("order", "dtype", "even"), [("seed", "float32", 1e-3), ("balanced", "float64", 1e-4)])
def test_decomposed_is_flat_over_the_whole_field(order: Any, dtype: Any, even: float) -> None:
    profile = upwards(decomposed(order, dtype)(subject(8)), 8, "").profile.value
    np.testing.assert_allclose(profile[:9], 1, atol=even)
    assert not profile[9:].any()
    assert Decomposed().order == "seed"


def test_decomposed_breaks_where_the_seed_saw_it() -> None:
    flat = upwards(decomposed("seed", "float32")(subject(12)), 12, "").profile.value[:13]
    broken = upwards(decomposed("seed", "float32")(subject(16)), 16, "").profile.value[:17]
    assert flat.min() > 0.9
    assert broken.min() < 0.5
