"""The objects as data: judged again from the rows alone, as the web page does, they come out as a check has them."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api_schemas.policy import CoveragePolicy
from rfengine.analysis import analyze
from rfengine.coverage import rows as module
from rfengine.coverage.check import check
from rfengine.coverage.checked import BINDINGS
from rfengine.coverage.objects.table import ObjectTable
from rfengine.coverage.rows import object_rows
from tests.coverage.tables import PYRAMID, table
from tests.coverage.test_analysis import request
from tests.coverage.test_book import ASSIGNMENTS, CANVAS, policy, ratios

ENOUGH = 1 - 1e-6  # sizes are float32
Verdicts = Counter[tuple[int, str | None]]  # objects by head and what binds

TILES = {"resize": "letterbox", "tiles": {"size": 320, "overlap": 0.25}}
BOTH = {"resize": "letterbox", "tiles": {"size": 320, "overlap": 0.25, "full_image": True}}


def objects(n: int, seed: int = 0) -> ObjectTable:
    """Boxes anywhere in an image of 1280 x 960 px, half of them of few sizes and some that stand for several."""
    random = np.random.default_rng(seed)
    extent = np.exp(random.uniform(np.log(4), np.log(500), (n, 2)))
    extent[: n // 2] = random.choice([8.0, 20.0, 33.3, 140.0], (n // 2, 2))
    corner = random.uniform(0, 1, (n, 2)) * (np.array([1280, 960]) - extent)
    return table(list(map(tuple, np.hstack([corner, extent]))), image=(1280, 960), counts=random.integers(1, 4, n))


def made(asked: CoveragePolicy, objects: ObjectTable) -> tuple[dict[str, Any], Verdicts]:
    """The rows of a check, and its verdicts."""
    _, checked = check(asked, objects, PYRAMID, CANVAS)
    found: Verdicts = Counter()
    for head, code, count in zip(checked.head, checked.binding, checked.count, strict=True):
        found[int(head), None if code < 0 else BINDINGS[code]] += int(count)
    return object_rows(asked, objects, PYRAMID, checked, CANVAS), found


def as_it_was(rows: dict[str, Any]) -> Verdicts:
    found: Verdicts = Counter()
    for head, code, count in zip(rows["head"], rows["binding"], rows["count"], strict=True):
        found[int(head), None if code < 0 else BINDINGS[code]] += int(count)
    return found


def judged_again(rows: dict[str, Any], asked: CoveragePolicy) -> Verdicts:
    """From nothing but the rows and what a report says of its heads."""
    found: Verdicts = Counter()
    for row in range(len(rows["count"])):
        best: tuple[int, str | None, float] = (-1, "no_head", 0.0)
        for ending in ("", "_2")[: int(rows["views"])]:
            height, width, whole = (float(rows[f"{name}{ending}"][row]) for name in ("height", "width", "whole"))
            for place, head in enumerate(PYRAMID):
                if best[1] is None or not int(rows[f"candidates{ending}"][row]) >> place & 1:
                    continue
                near = [*ratios(asked, head, width, height), *([(whole, "cut")] if whole < 1 else [])]
                ratio, binding = min(near, key=lambda each: each[0])
                if ratio >= ENOUGH:
                    best = (place, None, ratio)
                elif best[0] < 0 or ratio > best[2] / ENOUGH:
                    best = (place, binding, ratio)
        found[best[0], best[1]] += int(rows["count"][row])
    return found


OTHERS: tuple[dict[str, Any], ...] = (
    {"require": {"trf": 3}},
    {"require": {"trf": {"at_least": 1, "margin_px": 10, "off_centre": True}, "stride": 0.5}},
    {"require": {"erf": 0.5, "stride": 2}, "per_head": {"P5": {"erf": 0.2}}},
)


@pytest.mark.parametrize("how", [{"resize": "letterbox"}, {"resize": "stretch"}, TILES, BOTH], ids=str)
@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_other_requirements_are_judged_from_the_rows_alone(how: dict[str, Any], other: dict[str, Any]) -> None:
    seen = objects(400)
    for assign in ASSIGNMENTS:
        rows, verdicts = made(policy(assign, {"trf": 1.5}, input=how), seen)
        assert as_it_was(rows) == verdicts
        asked = policy(assign, other["require"], input=how, per_head=other.get("per_head", {}))
        assert_alike(judged_again(rows, asked), made(asked, seen)[1])
        assert int(rows["views"]) == (2 if how is BOTH else 1)
        assert ("height_2" in rows) == (how is BOTH)


def assert_alike(found: Verdicts, wanted: Verdicts) -> None:
    """What covers which objects, exactly; of the others, some come as near to one head as to another by rounding."""
    covered = [{key: count for key, count in each.items() if key[1] is None} for each in (found, wanted)]
    assert covered[0] == covered[1]
    assert found.total() == wanted.total()
    assert sum((found - wanted).values()) <= wanted.total() / 100


def test_the_twin_needs_every_column() -> None:
    """The test of the test: without tiles, or without candidates, the verdicts are others."""
    asked = policy({"by": "fcos", "boundaries": [32, 96]}, {"trf": 1.5, "stride": 1}, input=BOTH)
    rows, verdicts = made(asked, objects(400))
    assert judged_again(rows, asked) == verdicts
    everyone = np.full_like(rows["candidates"], 7)
    for wrong in ({"views": np.array(1)}, {"candidates": everyone}, {"whole_2": np.ones_like(rows["whole_2"])}):
        assert judged_again(rows | wrong, asked) != verdicts


def test_equal_rows_are_one() -> None:
    boxes = [(0.0, 0.0, 20.0, 10.0), (50.0, 9.0, 20.0, 10.0), (0.0, 0.0, 10.0, 20.0)]
    rows, _ = made(policy("any", {"trf": 1.5}), table(boxes, counts=[1, 2, 4]))
    assert list(zip(rows["height"], rows["width"], rows["count"], strict=True)) == [(10, 20, 3), (20, 10, 4)]
    assert {name: column.dtype.name for name, column in rows.items()} == {
        "height": "float32", "width": "float32", "whole": "float32", "candidates": "uint32", "head": "int8",
        "binding": "int8", "count": "int32", "views": "int8", "merged": "int8",
    }  # fmt: skip
    many, _ = made(policy("any", {"trf": 1.5}), table(boxes[:1], counts=[1 << 40]))
    assert (many["count"].dtype.name, many["count"][0]) == ("float64", 1 << 40)


@pytest.mark.parametrize("how", [{"resize": "letterbox"}, BOTH], ids=str)
def test_beyond_so_many_rows_sizes_are_rounded_and_verdicts_are_not(
    how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, seen = policy("fpn", {"trf": 1.5}, input=how), objects(3000)
    whole, verdicts = made(asked, seen)
    assert int(whole["merged"]) == 0
    monkeypatch.setattr(module, "MOST_ROWS", 1500)
    rows, _ = made(asked, seen)
    assert int(rows["merged"]) == 1
    assert 500 < len(rows["count"]) <= 1500
    assert as_it_was(rows) == verdicts
    assert (rows["whole"] < 1).sum() <= (whole["whole"] < 1).sum()
    mean = [float((each["height"] * each["count"]).sum() / each["count"].sum()) for each in (whole, rows)]
    assert mean[1] == pytest.approx(mean[0], rel=0.02)


def test_they_lie_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = analyze(None, request({"trf": 1}), out=tmp_path)
    (listed,) = [artifact for artifact in report.artifacts if artifact.media_type == "application/zip"]
    assert (listed.name, listed.bytes) == ("coverage.objects.npz", (tmp_path / "coverage.objects.npz").stat().st_size)
    assert report.coverage is not None
    with np.load(tmp_path / listed.name) as rows:
        assert rows["count"].sum() == report.coverage.objects.objects
        booked = [int(rows["count"][rows["head"] == place].sum()) for place in range(2)]
        assert booked == [head.objects for head in report.coverage.heads]
    monkeypatch.setattr("rfengine.coverage.analysis.MOST_HEADS", 1)
    report = analyze(None, request({"trf": 1}), out=tmp_path)
    assert not [artifact for artifact in report.artifacts if artifact.media_type == "application/zip"]
    (warning,) = [warning for warning in report.warnings if warning.code == "objects-left-out"]
    assert "name fewer under heads" in warning.message
