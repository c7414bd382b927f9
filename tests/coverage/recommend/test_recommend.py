"""Recommendations: what is shown was found on the changed network; what does not hold is left out."""

import onnx
import pytest
from onnx import helper

from api_schemas import zoo
from api_schemas.initialisers import Constant
from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import KINDS, RecommendResult
from rfengine.costs import costs_of
from rfengine.coverage.check import check
from rfengine.coverage.objects import read_objects
from rfengine.coverage.recommend import by_fields
from rfengine.coverage.recommend.bench import Bench, Family, Outcome, best_of
from rfengine.coverage.recommend.constants import AddWeight, add_array, maker_of
from rfengine.coverage.recommend.trial import Trial
from rfengine.errors import BadInput
from rfengine.spec_import import compile_spec
from tests.coverage.recommend.detector import (
    FITS,
    TOO_LARGE,
    TOO_SMALL,
    detector,
    policy,
    recommended,
    subject,
)
from tests.real_models import GRAPHS, filled


def _by_kind(found: RecommendResult) -> dict[str, list]:
    kinds: dict[str, list] = {}
    for change in found.recommendations:
        kinds.setdefault(change.kind, []).append(change)
    return kinds


def test_every_kind_makes_objects_fit_that_were_too_large() -> None:
    found = recommended(TOO_LARGE, at_most=100)
    kinds = _by_kind(found)
    assert set(kinds) == set(KINDS) - {"drop_head"}
    assert {change.verdict for change in found.recommendations} == {"pass"}
    assert all(change.share == (0.5, 1.0) for change in found.recommendations)
    # 63 px at stride 16: each tap of a 3x3 more is worth 16 px, 90 px are needed.
    assert all(change.fields[0].trf == ([63, 63], [95, 95]) for change in kinds["block"] + kinds["dilation"][:1])
    assert kinds["large_kernel"][0].change["kernel"] == [None, [7, 7]]
    assert [change.change["input"] for change in kinds["resolution"]] == [[[64, 64], [32, 32]]]


def test_the_least_that_suffices_is_shown() -> None:
    # 3 x 60 = 180 px of 63 are needed: 117 / 32 = 4 blocks.
    (change,) = recommended(policy([10, 60], {"trf": 3}), kinds=("block",)).recommendations
    assert change.change["blocks"] == [0, 4]
    assert change.fields[0].trf == ([63, 63], [191, 191])


def test_order_is_what_passes_first_cheapest_first() -> None:
    found = recommended(policy([10, 60, 55], {"trf": 1.65}), at_most=100).recommendations
    keys = [(change.verdict != "pass", -change.share[1] if change.verdict != "pass" else 0) for change in found]
    assert keys == sorted(keys)
    passing = [(change.multiply_adds, change.parameters) for change in found if change.verdict == "pass"]
    assert passing == sorted(passing)


def test_same_question_same_answer() -> None:
    assert recommended(TOO_LARGE) == recommended(TOO_LARGE)


def test_objects_smaller_than_the_stride_need_a_larger_input_or_a_finer_head() -> None:
    kinds = _by_kind(recommended(TOO_SMALL))
    assert set(kinds) == {"resolution", "add_head"}
    assert kinds["resolution"][0].change["input"][1] == [112, 112]  # 5 px become 8.75
    (head,) = kinds["add_head"]
    assert head.change["heads"] == [["P3", "P4"], ["P2", "P3", "P4"]]
    assert head.inserts_weights
    assert [field.head for field in head.fields] == ["P2"]


def test_a_check_that_passes_is_told_what_costs_less() -> None:
    found = recommended(FITS)
    kinds = _by_kind(found)
    assert set(kinds) == {"resolution", "drop_head"}
    assert "passes as it is" in str(found.note)
    assert all(change.verdict == "pass" and change.multiply_adds < 0 for change in found.recommendations)
    # Objects of 16 px are covered by stride 16 as well, and at 48 px by stride 8.
    assert {tuple(c.change["heads"][1]) for c in kinds["drop_head"]} == {("P4",), ("P3",)}


def test_no_change_covers_less_to_get_rid_of_a_requirement() -> None:
    """Without P4, what is asked of P4 alone is met by nobody; but its objects are then covered by nobody either."""
    ranges = {"by": "size_ranges", "ranges": {"P3": [0, 30], "P4": [30, None]}}
    asked = policy(
        [10, 10, 40, 60], {"trf": 1, "covered": 0.3}, assign=ranges, per_head={"P4": {"trf": 1.5, "covered": 0.99}}
    )
    found = recommended(asked, at_most=100).recommendations
    assert all(change.share[1] >= change.share[0] for change in found)
    assert "drop_head" not in {change.kind for change in found}


def test_what_only_a_dropped_head_needs_is_saved() -> None:
    found = _by_kind(recommended(FITS))["drop_head"]
    coarse = next(change for change in found if change.change["heads"][1] == ["P3"])
    # c4 and two branches of 3x3 and 1x1, 4 channels each, on 4 x 4 units.
    assert coarse.parameters == -(144 + 2 * (144 + 16))
    assert coarse.multiply_adds == coarse.parameters * 16


def test_where_nothing_helps_the_note_says_so() -> None:
    found = recommended(policy([10, 60], {"trf": 500}), kinds=("block", "resolution"))
    assert found.recommendations == []
    assert "no single change" in str(found.note)
    assert sum(found.left_out.values()) == found.trials


def test_the_number_of_trials_is_a_cap() -> None:
    found = recommended(TOO_LARGE, trials=5, at_most=100)
    assert found.trials <= 5
    assert "trials spent" in found.left_out


def test_boxes_in_px_of_the_input_do_not_change_with_it() -> None:
    found = recommended(policy([10, 60], {"trf": 1.5}, input={"resize": "none"}), kinds=("resolution",))
    assert found.recommendations == []
    assert found.left_out == {"resolution: resize is none": 1}


