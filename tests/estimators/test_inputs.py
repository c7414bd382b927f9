"""The images of a run: their statistics, their order, and that seeds decide them."""

import numpy as np
import pytest

from api_schemas.erf import GradientOptions
from rfengine.estimators.inputs import described, pictures, texture
from rfengine.graph import Array


def images(kind: str, *, seed: int = 0, draw: int = 0, count: int = 2) -> list[Array]:
    options = GradientOptions(inputs=kind, images=count, seed=seed)
    return [image.numpy() for image in pictures(options, (3, 32, 48), None, draw=draw)]


@pytest.mark.parametrize("kind", ["noise", "texture"])
def test_seeds_and_draws(kind: str) -> None:
    first, second = images(kind)
    assert (first != second).any()
    assert all((a == b).all() for a, b in zip(images(kind), (first, second), strict=True))
    assert (images(kind, seed=1)[0] != first).any()
    # Draw d has the seed `seed + d`.
    assert (images(kind, draw=1)[0] == images(kind, seed=1)[0]).all()
    assert (images(kind, count=1)[0] == first).all()


def test_noise_is_standard_normal() -> None:
    values = np.concatenate([image.ravel() for image in images("noise", count=40)])
    assert abs(values.mean()) < 0.01
    assert abs(values.std() - 1) < 0.01


def test_texture_has_the_spectrum_of_natural_images() -> None:
    """Amplitude 1/f: the power in a ring of radius f falls with slope -2 in logarithms."""
    made = np.concatenate([texture((3, 128, 128), np.random.default_rng(seed)) for seed in range(8)])
    power = (np.abs(np.fft.fft2(made)) ** 2).mean(0)
    fy, fx = np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128), indexing="ij")
    radius = np.hypot(fy, fx)
    rings = [(0.02, 0.03), (0.05, 0.07), (0.1, 0.14), (0.2, 0.28), (0.35, 0.45)]
    inside = [(radius >= low) & (radius < high) for low, high in rings]
    slope = np.polyfit(*(np.log([each[ring].mean() for ring in inside]) for each in (radius, power)), 1)[0]
    assert slope == pytest.approx(-2, abs=0.1)
    assert np.allclose(made.mean((1, 2)), 0, atol=1e-12)
    assert np.allclose(made.std((1, 2)), 1, rtol=1e-12)


def test_texture_of_other_shapes() -> None:
    random = np.random.default_rng(0)
    assert texture((2, 64), random).shape == (2, 64)
    assert texture((1, 8, 9, 10), random).shape == (1, 8, 9, 10)
    assert (texture((1, 1, 1), random) == 0).all()


def test_channels_are_independent() -> None:
    one, two, _ = texture((3, 256, 256), np.random.default_rng(1))
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.3


def test_words() -> None:
    assert described(GradientOptions(inputs="texture", seed=3), 4) == {
        "kind": "texture",
        "distribution": "1/f amplitude, mean 0, standard deviation 1",
        "images": 4,
        "seed": 3,
    }
