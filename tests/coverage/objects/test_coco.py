"""COCO, streamed: the same columns as json.load in any order of keys, and a word for everything that is amiss."""

import io
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.coverage import write_coco
from rfengine.coverage.objects.coco import read_stream
from rfengine.errors import BadInput
from tests.coverage.objects.reading import coco, ids_of, read, refused, written

IDS = st.integers(0, 99) | st.text("ab1é", min_size=1, max_size=3)
SIDES = st.integers(1, 4000) | st.floats(0.5, 4000)
POLYGONS = st.lists(st.lists(st.floats(0, 99), min_size=6, max_size=8), max_size=2)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """A random COCO object, its keys in random order, with keys that no one knows."""
    images = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    categories = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    annotations = [
        {
            "id": draw(IDS),
            "image_id": draw(st.sampled_from(images)),
            "category_id": draw(st.sampled_from(categories)),
            "bbox": [draw(st.integers(0, 50)), draw(st.floats(0, 50)), draw(SIDES), draw(SIDES)],
            "iscrowd": draw(st.sampled_from([0, 0, 1])),
            "segmentation": draw(POLYGONS | st.just({"counts": [1, 2], "size": [3, 4]})),
        }
        for _ in range(draw(st.integers(0, 5)))
    ]
    parts = {
        "images": [{"id": i, "file_name": f"{i}.jpg", "width": draw(SIDES), "height": draw(SIDES)} for i in images],
        "annotations": [dict(draw(st.permutations(list(each.items())))) for each in annotations],
        "categories": [{"id": i, "name": f"name {i}"} for i in categories],
        "info": {"images": [{"id": 1}], "annotations": [[]], "x": [{}, "a]}"]},
        "licenses": [[1, {"annotations": 2}]],
        "date": draw(st.floats() | st.text()),
    }
    return dict(draw(st.permutations(list(parts.items()))))


@given(files(), st.sampled_from([None, 1]), st.integers(1, 300))
def test_the_same_columns_as_the_naive_twin(tree: dict[str, Any], indent: int | None, window: int) -> None:
    text = json.dumps(tree, indent=indent)
    raw = read_stream(io.BytesIO(text.encode()), "x.json", window=window)
    whole = json.loads(text)
    annotations = whole["annotations"]
    places = {each["id"]: place for place, each in enumerate(whole["images"])}
    kinds = {each["id"]: place for place, each in enumerate(whole["categories"])}
    boxes = np.stack([raw.x, raw.y, raw.width, raw.height], axis=1)
    np.testing.assert_array_equal(boxes, np.reshape([a["bbox"] for a in annotations], (-1, 4)))
    assert raw.image.tolist() == [places[a["image_id"]] for a in annotations]
    assert raw.label.tolist() == [kinds[a["category_id"]] for a in annotations]
    assert [str(i) for i in raw.ids] == [str(a["id"]) for a in annotations]
    assert raw.aside["crowd"].tolist() == [bool(a["iscrowd"]) for a in annotations]
    assert list(raw.image_names) == [each["file_name"] for each in whole["images"]]
    assert raw.image_width.tolist() == [each["width"] for each in whole["images"]]
    assert raw.image_height.tolist() == [each["height"] for each in whole["images"]]
    assert list(raw.labels) == [each["name"] for each in whole["categories"]]


