"""Rounding to small floats in torch against the types themselves, on every float16 and on numbers of all sizes."""

import ml_dtypes
import numpy as np
import pytest
import torch

from rfengine.graph import Array
from rfengine.ops import small_floats


@pytest.fixture(scope="module")
def numbers() -> Array:
    random = np.random.default_rng(0)
    patterns = random.integers(0, 2**32, 50_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    every_half = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)
    return np.concatenate([patterns, every_half, np.asarray([464, 465, 248, 61440, 1e9, -np.inf], np.float32)])


@pytest.mark.parametrize("saturate", [True, False])
@pytest.mark.parametrize("name", sorted(small_floats.NAMES))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_rounding_gives_the_values_of_the_type(name: str, saturate: bool, numbers: Array):
    dtype = np.dtype(getattr(ml_dtypes, name))
    ours = small_floats.rounded(torch.from_numpy(numbers), dtype, saturate=saturate).numpy()
    truth = small_floats.rounded_array(numbers, dtype, saturate=saturate).astype(np.float32)
    np.testing.assert_array_equal(ours, truth)


@pytest.mark.parametrize("saturate", [True, False])
@pytest.mark.parametrize("mode", ["up", "down", "nearest"])
def test_powers_of_two_are_those_of_the_type(mode: str, saturate: bool, numbers: Array):
    magnitudes = np.abs(numbers)
    ours = small_floats.powers_of_two(torch.from_numpy(magnitudes), saturate=saturate, mode=mode).numpy()
    dtype = np.dtype(ml_dtypes.float8_e8m0fnu)
    truth = small_floats.rounded_array(magnitudes, dtype, saturate=saturate, mode=mode).astype(np.float32)
    np.testing.assert_array_equal(ours, truth)
