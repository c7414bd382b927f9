"""Pascal VOC: corners that belong to the box, difficult objects, and documents that must not be followed."""

import sys
from pathlib import Path

import pytest

from tests.coverage.objects.reading import ids_of, read, refused, same, written
from tests.coverage.objects.test_files import zipped


def box(*edges: object, name: str = "car", difficult: str = "0") -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), edges, strict=False)
    inner = "".join(f"<{tag}>{edge}</{tag}>" for tag, edge in tags)
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    return f"<object><name>{name}</name><difficult>{difficult}</difficult><bndbox>{inner}</bndbox>{part}</object>"


def document(*objects: str, size: str = "<size><width>500</width><height>375</height><depth>3</depth></size>") -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<annotation><filename>é.jpg</filename>'
    return f"{head}{size}{''.join(objects)}</annotation>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    objects = [box(1, 1, 500, 375), box("48.5", 240, "195.5", 371, name="bus"), box(9, 9, 20, 20, difficult="1")]
    written(tmp_path / "v" / "a.xml", document(*objects))
    written(tmp_path / "v" / "deep" / "b.xml", document(box(8, 12, 352, 375)).replace("<filename>é.jpg</filename>", ""))
    written(tmp_path / "v" / "c.xml", document())
    return tmp_path / "v"


def test_both_ends_belong_to_a_box(folder: Path) -> None:
    table = read(folder, "voc")
    assert table.width.tolist() == [500, 148, 345]
    assert table.height.tolist() == [375, 132, 364]
    assert table.x.tolist() == [0, 47.5, 7]
    assert table.y.tolist() == [0, 239, 11]
    assert list(table.image_names) == ["é.jpg", "é.jpg", "deep/b"]
    assert table.image.tolist() == [0, 0, 2]
    assert table.image_width.tolist() == [500] * 3
    assert list(table.labels) == ["car", "bus"]
    assert ids_of(table) == ["1", "2", "1"]
    assert table.ignored == {"difficult": 1}
    assert read(folder, "voc", ignore_crowd=False).total == 4
    assert read(folder, "voc", categories=["bus"]).total == 1


def test_a_zip_is_the_same_as_its_folder(folder: Path, tmp_path: Path) -> None:
    same(read(zipped(folder, tmp_path / "v.zip"), "voc"), read(folder, "voc"))


def test_a_size_that_is_not_known(tmp_path: Path) -> None:
    for size in ("", "<size/>", "<size><width>0</width><height>0</height></size>"):
        written(tmp_path / "v" / "a.xml", document(box(1, 1, 10, 10), size=size))
        assert read(tmp_path / "v", "voc", image_size=[640, 480]).image_height.tolist() == [480]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["a.xml: the file is empty"]),
        (document(box(1, 2, 3, 4))[:-30], ["a.xml: no XML", "cut short"]),
        ("<html/>", ["root is <html>, not <annotation>"]),
        (document("<object><name>car</name></object>"), ["a.xml: object 1: no <bndbox>"]),
        (document(box(1, 2, 30, 40), box(1, 2, 3)), ["a.xml: object 2: no <ymax>"]),
        (document(box(1, 2, "x", 4)), ["a.xml: object 1: <xmax> is 'x'"]),
        (document(box(10, 2, 3, 4)), ["object 1 of image 'é.jpg'", "width -6 is below 0"]),
        (document(box(10, 2, "nan", 4)), ["object 1", "width nan"]),
        (document(box(0.1, 0.1, 0.25, 0.5)), ["look normalised"]),
        (document(box(1, 2, 3, 4), size="<size><width>-5</width></size>"), ["width -5"]),
        (document(box(1, 2, 3, 4), size="<size><width>wide</width></size>"), ["a.xml: size: <width> is 'wide'"]),
        (document(), ["no objects in it"]),
    ],
)
def test_a_bad_document_is_named(text: str, words: list[str], tmp_path: Path) -> None:
    written(tmp_path / "v" / "a.xml", text)
    refused(tmp_path / "v", "voc", *words)


def test_a_box_of_no_size_is_left_aside(tmp_path: Path) -> None:
    written(tmp_path / "v" / "a.xml", document(box(10, 2, 9, 4), box(1, 2, 30, 40)))
    assert read(tmp_path / "v", "voc").ignored == {"zero size": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp037"])
def test_a_document_that_declares_entities_is_refused(encoding: str, tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    text = f'<!DOCTYPE annotation [<!ENTITY a0 "bomb">{entities}]><annotation><filename>&a11;</filename></annotation>'
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    folder = tmp_path / "v"
    folder.mkdir()
    (folder / "a.xml").write_bytes(
        declared.encode() + text.encode(encoding) if encoding == "cp037" else (declared + text).encode(encoding)
    )
    message = refused(folder, "voc", "a.xml")
    assert "DOCTYPE" in message or encoding == "cp037"  # which the parser may not know


def test_external_entities_are_not_looked_at(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret", "secret")
    text = f'<!DOCTYPE a SYSTEM "file://{secret}"><annotation/>'
    written(tmp_path / "v" / "a.xml", text)
    refused(tmp_path / "v", "voc", "DOCTYPE")


def test_deep_documents_do_no_harm(tmp_path: Path) -> None:
    deep = sys.getrecursionlimit() * 20
    written(tmp_path / "v" / "a.xml", document("<a>" * deep + "</a>" * deep, box(1, 2, 30, 40)))
    assert read(tmp_path / "v", "voc").total == 1


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    written(tmp_path / "l" / "a.txt", "0 0.5 0.5 0.1 0.1")
    refused(tmp_path / "l", "voc", "looks like yolo; write objects.yolo")
    (tmp_path / "none").mkdir()
    refused(tmp_path / "none", "voc", "no .xml file in it or below")
