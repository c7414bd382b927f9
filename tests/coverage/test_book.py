"""Objects to heads: against a naive twin that goes object by object, for all rules and random policies."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_schemas.policy import CoveragePolicy
from rfengine.coverage import book as booking
from rfengine.coverage.assignment import rules
from rfengine.coverage.book import book
from rfengine.coverage.checked import BINDINGS
from rfengine.coverage.heads import Head
from rfengine.coverage.views import views
from rfengine.errors import BadInput
from tests.coverage.tables import PYRAMID, head, sizes

CANVAS = (640, 640)
ANCHORS = {"P3": [[10, 13], [33, 23]], "P4": [[62, 45], [59, 119]], "P5": [[156, 198], [373, 326]]}
RANGES = {"P3": [0, 50], "P4": [40, 120], "P5": [120, None]}
ASSIGNMENTS: tuple[Any, ...] = (
    "any",
    "fpn",
    {"by": "fpn", "canonical_px": 100, "canonical_level": 5},
    {"by": "fcos", "boundaries": [32, 96]},
    "stride_multiples",
    {"by": "stride_multiples", "low": 2, "high": 5, "of": "longest", "open_ended": False},
    {"by": "size_ranges", "ranges": RANGES},
    {"by": "size_ranges", "ranges": {"P4": [10, 300]}, "of": "shortest"},
    {"by": "anchors", "anchors": ANCHORS, "ratio": 4},
    {"by": "anchors", "anchors": ANCHORS, "iou": 0.5},
    {"by": "anchors", "anchors": ANCHORS, "iou": 0.5, "always": True},
)


def policy(assign: Any = "any", require: dict[str, Any] | None = None, **changes: Any) -> CoveragePolicy:
    words = {"objects": {"sizes": [3]}, "input": {"resize": "none"}, "assign": assign, "require": require or {"trf": 1}}
    return CoveragePolicy.model_validate(words | changes)


def side(of: str, width: float, height: float) -> float:
    return {"longest": max, "shortest": min, "area": lambda w, h: math.sqrt(w * h)}[of](width, height)


def answers(rule: Any, heads: Sequence[Head], width: float, height: float) -> list[str]:
    """The heads that answer for one object, from the rules' definitions."""
    names = [each.name for each in heads]
    match rule.by:
        case "any":
            return names
        case "size_ranges":
            size = side(rule.of, width, height)
            return [n for n, (low, high) in rule.ranges.items() if low <= size and (high is None or size < high)]
        case "fcos":
            reach = max(width, height) / 2
            ends = [0, *rule.boundaries, math.inf]
            return [n for n, low, high in zip(names, ends, ends[1:], strict=False) if low < reach <= high]
        case "fpn":
            level = math.floor(rule.canonical_level + math.log2(math.sqrt(width * height) / rule.canonical_px))
            levels = {each.name: math.log2(each.stride[0]) for each in heads}
            level = min(max(level, min(levels.values())), max(levels.values()))
            return [n for n in names if levels[n] == level]
        case "stride_multiples":
            size, strides = side(rule.of, width, height), [each.stride[0] for each in heads]
            low = [0 if rule.open_ended and s == min(strides) else s * rule.low for s in strides]
            high = [math.inf if rule.open_ended and s == max(strides) else s * rule.high for s in strides]
            return [n for n, a, b in zip(names, low, high, strict=True) if a <= size <= b]
        case "anchors":
            return by_anchor(rule, width, height)
    raise AssertionError(rule.by)


def by_anchor(rule: Any, width: float, height: float) -> list[str]:
    def fit(anchor: tuple[float, float]) -> float:
        w, h = anchor
        if rule.iou is None:
            return -max(width / w, w / width, height / h, h / height)
        shared = min(width, w) * min(height, h)
        return float(shared / (width * height + w * h - shared))

    fits = {name: max(map(fit, anchors)) for name, anchors in rule.anchors.items()}
    best = max(fits.values())
    enough = rule.always or best >= (rule.iou if rule.iou is not None else -rule.ratio)
    return [name for name, value in fits.items() if value == best] if enough else []


def ratios(asked: CoveragePolicy, each: Head, width: float, height: float) -> Iterator[tuple[float, str]]:
    """How near a head comes to every requirement, from the requirements' definitions."""
    require = asked.required_of(each.name)
    if require.trf is not None:
        trf = require.trf
        for field, size, stride in zip(each.trf, (height, width), each.stride, strict=True):
            yield field / (trf.at_least * size + 2 * trf.margin_px + (stride if trf.off_centre else 0)), "trf"
    if require.erf is not None:
        assert each.erf_side is not None
        yield each.erf_side / (require.erf.at_least * max(width, height) + 2 * require.erf.margin_px), "erf"
    if require.stride is not None:
        yield from (
            (require.stride.at_most * n / s, "stride") for n, s in zip((height, width), each.stride, strict=True)
        )


