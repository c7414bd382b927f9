"""Images that come with a model: a PNG or JPEG picture, a zip of several, or an .npz with one array.

What comes out is float32, [n, C, H, W]. Bytes (pictures, and arrays of uint8) become (v / 255 - 0.5) / 0.25: about the
range that networks are trained on, whose usual channel means are 0.41 to 0.49 and deviations 0.22 to 0.23. Floats are
taken as they are: prepare the images as the network wants them and send an .npz where that matters.

The file is a stranger's: how much it unpacks to is counted before it is unpacked, and while it is.
"""

import io
import math
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rfengine.errors import BadInput, LimitExceeded, MissingExtra

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_IMAGES = 1024
MOST_BYTES = 1 << 30  # unpacked, as float32
MOST_PIXELS = 1 << 24  # of one picture
MOST_HEADER = 1 << 16  # bytes before the values of an array
SUFFIXES = (".png", ".jpg", ".jpeg")
PICTURE = (b"\x89PNG", b"\xff\xd8\xff")  # how they begin
KEY = "images"
MIDDLE, SPREAD = 0.5, 0.25
RANK, CHANNELS = 4, (1, 3, 4)

Images = NDArray[np.float32]


def load_images(data: bytes) -> Images:
    """The images of a file, [n, C, H, W].

    Args:
        data: the bytes of an .npz with an array [n, C, H, W] or [n, H, W, C] (1, 3 or 4 channels) under `images` or
            its only name, of floats or uint8; of a zip of PNG or JPEG pictures of one size, in the order of their
            names: grey when all of them are, else RGB; or of a single picture.

    Raises:
        BadInput: it is neither, or an image is not as it should be.
        LimitExceeded: there are too many images, or they unpack to too much.
        MissingExtra: pictures cannot be read without the extra 'plots'.
    """
    if data.startswith(PICTURE):
        return normalised(np.moveaxis(_decoded(data, "the picture")[None], 3, 1))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            arrays = [info for info in members if info.filename.endswith(".npy")]
            if arrays:
                return normalised(_channels_first(_array(archive, arrays)))
            return normalised(_pictures(archive, members))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadInput(f"images: the file cannot be unpacked ({error}); send an .npz, or pictures in a zip") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """One member, unpacked to at most so many bytes, whatever the archive says of its size."""
    _refuse_beyond(info.file_size, most, f"'{info.filename}'")
    with archive.open(info) as member:
        found = member.read(most + 1)
    _refuse_beyond(len(found), most, f"'{info.filename}'")
    return found


def _refuse_beyond(size: int, most: int, what: str) -> None:
    if size > most:
        raise LimitExceeded(
            f"images: {what} unpacks to {size:,} bytes, more than {most:,}; send fewer or smaller images"
        )


def _refuse_more_images(count: int) -> None:
    if count > MOST_IMAGES:
        raise LimitExceeded(f"images: {count:,} of them, more than {MOST_IMAGES:,}; send fewer")


def _array(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> NDArray[Any]:
    """The array of an .npz; its header is judged before its values are unpacked."""
    named = [info for info in members if info.filename == f"{KEY}.npy"] or members
    if len(named) != 1:
        names = ", ".join(info.filename.removesuffix(".npy") for info in members[:5])
        raise BadInput(f"images: the .npz holds several arrays ({names}); name the one with the images '{KEY}'")
    with archive.open(named[0]) as member:
        try:
            version = np.lib.format.read_magic(member)
            reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            shape, _, dtype = reader[version](member)
        except (ValueError, KeyError) as error:
            raise BadInput(f"images: '{named[0].filename}' is no array of numpy's ({error})") from error
    if dtype.kind != "f" and dtype != np.uint8:
        raise BadInput(f"images: the array holds {dtype}; send floats, or bytes (uint8)")
    if len(shape) != RANK or 0 in shape:
        raise BadInput(f"images: the array has the shape {list(shape)}; expected [n, C, H, W] or [n, H, W, C]")
    _refuse_more_images(shape[0])
    _refuse_beyond(4 * math.prod(shape), MOST_BYTES, "the array")
    packed = _read(archive, named[0], math.prod(shape) * dtype.itemsize + MOST_HEADER)
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(packed), allow_pickle=False))
    except ValueError as error:
        raise BadInput(f"images: '{named[0].filename}' is cut short ({error}); save it again") from error


