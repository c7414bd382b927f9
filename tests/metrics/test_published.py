"""Published and independently measured figures, reproduced exactly."""

import math

import numpy as np
import pytest

from rfengine.errors import NotEstimable
from rfengine.metrics import measure
from rfengine.oracles.published import published
from tests.metrics.maps import conv3_chain, conv3_profile

ERF = published("erf.json")


@pytest.mark.parametrize(
    ("layers", "field", "sigma", "pixels", "size"), [tuple(row) for row in ERF["luo_uniform_3x3"]["rows"]]
)
def test_luo_size_and_sigma_of_uniform_chains(layers: int, field: int, sigma: float, pixels: int, size: float) -> None:
    erf, centre, trf = conv3_chain(layers)
    assert trf == (field, field)
    m = measure(np.pad(erf, 9), centre=(centre[0] + 9, centre[1] + 9), trf=trf, levels=(0.0012,))
    assert m.luo_pixels == pixels
    assert m.luo_size == pytest.approx(size, abs=5e-5)
    assert m.share_of_trf == pytest.approx(size / field, abs=1e-4)
    assert m.best_shape == "gaussian"
    assert m.shapes is not None
    assert m.shapes.gaussian.scale == pytest.approx([sigma, sigma], rel=1e-6)
    assert m.anisotropy == pytest.approx(1)
    assert sigma == pytest.approx(math.sqrt(layers * (3**2 - 1) / 12), abs=1e-6)


@pytest.mark.parametrize(
    ("layers", "radius"), [tuple(row) for row in ERF["seed000_level"]["constant_forward_radius"]["rows"]]
)
def test_the_constant_networks_radius_at_the_level_of_3_sqrt_n(layers: int, radius: int) -> None:
    erf, centre, trf = conv3_chain(layers)
    level = ERF["seed000_level"]["level"]
    assert measure(erf, centre=centre, trf=trf, levels=(level,)).radius_px.axis == {str(level): radius}


def test_energy_sides_of_ten_layers() -> None:
    erf, centre, trf = conv3_chain(10)
    m = measure(erf, centre=centre, trf=trf, levels=(0.0012,))
    assert m.energy_side == {"50": 7, "90": 11, "95": 13, "99": 15}
    assert m.offset_px == pytest.approx([0, 0], abs=1e-12)
    assert m.mass == pytest.approx(1)


def test_a_centre_between_pixels_has_even_sides() -> None:
    line = np.convolve(conv3_profile(6), [1.0, 1.0])
    m = measure(np.outer(line, line), centre=(7.0, 7.0), trf=(14, 14), levels=(0.0012,))
    assert [side % 2 for side in m.energy_side.values()] == [0, 0, 0, 0]
    assert m.offset_px == pytest.approx([0, 0], abs=1e-12)
    assert m.gaussian is not None
    assert m.gaussian.r2 > 0.999


def test_a_border_unit_is_measured_about_its_own_centre() -> None:
    erf, _, trf = conv3_chain(10)
    corner = erf[10:, 10:]  # the quarter of the field that is inside the image
    m = measure(corner, centre=(0.5, 0.5), trf=trf, levels=(0.0012,))
    assert m.radius_px.axis == {"0.0012": 8}
    assert m.offset_px[0] == pytest.approx(m.offset_px[1])
    assert m.offset_px[0] > 1
    assert m.gaussian is not None
    assert m.gaussian.sigma == pytest.approx([2.63, 2.63], abs=0.05)


def test_a_hole_in_the_middle_is_no_radius_on_the_axis_and_every_read_pixel_for_luo() -> None:
    erf = np.zeros((4, 4))
    erf[::3, ::3] = 1  # a 2x2 kernel dilated by 3
    m = measure(erf, centre=(2.0, 2.0), trf=(4, 4), levels=(0.5,))
    assert m.luo_pixels == 4
    assert m.radius_px.axis == {}
    assert m.radius_px.radial["0.5"] == pytest.approx(1.5 * 2**0.5)


def test_a_zero_map_says_so_and_guesses_no_reason() -> None:
    with pytest.raises(NotEstimable, match=r"4 x 6 pixels is zero everywhere.*another unit") as caught:
        measure(np.zeros((4, 6)), centre=(2.0, 3.0), trf=(4, 6), levels=(0.5,))
    assert "ReLU" not in str(caught.value)
    assert "constant_forward" not in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_map_that_is_not_finite_says_where_and_what_next(value: float) -> None:
    erf = np.ones((4, 6))
    erf[1, 2] = value
    with pytest.raises(NotEstimable, match=r"1 of 24 values that are not finite.*\(1, 2\).*float64"):
        measure(erf, centre=(2.0, 3.0), trf=(4, 6), levels=(0.5,))


def test_a_map_whose_sum_overflows_says_so() -> None:
    with pytest.raises(NotEstimable, match="overflows"):
        measure(np.full((4, 6), 1e308), centre=(2.0, 3.0), trf=(4, 6), levels=(0.5,))


@pytest.mark.parametrize(
    ("erf", "centre", "trf"),
    [
        (-np.ones((3, 3)), (1.5, 1.5), (3, 3)),
        (np.ones((3, 3)), (1.5,), (3,)),
        (np.ones((3, 3)), (1.5, 1.5), (3,)),
    ],
)
def test_what_is_no_map_is_refused(erf: np.ndarray, centre: tuple[float, ...], trf: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"negative|axes"):
        measure(erf, centre=centre, trf=trf, levels=(0.5,))
