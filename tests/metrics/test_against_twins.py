"""Every metric equals its brute-force twin on arbitrary maps and centres, centres outside the image included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfengine.metrics import measure, profiles
from tests.metrics import twins
from tests.metrics.maps import Floats, maps

LEVELS = (0.0012, 0.25, 0.5)
anything = st.one_of(maps(1), maps(2), maps(3))


@given(anything)
@settings(max_examples=100, deadline=None)
def test_every_figure_follows_its_definition(case: tuple[Floats, tuple[float, ...]]) -> None:
    erf, centre = case
    m = measure(erf, centre=centre, trf=erf.shape, levels=LEVELS)
    assert m.luo_pixels == twins.luo_pixels(erf, centre)
    assert m.luo_size == pytest.approx(m.luo_pixels ** (1 / erf.ndim))
    assert m.share_of_trf == pytest.approx(m.luo_size / erf.size ** (1 / erf.ndim))
    axis = {str(level): twins.axis_radius(erf, centre, level) for level in LEVELS}
    assert m.radius_px.axis == {level: radius for level, radius in axis.items() if radius is not None}
    for level in LEVELS:
        assert m.radius_px.radial[str(level)] == pytest.approx(twins.radial_radius(erf, centre, level))
    for percent in (50, 90, 95, 99):
        assert m.energy_side[str(percent)] == twins.energy_side(erf, centre, percent)
        assert m.energy_radius[str(percent)] == pytest.approx(twins.energy_radius(erf, centre, percent))
    assert m.offset_px == pytest.approx(twins.offset(erf, centre))
    assert m.mass == erf.sum()
    assert m.anisotropy == pytest.approx(twins.anisotropy(erf, centre))


@given(anything)
@settings(max_examples=60, deadline=None)
def test_every_shape_has_the_divergence_it_claims_and_no_better_neighbour(
    case: tuple[Floats, tuple[float, ...]],
) -> None:
    erf, centre = case
    shapes = measure(erf, centre=centre, trf=erf.shape, levels=()).shapes
    assert shapes is not None
    for family in ("gaussian", "box", "laplace", "generalised"):
        fit = getattr(shapes, family)
        assert fit.kl == pytest.approx(twins.shape_kl(erf, centre, family, fit.scale, fit.exponent), abs=1e-7)
        assert fit.kl >= shapes.dependence - 1e-9
        for axis, scale in enumerate(fit.scale):
            for other in neighbours(family, scale, erf.shape[axis], centre[axis]):
                scales = [other if a == axis else s for a, s in enumerate(fit.scale)]
                assert twins.shape_kl(erf, centre, family, scales, fit.exponent) >= fit.kl - 1e-7
    assert shapes.generalised.kl <= min(shapes.gaussian.kl, shapes.laplace.kl) + 1e-7


def neighbours(family: str, scale: float | None, n: int, centre: float) -> list[float]:
    """Other scales of one axis: every side of a box; for the rest 2 % more and less, or the least and the greatest."""
    if family == "box":
        return sorted({2 * abs(i + 0.5 - centre) + 1 for i in range(n)})
    if scale is None:
        return [100.0 * n]
    return [0.98 * scale, 1.02 * scale] if scale > 0.01 else []


@pytest.mark.parametrize("shape", [(11, 11), (12, 12), (8, 15), (15, 6), (3, 3), (2, 2), (1, 1), (13,), (5, 6, 7)])
def test_the_area_ratio_follows_its_definition(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    for width in (0.05, 0.2, 5.0):
        grid = np.meshgrid(*((2 * np.arange(n) + 1) / n - 1 for n in shape), indexing="ij")
        # Off the centre, so that the pixel the squares grow about shows.
        erf = np.exp(-sum((g - 0.3) ** 2 for g in grid) / width) * rng.uniform(0.5, 2, shape)
        found = measure(erf, centre=tuple(n / 2 for n in shape), trf=shape, levels=()).area_ratio
        assert found == {str(t): pytest.approx(twins.area_ratio(erf, t)) for t in (0.2, 0.3, 0.5, 0.99)}


@given(anything)
@settings(max_examples=40, deadline=None)
def test_profiles_follow_their_definition(case: tuple[Floats, tuple[float, ...]]) -> None:
    erf, centre = case
    found = profiles(erf, centre)
    expected = twins.radial_profile(erf, centre)
    assert found.radial.distance == pytest.approx([expected[k][0] for k in sorted(expected)])
    assert found.radial.value == pytest.approx([expected[k][1] for k in sorted(expected)])
    assert len(found.axes) == erf.ndim


def test_the_axis_profile_averages_both_directions_and_the_lines_around_the_centre() -> None:
    erf = [[1.0, 8.0, 4.0, 0.0], [3.0, 0.0, 2.0, 0.0], [9.0, 9.0, 9.0, 9.0]]
    h, w = profiles(erf, (1.0, 1.5)).axes
    assert list(w.distance) == [0, 1, 2]
    assert list(w.value) == [4, (2 + 3) / 2, 0]
    assert list(h.distance) == [0.5, 1.5]
    assert list(h.value) == [4, 9]


@pytest.mark.parametrize("seed", range(4))
def test_the_anisotropy_of_a_solid_at_an_angle_follows_its_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.arange(n) + 0.5 - n / 2 for n in (9, 8, 7)), indexing="ij"), axis=-1)
    erf = np.exp(-((grid @ (rng.normal(size=(3, 3)) / 2)) ** 2).sum(axis=-1))
    found = measure(erf, centre=(4.5, 4.0, 3.5), trf=(9, 8, 7), levels=()).anisotropy
    assert found == pytest.approx(twins.anisotropy(erf, (4.5, 4.0, 3.5)))
