"""The verdict on shapes of known truth, with their parameters, and against a general optimiser."""

from functools import reduce

import numpy as np
import pytest
from scipy.optimize import minimize

from api_schemas.report import BestShape, ShapeFit, ShapeFits
from rfengine.metrics.plane import Plane
from rfengine.metrics.shape import best_shape, shape_fits
from tests.metrics import twins
from tests.metrics.maps import Floats, conv3_chain, conv3_profile, sampled_gaussian


def line(n: int, centre: float, scale: float, exponent: float) -> Floats:
    """exp(-|d / scale|^exponent) at the pixel centres of one axis."""
    return np.exp(-(np.abs((np.arange(n) + 0.5 - centre) / scale) ** exponent))


def outer(*lines: Floats) -> Floats:
    return reduce(np.multiply.outer, lines)


def judge(erf: Floats, centre: tuple[float, ...]) -> tuple[BestShape | None, ShapeFits]:
    fits = shape_fits(Plane.of(erf, centre))
    return best_shape(fits), fits


@pytest.mark.parametrize("centre", [(40.5, 50.5), (41.0, 50.5), (0.5, 0.5), (3.0, 99.5), (-1.0, 50.5), (30.3, 61.2)])
@pytest.mark.parametrize("sigma", [(0.6, 0.6), (1.0, 1.0), (1.0, 9.0), (12.0, 20.0)])
def test_a_sampled_gaussian_is_one_clipped_or_not(centre: tuple[float, float], sigma: tuple[float, float]) -> None:
    erf = outer(*(line(n, c, s * 2**0.5, 2) for n, c, s in zip((81, 101), centre, sigma, strict=True)))
    verdict, fits = judge(erf, centre)
    assert verdict == "gaussian"
    assert fits.gaussian.scale == pytest.approx(list(sigma), rel=1e-6)
    assert fits.gaussian.kl == pytest.approx(0, abs=1e-9)
    assert fits.generalised.exponent == pytest.approx(2, abs=1e-3)
    assert fits.dependence == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("exponent", [1, 1.4, 3, 4, 8])
@pytest.mark.parametrize("centre", [(60.5, 60.0), (60.5, 0.5), (0.5, 119.5)])
def test_the_exponent_and_scales_of_a_generalised_gaussian_are_found(
    centre: tuple[float, float], exponent: float
) -> None:
    erf = outer(line(121, centre[0], 8, exponent), line(120, centre[1], 12, exponent))
    verdict, fits = judge(erf, centre)
    assert verdict == ("laplace" if exponent == 1 else "generalised")
    assert fits.generalised.exponent == pytest.approx(exponent, rel=1e-3)
    assert fits.generalised.scale == pytest.approx([8, 12], rel=1e-3)
    assert fits.generalised.kl == pytest.approx(0, abs=1e-6)
    if exponent == 1:
        assert fits.laplace.scale == pytest.approx([8, 12], rel=1e-6)


@pytest.mark.parametrize("floor", [0.0, 1e-9])
@pytest.mark.parametrize("sides", [(3, 3), (4, 9), (31, 31), (1, 12)])
def test_a_box_is_one_in_spite_of_rounding_around_it(sides: tuple[int, int], floor: float) -> None:
    erf = np.pad(np.ones(sides), 20)
    erf += floor * np.random.default_rng(0).random(erf.shape)
    verdict, fits = judge(erf, tuple(n / 2 for n in erf.shape))
    assert verdict == "box"
    assert fits.box.scale == list(sides)
    assert fits.box.kl < 1e-4


@pytest.mark.parametrize("kernel", [3, 5, 11])
def test_layers_of_boxes_turn_gaussian(kernel: int) -> None:
    profile, verdicts, exponents = np.ones(1), [], []
    for _ in range(10):
        profile = np.convolve(profile, np.ones(kernel) / kernel)
        padded = np.pad(profile, 20)
        verdict, fits = judge(outer(padded, padded), (len(padded) / 2,) * 2)
        verdicts.append(verdict)
        exponents.append(fits.generalised.exponent)
    assert verdicts[0] == "box"
    assert set(verdicts[2:]) == {"gaussian"}
    assert exponents == sorted(exponents, reverse=True)
    assert 2 < exponents[-1] < 2.2


def test_one_and_three_axes() -> None:
    verdict, fits = judge(line(41, 20.5, 3, 1), (20.5,))
    assert verdict == "laplace"
    assert fits.laplace.scale == pytest.approx([3])
    solid = np.pad(outer(*(conv3_profile(n) for n in (4, 6, 10))), 5)
    verdict, fits = judge(solid, (9.5, 11.5, 15.5))
    assert verdict == "gaussian"
    assert fits.gaussian.scale == pytest.approx([(2 * n / 3) ** 0.5 for n in (4, 6, 10)], rel=1e-5)
    verdict, fits = judge(outer(line(25, 12.5, 6, 4), line(21, 10.5, 3, 4), line(31, 15.5, 6, 4)), (12.5, 10.5, 15.5))
    assert verdict == "generalised"
    assert fits.generalised.exponent == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize("theta", [0.3, 0.7854, -1.2])
