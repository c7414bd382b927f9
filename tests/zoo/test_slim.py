"""The published table of TF-slim's endpoints (google-research/receptive_field), row by row.

Worked out here a second time, beside `rfengine.oracles.families.tf_slim`, which says why 224 px and 225 px are enough.
"""

from typing import Any

import pytest

from api_schemas.report import TensorField
from rfengine.oracles.published import published as published_file
from tests.zoo.analysed import analysed

ROWS = published_file("tf_slim_endpoints.json")["rows"]
EVEN, ODD = 224, 225


def at(row: dict[str, Any], side: int) -> TensorField:
    return analysed(row["model"], (1, 3, side, side))[row["end_point"]]


def found(row: dict[str, Any]) -> dict[str, Any]:
    """The row as it comes out here."""
    sides = (EVEN,) if row["resolution"] else (EVEN, ODD)
    seen = [at(row, side) for side in sides]
    figures: dict[str, Any] = {}
    for key, values in (("rf", [f.size for f in seen]), ("stride", [f.stride for f in seen])):
        (both,) = {tuple(value) for value in values}  # the same at every image
        figures[key] = both
    paddings = {tuple(field.padding) for field in seen}
    figures["padding"] = paddings.pop() if len(paddings) == 1 else None
    return figures


def published(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if row[key] is None else (row[key],) * 2 for key in ("rf", "stride", "padding")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}-{row['resolution']}-{row['end_point']}")
def test_a_row(row: dict[str, Any]):
    assert found(row) == published(row)
    assert {(field.status, field.aligned) for field in (at(row, EVEN), at(row, ODD))} == {("exact", True)}


def test_all_rows_in_short(capsys: pytest.CaptureFixture[str]):
    equal = sum(found(row) == published(row) for row in ROWS)
    with capsys.disabled():
        print(f"\nTF-slim endpoints: {len(ROWS)} rows, {equal} equal, {len(ROWS) - equal} different")
    assert equal == len(ROWS) == 374


def test_null_paddings_are_those_that_depend_on_the_image():
    without = [row for row in ROWS if row["resolution"] is None]
    depends = [at(row, EVEN).padding != at(row, ODD).padding for row in without]
    assert depends == [row["padding"] is None for row in without]
    assert any(depends)
    assert not all(depends)
