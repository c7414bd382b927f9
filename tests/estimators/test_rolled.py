"""Maps that are put together along the image: rolled, mirrored at a seam, joined from pieces."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from onnx import helper

from rfengine.calculus.reads import Status
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe
from rfengine.onnx_import import import_onnx
from tests.tiny import model, weights

SIDE, SHIFT = 16, 3


def fields_of(*nodes: Any) -> Fields:
    constants = {
        "w": weights(2, 2, 3, 3),
        "zero": np.array([0]),
        "cut": np.array([SIDE - SHIFT]),
        "end": np.array([SIDE]),
        "axis": np.array([2]),
    }
    made = model(nodes, inputs={"x": [1, 2, SIDE, SIDE]}, constants=constants)
    return receptive_fields(import_onnx(made.SerializeToString()).graph)


def conv(source: str, name: str) -> Any:
    return helper.make_node("Conv", [source, "w"], [name], name=name, pads=[1] * 4)


ROLL = [
    helper.make_node("Slice", ["a", "cut", "end", "axis"], ["tail"]),
    helper.make_node("Slice", ["a", "zero", "cut", "axis"], ["head"]),
    helper.make_node("Concat", ["tail", "head"], ["rolled"], name="roll", axis=2),
]


def rows_read(roll_by: int, unit: int) -> set[int]:
    """Rows that a unit reads through conv3, roll and conv3, by hand."""
    rolled = [i for i in (unit - 1, unit, unit + 1) if 0 <= i < SIDE]
    before = [(i - roll_by) % SIDE for i in rolled]
    return {row for i in before for row in (i - 1, i, i + 1) if 0 <= row < SIDE}


def test_a_layer_after_a_roll_reads_nothing_beyond_its_ends() -> None:
    fields = fields_of(conv("x", "a"), *ROLL, conv("rolled", "y"))
    rows, columns = fields.spatial("y")["x"]
    for unit in range(SIDE):
        seen = {row for row in rows.map.at(unit).elements() if 0 <= row < SIDE}
        assert seen == rows_read(SHIFT, unit), unit
    assert rows.map.at(0).hull == (12, 15)
    assert rows.map.centre(0) == 14
    assert rows.map.slope == 1
    assert max(rows.map.sizes) == 18  # the seam reads both ends of the image
    assert columns.map.sizes == (5,)
    assert rows.status is Status.CANVAS
    assert probe(fields, "x").outcomes["y"] is Outcome.CONFIRMED


def test_pieces_side_by_side_are_not_off_centre() -> None:
    fields = fields_of(conv("x", "a"), *ROLL, conv("rolled", "y"), helper.make_node("Add", ["y", "rolled"], ["sum"]))
    for tensor in ("rolled", "y", "sum"):
        assert fields.spatial(tensor)["x"][0].off_centre == (), tensor


def test_paths_that_are_off_centre_behind_a_roll_still_are() -> None:
    shifted = helper.make_node("Conv", ["rolled", "w"], ["y"], pads=[2, 1, 0, 1])
    fields = fields_of(conv("x", "a"), *ROLL, shifted, helper.make_node("Add", ["y", "rolled"], ["sum"]))
    (found,) = fields.spatial("sum")["x"][0].off_centre
    assert abs(found.offset) == 1


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_no_unit_grows_over_the_image_behind_a_roll(layers: int) -> None:
    names = ["rolled", *(f"y{i}" for i in range(layers))]
    convs = [conv(before, after) for before, after in pairwise(names)]
    fields = fields_of(conv("x", "a"), *ROLL, *convs)
    rows, _ = fields.spatial(names[-1])["x"]
    away_from_the_seam = rows.map.at(SIDE // 2 + 2).hull
    assert away_from_the_seam is not None
    assert away_from_the_seam[1] - away_from_the_seam[0] + 1 == 3 + 2 * layers
