"""Every metric equals its brute-force twin on arbitrary maps and centres, centres outside the image included."""

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