def _channels_first(images: NDArray[Any]) -> NDArray[Any]:
    """[n, C, H, W] from that or from [n, H, W, C]: channels are 1, 3 or 4; of two such axes the first."""
    if images.shape[1] not in CHANNELS and images.shape[3] in CHANNELS:
        return np.moveaxis(images, 3, 1)
    return images


def _pictures(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> NDArray[Any]:
    """Pictures as bytes [n, C, H, W]."""
    found = sorted((m for m in members if _is_picture(m.filename)), key=lambda m: m.filename)
    if not found:
        raise BadInput("images: the zip holds no picture (.png, .jpg, .jpeg) and no array (.npy); send one of them")
    _refuse_more_images(len(found))
    pictures: list[NDArray[Any]] = []
    for info in found:
        picture = _decoded(_read(archive, info, MOST_BYTES), info.filename)
        if pictures and picture.shape[:2] != pictures[0].shape[:2]:
            one, other = picture.shape[:2], pictures[0].shape[:2]
            raise BadInput(
                f"images: '{info.filename}' is {one[0]} x {one[1]} px, '{found[0].filename}' {other[0]} x {other[1]}; "
                "send pictures of one size"
            )
        pictures.append(picture)
        _refuse_beyond(4 * sum(p.size for p in pictures), MOST_BYTES, "the zip")
    grey = all(picture.shape[2] == 1 for picture in pictures)
    same = [picture if grey or picture.shape[2] > 1 else np.repeat(picture, 3, axis=2) for picture in pictures]
    return np.moveaxis(np.stack(same), 3, 1)


def _is_picture(name: str) -> bool:
    """Whether a member is a picture; macOS adds files of its own to zips."""
    return name.lower().endswith(SUFFIXES) and not name.startswith("__MACOSX/")


def _decoded(packed: bytes, name: str) -> NDArray[Any]:
    """A picture, height x width x 1 or 3, bytes."""
    with opened(packed, name) as picture:
        mode = "L" if picture.mode in ("1", "L", "I;16") else "RGB"
        return np.atleast_3d(np.asarray(picture.convert(mode)))


@contextmanager
def opened(packed: bytes, name: str) -> "Iterator[Image]":
    """A picture from its bytes, of a size that may be unpacked; what reads it reads it inside.

    Raises:
        BadInput: it is no PNG or JPEG, or cut short; the message says its name.
        LimitExceeded: it has too many pixels.
        MissingExtra: pictures cannot be read without the extra 'plots'.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra.named("plots", "reading pictures") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is judged below
            with Image.open(io.BytesIO(packed), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    pixels = picture.width * picture.height
                    raise LimitExceeded(
                        f"images: '{name}' has {pixels:,} pixels, more than {MOST_PIXELS:,}; scale it down"
                    )
                yield picture
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(
            f"images: '{name}' cannot be read as a PNG or JPEG ({error}); save it again, or leave it out"
        ) from error


def normalised(images: NDArray[Any]) -> Images:
    """Images as float32: bytes in the range that networks are trained on, floats as they are.

    Raises:
        BadInput: one is not finite.
    """
    if images.dtype == np.uint8:
        return (images.astype(np.float32) / np.float32(255) - np.float32(MIDDLE)) / np.float32(SPREAD)
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(images, np.float32)
    bad = np.flatnonzero(~np.isfinite(found).reshape(len(found), -1).all(1))
    if len(bad):
        raise BadInput(f"images: image {bad[0]} holds NaN, infinity, or a number that float32 cannot hold")
    return found
