"""CSV by its header, in any of three delimiters, and back from a table to a file."""

import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfengine.coverage.objects import csv_file
from rfengine.coverage.objects.write import write_csv, write_histogram
from tests.coverage.objects.reading import coco, ids_of, read, refused, same, written

SIDES = st.integers(2, 5000) | st.floats(1.5, 5000).map(lambda x: round(x, 2))
WORDS = st.text('ab,;"\té 1', min_size=1, max_size=4)


@st.composite
def boxes(draw: st.DrawFn) -> dict[str, Any]:
    images = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    annotations = [
        {
            "id": draw(st.integers(0, 99) | WORDS),
            "image_id": draw(st.sampled_from(images)),
            "category_id": draw(st.sampled_from(["car", 'x,"y"'])),
            "bbox": [draw(st.integers(0, 9)), 5, draw(SIDES), draw(SIDES)],
        }
        for _ in range(draw(st.integers(1, 6)))
    ]
    return {
        "images": [{"id": i, "width": 5050, "height": 5051.5} for i in images],
        "annotations": annotations,
        "categories": [{"id": "car", "name": "car"}, {"id": 'x,"y"', "name": 'x,"y"'}],
    }


@given(boxes())
def test_a_table_comes_back_from_its_csv(tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("csv")
    table = read(written(folder / "a.json", tree), "coco")
    path = folder / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        assert write_csv(table, file) == table.rows
    back = read(path, "csv")
    for name in ("width", "height", "x", "y", "count"):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))
    assert [back.image_names[i] for i in back.image] == [table.image_names[i] for i in table.image]
    assert [back.labels[i] for i in back.label] == [table.labels[i] for i in table.label]
    assert back.image_height[back.image].tolist() == table.image_height[table.image].tolist()
    assert ids_of(back) == ids_of(table)


