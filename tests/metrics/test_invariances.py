"""What must not matter to a figure: the scale of the map, the order of its axes, its handedness, empty canvas."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from api_schemas.report import Metrics
from rfengine.metrics import measure
from tests.metrics.maps import Floats, maps, sampled_gaussian

Case = tuple[Floats, tuple[float, ...]]
LEVELS = (0.0012, 0.5)
# Figures that turn with the map, that rounding moves or that depend on the canvas: each test compares those that agree.
UNTOUCHED = {
    "offset_px": [],
    "gaussian": None,
    "shapes": None,
    "best_shape": None,
    "anisotropy": None,
    "area_ratio": {},
}


def divergences(metrics: Metrics) -> list[float]:
    shapes = metrics.shapes
    assert shapes is not None
    return [fit.kl for fit in (shapes.gaussian, shapes.box, shapes.laplace)]


@given(maps())
@settings(max_examples=40, deadline=None)
def test_scale_changes_only_the_mass(case: Case) -> None:
    erf, centre = case
    one = measure(erf, centre=centre, trf=(9, 9), levels=LEVELS)
    for factor in (2.0**-900, 2.0**900):
        other = measure(erf * factor, centre=centre, trf=(9, 9), levels=LEVELS)
        assert other.mass == one.mass * factor
        untouched = {"mass": 0.0, "area_ratio": {}}
        assert other.model_copy(update=untouched) == one.model_copy(update=untouched)


@given(maps())
@settings(max_examples=40, deadline=None)
def test_transposition_swaps_the_axes_and_nothing_else(case: Case) -> None:
    erf, centre = case
    one = measure(erf, centre=centre, trf=(5, 9), levels=LEVELS)
    other = measure(erf.T, centre=centre[::-1], trf=(9, 5), levels=LEVELS)
    assert other.offset_px == pytest.approx(one.offset_px[::-1])
    assert other.model_copy(update=UNTOUCHED) == one.model_copy(update=UNTOUCHED)
    assert other.anisotropy == pytest.approx(one.anisotropy)
    assert other.area_ratio == pytest.approx(one.area_ratio)
    assert divergences(other) == pytest.approx(divergences(one), abs=1e-9)


@given(maps())
@settings(max_examples=40, deadline=None)
def test_a_flip_only_turns_the_offset(case: Case) -> None:
    erf, (y, x) = case
    one = measure(erf, centre=(y, x), trf=(5, 9), levels=LEVELS)
    other = measure(erf[::-1], centre=(erf.shape[0] - y, x), trf=(5, 9), levels=LEVELS)
    assert other.offset_px == pytest.approx([-one.offset_px[0], one.offset_px[1]], abs=1e-12)
    assert other.model_copy(update=UNTOUCHED) == one.model_copy(update=UNTOUCHED)
    assert other.anisotropy == pytest.approx(one.anisotropy)
    assert divergences(other) == pytest.approx(divergences(one), abs=1e-9)


@given(maps())
@settings(max_examples=40, deadline=None)
def test_empty_canvas_around_the_map_changes_no_size(case: Case) -> None:
    erf, centre = case
    # A centre outside the map would find nearer pixels in the new canvas.
    centre = tuple(min(max(c, 0.5), n - 0.5) for c, n in zip(centre, erf.shape, strict=True))
    one = measure(erf, centre=centre, trf=(5, 9), levels=LEVELS)
    other = measure(np.pad(erf, 3), centre=tuple(c + 3 for c in centre), trf=(5, 9), levels=LEVELS)
    assert other.offset_px == pytest.approx(one.offset_px)
    assert other.model_copy(update=UNTOUCHED) == one.model_copy(update=UNTOUCHED)
    assert other.anisotropy == pytest.approx(one.anisotropy)


def test_the_area_ratio_alone_depends_on_the_scale() -> None:
    erf, centre = sampled_gaussian((41, 41), (20.5, 20.5), (4.0, 4.0), 0.0), (20.5, 20.5)
    one, other = (measure(erf * factor, centre=centre, trf=(41, 41), levels=LEVELS) for factor in (1.0, 1e6))
    assert other.area_ratio["0.99"] > 2 * one.area_ratio["0.99"]
    assert other.energy_side == one.energy_side


@pytest.mark.parametrize("theta", [0.3, -1.2, math.pi / 2, 0.0])
def test_the_fit_turns_with_the_map(theta: float) -> None:
    erf, centre = sampled_gaussian((33, 41), (16.5, 20.0), (4.0, 2.0), theta), (16.5, 20.0)
    flipped = measure(erf[::-1], centre=(33 - 16.5, 20.0), trf=(33, 41), levels=LEVELS).gaussian
    turned = measure(erf.T, centre=centre[::-1], trf=(41, 33), levels=LEVELS).gaussian
    assert flipped is not None
    assert turned is not None
    for found, expected in ((flipped.theta, -theta), (turned.theta, math.pi / 2 - theta)):
        assert math.cos(2 * (found - expected)) == pytest.approx(1)
    assert flipped.sigma == pytest.approx([4.0, 2.0])
    assert turned.sigma == pytest.approx([4.0, 2.0])