def test_a_gaussian_at_an_angle_is_still_one_and_the_dependence_says_so(theta: float) -> None:
    verdict, fits = judge(sampled_gaussian((101, 101), (50.5, 50.5), (9.0, 4.0), theta), (50.5, 50.5))
    variance = np.array([9.0**2 * np.cos(theta) ** 2, 9.0**2 * np.sin(theta) ** 2]) + 4.0**2 * np.array(
        [np.sin(theta) ** 2, np.cos(theta) ** 2]
    )
    assert verdict == "gaussian"
    assert fits.gaussian.scale == pytest.approx(np.sqrt(variance[::-1]).tolist(), rel=1e-3)
    # Mutual information of a Gaussian: half the logarithm of the marginal variances over the determinant.
    assert fits.dependence == pytest.approx(0.5 * np.log(variance.prod() / (9.0 * 4.0) ** 2), rel=1e-3)
    assert fits.gaussian.kl == pytest.approx(fits.dependence, abs=1e-4)


def test_shapes_of_the_radius_are_judged_by_their_marginals() -> None:
    y, x = np.mgrid[:101, :101] - 50.0
    assert judge(np.exp(-np.hypot(y, x) / 6), (50.5, 50.5))[0] == "laplace"
    assert judge(np.exp(-((np.hypot(y, x) / 30) ** 4)), (50.5, 50.5))[0] == "generalised"


@pytest.mark.parametrize("seed", range(3))
def test_noise_on_every_pixel_does_not_change_the_verdict(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for exponent, expected in ((1, "laplace"), (2, "gaussian"), (4, "generalised")):
        erf = outer(line(101, 50.5, 12, exponent), line(101, 50.5, 12, exponent)) * rng.exponential(size=(101, 101))
        assert judge(erf, (50.5, 50.5))[0] == expected


@pytest.mark.parametrize(
    "erf",
    [
        np.ones((1, 1)),
        np.ones((20, 20)),
        np.pad(np.ones((1, 1)), 6),
        np.pad(np.ones((2, 2)), 6),
        np.eye(15),
        1 - np.pad(np.ones((1, 1)), 6),
        sampled_gaussian((21, 21), (10.5, 10.5), (0.3, 0.3), 0),
    ],
)
def test_a_map_that_does_not_tell_the_shapes_apart_gets_none(erf: Floats) -> None:
    verdict, fits = judge(erf, tuple(n / 2 for n in erf.shape))
    assert verdict is None
    assert ShapeFits.model_validate_json(fits.model_dump_json()) == fits


@pytest.mark.parametrize(
    ("erf", "centre"),
    [
        (conv3_chain(2)[0], (2.5, 2.5)),
        (conv3_chain(4)[0][3:, 2:], (1.5, 2.5)),
        (outer(line(15, 7.5, 3, 1.5), line(14, 7, 4, 1.5)), (7.5, 7.0)),
        (np.random.default_rng(1).random((9, 8)) * outer(line(9, 4.5, 2, 2), line(8, 4, 2, 2)), (4.5, 4.0)),
    ],
    ids=["chain2", "corner", "between", "noisy"],
)
def test_a_general_optimiser_finds_nothing_better(erf: Floats, centre: tuple[float, float]) -> None:
    _, fits = judge(erf, centre)
    for family in ("gaussian", "laplace", "generalised"):
        free = family == "generalised"

        def kl(x: Floats, family: str = family, free: bool = free) -> float:
            return twins.shape_kl(erf, centre, family, np.exp(x[:2]).tolist(), float(np.exp(x[2])) if free else None)

        start = np.array([1.0, 1.0, 0.7] if free else [1.0, 1.0])
        found = minimize(kl, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000})
        ours: ShapeFit = getattr(fits, family)
        assert ours.kl == pytest.approx(found.fun, abs=1e-6)
        assert ours.scale == pytest.approx(np.exp(found.x[:2]).tolist(), rel=2e-3)
        if free:
            assert ours.exponent == pytest.approx(float(np.exp(found.x[2])), rel=2e-3)


def fits_with(gaussian: float, box: float, laplace: float, generalised: float, dependence: float) -> ShapeFits:
    kls = {"gaussian": gaussian, "box": box, "laplace": laplace, "generalised": generalised}
    return ShapeFits(
        **{name: ShapeFit(scale=[1.0, 1.0], exponent=None, kl=kl) for name, kl in kls.items()}, dependence=dependence
    )


@pytest.mark.parametrize(
    ("fits", "expected"),
    [
        (fits_with(0.10, 0.5, 0.2, 0.079, 0.07), "generalised"),
        (fits_with(0.10, 0.5, 0.2, 0.081, 0.07), "gaussian"),  # less than 0.01 nats an axis
        (fits_with(0.10, 0.5, 0.2, 0.060, 0.00), "gaussian"),  # less than half of what is unexplained
        (fits_with(0.10, 0.5, 0.2, 0.040, 0.00), "generalised"),
        (fits_with(0.10, 0.1019, 0.2, 0.10, 0.0), None),
        (fits_with(0.10, 0.1021, 0.2, 0.10, 0.0), "gaussian"),
        (fits_with(0.30, 0.2, 0.4, 0.2, 0.0), "box"),
    ],
)
def test_the_margins(fits: ShapeFits, expected: BestShape | None) -> None:
    assert best_shape(fits) == expected