@given(boxes())
def test_a_histogram_rounds_to_the_stricter_side(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    table = read(written(folder / "a.json", tree), "coco")
    path = folder / "h.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = write_histogram(table, file)
    assert path.read_text().splitlines()[0] == "width,height,image_width,image_height,count"
    back = read(path, "csv")
    sizes = list(zip(map(stricter, table.width), map(stricter, table.height), strict=True))
    assert back.total == table.total
    assert rows == back.rows == len(set(sizes))
    pairs = zip(back.width, back.height, back.count, strict=True)
    assert {(w, h): n for w, h, n in pairs} == {size: sizes.count(size) for size in sizes}
    assert set(back.image_width[back.image]) == {5050}
    assert set(back.image_names) == {""}
    again = io.StringIO(newline="")
    write_histogram(back, again)
    assert again.getvalue() == path.read_text()


def stricter(side: float) -> float:
    """From 32 px up whole px; below it down to quarters, and what is less than one as it is."""
    return math.ceil(side) if side >= 32 else math.floor(4 * side) / 4 or side


def test_sizes_of_images_that_are_not_known_are_left_out(tmp_path: Path) -> None:
    table = read(written(tmp_path / "a.csv", "w,h\n3,4\n3,4\n1,2\n"), "csv")
    out = io.StringIO(newline="")
    write_histogram(table, out)
    assert out.getvalue() == "width,height,count\n1,2,1\n3,4,2\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_found_by_name(delimiter: str, tmp_path: Path) -> None:
    rows = [
        ["Comment", "H", " W ", "count", "label", "image", "image_width", "image_height", "id", "x", "y"],
        ["one,;", "20", "10.5", "3", "car", "a.jpg", "640", "480", "007", "1", "2"],
        [],
        ["", "40", "30", "1", "", "b.jpg", "320", "240", "7", "", "5"],
        ['a "quoted"\nline', "40", "31", "1", "car", "a.jpg", "640", "480", "", "3", "4"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    table = read(written(tmp_path / "a.csv", "\ufeff" + text.getvalue()), "csv")
    assert table.width.tolist() == [10.5, 30, 31]
    assert table.height.tolist() == [20, 40, 40]
    assert table.count.tolist() == [3, 1, 1]
    assert table.total == 5
    assert table.label.tolist() == [0, -1, 0]
    assert table.image.tolist() == [0, 1, 0]
    assert table.image_width.tolist() == [640, 320]
    assert ids_of(table) == ["007", "7", "6"]  # the last has none: its line
    assert table.x.tolist()[0] == 1
    assert np.isnan(table.x[1])


def test_many_rows_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = "id,image,image_width,image_height,width,height\n"
    lines = [f"{n},{n % 7}.jpg,{100 + n % 7},200,{n % 50 + 2},{n % 31 + 2.5}\n" for n in range(100)]
    path = written(tmp_path / "a.csv", header + "".join(lines))
    whole = read(path, "csv")
    monkeypatch.setattr(csv_file, "AT_ONCE", 3)
    same(read(path, "csv"), whole)
    assert len(whole.image_names) == 7


def test_images_by_size_alone_and_by_the_policy(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "w,h,image_width,image_height\n3,4,640,480\n5,6,320,240\n7,8,,\n")
    table = read(path, "csv", image_size=[100, 50])
    assert table.image_width[table.image].tolist() == [640, 320, 100]
    assert set(table.image_names) == {""}
    table = read(written(path, "w,h\n3,4\n"), "csv")
    assert table.image.tolist() == [-1]
    table = read(path, "csv", image_size=[100, 50])
    assert (table.image.tolist(), table.image_height.tolist()) == ([0], [50])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1", "no column 'width' in the header (empty)"]),
        ("width,height\n", ["no objects in it"]),
        ("10,20\n30,40\n", ["line 1: no column 'width' in the header (10, 20)"]),
        ("widht,height\n1,2\n", ["no column 'width'", "near it 'widht'"]),
        ("width;x;y\n1;2;3\n", ["no column 'height'", "(width, x, y)", "image_width"]),
        ("w,h,width\n1,2,3\n", ["two columns 'width'"]),
        ("w,h\n1,2\n3\n", ["line 3: 1 columns, the header has 2"]),
        ("w,h\n1,2\n\n3,4,5\n", ["line 4: 3 columns"]),
        ("w,h\n1,2\nx,4\n", ["line 3: width is 'x', no number"]),
        ("w,h\n1,\n", ["line 2: height is ''"]),
        ("w;h\n1,5;2\n", ["line 2: width is '1,5'", "decimals with a point"]),
        ("w,h\n10,20\n-3,4\n", ["a.csv: line 3: width -3 is below 0"]),
        ("w,h,id\n10,20,4\n3,nan,5\n", ["annotation 5: height nan"]),
        ("w,h\ninf,2\n", ["line 2: width inf"]),
        ("w,h,count\n10,20,0\n", ["count is 0"]),
        ("w,h,count\n10,20,1.5\n", ["count is 1.5, no whole number"]),
        ("w,h,count\n10,20,1e30\n", ["count is 1e+30"]),
        ("w,h\n0.1,0.2\n0.5,1\n", ["all 2 boxes", "look normalised"]),
        ("w,h,image,image_width\n1,2,a,5\n3,4,b,x\n", ["line 3: image_width is 'x'"]),
        ("w,h,image,image_width,image_height\n3,4,a,5,5\n3,4,a,5,6\n", ["image 'a' is 5 x 5", "5 x 6"]),
        ("w,h,image,image_width,image_height\n3,4,a,-5,5\n", ["image 'a': width -5"]),
        ('w,h,label\n3,4,"' + "x" * 200_000 + '"\n', ["field larger than field limit"]),
    ],
)
def test_a_bad_file_is_named_with_its_line(text: str, words: list[str], tmp_path: Path) -> None:
    refused(written(tmp_path / "a.csv", text), "csv", "a.csv", *words)


def test_another_format_or_encoding(tmp_path: Path) -> None:
    refused(written(tmp_path / "a.csv", coco([1, 2, 3, 4])), "csv", "looks like coco; write objects.coco")
    refused(written(tmp_path / "a.csv", "0 0.5 0.5 0.1 0.1\n"), "csv", "looks like yolo")
    refused(tmp_path, "csv", "a folder; objects.csv is one file")
    (tmp_path / "a.csv").write_bytes("w,h,label\n3,4,é\n".encode("latin-1"))
    refused(tmp_path / "a.csv", "csv", "no text in UTF-8", "save it as UTF-8")
    (tmp_path / "a.csv").write_bytes("w,h\n3,4\n".encode("utf-16"))
    refused(tmp_path / "a.csv", "csv", "no text in UTF-8")


def test_ids_stay_as_they_are_written(tmp_path: Path) -> None:
    for texts in (["007", "7"], ["+7", "7"], ["7", "99999999999999999999"], ["-3", "0"], [" 7", "7"], ["x", "1"]):
        path = written(tmp_path / "a.csv", "w,h,id\n" + "".join(f"3,4,{text}\n" for text in texts))
        assert ids_of(read(path, "csv")) == texts
