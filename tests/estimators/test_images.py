"""Files of images, good and hostile."""

import io
import zipfile
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rfengine.errors import BadInput, LimitExceeded
from rfengine.estimators import images
from rfengine.estimators.images import load_images

RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (2, 5, 7, 3), np.uint8)


def npz(**arrays: Any) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    return packed.getvalue()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def picture(pixels: Any, kind: str = "PNG") -> bytes:
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, kind)
    return packed.getvalue()


def test_floats_are_taken_as_they_are() -> None:
    values = RANDOM.standard_normal((2, 3, 5, 7)).astype(np.float32)
    assert (load_images(npz(images=values)) == values).all()
    assert (load_images(npz(anything=values)) == values).all()
    assert (load_images(npz(images=values, labels=np.zeros(2))) == values).all()
    assert np.allclose(load_images(npz(x=values.astype(np.float64))), values)
    assert (load_images(npz(x=np.asfortranarray(values))) == values).all()


def test_bytes_are_scaled() -> None:
    expected = (np.moveaxis(BYTES, 3, 1) / 255 - 0.5) / 0.25
    found = load_images(npz(images=BYTES))
    assert found.dtype == np.float32
    assert found.shape == (2, 3, 5, 7)
    assert np.allclose(found, expected, atol=1e-6)
    assert np.allclose(load_images(npz(images=np.moveaxis(BYTES, 3, 1))), expected, atol=1e-6)


def test_pictures_are_the_same_bytes() -> None:
    data = zipped(**{"b.png": picture(BYTES[1]), "a.PNG": picture(BYTES[0]), "__MACOSX/a.png": b"", "notes.txt": b"x"})
    assert np.allclose(load_images(data), load_images(npz(images=BYTES)))


def test_grey_pictures_have_one_channel_unless_others_are_in_colour() -> None:
    grey = BYTES[0, :, :, 0]
    assert load_images(zipped(**{"a.png": picture(grey)})).shape == (1, 1, 5, 7)
    mixed = load_images(zipped(**{"a.png": picture(grey), "b.png": picture(BYTES[1])}))
    assert mixed.shape == (2, 3, 5, 7)
    assert (mixed[0, 0] == mixed[0, 2]).all()


def test_a_single_picture_is_the_zip_of_it() -> None:
    for pixels in (BYTES[0], BYTES[0, :, :, 0]):
        assert (load_images(picture(pixels)) == load_images(zipped(**{"a.png": picture(pixels)}))).all()
    assert load_images(picture(BYTES[0], "JPEG")).shape == (1, 3, 5, 7)
    for broken in (picture(BYTES[0])[:30], b"\xff\xd8\xff\xe0 and nothing"):
        with pytest.raises(BadInput, match="'the picture' cannot be read as a PNG or JPEG"):
            load_images(broken)


def test_a_single_picture_that_is_small_in_the_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_PIXELS", 34)
    with pytest.raises(LimitExceeded, match="'the picture' has 35 pixels"):
        load_images(picture(BYTES[0]))


def test_jpeg() -> None:
    flat = np.full((16, 16, 3), 128, np.uint8)
    assert np.allclose(load_images(zipped(**{"a.jpg": picture(flat, "JPEG")})), (128 / 255 - 0.5) / 0.25, atol=0.05)


def truncated(data: bytes, name: str = "images.npy") -> bytes:
    """The array of an .npz without its last bytes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped(**{name: archive.read(name)[:-9]})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cannot be unpacked"),
        (b"PK\x03\x04 and nothing", "cannot be unpacked"),
        (zipped(**{"readme.txt": b"x"}), "holds no picture"),
        (zipped(**{"a.png": b"no picture"}), "'a.png' cannot be read as a PNG or JPEG"),
        (zipped(**{"a.png": picture(BYTES[0], "GIF")}), "'a.png' cannot be read as a PNG or JPEG"),
        (zipped(**{"a.png": picture(BYTES[0])[:60]}), "'a.png' cannot be read as a PNG or JPEG"),
        (zipped(**{"a.png": picture(BYTES[0]), "b.png": picture(BYTES[0, 1:])}), "'b.png' is 4 x 7 px, 'a.png' 5 x 7"),
        (npz(a=BYTES, b=BYTES), r"several arrays \(a, b\)"),
        (npz(images=BYTES[0]), r"shape \[5, 7, 3\]"),
        (npz(images=BYTES[:0]), r"shape \[0, 5, 7, 3\]"),
        (npz(images=BYTES.astype(np.int64)), "holds int64"),
        (npz(images=np.asarray([[[[{"pickled": 1}]]]], object)), "holds object"),
        (npz(images=np.full((2, 1, 2, 2), np.nan)), "image 0 holds NaN"),
        (npz(images=np.full((2, 1, 2, 2), 1e300)), "image 0 holds .* a number that float32 cannot hold"),
        (truncated(npz(images=BYTES)), "cut short"),
        (zipped(**{"images.npy": b"\x93NUMPY\x07\x00"}), "no array of numpy's"),
        (zipped(**{"images.npy": b"nothing"}), "no array of numpy's"),
    ],
)
def test_what_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        load_images(data)


def test_an_array_that_says_it_is_large() -> None:
    """Eighty bytes that ask for 12 TB: refused by the header, before anything is unpacked."""
    header = io.BytesIO()
    shape = (1000, 3, 1 << 16, 1 << 16)
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with pytest.raises(LimitExceeded, match="the array unpacks to"):
        load_images(zipped(**{"images.npy": header.getvalue()}))


def test_a_member_that_unpacks_to_more_than_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 1 << 20)
    bomb = zipped(**{"a.png": bytes(1 << 21)})
    assert len(bomb) < 1 << 12
    with pytest.raises(LimitExceeded, match=r"'a\.png' unpacks to 2,097,152 bytes"):
        load_images(bomb)
    # The archive's own word on its size is not believed.
    lying = bomb.replace((1 << 21).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    with pytest.raises(BadInput):
        load_images(lying)


def test_a_picture_that_is_small_in_the_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_PIXELS", 1000)
    data = zipped(**{"a.png": picture(np.zeros((40, 40, 3), np.uint8))})
    with pytest.raises(LimitExceeded, match=r"'a\.png' has 1,600 pixels"):
        load_images(data)


def test_a_header_that_promises_a_huge_picture() -> None:
    """A PNG whose header says 100,000 x 100,000, in a few hundred bytes."""
    small = picture(BYTES[0])
    header = b"IHDR" + (100_000).to_bytes(4, "big") * 2 + small[24:29]
    data = small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]
    with pytest.raises(BadInput, match=r"a\.png"):
        load_images(zipped(**{"a.png": data}))


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_IMAGES", 1)
    with pytest.raises(LimitExceeded, match="2 of them, more than 1"):
        load_images(npz(images=BYTES))
    with pytest.raises(LimitExceeded, match="2 of them, more than 1"):
        load_images(zipped(**{"a.png": picture(BYTES[0]), "b.png": picture(BYTES[1])}))


def test_all_pictures_together_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 600)
    with pytest.raises(LimitExceeded, match="the zip unpacks to 840 bytes"):
        load_images(zipped(**{"a.png": picture(BYTES[0]), "b.png": picture(BYTES[1])}))