def naive(
    asked: CoveragePolicy, heads: Sequence[Head], width: float, height: float
) -> tuple[str | None, str | None, float]:
    """Head, what binds (None: covered) and the ratio, for one object."""
    best: tuple[str | None, str | None, float] = (None, "no_head", 0.0)
    for each in heads:
        if each.name not in answers(asked.assign, heads, width, height):
            continue
        ratio, binding = min(ratios(asked, each, width, height), key=lambda found: found[0])
        if ratio >= 1 - 1e-9:
            return each.name, None, ratio
        if best[0] is None or ratio > best[2]:
            best = (each.name, binding, ratio)
    return best


PX = st.floats(1, 640).map(lambda value: round(value, 2))
REQUIREMENTS = st.fixed_dictionaries(
    {
        "trf": st.fixed_dictionaries(
            {"at_least": st.floats(0.5, 3), "margin_px": st.floats(0, 20), "off_centre": st.booleans()}
        )
    },
    optional={"erf": st.floats(0.2, 2), "stride": st.floats(0.2, 4)},
)


@settings(max_examples=150, deadline=None)
@given(
    assign=st.sampled_from(ASSIGNMENTS),
    require=REQUIREMENTS,
    own=st.dictionaries(st.sampled_from(["P3", "P4", "P5"]), st.fixed_dictionaries({"trf": st.floats(0.5, 3)})),
    objects=st.lists(st.tuples(PX, PX), min_size=1, max_size=20),
)
def test_every_object_is_booked_as_the_naive_twin_books_it(
    assign: Any, require: dict[str, Any], own: dict[str, Any], objects: list[tuple[float, float]]
) -> None:
    asked = policy(assign, require, per_head=own)
    table = sizes(*objects)
    checked = book(asked, PYRAMID, views(asked, table, CANVAS), table.count, CANVAS).checked
    names = [*(each.name for each in PYRAMID), None]
    for row, (width, height) in enumerate(objects):
        name, binding, ratio = naive(asked, PYRAMID, width, height)
        code = int(checked.binding[row])
        assert (names[checked.head[row]], None if code < 0 else BINDINGS[code]) == (name, binding)
        assert checked.ratio[row] == pytest.approx(ratio, rel=1e-12)


def test_every_rule_is_tried_here() -> None:
    assert {type(policy(assign).assign) for assign in ASSIGNMENTS} == set(rules())


def test_the_twin_notices_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the test: objects of a range's upper end counted in."""
    from api_schemas.policy_assignment import SizeRanges
    from rfengine.coverage.assignment import registry

    def wrong(rule: SizeRanges, heads: Sequence[Head], view: Any) -> Any:
        found = np.zeros((len(heads), len(view.height)), bool)
        for place, (low, high) in registry.by_name(rule.ranges, heads, "ranges"):
            found[place] = (view.side(rule.of) >= low) & (view.side(rule.of) <= (high or np.inf))
        return found

    monkeypatch.setitem(registry._RULES, SizeRanges, wrong)
    asked, table = policy({"by": "size_ranges", "ranges": {"P3": [0, 50], "P4": [50, None]}}), sizes((50, 50))
    checked = book(asked, PYRAMID, views(asked, table, CANVAS), table.count, CANVAS).checked
    assert naive(asked, PYRAMID, 50, 50)[0] == "P4"
    assert PYRAMID[checked.head[0]].name == "P3"


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    table = sizes(*map(tuple, random.uniform(2, 600, (50, 2))))
    asked = policy("any", {"trf": 1.5, "stride": 1})

    def booked() -> Any:
        return book(asked, PYRAMID, views(asked, table, CANVAS), table.count, CANVAS)

    whole = booked()
    monkeypatch.setattr(booking, "BLOCK", 7)
    parts = booked()
    for column in ("height", "width", "head", "binding", "ratio", "has", "needed"):
        np.testing.assert_array_equal(getattr(whole.checked, column), getattr(parts.checked, column))
    np.testing.assert_array_equal(whole.best, parts.best)


@pytest.mark.parametrize(
    ("assign", "says"),
    [
        ({"by": "fcos"}, "4 boundaries part 5 heads, and there are P3 .*; give 2"),
        ({"by": "size_ranges", "ranges": {"P6": [0, 9]}}, r"assign\.ranges\.P6: no head is called so; there are P3"),
        ({"by": "anchors", "anchors": {"p3": [[9, 9]]}, "iou": 0.5}, r"assign\.anchors\.p3: no head is called so"),
    ],
)
def test_rules_that_do_not_fit_the_heads(assign: Any, says: str) -> None:
    asked, table = policy(assign), sizes((30, 30))
    with pytest.raises(BadInput, match=says):
        book(asked, PYRAMID, views(asked, table, CANVAS), table.count, CANVAS)


def test_a_field_that_is_the_whole_image() -> None:
    heads = (head("P3", 8, 100, global_context=("pool",)),)
    table = sizes((600, 600))
    for global_context, covered in (("local", False), ("whole", True)):
        asked = policy("any", {"trf": {"global_context": global_context}})
        checked = book(asked, heads, views(asked, table, CANVAS), table.count, CANVAS).checked
        assert bool(checked.covered[0]) is covered
