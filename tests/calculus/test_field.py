"""The field of a tensor: through one operator, and where paths meet."""

from fractions import Fraction

import numpy as np
import pytest
from onnx import helper

from rfengine.calculus import index_map
from rfengine.calculus.field import AxisField, Field, OffCentre, of_input, status_of
from rfengine.calculus.index_map import IDENTITY, compose, join
from rfengine.calculus.local import constant, sampled, strided, transposed_window, window
from rfengine.calculus.placement import meet, through
from rfengine.calculus.reads import AxisRead, Border, Reads, Status
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from tests import tiny
from tests.calculus.maps import HALF, elements, half_pixel, values

IMAGE = (1, 3, 12, 10)
FIELD = of_input(IMAGE, (2, 3))


def spatial_reads(*maps: index_map.IndexMap, **how: object) -> Reads:
    """An operator on [N, C, H, W] that mixes channels."""
    return Reads((AxisRead(0), None, *(AxisRead(2 + i, each, **how) for i, each in enumerate(maps))))


def seen(reads: Reads, out: tuple[int, ...], field: Field = FIELD, shape: tuple[int, ...] = IMAGE) -> Field:
    return through(field, reads, shape, out, "it")


def axes(field: Field) -> tuple[AxisField | None, ...]:
    """Per tensor axis, the track of the source axis that it carries."""
    return tuple(next((field.tracks[d.source] for d in axis if d.source is not None), None) for axis in field.layout)


def status(field: Field) -> Status:
    return status_of(field)[0]


def off_centre(field: Field) -> list[tuple[OffCentre, ...]]:
    return [track.off_centre for track in field.tracks if track is not None]


NOWHERE: list[tuple[OffCentre, ...]] = [(), ()]
CONV = seen(spatial_reads(window(3, 1, 1, 1), window(5, 1, 1, 2)), IMAGE)


def test_an_input_sees_itself():
    assert [axis and axis.source for axis in axes(FIELD)] == [None, None, 0, 1]
    assert [(axis.map, axis.clean) for axis in axes(FIELD) if axis] == [(IDENTITY, (0, 11)), (IDENTITY, (0, 9))]
    assert FIELD.maps(IMAGE) == ((2, axes(FIELD)[2]), (3, axes(FIELD)[3]))


def test_an_operator_is_composed_per_axis():
    assert [axis.map for axis in axes(CONV) if axis] == [window(3, 1, 1, 1), window(5, 1, 1, 2)]
    assert [axis.clean for axis in axes(CONV) if axis] == [(1, 10), (2, 7)]
    assert (status(CONV), CONV.whole, off_centre(CONV)) == (Status.EXACT, (), NOWHERE)


def test_axes_may_change_places():
    turned = seen(Reads((AxisRead(0), AxisRead(3), AxisRead(2), AxisRead(1))), (1, 10, 12, 3))
    assert [axis and axis.source for axis in axes(turned)] == [None, 1, 0, None]
    assert [place for place, _ in turned.maps((1, 10, 12, 3)) or ()] == [2, 1]


def test_a_lost_axis_means_the_whole_image():
    flat = seen(Reads((AxisRead(0), None)), (1, 360), CONV)
    assert (axes(flat), flat.whole, flat.maps((1, 360))) == ((None, None), ("it",), None)
    rows = seen(Reads((AxisRead(0), AxisRead(1), AxisRead(2), None)), (1, 3, 12, 1), CONV)
    assert [axis and axis.source for axis in axes(rows)] == [None, None, 0, None]
    assert rows.whole == ("it",)
    # What was lost before is not lost again.
    assert seen(Reads((AxisRead(0), None)), (1, 36), rows, (1, 3, 12, 1)).whole == ("it",)


def test_doubt_counts_only_where_the_image_is():
    doubt = {"status": Status.UPPER_BOUND, "reason": "reasons"}
    spatial = seen(spatial_reads(IDENTITY, IDENTITY, **doubt), IMAGE)
    assert status_of(spatial) == (Status.UPPER_BOUND, ("it: reasons",))
    channels = Reads((AxisRead(0), AxisRead(1, strided(-3, 1), **doubt), AxisRead(2), AxisRead(3)))
    assert status(seen(channels, IMAGE)) is Status.EXACT


