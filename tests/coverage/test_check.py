"""The verdict: counts, margins, worst objects, failures, and what cannot be checked."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_schemas.coverage import CoverageResult
from api_schemas.policy import CoveragePolicy
from rfengine.coverage.check import check
from rfengine.errors import BadInput
from tests.coverage.tables import PYRAMID, head, sizes, table

CANVAS = (640, 640)


def policy(require: Any, **changes: Any) -> CoveragePolicy:
    words = {"objects": {"sizes": [3]}, "input": {"resize": "none"}, "require": require, "bins": [32, 96]}
    return CoveragePolicy.model_validate(words | changes)


def verdict(
    require: Any, *objects: tuple[float, float], counts: list[int] | None = None, **changes: Any
) -> CoverageResult:
    return check(policy(require, **changes), sizes(*objects, counts=counts), PYRAMID, CANVAS)[0]


def test_a_check_by_hand() -> None:
    """Fields of 100, 200 and 400 px must be twice the objects: 50, 100 and 200 px are the most."""
    found = verdict({"trf": 2, "stride": 1, "covered": 0.7}, (20, 10), (50, 40), (60, 60), (201, 20), (150, 4))
    assert (found.verdict, found.covered, found.uncovered, found.share) == ("fail", 3, 2, 0.6)
    # 150 x 4: P3 has a third of the field, P4 a quarter of the fineness. 201 x 20: P5's stride comes nearest.
    assert [(h.name, h.objects, h.covered) for h in found.heads] == [("P3", 3, 2), ("P4", 1, 1), ("P5", 1, 0)]
    assert [(part.name, part.objects, part.covered) for part in found.bins] == [
        ("<32", 2, 1),
        ("32-96", 3, 2),
        (">=96", 0, 0),
    ]
    assert found.margin == pytest.approx(-2 / 3, abs=1e-6)
    assert [(u.head, u.binding, u.has_px, u.needed_px) for u in found.worst] == [
        ("P3", "trf", 100, 300),
        ("P5", "stride", 32, 20),
    ]
    assert [failure.code for failure in found.failures] == ["covered"]


@settings(max_examples=80, deadline=None)
@given(
    objects=st.lists(st.tuples(st.floats(1, 500), st.floats(1, 500)), min_size=1, max_size=30),
    data=st.data(),
)
def test_counts_add_up(objects: list[tuple[float, float]], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 10**6), min_size=len(objects), max_size=len(objects)))
    assign = data.draw(st.sampled_from(["any", "fpn", {"by": "stride_multiples", "open_ended": False}]))
    found = verdict({"trf": 1.5, "stride": 1}, *objects, counts=counts, assign=assign)
    total = sum(counts)
    assert found.objects.objects == found.covered + found.uncovered == total
    assert sum(part.objects for part in found.bins) == total
    assert sum(part.covered for part in found.bins) == sum(each.covered for each in found.heads) == found.covered
    assert sum(each.objects for each in found.heads) + found.binding.get("no_head", 0) == total
    assert sum(found.binding.values()) == found.uncovered
    for each in found.heads:
        assert sum(part.objects for part in each.bins) == each.objects
        assert sum(each.binding.values()) == each.objects - each.covered
    assert (found.verdict == "pass") == (found.uncovered == 0)
    assert found == verdict({"trf": 1.5, "stride": 1}, *objects, counts=counts, assign=assign)


@given(factor=st.floats(1.01, 5), objects=st.lists(st.tuples(st.floats(1, 500), st.floats(1, 500)), min_size=1))
@settings(max_examples=50, deadline=None)
def test_who_asks_for_more_gets_less(factor: float, objects: list[tuple[float, float]]) -> None:
    assert verdict({"trf": factor}, *objects).covered <= verdict({"trf": 1}, *objects).covered


def test_the_largest_and_the_smallest_object_are_the_limits_of_a_head() -> None:
    require = {"trf": {"at_least": 2, "margin_px": 8, "off_centre": True}, "erf": 0.5, "stride": 0.5}
    for each in verdict(require, (30, 30)).heads:
        alone = tuple(h for h in PYRAMID if h.name == each.name)
        assert each.largest_px is not None
        assert each.smallest_px is not None
        for size, covered in (
            (each.largest_px, 1),
            (each.largest_px * 1.001, 0),
            (each.smallest_px, 1),
            (each.smallest_px * 0.999, 0),
        ):
            assert check(policy(require), sizes((size, size)), alone, CANVAS)[0].covered == covered, (each.name, size)


def test_the_worst_objects_have_names() -> None:
    boxes = [(1.0, 2.0, 30.0, 30.0), (3.0, 4.0, 300.0, 30.0), (5.0, 6.0, 500.0, 50.0)]
    objects = table(boxes, image=(640, 640), ids=["a1", "b2", "c3"])
    found = check(policy({"trf": 2}, worst=1), objects, PYRAMID, CANVAS)[0]
    (worst,) = found.worst
    assert (worst.annotation, worst.image, worst.box) == ("c3", "image.png", [5, 6, 500, 50])
    assert (worst.image_size, worst.size_px, worst.head) == ([640, 640], [50, 500], "P5")
    assert worst.ratio == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("require", "changes", "codes"),
    [
        ({"trf": 1, "covered": 0.5}, {}, []),
        ({"trf": 4, "covered": 0.5}, {"per_head": {"P5": {"covered": 1}}}, ["head-covered"]),
        ({"trf": 4, "covered": 0.5, "bins": {">=96": 0.9}}, {}, ["bin-covered"]),
        ({"trf": 1, "clipped": 0.25}, {}, []),
        ({"trf": 1, "clipped": 0.2}, {}, ["clipped", "clipped", "clipped"]),
        ({"trf": 1, "clipped": 0.2}, {"per_head": {"P5": {"clipped": 0.5}}}, ["clipped", "clipped"]),
        ({"trf": 4}, {}, ["covered"]),
    ],
)
def test_failures(require: Any, changes: Any, codes: list[str]) -> None:
    found = verdict(require, (20, 20), (120, 120), (20, 10), **changes)
    assert [failure.code for failure in found.failures] == codes
    assert found.verdict == ("fail" if codes else "pass")
    for failure in found.failures:
        assert "; " in failure.message, "a failure says what to do"
        assert failure.has is not None
        assert failure.needed is not None


@pytest.mark.parametrize(
    ("require", "changes", "says"),
    [
        ({"trf": 1}, {"per_head": {"P5": {"covered": 0.9}}}, r"per_head\.P5\.covered: no object goes to P5"),
        ({"trf": 1, "bins": {">=96": 0.9}}, {}, r"require\.bins\.>=96: no object is of that size"),
        (
            {"trf": {"at_least": 40}, "clipped": 0},
            {},
            r"clipped 0 keeps every field inside the input of 640 x 640 px, and trf \(at_least 40, .*of 20 x 20 px",
        ),
    ],
)
def test_what_cannot_be_checked_is_no_pass(require: Any, changes: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        verdict(require, (20, 20), (20, 10), **changes)


def test_a_head_that_nothing_is_asked_of_covers_nothing() -> None:
    """Else it would cover whatever it answers for, and the check could not fail."""
    with pytest.raises(BadInput, match=r"nothing is asked of head P4, .*under require, or under per_head\.P4"):
        verdict({}, (20, 20), per_head={"P3": {"trf": 1}})


def test_an_object_that_may_be_missed_is_no_contradiction() -> None:
    require = {"trf": 3, "clipped": 0, "covered": 0.5}
    heads = tuple(replace(each, clipped_share=0.0) for each in PYRAMID)
    found = check(policy(require), sizes((20, 20), (300, 300)), heads, CANVAS)[0]
    assert (found.verdict, found.covered) == ("pass", 1)


def test_objects_larger_than_the_input_are_in_other_units() -> None:
    with pytest.raises(BadInput, match=r"1 boxes, the first 700 x 20 px .* are larger than the network's input"):
        verdict({"trf": 1}, (20, 20), (700, 20))


def test_an_upper_bound_covers_nothing_unless_it_is_accepted() -> None:
    heads = (head("P3", 8, 100, status="upper_bound"),)
    with pytest.raises(BadInput, match=r"head P3 \(P3/out\): its field of 100 x 100 px is an upper bound, .*: accept"):
        check(policy({"trf": 1}), sizes((9, 9)), heads, CANVAS)
    accepted = policy({"trf": {"upper_bound": "accept"}})
    assert check(accepted, sizes((9, 9)), heads, CANVAS)[0].verdict == "pass"


def test_a_share_that_is_nearly_all_is_not_called_all() -> None:
    found = verdict({"trf": 1}, (20, 20), (500, 500), counts=[999_999, 1])
    assert found.failures[0].message.startswith("99.9 % of 1,000,000 objects are covered, 100 % are required")


def test_a_head_without_objects_is_unused() -> None:
    assert [each.verdict for each in verdict({"trf": 1}, (20, 20)).heads] == ["pass", "unused", "unused"]