def test_a_file_by_the_script_of_the_benchmark(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    write_coco(path, boxes=3000, images=400)
    table = read(path, "coco")
    whole = json.loads(path.read_text())
    kept = [a for a in whole["annotations"] if not a["iscrowd"]]
    assert table.total == len(kept)
    assert table.ignored == {"crowd": 3000 - len(kept)}
    assert table.width.tolist() == [a["bbox"][2] for a in kept]


def test_what_is_left_aside_is_counted_by_its_first_reason(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.json",
        coco(
            [1, 2, 30, 40],
            *[[10 * n, 5, 20, 20] for n in range(12)],
            {"bbox": [1, 2, 0, 40], "iscrowd": 1},
            {"bbox": [1, 2, 0, 40]},
            {"bbox": [1, 2, 5, 40]},
            {"bbox": [1, 2, 50, 40], "category_id": 2},
            {"bbox": [640, 2, 50, 40]},
        ),
    )
    table = read(path, "coco", categories=["car"], smallest_px=10)
    aside = {"crowd": 1, "zero size": 1, "other categories": 1, "outside the image": 1, "below smallest_px": 1}
    assert table.ignored == aside
    assert table.total == 13
    assert ids_of(table)[0] == "1"
    assert table.name == "a.json"
    assert (table.image_width[0], table.image_height[0], table.image_names[0]) == (640, 480, "a.jpg")
    assert "crowd" not in read(path, "coco", ignore_crowd=False).ignored
    refused(path, "coco", "no object is left", "below smallest_px 15", "crowd 1", smallest_px=500)


def test_without_images_or_categories(tmp_path: Path) -> None:
    tree = coco([1, 2, 30, 40], [2000, 3, 40, 50])
    del tree["images"], tree["categories"]
    path = written(tmp_path / "a.json", tree)
    table = read(path, "coco")
    assert list(table.image_names) == ["7"]
    assert np.isnan(table.image_width).all()
    assert list(table.labels) == ["1"]
    assert read(path, "coco", image_size=[3000, 2000], categories=["1"]).image_width.tolist() == [3000]


def test_sizes_of_images_come_from_the_policy_where_the_file_has_none(tmp_path: Path) -> None:
    for unknown in (None, 0):
        path = written(tmp_path / "a.json", coco([1, 2, 30, 40], size=(unknown, unknown)))
        assert np.isnan(read(path, "coco").image_width).all()
        assert read(path, "coco", image_size=[64, 48]).image_height.tolist() == [48]


def test_a_byte_order_mark_and_text_ids(tmp_path: Path) -> None:
    tree = coco([1, 2, 30, 40], {"id": "x-7", "bbox": [1, 2, 3, 4]}, {"id": 10**30, "bbox": [1, 2, 3, 4]})
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(tree, indent=2).encode())
    assert read(path, "coco").ids == ["1", "x-7", str(10**30)]


def test_an_annotation_without_id_goes_by_its_place(tmp_path: Path) -> None:
    tree = coco([1, 2, 30, 40], [2, 2, 30, 40])
    for each in tree["annotations"]:
        del each["id"]
    assert ids_of(read(written(tmp_path / "a.json", tree), "coco")) == ["0", "1"]


BAD = [
    ([1, 2, -30, 40], ["annotation 2 of image 'a.jpg'", "width -30", "below 0"]),
    ([1, 2, 30, float("nan")], ["annotation 2", "height nan", "no finite number"]),
    ([1, 2, float("inf"), 4], ["annotation 2", "width inf"]),
    ([float("inf"), 2, 3, 4], ["annotation 2", "x inf"]),
    ([1, 2, 30], ["annotations[1] (id 2)", "four numbers", "[1, 2, 30]"]),
    ([1, 2, 30, "40"], ["annotations[1] (id 2)", "must be real number, not str"]),
    ([1, 2, 30, 10**400], ["annotations[1] (id 2)", "too large"]),
    (None, ["annotations[1] (id 2)", "bbox [x, y, width, height]"]),
    ({"bbox": [1, 2, 3, 4], "image_id": 8}, ["annotation 2", "image 8", "not among the 1 there"]),
    ({"bbox": [1, 2, 3, 4], "image_id": "7"}, ["annotation 2", "image '7'", "ids are text"]),
    ({"bbox": [1, 2, 3, 4], "image_id": [7]}, ["annotations[1] (id 2)", "unhashable"]),
    ({"bbox": [1, 2, 3, 4], "image_id": 1.5}, ["annotations[1] (id 2)", "1.5", "whole number"]),
    ({"bbox": [1, 2, 3, 4], "category_id": 9}, ["annotation 2", "category 9", "not among the 2"]),
    ({"segmentation": [[1, 2, 3, 4, 5, 6]]}, ["annotations[1] (id 2)", "no 'bbox'"]),
]