def test_a_border_that_copies_is_no_padding():
    for border in Border:
        padded = seen(spatial_reads(strided(-2, 1), IDENTITY, border=border), (1, 3, 16, 10))
        assert axes(padded)[2] is not None
        assert axes(padded)[2].clean == ((2, 13) if border is Border.NOTHING else (0, 15))


def test_a_period_too_long_is_tabulated(monkeypatch: pytest.MonkeyPatch):
    inner = seen(spatial_reads(half_pixel(Fraction(5, 7)), IDENTITY), (1, 3, 8, 10))
    outer = spatial_reads(half_pixel(Fraction(3, 2)), IDENTITY)
    exact = seen(outer, IMAGE, inner, (1, 3, 8, 10))
    monkeypatch.setattr(index_map, "MAX_PERIOD", 6)
    compose.cache_clear()
    found = seen(outer, IMAGE, inner, (1, 3, 8, 10))
    assert status(found) is Status.CANVAS
    assert axes(found)[2] is not None
    assert axes(exact)[2] is not None
    assert values(axes(found)[2].map, range(12)) == values(axes(exact)[2].map, range(12))


def test_a_scale_of_no_simple_ratio_is_tabulated():
    scales = np.asarray([1, 1, 1, 3.1415927], np.float32)
    field = _analysed([helper.make_node("Resize", ["x", "", "s"], ["y"], mode="linear")], s=scales)
    assert status(field) is Status.CANVAS
    assert axes(field)[3] is not None
    exact = Fraction(float(scales[3]))
    for i in range(31):
        x = (i + HALF) / exact - HALF
        assert elements(axes(field)[3].map, i) == {x.__floor__(), x.__floor__() + 1}


def test_paths_that_agree_are_united():
    wide = seen(spatial_reads(window(7, 1, 1, 3), IDENTITY), IMAGE)
    both = meet([CONV, wide], ["a", "b"], IMAGE, "sum")
    assert [axis.map for axis in axes(both) if axis] == [window(7, 1, 1, 3), window(5, 1, 1, 2)]
    assert [axis.clean for axis in axes(both) if axis] == [(3, 8), (2, 7)]
    assert (status(both), off_centre(both)) == (Status.EXACT, NOWHERE)
    assert meet([CONV], ["a"], IMAGE, "sum") == CONV == meet([CONV, CONV], ["a", "b"], IMAGE, "sum")


def test_centres_apart_are_named():
    shifted = seen(spatial_reads(window(3, 1, 1, 0), window(4, 1, 1, 2)), IMAGE)
    both = meet([CONV, shifted], ["a", "b"], IMAGE, "sum")
    assert off_centre(both) == [
        (OffCentre("sum", ("a", "b"), Fraction(1)),),
        (OffCentre("sum", ("a", "b"), Fraction(-1, 2)),),
    ]
    assert status(both) is Status.EXACT
    assert [axis.map for axis in axes(both) if axis] == [
        join(window(3, 1, 1, 1), window(3)),
        join(window(5, 1, 1, 2), window(4, 1, 1, 2)),
    ]


def test_unequal_strides_hold_on_the_canvas():
    out = (1, 3, 6, 10)
    halved = seen(spatial_reads(window(3, 2, 1, 1), IDENTITY), out)
    cropped = seen(spatial_reads(strided(3, 1), IDENTITY), out)
    both = meet([halved, cropped], ["a", "b"], out, "sum")
    assert status_of(both) == (Status.CANVAS, ("sum: a and b meet at strides 2 and 1",))
    assert off_centre(both) == [(OffCentre("sum", ("a", "b"), Fraction(3)),), ()]
    assert axes(both)[2] is not None
    assert values(axes(both)[2].map, range(6)) == [{2 * i - 1, 2 * i, 2 * i + 1, 3 + i} for i in range(6)]
    assert axes(both)[3] is not None
    assert axes(both)[3].map == IDENTITY


