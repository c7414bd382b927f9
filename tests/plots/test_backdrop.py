"""What a grid is drawn on when images came with the model: the first of them, whatever its values and channels."""

import numpy as np
import pytest

from rfengine.plots.backdrop import first_picture, own


def test_three_channels_are_a_colour_picture_as_it_is() -> None:
    images = np.random.default_rng(0).random((2, 3, 4, 5)).astype(np.float32)
    shown = first_picture(images)
    assert shown.shape == (4, 5, 3)
    for channel in range(3):
        np.testing.assert_array_equal(shown[:, :, channel], images[0, channel])


@pytest.mark.parametrize("channels", [1, 2, 4, 13])
def test_other_channels_are_their_mean(channels: int) -> None:
    images = np.random.default_rng(1).random((1, channels, 4, 5)).astype(np.float32)
    expected = [[images[0, :, y, x].astype(float).sum() / channels for x in range(5)] for y in range(4)]
    np.testing.assert_allclose(first_picture(images), expected, rtol=1e-12)


def test_values_of_any_range_are_stretched_to_what_can_be_drawn() -> None:
    images = np.random.default_rng(2).normal(3.0, 40.0, (1, 3, 6, 6)).astype(np.float32)
    shown = first_picture(images)
    assert (shown.min(), shown.max()) == (0.0, 1.0)
    assert np.corrcoef(shown.ravel(), np.moveaxis(images[0], 0, -1).ravel())[0, 1] > 1 - 1e-9
    own(shown)


@pytest.mark.parametrize("value", [-5.0, 7.0, 0.5])
def test_one_value_everywhere_can_be_drawn(value: float) -> None:
    own(first_picture(np.full((1, 3, 2, 2), value, np.float32)))
