"""YOLO labels: shares to px by the sizes of the pictures, from a folder or the zip of one."""

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfengine.coverage.objects.yolo import _around
from tests.coverage.objects.reading import ids_of, read, refused, same, written
from tests.coverage.objects.test_files import zipped

SIZE: Any = {"image_size": [200, 100]}


def png(path: Path, width: int, height: int) -> None:
    """A picture that is nothing but its header."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    written(folder / "a.txt", "0 0.5 0.5 0.1 0.2\n\n2 0.25 0.5 0.5 1\n")
    written(folder / "deep" / "b.txt", "\ufeff1 0 0 0.5 0 0.5 0.5 0 0.25\r\n")
    written(folder / "c.txt", "")
    written(folder / ".hidden.txt", "nothing")
    return folder


def test_boxes_and_polygons_in_px(labels: Path) -> None:
    table = read(labels, "yolo", **SIZE)
    assert list(table.image_names) == ["a", "c", "deep/b"]
    assert table.image.tolist() == [0, 0, 2]
    assert table.width.tolist() == pytest.approx([20, 100, 100])
    assert table.height.tolist() == pytest.approx([20, 100, 50])
    assert table.x.tolist() == pytest.approx([90, 0, 0])
    assert table.y.tolist() == pytest.approx([40, 0, 0])
    assert list(table.labels) == ["0", "1", "2"]
    assert table.label.tolist() == [0, 2, 1]
    assert ids_of(table) == ["1", "3", "1"]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9))
def test_the_box_around_a_polygon(points: list[tuple[float, float]]) -> None:
    xs, ys = zip(*points, strict=True)
    x, y, width, height = _around(xs, ys)
    assert (x - width / 2, x + width / 2) == pytest.approx((min(xs), max(xs)))
    assert (y - height / 2, y + height / 2) == pytest.approx((min(ys), max(ys)))


def test_a_zip_is_the_same_as_its_folder(labels: Path, tmp_path: Path) -> None:
    packed = zipped(labels, tmp_path / "labels.zip")
    same(read(packed, "yolo", **SIZE), read(labels, "yolo", **SIZE))
    # On a server it lies under a name without a suffix.
    same(read(packed.rename(tmp_path / "objects"), "yolo", **SIZE), read(labels, "yolo", **SIZE))


def test_names_of_classes(labels: Path) -> None:
    given_ = read(labels, "yolo", **SIZE, names=["car", "bus", "person"], categories=["person"])
    assert given_.total == 1
    assert given_.ignored == {"other categories": 2}
    refused(labels, "yolo", "a.txt: row 3: class 2, but there are 2 names", **SIZE, names=["car", "bus"])
    written(labels / "classes.txt", "car\nbus\nperson\n")
    assert list(read(labels, "yolo", **SIZE).labels) == ["car", "bus", "person"]


def test_sizes_of_the_pictures_in_a_folder(labels: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    png(images / "a.png", 640, 480)
    png(images / "deep" / "b.png", 320, 240)
    png(images / "other" / "x.png", 1, 1)
    table = read(labels, "yolo", images=str(images))
    assert list(table.image_names) == ["a.png", "c", "deep/b.png"]
    assert table.width.tolist() == pytest.approx([64, 320, 160])
    assert table.height.tolist() == pytest.approx([96, 480, 120])
    before = table.sha256
    png(images / "a.png", 1640, 480)
    (images / "a.png").write_bytes((images / "a.png").read_bytes() + b"more")
    assert read(labels, "yolo", images=str(images)).sha256 != before


def test_a_data_set_with_labels_and_images_side_by_side(tmp_path: Path) -> None:
    for split, width in (("train", 100), ("valid", 300)):
        written(tmp_path / split / "labels" / "a.txt", "0 0.5 0.5 0.5 0.5")
        png(tmp_path / split / "images" / "a.png", width, 100)
    written(tmp_path / "README.dataset.txt", "no labels")
    table = read(tmp_path, "yolo", images=str(tmp_path))
    assert table.width.tolist() == [50, 150]


def test_pictures_that_are_not_there(labels: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    refused(labels, "yolo", "objects.images", "no such folder", images=str(images))
    images.mkdir()
    refused(labels, "yolo", "no picture in it or below", images=str(images))
    png(images / "a.png", 640, 480)
    refused(labels, "yolo", "deep/b.txt", "no picture 'deep/b'", "image_size", images=str(images))
    assert read(labels, "yolo", images=str(images), **SIZE).width.tolist() == pytest.approx([64, 320, 100])
    png(images / "one" / "b.png", 5, 5)
    png(images / "two" / "b.png", 6, 6)
    refused(labels, "yolo", "deep/b.txt: several pictures", "one/b.png, two/b.png", images=str(images))
    (images / "a.png").write_bytes(b"no picture")
    refused(labels, "yolo", "a.png", "no size in its header", images=str(images))


def test_without_sizes_both_ways_are_named(labels: Path) -> None:
    refused(labels, "yolo", "objects.images", "objects.image_size")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0 320 240 64 48", ["320", "look like px"]),
        ("0 0.5 0.5 0.1 1.2", ["1.2 is no share"]),
        ("0 0.5 0.5 -0.005 0.1", ["-0.005 is a size below 0"]),
        ("0 0.5 0.5 nan 0.1", ["nan is no finite number"]),
        ("0 0.5 0.5 0.1", ["4 columns"]),
        ("0 0.5 0.5 0.1 0.1 0.9", ["6 columns", "confidence"]),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", ["8 columns"]),
        ("car 0.5 0.5 0.1 0.1", ["'car'", "class x y w h"]),
        ("0.5 0.5 0.5 0.1 0.1", ["class 0.5 is no whole number"]),
        ("-1 0.5 0.5 0.1 0.1", ["class -1"]),
        ("99999999999 0.5 0.5 0.1 0.1", ["row 2"]),
        ("inf 0.5 0.5 0.1 0.1", ["row 2"]),
        ("0,0.5,0.5,0.1,0.1", ["row 2"]),
    ],
)
def test_a_bad_row_is_named_with_its_file(row: str, words: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    written(folder / "deep" / "a.txt", f"0 0.5 0.5 0.1 0.1\n{row}\n")
    refused(folder, "yolo", "deep/a.txt: row 2", *words, **SIZE)


def test_rounding_at_the_border_is_no_error(tmp_path: Path) -> None:
    written(tmp_path / "l" / "a.txt", "0 0.5 0.5 1.000001 1\n0 -0.001 0 1.004 0 1 1\n")
    assert read(tmp_path / "l", "yolo", **SIZE).total == 2


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    written(tmp_path / "v" / "a.xml", "<annotation/>")
    refused(tmp_path / "v", "yolo", "looks like voc; write objects.voc", **SIZE)
    (tmp_path / "none").mkdir()
    refused(tmp_path / "none", "yolo", "no .txt file in it or below", **SIZE)
    written(tmp_path / "e" / "a.txt", "")
    refused(tmp_path / "e", "yolo", "no objects in it", **SIZE)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.txt").write_bytes(b"\xff\xfe0\x00")
    refused(tmp_path / "b", "yolo", "a.txt: byte 0: no text in UTF-8", **SIZE)
