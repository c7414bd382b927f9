"""One picture, or one picture of class ids, as the network's input takes it."""

from math import ceil, prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rfengine.errors import BadInput, LimitExceeded
from rfengine.estimators.images import MOST_BYTES, normalised, opened
from rfengine.graph import Shape
from rfengine.tasks.examples import IGNORED

if TYPE_CHECKING:
    from PIL.Image import Image

GREY, COLOURED = 1, 3


def refuse_beyond(count: int, shape: Shape) -> None:
    """Refuse more pictures than memory is meant for, before one is read.

    Raises:
        LimitExceeded: there are.
        BadInput: the network takes neither grey nor coloured pictures.
    """
    size = 4 * count * prod(shape)
    if size > MOST_BYTES:
        raise LimitExceeded(
            f"task folder: {count:,} pictures of {shape[1]} x {shape[2]} px take {size:,} bytes, more than "
            f"{MOST_BYTES:,}; lower examples, or give a smaller input"
        )
    if shape[0] not in (GREY, COLOURED):
        raise BadInput(
            f"task folder: the network takes {shape[0]} channels, and pictures have 1 or 3; change its input"
        )


def read_picture(file: Path, shape: Shape) -> NDArray[np.float32]:
    """A picture [C, H, W], scaled, cut and normalised.

    Raises:
        BadInput: it is no picture; the message names it.
        LimitExceeded: it is too large.
    """
    with opened(_bytes(file), str(file)) as picture:
        converted = picture.convert("L" if shape[0] == GREY else "RGB")
        values = np.atleast_3d(np.asarray(_fitted(converted, shape, smooth=True)))
    return np.asarray(normalised(np.moveaxis(values, 2, 0)[None])[0])


def read_ids(file: Path, label: Path, shape: Shape, classes: int, ignore: int | None) -> NDArray[np.int64]:
    """The class of every pixel [H, W] of a picture, from its picture of ids.

    Raises:
        BadInput: it is no picture or one of colours, its size is another than the picture's, or an id is none of a
            class.
    """
    with opened(_bytes(file), str(file)) as picture:
        size = picture.size
    with opened(_bytes(label), str(label)) as ids:
        if ids.size != size:
            raise BadInput(
                f"task folder: '{label}' is {ids.height} x {ids.width} px, but '{file}' {size[1]} x {size[0]}; save "
                "both in one size"
            )
        if ids.mode not in ("L", "P", "1"):
            raise BadInput(
                f"task folder: '{label}' holds colours ({ids.mode}); save class ids, as a grey picture or by a palette"
            )
        values = np.asarray(ids).astype(np.int64)
        found = np.asarray(_fitted(ids, shape, smooth=False)).astype(np.int64)
    counted = np.ones(values.shape, bool) if ignore is None else values != ignore
    wrong = values[counted & (values >= classes)]
    if wrong.size:
        raise BadInput(
            f"task folder: '{label}' holds the class id {wrong[0]}; allowed: 0 ... {classes - 1}"
            f"{'' if ignore is None else f', and {ignore} for what counts nowhere'}; raise classes or set ignore"
        )
    return found if ignore is None else np.where(found == ignore, IGNORED, found)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise LimitExceeded(f"task folder: '{file}' is larger than {MOST_BYTES:,} bytes; take it away")
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"task folder: '{file}' cannot be read ({error.strerror}); check it, or take it away") from error


def _fitted(picture: "Image", shape: Shape, *, smooth: bool) -> "Image":
    """Scaled until it covers the input, smoothly or by the nearest pixels, and cut about its middle."""
    from PIL.Image import Resampling

    height, width = shape[1:]
    if picture.size == (width, height):
        return picture
    scale = max(height / picture.height, width / picture.width)
    size = (max(width, ceil(scale * picture.width - 1e-6)), max(height, ceil(scale * picture.height - 1e-6)))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return picture.resize(size, Resampling.BILINEAR if smooth else Resampling.NEAREST).crop(
        (left, top, left + width, top + height)
    )
