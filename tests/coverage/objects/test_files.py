"""Folders and zips: the same files in the same order, within caps; and what a digest covers."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from rfengine.coverage.objects import digest, files
from rfengine.errors import BadInput, LimitExceeded
from tests.coverage.objects.reading import refused, written

CONTENT = {"b.txt": "two", "a/z.txt": "one", "a.txt": "three", "A.TXT": "four", "a-b/c.txt": "five"}
HIDDEN = {".x.txt": "", "__MACOSX/a.txt": "", ".git/a.txt": "", "a.jpg": "", "a.xml": ""}


def zipped(folder: Path, path: Path) -> Path:
    """The zip of a folder, its files in an order of their own."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((file for file in folder.rglob("*") if file.is_file()), reverse=True):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {**CONTENT, **{n: t for n, t in HIDDEN.items() if "MACOSX" not in n}}.items():
        written(tmp_path / "f" / name, text)
    return tmp_path / "f"


def test_a_zip_gives_what_its_folder_gives(folder: Path, tmp_path: Path) -> None:
    packed = zipped(folder, tmp_path / "f.zip")
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("__MACOSX/a.txt", "no label")
        archive.mkdir("empty.txt")
    found = []
    for path in (folder, packed):
        with files.members(path, (".txt",)) as each:
            found.append([(name, each.read(name)) for name in each.names])
    assert found[0] == found[1] == sorted((name, text.encode()) for name, text in CONTENT.items())


def test_one_file_is_a_folder_of_one(folder: Path) -> None:
    with files.members(folder / "b.txt", (".txt",)) as found:
        assert [found.read(name) for name in found.names] == [b"two"]
    with pytest.raises(BadInput, match=r"neither a folder nor a \.zip"), files.members(folder / "a.jpg", (".txt",)):
        pass


def test_what_unpacks_to_too_much_is_refused_unread(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", b"0" * 1_000_000)
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr(files, "MOST_FILE", 999_999)
    with files.members(bomb, (".txt",)) as found, pytest.raises(LimitExceeded, match=r"0\.txt: 1,000,000 bytes"):
        found.read("0.txt")
    monkeypatch.setattr(files, "MOST_TOTAL", 2_999_999)
    with pytest.raises(LimitExceeded, match="3,000,000 bytes unpacked"), files.members(bomb, (".txt",)):
        pass
    monkeypatch.setattr(files, "MOST_FILES", 2)
    for path in (folder, bomb):
        with pytest.raises(LimitExceeded, match=r"\d files, more than 2"), files.members(path, (".txt",)):
            pass


def test_a_member_that_lies_about_its_size_gives_no_more_than_that(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"0" * 1000)
    data = path.read_bytes()
    path.write_bytes(data.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with files.members(path, (".txt",)) as found, pytest.raises(BadInput, match="cannot be unpacked"):
        found.read("a.txt")


def test_a_damaged_zip_is_bad_input(folder: Path, tmp_path: Path) -> None:
    data = zipped(folder, tmp_path / "f.zip").read_bytes()
    path = tmp_path / "d.zip"
    for cut in range(0, len(data), 7):
        path.write_bytes(data[:cut] + bytes(7) + data[cut + 7 :])
        try:
            with files.members(path, (".txt",)) as found:
                for name in found.names:
                    found.read(name)
        except (BadInput, zipfile.BadZipFile):  # `read_objects` makes one of the other
            continue
    path.write_bytes(data[: len(data) - 30])
    refused(path, "yolo", "d.zip", image_size=640)


def test_a_digest_is_of_what_is_read(folder: Path, tmp_path: Path) -> None:
    one = digest(folder)
    assert one == digest(folder)
    written(folder / "a.jpg", "another picture")
    written(folder / ".x.txt", "hidden")
    assert digest(folder) == one
    written(folder / "a.xml", "more")
    two = digest(folder)
    (folder / "a.xml").rename(folder / "b.xml")
    assert len({one, two, digest(folder)}) == 3
    file = written(tmp_path / "a.json", "{}")
    assert digest(file) == hashlib.sha256(b"{}").hexdigest()
    with pytest.raises(BadInput, match=r"none\.json: cannot be read: No such file"):
        digest(tmp_path / "none.json")
    assert digest(file, images=folder) != digest(file)


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "b.txt").write_text("0 .5 .5 .1 .1\n")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "val").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "round").symlink_to(tmp_path / "labels")
    assert files.names_below(tmp_path / "labels", (".txt",)) == ["val/b.txt"]


def test_a_picture_of_another_size_is_another_question(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 .5 .5 .1 .1\n")
    (tmp_path / "images").mkdir()
    digests = set()
    for beginning in (b"BM wide", b"BM tall"):
        (tmp_path / "images" / "a.bmp").write_bytes(beginning)
        digests.add(digest(tmp_path / "labels", images=tmp_path / "images"))
    assert len(digests) == 2
