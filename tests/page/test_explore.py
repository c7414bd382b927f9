"""What the explorer computes in the page: lanes of the graph, folding, lines of equal energy, verdicts, the address."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.page.browser import in_module

IN_BROWSER = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Names in the order of computation, with those that each is made from."""
    count = draw(st.integers(1, 25))
    names = [f"t{i}" for i in range(count)]
    return {
        name: draw(st.lists(st.sampled_from(names[:i]), max_size=4, unique=True)) if i else []
        for i, name in enumerate(names)
    }


@settings(deadline=None, max_examples=60, suppress_health_check=IN_BROWSER)
@given(graphs())
def test_lanes_lead_from_every_row_to_every_row_that_reads_it(
    modules: Page, static: str, graph: dict[str, list[str]]
) -> None:
    body = "return module.laneRows(Object.keys(argument), (name) => argument[name])"
    found = in_module(modules, static + "js/explore/lanes.js", body, graph)
    lane_of: dict[str, int] = {}
    below: dict[int, str] = {}  # what each lane carries out of the row above
    for row in found["rows"]:
        carried = {each["lane"]: each["from"] for each in row["through"]}
        ending = {each["lane"]: each["from"] for each in row["into"]}
        assert all(below[lane] == name for lane, name in (carried | ending).items()), "a lane begins in the air"
        assert set(below) == set(carried) | set(ending), "a lane ends in the air"
        assert sorted(ending.values()) == sorted(graph[row["name"]])
        assert all(lane_of[name] == lane for lane, name in (carried | ending).items())
        assert row["lane"] not in carried, "two rows in one lane"
        lane_of[row["name"]] = row["lane"]
        below = {**carried, **({row["lane"]: row["name"]} if row["isRead"] else {})}
    assert not below
    assert found["width"] == max(lane_of.values()) + 1


FOLDED = """
  const tensorOf = (reads) => ({ reads: Object.fromEntries(reads.map((each) => [each, [1]])) });
  const tensors = Object.fromEntries(Object.entries(argument.graph).map(([name, reads]) => [name, tensorOf(reads)]));
  const network = { tensors, names: Object.keys(tensors), parents: new Map(Object.entries(argument.graph)) };
  const { names, homeOf, folded } = module.foldedRows(network, (a, b) => argument.sees[a] === argument.sees[b]);
  return { names, homeOf: Object.fromEntries(homeOf), folded: Object.fromEntries(folded) };
"""


def test_a_row_takes_in_what_sees_what_its_only_input_sees(modules: Page, static: str) -> None:
    graph = {"conv": [], "norm": ["conv"], "relu": ["norm"], "wide": ["relu"], "sum": ["relu", "wide"], "out": ["sum"]}
    sees = {"conv": 3, "norm": 3, "relu": 3, "wide": 5, "sum": 5, "out": 5}
    found = in_module(modules, static + "js/explore/lanes.js", FOLDED, {"graph": graph, "sees": sees})
    assert found["names"] == ["conv", "wide", "sum"]
    assert found["folded"] == {"conv": ["norm", "relu"], "wide": [], "sum": ["out"]}
    assert found["homeOf"]["relu"] == "conv"
    assert found["homeOf"]["out"] == "sum"


LINES = """
  const { values, rows, columns } = argument;
  const plane = { values: Float32Array.from(values), rows, columns, x: 10, y: -5 };
  const { lines, smoothed } = module.linesOf(plane);
  const numbers = lines.map(({ path }) => (path.match(/-?[0-9.]+/g) ?? []).map(Number));
  return { numbers, smoothed, thresholds: module.thresholdsOf(plane.values), levels: module.LEVELS };
"""


def test_lines_of_equal_energy_enclose_the_smallest_area_that_holds_it(modules: Page, static: str) -> None:
    side, sigma = 81, 9.0
    y, x = np.mgrid[:side, :side] - side // 2
    bell = np.exp(-(x**2 + y**2) / (2 * sigma**2)).astype(np.float32)
    plane = {"values": bell.ravel().tolist(), "rows": side, "columns": side}
    found = in_module(modules, static + "js/explore/heat.js", LINES, plane)
    ordered = np.sort(bell.ravel().astype(np.float64))[::-1]
    shares = np.cumsum(ordered) / ordered.sum()
    for level, threshold, numbers in zip(found["levels"], found["thresholds"], found["numbers"], strict=True):
        assert threshold == np.float32(ordered[np.searchsorted(shares, level)])
        points = np.array(numbers).reshape(-1, 2) - (10 + side / 2, -5 + side / 2)
        # A Gaussian that was smoothed is one again; 1 - exp(-r^2 / 2 s^2) of it lies within r.
        radius = np.sqrt(-2 * np.log(1 - level) * (sigma**2 + found["smoothed"] ** 2))
        assert np.allclose(np.hypot(*points.T), radius, atol=0.6)


def test_a_map_of_one_row_has_no_lines(modules: Page, static: str) -> None:
    found = in_module(modules, static + "js/explore/heat.js", LINES, {"values": [1, 2, 1], "rows": 1, "columns": 3})
    assert found["numbers"] == []


def verdict(page: Page, static: str, box: list[float], factor: float) -> list[Any]:
    heads = [
        {"name": "P3", "least": [64, 64]},
        {"name": "P4", "least": [200, 120]},
        {"name": "P5", "least": [150, 150]},
    ]
    body = """
      const { head, widest } = module.verdictOf(argument.box, argument.heads, argument.factor);
      return [head?.name ?? null, widest.name];
    """
    found: list[Any] = in_module(
        page, static + "js/explore/objects.js", body, {"box": box, "heads": heads, "factor": factor}
    )
    return found


def test_the_finest_head_that_sees_enough_covers_an_object(modules: Page, static: str) -> None:
    assert verdict(modules, static, [5, 5, 40, 40], 1.5) == ["P3", "P5"]
    assert verdict(modules, static, [5, 5, 64, 64], 1.0) == ["P3", "P5"]
    assert verdict(modules, static, [5, 5, 100, 70], 1.5) == ["P4", "P5"]
    assert verdict(modules, static, [5, 5, 90, 100], 1.5) == ["P5", "P5"]
    assert verdict(modules, static, [5, 5, 100, 100], 2.0) == [None, "P5"]


def test_what_is_no_state_in_an_address_is_left_aside(modules: Page, static: str) -> None:
    body = "return module.readAddress(new URLSearchParams(argument))"
    address = static + "js/explore/address.js"
    good = in_module(modules, address, body, "tensor=p3&unit=3,4&boxes=1,2,30,40;5,6,7.5,8&k=2&fit=stretch")
    assert (good["tensor"], good["unit"], good["factor"], good["fit"]) == ("p3", [3, 4], 2, "stretch")
    assert good["boxes"] == [[1, 2, 30, 40], [5, 6, 7.5, 8]]
    bad = in_module(modules, address, body, "unit=-1,x&boxes=1,2,0,4;a,b;;1,2,3&k=99&fit=tile&measured=../jobs,zz")
    assert (bad["unit"], bad["boxes"], bad["factor"], bad["fit"], bad["measured"]) == (None, [], 1.5, None, [])


def test_a_picture_lies_as_its_fit_says(modules: Page, static: str) -> None:
    body = """
      const place = (fit) => module.placed({ width: 200, height: 100 }, fit, { width: 64, height: 64 });
      return argument.map((fit) => Object.values(place(fit)));
    """
    fits = ["letterbox", "crop", "stretch"]
    found = in_module(modules, static + "js/explore/pictures.js", body, fits)
    assert found == [[0, 16, 64, 32], [-32, 0, 128, 64], [0, 0, 64, 64]]
