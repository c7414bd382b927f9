"""`rfengine objects`: the table, the files, the words that do not fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfengine.cli.objects_table import percentiles, run
from rfengine.errors import BadInput
from tests.coverage.objects.reading import coco, read, same, written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    boxes = [[1, 2, 10.5, 20], [1, 2, 30, 40], [1, 2, 30, 40], {"bbox": [5, 5, 7, 7], "category_id": 2}, [1, 2, 0, 4]]
    return written(tmp_path / "a.json", coco(*boxes))


def test_what_is_in_it_and_two_files(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, sizes = tmp_path / "out" / "all.csv", tmp_path / "sizes.csv"
    run(source, kind=None, csv=whole, histogram=sizes)
    shown = capsys.readouterr()
    for words in ("a.json", "zero size: 1", "car", "person", "shorter", "50 %"):
        assert words in shown.out
    told = " ".join(shown.err.split())
    assert "all.csv: 4 rows" in told
    assert "sizes.csv: 3 rows" in told
    same(read(whole, "csv"), replace(read(source, "coco"), ignored={}))
    assert sizes.read_text() == (
        "width,height,image_width,image_height,count\n7,7,640,480,1\n10.5,20,640,480,1\n30,40,640,480,2\n"
    )


def test_a_kind_that_is_given_or_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "labels"
    written(folder / "a.txt", "0 0.5 0.5 0.1 0.1\n")
    run(folder, kind=None, csv=None, histogram=None, image_size="640x480")
    assert "64" in capsys.readouterr().out
    with pytest.raises(BadInput, match="looks like yolo"):
        run(folder, kind="voc", csv=None, histogram=None)
    with pytest.raises(BadInput, match="--kind pascal: expected coco, yolo, voc, csv"):
        run(folder, kind="pascal", csv=None, histogram=None)
    with pytest.raises(BadInput, match=r"it cannot be told what this is; say --kind coco\|yolo\|voc\|csv"):
        run(written(tmp_path / "x", "a word"), kind=None, csv=None, histogram=None)
    with pytest.raises(BadInput, match="no such file or folder"):
        run(tmp_path / "none", kind=None, csv=None, histogram=None)


@pytest.mark.parametrize("size", ["", "x", "1x2x3", "wide", "-5", "0x4", "nan"])
def test_a_size_that_is_none(size: str, source: Path) -> None:
    with pytest.raises(BadInput):
        run(source, kind=None, csv=None, histogram=None, image_size=size)


def test_options_that_do_not_fit(source: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="images is of yolo labels"):
        run(source, kind=None, csv=None, histogram=None, images=tmp_path)
    with pytest.raises(BadInput, match="cannot be written"):
        run(source, kind=None, csv=tmp_path, histogram=None)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=20), st.integers(0, 100))
def test_percentiles_are_those_of_every_single_object(pairs: list[tuple[int, int]], wanted: int) -> None:
    values, counts = (np.array(column) for column in zip(*pairs, strict=True))
    single = np.repeat(values, counts)
    expected = np.percentile(single, wanted, method="inverted_cdf")
    assert percentiles(values.astype(float), counts, [wanted])[0] == expected
