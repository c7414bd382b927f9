"""What the tests of the readers share."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api_schemas.policy_objects import Objects
from rfengine.coverage.objects import ObjectTable, read_objects
from rfengine.errors import BadInput


def read(path: Path, kind: str, **fields: Any) -> ObjectTable:
    return read_objects(Objects.model_validate({kind: path.name, **fields}), path)


def refused(path: Path, kind: str, *words: str, **fields: Any) -> str:
    """The message that a file is refused with; it holds all the words."""
    with pytest.raises(BadInput) as caught:
        read(path, kind, **fields)
    message = str(caught.value)
    for word in words:
        assert word in message, message
    return message


def coco(*boxes: Any, size: tuple[Any, Any] = (640, 480), **more: Any) -> dict[str, Any]:
    """A small COCO object: each box is [x, y, w, h], on one image, or a dict with further fields."""
    annotations = []
    for number, box in enumerate(boxes, 1):
        given = box if isinstance(box, dict) else {"bbox": box}
        annotations.append({"id": number, "image_id": 7, "category_id": 1, "iscrowd": 0, **given})
    return {
        "images": [{"id": 7, "file_name": "a.jpg", "width": size[0], "height": size[1]}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "person"}],
        **more,
    }


def written(path: Path, content: Any) -> Path:
    """A file with this text, or this object as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def same(one: ObjectTable, other: ObjectTable) -> None:
    """Two tables with the same columns; sources, names and digests may differ."""
    for name in ("width", "height", "count", "x", "y", "image", "image_width", "image_height", "label"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert list(one.image_names) == list(other.image_names)
    assert list(one.labels) == list(other.labels)
    assert ids_of(one) == ids_of(other)
    assert one.ignored == other.ignored


def ids_of(table: ObjectTable) -> list[str]:
    assert table.ids is not None
    return list(map(str, table.ids))
