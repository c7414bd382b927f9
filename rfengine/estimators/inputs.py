"""The images that gradients are averaged over: noise, a texture with the spectrum of natural images, or given ones.

All are made on the CPU, for the whole image, one after the other from a seed: whatever the device, the dtype of the
run, the batch and the part of the image that is used, image m is the same.

    noise     every value standard normal
    texture   F^-1[ F[w] / |f| ], w standard normal noise, f the frequency vector in cycles per pixel, the zero
              frequency left out; then, per channel, mean 0 and standard deviation 1. Natural images have this amplitude
              spectrum (Field 1987, https://doi.org/10.1364/JOSAA.4.002379). Channels are independent.
    given     as they are
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from api_schemas.erf import GradientOptions
from rfengine.errors import BadInput, BadShape
from rfengine.graph import Array, Shape

if TYPE_CHECKING:
    from torch import Tensor


def count(options: GradientOptions, given: Array | None) -> int:
    """How many images there are.

    Raises:
        BadInput: given ones are asked for and there are none.
    """
    if options.inputs != "given":
        return options.images
    if given is None or not len(given):
        raise BadInput(
            "gradient: inputs is 'given', but no images came with the model; send some (--images), "
            "or set inputs to 'noise' or 'texture'"
        )
    return min(options.images, len(given))


def check_given(images: Array, name: str, shape: Shape) -> None:
    """Compare given images to the input that takes them, [N, C, spatial ...].

    Raises:
        BadShape: they do not fit; the message names both shapes.
        BadInput: a value is NaN or infinite.
    """
    if images.shape[1:] != shape[1:]:
        one, wanted = list(images.shape[1:]), list(shape[1:])
        mend = (
            f"set input_shape to {[1, *one]}, or scale the images to {wanted[1:]}"
            if one[:1] == wanted[:1] and len(one) == len(wanted)
            else f"send images with {wanted[0]} channels"
        )
        raise BadShape(f"images have the shape {one} each, but the input '{name}' takes {wanted}; {mend}")
    bad = np.flatnonzero(~np.isfinite(images).reshape(len(images), -1).all(1))
    if len(bad):
        raise BadInput(f"image {bad[0]} of {len(images)} holds NaN or infinity; send images with finite values")


def pictures(options: GradientOptions, shape: Shape, given: Array | None, *, draw: int) -> "Iterator[Tensor]":
    """The images for one draw of the weights, float32 or float64; noise and textures differ from draw to draw.

    Args:
        options: what they are, how many, and their seed; draw d has the seed `seed + d`.
        shape: of one image, [C, spatial ...].
        given: [n, C, spatial ...].
        draw: number of the draw.
    """
    import torch

    if options.inputs == "given":
        assert given is not None, "counting them has refused this"
        yield from (torch.from_numpy(np.asarray(image, np.float64)) for image in given[: options.images])
    elif options.inputs == "texture":
        random = np.random.default_rng(options.seed + draw)
        yield from (torch.from_numpy(texture(shape, random)) for _ in range(options.images))
    else:
        generator = torch.Generator().manual_seed(options.seed + draw)
        for _ in range(options.images):
            yield torch.randn(shape, generator=generator)


def texture(shape: Shape, random: np.random.Generator) -> Array:
    """One image [C, spatial ...] whose amplitude falls as 1/f; mean 0 and standard deviation 1 per channel.

    A single pixel has no frequency but zero: it is 0.
    """
    size = shape[1:]
    axes = tuple(range(1, len(shape)))
    frequencies = np.meshgrid(*(np.fft.fftfreq(n) for n in size), indexing="ij")
    radius = np.sqrt(sum(f**2 for f in frequencies))
    amplitude = np.divide(1.0, radius, out=np.zeros(size), where=radius > 0)
    image = np.fft.ifftn(np.fft.fftn(random.standard_normal(shape), axes=axes) * amplitude, axes=axes).real
    spread = image.std(axes, keepdims=True)
    return np.asarray((image - image.mean(axes, keepdims=True)) / np.where(spread > 0, spread, 1.0))


def described(options: GradientOptions, images: int) -> dict[str, Any]:
    """The images in words, for the report."""
    if options.inputs == "given":
        return {"kind": "given", "images": images}
    distribution = {"noise": "standard normal", "texture": "1/f amplitude, mean 0, standard deviation 1"}
    return {
        "kind": options.inputs,
        "distribution": distribution[options.inputs],
        "images": images,
        "seed": options.seed,
    }
