"""Pictures on disk: what is read, in which order and size, what is refused, and who may read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from api_schemas.tasks import Folder
from rfengine.errors import BadInput, LimitExceeded
from rfengine.folders import VARIABLE, anywhere, permitted
from rfengine.tasks import IGNORED, Examples, examples_of

SHAPE = (3, 8, 8)


@pytest.fixture(autouse=True)
def _mine() -> Iterator[None]:
    with anywhere():
        yield


def picture(file: Path, values: np.ndarray, mode: str | None = None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    found = Image.fromarray(values.astype(np.uint8))
    (found if mode is None else found.convert(mode)).save(file)


def fill(file: Path, value: int, size: tuple[int, int] = (8, 8)) -> None:
    picture(file, np.full((*size, 3), value))


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Three classes; the value of a picture says which."""
    for label, name in enumerate(("ant", "bee", "cat")):
        for number in range(6):
            fill(tmp_path / name / f"{number}.png", 50 * label + number)
    (tmp_path / "notes.txt").write_text("not a class")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.fixture
def segments(tmp_path: Path) -> Path:
    for number in range(4):
        fill(tmp_path / "images" / f"{number}.jpg", 40 * number, (6, 12))
        ids = np.zeros((6, 12))
        ids[:, 6:] = 1 + number % 2
        ids[0] = 255
        picture(tmp_path / "labels" / f"{number}.png", ids)
    return tmp_path


def read(folder: Path, count: int = 100, shape: tuple[int, ...] = SHAPE, seed: int = 0, **options: object) -> Examples:
    return examples_of(Folder.model_validate({"path": str(folder), **options}), shape, count, seed=seed)


def bytes_of(images: torch.Tensor) -> list[int]:
    """The grey of uniform pictures, as it was saved."""
    return [round(float(value)) for value in (images.mean((1, 2, 3)) * 0.25 + 0.5) * 255]


def test_a_folder_per_class(classes: Path) -> None:
    found = read(classes)
    assert found.names == ("ant", "bee", "cat")
    assert found.images.shape == (18, *SHAPE)
    assert not found.dense
    assert [50 * label + number for label in range(3) for number in range(6)] == bytes_of(found.images)
    assert found.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 6


def test_of_more_pictures_than_wanted_as_many_of_each_class(classes: Path) -> None:
    fill(classes / "ant" / "more.png", 9)
    first, again, other = read(classes, 9), read(classes, 9), read(classes, 9, seed=1)
    assert torch.bincount(first.labels).tolist() == [3, 3, 3]
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)


def test_grey_networks_and_coloured_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "0.png", np.broadcast_to([255, 0, 0], (8, 8, 3)))
    picture(tmp_path / "b" / "0.png", np.full((8, 8), 100))
    grey, coloured = read(tmp_path, shape=(1, 8, 8)), read(tmp_path)
    assert bytes_of(grey.images) == [76, 100]  # ITU-R 601: 0.299 of the red
    assert [round(float(v)) for v in (coloured.images[0].mean((1, 2)) * 0.25 + 0.5) * 255] == [255, 0, 0]
    with pytest.raises(BadInput, match=r"takes 2 channels, and pictures have 1 or 3; change its input"):
        read(tmp_path, shape=(2, 8, 8))


def test_scaled_to_cover_and_cut_about_the_middle(tmp_path: Path) -> None:
    wide = np.zeros((16, 48, 3))
    wide[:, 14:34] = 200  # and a little more, which smoothing reads
    for name in "ab":
        picture(tmp_path / name / "0.png", wide)
    found = read(tmp_path)
    assert found.images.shape == (2, *SHAPE)
    assert set(bytes_of(found.images)) == {200}, "the middle third alone"


def test_label_pictures(segments: Path) -> None:
    found = read(segments, classes=3, shape=(3, 6, 12))
    assert found.dense
    assert found.names == ("0", "1", "2")
    assert found.labels.shape == (4, 6, 12)
    assert found.labels[1, 1].tolist() == [0] * 6 + [2] * 6
    assert found.labels[:, 0].unique().tolist() == [IGNORED]
    assert found.images[2].mean() > found.images[1].mean()


def test_label_pictures_are_cut_like_their_pictures_and_never_blended(segments: Path) -> None:
    found = read(segments, classes=3, shape=(3, 12, 12))
    assert found.labels.shape == (4, 12, 12)
    assert found.labels[1, 6].tolist() == [0] * 6 + [2] * 6
    assert set(found.labels.unique().tolist()) == {IGNORED, 0, 1, 2}


