"""What lies under a picture: the caller's own image, or a texture that resembles none and all of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfengine.errors import BadInput

Floats = NDArray[np.float64]

LARGEST = 512
SEED = 7
# Light greys, so that coloured lines and dots stand out.
DARKEST, LIGHTEST = 0.68, 0.97


def read_picture(path: Path) -> Floats:
    """An image file as values 0 to 1, height x width (grey) or height x width x 3.

    Raises:
        BadInput: it cannot be read as an image.
    """
    from matplotlib.image import imread

    try:
        return own(imread(path))
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"image {path}: cannot be read as a picture ({error})") from error


def texture(canvas: Sequence[int]) -> Floats:
    """A grey texture of a canvas (height, width), values 0 to 1: amplitudes fall as 1/f, as in natural images.

    Field (1987), "Relations between the statistics of natural images and the response properties of cortical cells".
    """
    scale = min(1.0, LARGEST / max(canvas))
    height, width = (max(1, round(n * scale)) for n in canvas)
    noise = np.random.default_rng(SEED).standard_normal((height, width))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = np.inf
    filtered = np.fft.irfft2(np.fft.rfft2(noise) / frequency, s=(height, width))
    rank = np.argsort(np.argsort(filtered, axis=None)).reshape(height, width) / max(height * width - 1, 1)
    return np.asarray(DARKEST + (LIGHTEST - DARKEST) * rank)


def first_picture(images: NDArray[Any]) -> Floats:
    """The first of n images [n, C, H, W] as values 0 to 1, height x width x 3, or grey unless there are three channels.

    Images prepared for a network may have any values; they are stretched to 0 to 1.
    """
    channels = np.asarray(images[0], np.float64)
    pixels = np.moveaxis(channels, 0, -1) if len(channels) == 3 else channels.mean(axis=0)
    least, most = float(pixels.min()), float(pixels.max())
    if least >= 0 and most <= 1:
        return pixels
    return (pixels - least) / max(most - least, np.finfo(np.float64).tiny)


def own(picture: NDArray[Any]) -> Floats:
    """A caller's image as values 0 to 1, height x width (grey) or height x width x 3.

    Raises:
        BadInput: another shape, or values that are neither bytes nor 0 to 1.
    """
    array = np.asarray(picture)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise BadInput(f"image of shape {list(array.shape)}: expected height x width, or height x width x 3")
    if array.dtype == np.uint8:
        array = array / 255
    elif not (np.issubdtype(array.dtype, np.floating) or array.dtype == np.bool_):
        raise BadInput(f"image of type {array.dtype}: expected bytes (uint8), or floats from 0 to 1")
    found = np.asarray(array, np.float64)[..., :3] if array.ndim == 3 else np.asarray(array, np.float64)
    if not (np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1):
        raise BadInput(f"image with values {found.min():g} to {found.max():g}: expected floats from 0 to 1")
    return found
