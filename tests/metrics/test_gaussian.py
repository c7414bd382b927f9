"""The fit against what was drawn, against scipy's least squares, and on maps that have none."""

import math

import numpy as np
import pytest
from scipy.optimize import least_squares

from api_schemas.report import GaussianFit
from rfengine.metrics.gaussian import gaussian_amplitude, gaussian_fit
from rfengine.metrics.plane import Plane
from tests.metrics.maps import Floats, conv3_chain, conv3_profile, sampled_gaussian


def fit(erf: Floats, centre: tuple[float, ...]) -> GaussianFit | None:
    return gaussian_fit(Plane.of(erf, centre))


def twin(erf: Floats, centre: tuple[float, float]) -> tuple[list[float], float]:
    """Sigmas, largest first, and R^2 by scipy's trust region over amplitude and Cholesky factor of P."""
    y, x = np.meshgrid(*(np.arange(n) + 0.5 - c for n, c in zip(erf.shape, centre, strict=True)), indexing="ij")

    def residual(p: Floats) -> Floats:
        a, l11, l21, l22 = p
        return (erf - a * np.exp(-0.5 * ((l11 * y + l21 * x) ** 2 + (l22 * x) ** 2))).ravel()

    best = min(
        (least_squares(residual, [erf.max(), s, 0.0, s], xtol=1e-13, ftol=1e-13, gtol=1e-13) for s in (1.0, 0.3, 0.1)),
        key=lambda found: found.cost,
    )
    _, l11, l21, l22 = best.x
    root = np.array([[l11, l21], [0, l22]])
    sigmas = np.sqrt(np.linalg.eigvalsh(np.linalg.inv(root.T @ root)))[::-1]
    return sigmas.tolist(), 1 - 2 * best.cost / float(((erf - erf.mean()) ** 2).sum())


@pytest.mark.parametrize("theta", [0.0, 0.4, -0.7, math.pi / 2])
def test_a_sampled_gaussian_is_found_exactly(theta: float) -> None:
    erf = 3.0 * sampled_gaussian((50, 60), (24.5, 31.0), (6.0, 2.5), theta)
    found = fit(erf, (24.5, 31.0))
    assert found is not None
    assert found.sigma == pytest.approx([6.0, 2.5], rel=1e-6)
    assert math.cos(2 * (found.theta - theta)) == pytest.approx(1)
    assert found.r2 == pytest.approx(1)
    assert gaussian_amplitude(erf, (24.5, 31.0), found) == pytest.approx(3.0)


def box() -> Floats:
    erf = np.zeros((24, 24))
    erf[8:15, 6:17] = 1
    return erf


def laplace() -> Floats:
    y, x = np.meshgrid(np.arange(41) - 20, np.arange(41) - 20, indexing="ij")
    return np.exp(-np.hypot(y, x) / 3)


def peaked() -> Floats:
    """A narrow peak on broad flanks: two minima."""
    return sampled_gaussian((41, 41), (20.5, 20.5), (1.0, 1.0), 0) + 0.4 * sampled_gaussian(
        (41, 41), (20.5, 20.5), (7.0, 6.0), 0.5
    )


@pytest.mark.parametrize(
    ("erf", "centre"),
    [
        (conv3_chain(10)[0], (10.5, 10.5)),
        (conv3_chain(2)[0], (2.5, 2.5)),
        (box(), (11.5, 11.5)),
        (laplace(), (20.5, 20.5)),
        (peaked(), (20.5, 20.5)),
        (np.abs(np.random.default_rng(0).normal(size=(21, 21))) * conv3_chain(10)[0], (10.5, 10.5)),
        (conv3_chain(10)[0][8:, 8:], (2.5, 2.5)),
    ],
    ids=["chain10", "chain2", "box", "laplace", "peaked", "noisy", "corner"],
)
def test_the_fit_is_the_least_squares_one(erf: Floats, centre: tuple[float, float]) -> None:
    found = fit(erf, centre)
    sigmas, r2 = twin(erf, centre)
    assert found is not None
    assert found.r2 == pytest.approx(r2, abs=1e-7)
    assert found.sigma == pytest.approx(sigmas, rel=1e-3)


def test_r2_tells_a_gaussian_from_what_is_not() -> None:
    shapes = [fit(conv3_chain(10)[0], (10.5, 10.5)), fit(laplace(), (20.5, 20.5)), fit(box(), (11.5, 11.5))]
    r2 = [found.r2 for found in shapes if found is not None]
    assert r2[0] > 0.999 > r2[1] > r2[2] > 0.7


def test_one_and_three_axes() -> None:
    line = conv3_profile(10)
    assert (flat := fit(line, (10.5,))) is not None
    assert len(flat.sigma) == 1
    assert flat.theta == 0
    solid = np.einsum("i,j,k->ijk", conv3_profile(4), conv3_profile(6), line)
    assert (found := fit(solid, (4.5, 6.5, 10.5))) is not None
    assert found.sigma == pytest.approx(sorted(((2 * n / 3) ** 0.5 for n in (4, 6, 10)), reverse=True), rel=0.06)


@pytest.mark.parametrize(
    "erf",
    [
        np.ones((1, 1)),
        np.ones((2, 2)),
        np.ones((3, 3)),
        np.ones((20, 20)),
        np.eye(9)[4:5],
        np.ones((1, 9)),
        np.pad(np.ones((1, 1)), 6),
        np.pad(np.ones((1, 9)), 4),
        np.pad(np.ones((1, 1)), 6) + 1e-9,
        np.eye(15),
        1 - np.pad(np.ones((1, 1)), 6),
        np.add.outer((np.arange(13) - 6.0) ** 2, (np.arange(13) - 6.0) ** 2),
    ],
)
def test_a_map_that_has_no_gaussian_gets_none(erf: Floats) -> None:
    assert fit(erf, tuple(n / 2 for n in erf.shape)) is None


def test_three_by_three_ones_on_a_canvas_is_fitted_though_badly() -> None:
    found = fit(np.pad(np.ones((3, 3)), 8), (9.5, 9.5))
    assert found is not None
    assert found.r2 < 0.95