def test_a_palette_gives_ids_and_not_colours(segments: Path) -> None:
    ids = Image.fromarray(np.full((6, 12), 2, np.uint8), mode="P")
    ids.putpalette([0, 0, 0, 9, 9, 9, 250, 10, 10])
    ids.save(segments / "labels" / "0.png")
    assert read(segments, classes=3, shape=(3, 6, 12)).labels[0].unique().tolist() == [2]


def broken(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n and no more")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda f: broken(f, "bee/1.png"),
            r"bee/1\.png' cannot be read as a PNG or JPEG .*; save it again, or leave it out",
        ),
        (lambda f: [p.unlink() for p in f.glob("[bc]*/*.png")], r"the single class 'ant'.*add a folder with pictures"),
        (lambda f: [p.unlink() for p in f.glob("*/*.png")], r"holds no pictures .*make a folder per class, or images/"),
    ],
    ids=["unreadable", "single", "empty"],
)
def test_class_folders_that_are_not_as_they_should_be(spoil: object, says: str, classes: Path) -> None:
    spoil(classes)  # type: ignore[operator]
    with pytest.raises(BadInput, match=says):
        read(classes)


@pytest.mark.parametrize(
    ("spoil", "options", "says"),
    [
        (
            lambda f: picture(f / "labels" / "2.png", np.zeros((6, 11))),
            {"classes": 3},
            r"labels/2\.png' is 6 x 11 px, but '.*images/2\.jpg' 6 x 12; save both in one size",
        ),
        (None, {"classes": 2}, r"labels/1\.png' holds the class id 2; allowed: 0 \.\.\. 1, and 255 .*; raise classes"),
        (None, {"classes": 3, "ignore": None}, r"the class id 255; allowed: 0 \.\.\. 2; raise classes or set ignore"),
        (None, {}, r"has label pictures; say with classes how many ids"),
        (
            lambda f: (f / "labels" / "3.png").unlink(),
            {"classes": 3},
            r"'3\.jpg' has no '.*labels/3\.png'; add its picture of class ids, or take it away",
        ),
        (
            lambda f: picture(f / "labels" / "0.png", np.zeros((6, 12, 3))),
            {"classes": 3},
            r"labels/0\.png' holds colours \(RGB\); save class ids",
        ),
        (
            lambda f: [picture(p, np.ones((6, 12))) for p in sorted((f / "labels").iterdir())],
            {"classes": 3},
            r"hold class 1 alone; there is nothing to tell apart",
        ),
        (lambda f: broken(f, "images/1.jpg"), {"classes": 3}, r"images/1\.jpg' cannot be read as a PNG or JPEG"),
        (lambda f: broken(f, "labels/1.png"), {"classes": 3}, r"labels/1\.png' cannot be read as a PNG or JPEG"),
        (
            lambda f: [p.unlink() for p in (f / "images").iterdir()],
            {"classes": 3},
            r"images' holds no pictures \(\.png, \.jpg, \.jpeg\); put some there",
        ),
    ],
    ids=["size", "id", "void", "classes", "missing", "colours", "single", "picture", "ids", "empty"],
)
def test_label_pictures_that_are_not_as_they_should_be(
    spoil: object, options: dict[str, object], says: str, segments: Path
) -> None:
    if spoil is not None:
        spoil(segments)  # type: ignore[operator]
    with pytest.raises(BadInput, match=says):
        read(segments, **options)


def test_class_folders_have_as_many_classes_as_there_are(classes: Path) -> None:
    with pytest.raises(BadInput, match=r"classes is 3, but .* leave classes out"):
        read(classes, classes=3)


def test_more_than_memory_is_meant_for_is_refused_before_it_is_read(classes: Path) -> None:
    broken(classes, "ant/0.png")
    with pytest.raises(LimitExceeded, match=r"18 pictures of 16384 x 16384 px take .*; lower examples"):
        read(classes, shape=(3, 1 << 14, 1 << 14))


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no folder '.*nowhere'; give one that is there"):
        read(tmp_path / "nowhere")


def test_a_stranger_reads_no_folder(classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfengine.folders._everywhere", type("Nowhere", (), {"get": lambda self: False})())
    for path in (classes, classes / "nowhere"):  # the same words, whether there is one or not
        with pytest.raises(BadInput, match=r"may not be read here; ask with the command line, or set RFENG"):
            permitted(str(path))
    monkeypatch.setenv(VARIABLE, f"/somewhere:{classes}")
    assert permitted(str(classes / "ant")) == classes.resolve() / "ant"
    (classes / "out").symlink_to("/etc")
    for path in (classes / "ant" / ".." / "..", classes / "out"):
        with pytest.raises(BadInput, match="may not be read here"):
            permitted(str(path))