def test_an_edge_rule_is_scaled_with_the_input() -> None:
    asked = policy([10, 60], {"trf": 1.5}, input={"resize": "shortest_edge", "shortest": 64, "longest": 128})
    (change,) = recommended(asked, kinds=("resolution",)).recommendations
    assert change.change["input"][1] == [32, 32]
    assert "shortest 32 px" in change.title


@pytest.mark.parametrize(
    "assign",
    [
        {"by": "size_ranges", "ranges": {"P3": [0, 20], "P4": [20, None]}},
        {"by": "fcos", "boundaries": [10]},
        {"by": "anchors", "anchors": {"P3": [[16, 16]], "P4": [[32, 32]]}, "ratio": 2},
    ],
    ids=lambda rule: rule["by"],
)
def test_a_head_more_takes_its_part_of_the_objects(assign) -> None:
    found = recommended(policy([10, 60], {"trf": 1.5}, assign=assign), kinds=("add_head",))
    assert [change.verdict for change in found.recommendations] == ["pass"]


def test_heads_named_one_by_one_are_named_after_the_change_too() -> None:
    rules = [{"name": f"P{n}", "pattern": f"*_{2**n}"} for n in (3, 4)]
    asked = policy([10, 60], {"trf": 1.5}, heads=rules, per_head={"P3": {"trf": 1}})
    found = recommended(asked, kinds=("add_head", "dilation"))
    assert {change.kind for change in found.recommendations} == {"add_head", "dilation"}
    fine = policy([10], {"trf": 1.5}, heads=rules, per_head={"P4": {"trf": 1}})
    assert ["P3"] in [c.change["heads"][1] for c in recommended(fine, kinds=("drop_head",)).recommendations]


def _without_padding(model: onnx.ModelProto, _add: AddWeight) -> None:
    for output in ("box_16.1.conv", "class_16.1.conv"):
        node = maker_of(model, output)
        assert node is not None
        node.attribute.append(helper.make_attribute("dilations", [2, 2]))


def test_a_wrong_edit_is_left_out() -> None:
    """Dilation without padding makes the field large enough, but takes units away from the head."""
    of = subject(TOO_LARGE)
    table = read_objects(TOO_LARGE.objects, None)
    bench = Bench(detector, add_array, by_fields, TOO_LARGE, table, {}, heads=of.analysed.heads, left=9)
    wrong = Trial("dilation 2", "", {}, edit=_without_padding)
    outcome = bench.outcome(wrong)
    assert outcome.passes
    assert outcome.heads[-1].units == (2, 2)
    before = Outcome(of.analysed.heads, of.result, costs_of(of.analysed.graph))
    assert best_of(Family((wrong,)), bench, before) is None
    assert bench.left_out["changes the grids of the heads"] > 0


def test_an_edit_that_makes_no_valid_model_is_left_out() -> None:
    def edit(model: onnx.ModelProto, _add: AddWeight) -> None:
        model.graph.node[0].input[0] = "nowhere"

    table = read_objects(TOO_LARGE.objects, None)
    bench = Bench(detector, add_array, by_fields, TOO_LARGE, table, {}, left=9)
    assert bench.tries(Trial("broken", "", {}, edit=edit)) is None
    assert list(bench.left_out) == ["not analysable (bad-model)"]


def test_a_model_that_cannot_be_checked_is_refused() -> None:
    with pytest.raises(BadInput, match="no head is called so"):
        recommended(policy([10], {"trf": 1}, per_head={"P9": {"trf": 1}}))


def _zoo(name: str) -> bytes:
    spec = zoo.build(name).model_copy(update={"init": Constant()})
    return bytes(compile_spec(spec, name=name).SerializeToString())


def _asked(sizes: list[float], require: dict) -> CoveragePolicy:
    return CoveragePolicy.model_validate({"objects": {"sizes": sizes, "image_size": 640}, "require": require})


def test_yolov8n_sees_its_largest_objects_again() -> None:
    wanted = ("resolution", "dilation", "context", "add_head")
    found = recommended(_asked([40, 100, 600, 640], {"trf": 2.1}), _zoo("yolov8n"), kinds=wanted)
    kinds = _by_kind(found)
    assert set(kinds) == set(wanted)
    # 1263 px of 1344: dilation 3 on a 3x3 at stride 32 is worth 4 x 32.
    assert kinds["dilation"][0].fields[0].trf == ([1263, 1263], [1391, 1391])
    assert kinds["dilation"][0].parameters == 0
    assert kinds["add_head"][0].fields[0].head == "P6"


def test_windows_that_see_padding_alone_are_no_recommendation() -> None:
    """SSD's last map has one unit: nothing beside it is there to be seen, however large the window.

    Its Reshapes of one input size do not stand in the way of what can be tried before them.
    """
    data = filled(GRAPHS / "ssd300_vgg16_heads.onnx")
    asked = _asked([60, 600], {"trf": 4})
    found = recommended(asked, data, kinds=("context", "block", "large_kernel", "add_head", "dilation"), at_most=2)
    assert [change.verdict for change in found.recommendations] == ["pass", "pass"]
    # Only convolutions that read maps of at least 5 x 5 units, though those behind them would widen the field as well.
    changed = {change.layer for change in found.recommendations}
    assert changed == {"/b/extra.0/extra.0.7/extra.0.7.1/Conv", "/b/extra.3/extra.3.2/Conv"}
    assert found.left_out["context: no map with room for it"] == 1
    known = by_fields(data, {}, asked)
    result, _ = check(asked, read_objects(asked.objects, None), known.heads, known.canvas)
    assert found.recommendations[0].share[0] == result.share == 0.5
