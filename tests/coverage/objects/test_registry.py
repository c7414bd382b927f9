"""The registry of readers, sizes that stand in the policy, and what a file looks like."""

from pathlib import Path

import numpy as np
import pytest

from api_schemas.policy_objects import FILES, INLINE, Objects
from rfengine.coverage.objects import digest, guess, read_objects, readers
from rfengine.coverage.objects.registry import Reader, register
from rfengine.errors import BadInput
from tests.coverage.objects.reading import coco, written


def test_every_source_of_a_policy_has_its_reader() -> None:
    assert {reader.kind for reader in readers()} == {*FILES, *INLINE}
    with pytest.raises(ValueError, match="'coco' is registered twice"):
        register(Reader("coco", readers()[0].read))


def test_sizes_and_histograms() -> None:
    table = read_objects(Objects.model_validate({"sizes": [[10, 20], 30]}), None)
    assert (table.width.tolist(), table.height.tolist(), table.count.tolist()) == ([10, 30], [20, 30], [1, 1])
    assert (table.name, table.sha256, table.image.tolist()) == (None, None, [-1, -1])
    histogram = [{"size": [10, 20], "count": 5}, {"size": 3, "count": 1 << 40}]
    fields = {"histogram": histogram, "image_size": [640, 480], "smallest_px": 5}
    table = read_objects(Objects.model_validate(fields), None)
    assert table.total == 5
    assert table.ignored == {"below smallest_px": 1 << 40}
    assert table.image_width[table.image].tolist() == [640]
    assert np.isnan(table.x).all()


def test_filters_on_sizes_alone() -> None:
    with pytest.raises(BadInput, match=r"objects\.sizes: objects\.categories: no category 'car'.*leave `categories`"):
        read_objects(Objects.model_validate({"sizes": [10], "categories": ["car"]}), None)
    with pytest.raises(BadInput, match=r"objects\.sizes: no object is left to check: below smallest_px 1"):
        read_objects(Objects.model_validate({"sizes": [10], "smallest_px": 20}), None)


def test_a_file_that_did_not_come_is_named() -> None:
    with pytest.raises(BadInput, match=r"objects\.coco: 'x/a\.json' did not come"):
        read_objects(Objects(coco="x/a.json"), None)


def test_the_policys_name_is_the_tables(tmp_path: Path) -> None:
    path = written(tmp_path / "objects", coco([1, 2, 3, 4]))
    assert read_objects(Objects(coco="data/instances.json"), path).name == "instances.json"
    with pytest.raises(BadInput, match=r"^instances\.json: annotation 1"):
        read_objects(Objects(coco="data/instances.json"), written(path, coco([1, 2, -3, 4])))


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        ('\ufeff\n {"images"', "coco"),
        ("[1]", "coco"),
        ("<?xml ?>", "voc"),
        ("0 0.5 0.5 .1 1e-3\n", "yolo"),
        ("0 0.5 0.5 0.1\n", None),
        ("w;h\n", "csv"),
        ('"width","height"\n', "csv"),
        ("image\tw\th\n", "csv"),
        ("a word", None),
        ("", None),
        ("\x00\x01", None),
    ],
)
def test_a_file_is_known_by_how_it_begins(begin: str, kind: str | None, tmp_path: Path) -> None:
    assert guess(written(tmp_path / "a", begin)) == kind


def test_what_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    looped = tmp_path / "loop.json"
    looped.symlink_to(looped)
    for ask in (guess, digest):
        with pytest.raises(BadInput, match=r"loop\.json: cannot be read: \w+"):
            ask(looped)
