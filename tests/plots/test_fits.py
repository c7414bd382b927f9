"""Fits as curves: they are the fitted shapes, at the height that gives the map's own mass."""

from dataclasses import replace

import numpy as np
import pytest

from rfengine import plots
from rfengine.plots.fits import fit_curves, widest_axis
from tests.plots.examples import EXAMPLES, example, legends

DISTANCE = np.arange(0.0, 12.0)


def gaussian(sigma_h: float, sigma_w: float, size: int = 81) -> plots.MeasuredMap:
    d = np.arange(size) - size // 2
    erf = 7.0 * np.exp(-0.5 * (d[:, None] / sigma_h) ** 2 - 0.5 * (d[None, :] / sigma_w) ** 2)
    return example(erf, ((0, size - 1), (0, size - 1)))


def laplace(scale: float, size: int = 81) -> plots.MeasuredMap:
    d = np.abs(np.arange(size) - size // 2)
    return example(np.exp(-d[:, None] / scale - d[None, :] / scale), ((0, size - 1), (0, size - 1)))


@pytest.mark.parametrize(("sigma_h", "sigma_w"), [(4.0, 4.0), (3.0, 6.0), (6.0, 3.0)])
def test_a_gaussian_map_is_met_along_its_widest_axis(sigma_h: float, sigma_w: float) -> None:
    shown = gaussian(sigma_h, sigma_w)
    assert widest_axis(shown) == (0 if sigma_h > sigma_w else 1)
    truth = np.exp(-0.5 * (DISTANCE / max(sigma_h, sigma_w)) ** 2)
    curves = {fit.name: fit for fit in fit_curves(shown)}
    for name in ("least squares", "gaussian", "generalised"):
        np.testing.assert_allclose(curves[name].at(DISTANCE), truth, rtol=2e-3)
    assert [fit.name for fit in curves.values() if fit.is_best] == ["gaussian"]


def test_a_laplace_map_is_met_by_laplace() -> None:
    curves = {fit.name: fit for fit in fit_curves(laplace(3.0))}
    np.testing.assert_allclose(curves["laplace"].at(DISTANCE), np.exp(-DISTANCE / 3.0), rtol=2e-3)
    assert curves["laplace"].is_best
    assert abs(curves["gaussian"].at(np.zeros(1))[0] - 1) > 0.2


def test_a_box_ends_at_half_its_side() -> None:
    box = {fit.name: fit for fit in fit_curves(EXAMPLES["tiny"])}["box"]
    np.testing.assert_allclose(box.at(np.array([0.0, 1.0, 1.4, 1.6])), [1, 1, 1, 0], atol=1e-5)
    assert box.label.startswith("box (best): side 3 px")


def test_every_curve_has_the_mass_of_the_map() -> None:
    """On its own axis: the sum over the canvas of the product of the fitted shapes is the map's sum."""
    shown = EXAMPLES["signal"]
    d = np.abs(np.arange(40) + 0.5 - shown.entry.centre_px[0])
    for fit in fit_curves(shown)[1:]:
        assert fit.at(d).sum() == pytest.approx(shown.relative.sum(), rel=1e-6)


def test_without_fits_none_is_drawn() -> None:
    shown = EXAMPLES["inside"]
    bare = shown.entry.metrics.model_copy(update={"gaussian": None, "shapes": None, "best_shape": None})
    without = replace(shown, entry=shown.entry.model_copy(update={"metrics": bare}))
    assert fit_curves(without) == []
    assert "no shape fits this map" in legends(plots.profile(without))


def test_every_fit_stands_in_the_legend_with_its_size() -> None:
    said = " | ".join(legends(plots.profile(gaussian(4.0, 4.0))))
    for words in ("Gaussian, least squares: σ 4 px, R² 1.0000", "Gaussian (best): σ 4 px", "Laplace: s", "box: side"):
        assert words in said