def test_a_gate_leaves_the_local_field_alone():
    pooled = seen(Reads((AxisRead(0), AxisRead(1), None, None)), (1, 3, 1, 1), CONV)
    spread = Reads((AxisRead(0), AxisRead(1), AxisRead(2, constant(0)), AxisRead(3, constant(0))))
    gate = seen(spread, IMAGE, pooled, (1, 3, 1, 1))
    for fields in ([CONV, gate], [gate, CONV]):
        gated = meet(fields, ["a", "b"], IMAGE, "mul")
        assert (axes(gated), gated.whole) == (axes(CONV), ("it",))
        assert (status(gated), off_centre(gated)) == (Status.EXACT, NOWHERE)


def test_a_context_of_one_unit_has_no_centre_to_be_off():
    window_of_all = seen(spatial_reads(window(12), window(10)), (1, 3, 1, 1))
    spread = Reads((AxisRead(0), AxisRead(1), AxisRead(2, constant(0)), AxisRead(3, constant(0))))
    gate = seen(spread, IMAGE, window_of_all, (1, 3, 1, 1))
    gated = meet([CONV, gate], ["a", "b"], IMAGE, "mul")
    assert (status(gated), off_centre(gated)) == (Status.CANVAS, NOWHERE)
    assert [elements(axes(gated)[2].map, i) for i in (0, 11)] == [{-1, *range(12)}, {*range(12), 12}]


def test_rows_that_meet_columns_follow_neither():
    square = of_input((1, 3, 8, 8), (2, 3))
    turned = seen(Reads((AxisRead(0), AxisRead(1), AxisRead(3), AxisRead(2))), (1, 3, 8, 8), square, (1, 3, 8, 8))
    both = meet([square, turned], ["a", "b"], (1, 3, 8, 8), "attention")
    assert (axes(both), both.whole) == ((None,) * 4, ("attention",))


def test_the_worst_status_wins_and_reasons_add_up():
    one = seen(spatial_reads(IDENTITY, IDENTITY, status=Status.CANVAS, reason="one"), IMAGE)
    two = seen(spatial_reads(IDENTITY, IDENTITY, status=Status.UPPER_BOUND, reason="two"), IMAGE)
    both = meet([one, two, one], ["a", "b", "c"], IMAGE, "sum")
    assert status_of(both) == (Status.UPPER_BOUND, ("it: one", "it: two"))


@pytest.mark.parametrize(("axis", "expected"), [(3, Status.EXACT), (1, Status.CANVAS)])
def test_channels_may_come_last(axis: int, expected: Status):
    """In a channels-last tensor axis 3 holds the channels, and axis 1 the rows."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 3, 1]),
        helper.make_node("Concat", ["t", "t"], ["y"], axis=axis),
    ]
    assert status(_analysed(nodes)) is expected


def test_a_chain_of_odd_resizes_is_analysed():
    """Each one multiplies the period, until no period is left and the canvas answers."""
    nodes, before = [], "x"
    for i, size in enumerate((97, 89, 83, 79)):
        weight = {"kernel_shape": [1, 3], "strides": [1, 2]}
        nodes += [
            helper.make_node("Resize", [before, "", "", f"s{size}"], [f"r{i}"], mode="linear"),
            helper.make_node("MaxPool", [f"r{i}"], [f"p{i}"], **weight),
        ]
        before = f"p{i}"
    sizes = {f"s{n}": np.asarray([1, 3, 12, n], np.int64) for n in (97, 89, 83, 79)}
    field = _analysed([*nodes, helper.make_node("Relu", [before], ["y"])], **sizes)
    assert status(field) is Status.CANVAS
    assert any("no period" in reason for reason in status_of(field)[1])


def _analysed(nodes: list[object], **constants: np.ndarray) -> Field:
    """The field of `y` in a model of one image `x`."""
    model = tiny.model(nodes, inputs={"x": IMAGE}, constants=constants)
    return receptive_fields(import_onnx(model.SerializeToString()).graph).by_input["x"]["y"]


def test_holes_are_kept():
    holed = seen(spatial_reads(transposed_window(1, 2), IDENTITY), (1, 3, 23, 10))
    assert axes(holed)[2] is not None
    assert values(axes(holed)[2].map, range(4)) == [{0}, set(), {1}, set()]
    assert axes(holed)[2].clean == (0, 22)
    assert sampled(Fraction(1), Fraction(0), lambda x: (int(x),)) == IDENTITY