@pytest.mark.parametrize(("box", "words"), BAD)
def test_a_bad_box_is_named(box: Any, words: list[str], tmp_path: Path) -> None:
    path = written(tmp_path / "bad.json", coco([1, 2, 30, 40], box))
    refused(path, "coco", "bad.json", *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["the file is empty"]),
        ("  \n", ["ends at byte 3"]),
        ("[]", ["a list, as detections are saved", "images, annotations, categories"]),
        ("{}", ["no 'annotations' in it, but nothing"]),
        ('{"images": []}', ["no 'annotations' in it, but images"]),
        (coco(), ["no objects in it"]),
        (coco() | {"annotations": {}}, ["'annotations' is no list"]),
        (coco() | {"annotations": [[1, 2, 3, 4]]}, ["annotations[0]", "[1, 2, 3, 4]", "image_id"]),
        (coco() | {"images": [{"width": 5}]}, ["images[0]", "no 'id'"]),
        (coco() | {"images": [{"id": 7, "width": "640"}]}, ["images[0] (id 7)", "not str"]),
        (coco([1, 2, 3, 4]) | {"images": [{"id": 7}, {"id": 7}]}, ["image 7 is there twice"]),
        (coco([1, 2, 3, 4]) | {"categories": [{"id": 1}, {"id": 1}]}, ["category 1 is there twice"]),
        (coco([1, 2, 3, 4], size=(-640, 480)), ["image 'a.jpg'", "width -640"]),
        (coco() | {"categories": [5]}, ["categories[0]", "a name"]),
        ('{"annotations": [], "annotations": []}', ["a second 'annotations'"]),
        (json.dumps(coco([1, 2, 3, 4])) + "{}", ["text after the end"]),
    ],
)
def test_a_file_that_is_no_coco_is_refused(content: Any, words: list[str], tmp_path: Path) -> None:
    refused(written(tmp_path / "a.json", content), "coco", "a.json", *words)


def test_a_truncated_file_says_where_it_ends(tmp_path: Path) -> None:
    text = json.dumps(coco([1, 2, 30, 40], [1, 2, 30, 40], [1, 2, 30, 40]))
    cut = text.index('"id": 3')
    path = written(tmp_path / "a.json", text[:cut])
    refused(path, "coco", f"ends at byte {cut:,}, after 2 whole elements of 'annotations'", "copy or download it again")


def test_random_damage_is_never_anything_but_bad_input(tmp_path: Path) -> None:
    generator = random.Random(3)
    text = json.dumps(coco([1, 2, 30, 40], [1, 2, 30, 40.5], {"bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3]]}))
    for _ in range(400):
        place = generator.randrange(len(text))
        damaged = text[:place] + generator.choice('0-}]{["\\,:x ') + text[place + generator.randrange(3) :]
        path = written(tmp_path / "a.json", damaged)
        with suppress(BadInput):
            read(path, "coco")


def test_boxes_in_shares_are_told_from_px(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", coco([0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]))
    refused(path, "coco", "all 2 boxes", "look normalised", "px")
    assert read(written(path, coco([0, 0, 1, 1])), "coco").total == 1


def test_boxes_and_images_that_do_not_agree(tmp_path: Path) -> None:
    inside = [[10, 10, 100, 100]] * 9
    slightly = [600, 10, 60, 100]  # 20 px, 3 % of 640
    far = [600, 10, 80, 100]  # 40 px, 6 %
    assert read(written(tmp_path / "a.json", coco(*inside, far)), "coco").total == 10
    assert read(written(tmp_path / "a.json", coco(*[slightly] * 10)), "coco").total == 10
    path = written(tmp_path / "a.json", coco(*inside, far, far))
    refused(path, "coco", "annotation 10 of image 'a.jpg'", "640 x 480", "2 of 11 boxes", "do not agree")
    refused(written(path, coco([10, 500, 100, 120])), "coco", "width and height look exchanged")


def test_an_unknown_category_names_the_nearest_and_what_there_is(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", coco([1, 2, 30, 40]))
    refused(path, "coco", "no category 'persons'", "near it: person", "there are car, person", categories=["persons"])


def test_other_formats_are_recognised(tmp_path: Path) -> None:
    refused(written(tmp_path / "a.csv", "width,height\n1,2\n"), "coco", "looks like csv; write objects.csv")
    refused(written(tmp_path / "a.xml", "<annotation/>"), "coco", "looks like voc")
    written(tmp_path / "labels" / "a.txt", "0 0.5 0.5 0.1 0.1")
    refused(tmp_path / "labels", "coco", "looks like yolo")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "coco", "a folder")
    refused(tmp_path / "none.json", "coco", "no file or folder", "none.json", "relative to the policy file")
