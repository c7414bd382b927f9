"""The sweep view: the map has the report's trainings, whole or as far as they are known."""

import json
import re
from collections import defaultdict
from statistics import fmean
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from api_schemas.report import Report
from api_schemas.sweep_result import RunResult, SweepResult
from rfengine.plots.sweep_distance import logistic
from tests import sweeps
from tests.page.browser import in_module, scrolls_sideways
from tests.service.processes import Deployment

FAILED = sweeps.row(20, runs=(sweeps.run(7, 0, 1.0), sweeps.run(7, 1, None), sweeps.run(9, 0, None)))
SMALL = {"depths": [4], "maps": 2, "distances": [7, 8], "seeds": 1, "training": {"steps": 60, "evaluate_every": 20}}
CELLS = """
return module.rowsOf(argument).map((row) => ({
  network: row.network,
  cells: [...module.cellsOf(row).values()].map((cell) => [cell.distance, cell.mean, cell.failed, cell.runs.length]),
  fit: module.logisticOf(row) && [6, 8.5, 9, 20].map(module.logisticOf(row)),
}));
"""


def as_sent(shown: SweepResult) -> dict[str, Any]:
    """A sweep as the report has it on the wire: without what is null."""
    found: dict[str, Any] = json.loads(sweeps.report(shown).model_dump_json(by_alias=True, exclude_none=True))
    return found


def by_distance(runs: tuple[RunResult, ...]) -> dict[int, list[RunResult]]:
    found: dict[int, list[RunResult]] = defaultdict(list)
    for run in runs:
        found[run.distance_px].append(run)
    return found


@pytest.mark.parametrize("shown", [sweeps.QUICK, sweeps.result([sweeps.OPEN_ROW, FAILED])], ids=["quick", "failures"])
def test_cells_are_the_means_of_the_reports_trainings(modules: Page, static: str, shown: SweepResult) -> None:
    found = in_module(modules, static + "js/sweep/rows.js", CELLS, as_sent(shown)["sweep"])
    rows = sorted(shown.rows, key=lambda row: row.depth or 0)
    assert [each["network"] for each in found] == [row.network for row in rows]
    for each, row in zip(found, rows, strict=True):
        wanted = []
        for distance, runs in by_distance(row.runs).items():
            known = [run.accuracy for run in runs if run.accuracy is not None]
            wanted.append([distance, fmean(known) if known else None, len(runs) - len(known), len(runs)])
        assert [[*cell[:1], *cell[2:]] for cell in each["cells"]] == [[*cell[:1], *cell[2:]] for cell in wanted]
        for cell, other in zip(each["cells"], wanted, strict=True):
            assert cell[1] == (None if other[1] is None else pytest.approx(other[1]))
        curve = logistic(row, np.array([6, 8.5, 9, 20]))
        assert each["fit"] == (None if curve is None else pytest.approx(curve.tolist()))


@pytest.fixture(scope="module")
def swept(real: Deployment) -> tuple[str, Report]:
    """The address of a small sweep that has ended, and its report."""
    asked = httpx.post(f"{real.url}/analyze", json={"analyses": ["sweep"], "sweep": SMALL})
    assert asked.status_code == 202, asked.text
    job = asked.json()["id"]
    ended = real.ended(job, within=120.0)
    assert ended["status"] == "succeeded", ended["error"]
    report = httpx.get(f"{real.url}/jobs/{job}/report", headers={"Accept": "application/json"})
    return f"{real.url}/#/jobs/{job}/sweep", Report.model_validate_json(report.content)


def showing(tab: Page, address: str, shown: dict[str, Any]) -> Page:
    """The view with another report in the place of the job's own."""

    def answer(route: Route) -> None:
        route.fulfill(json=shown)

    tab.route(re.compile(r"/jobs/[0-9a-f]{32}/report"), answer)
    tab.goto(address)
    expect(tab.get_by_role("grid", name="Accuracy by network")).to_be_visible()
    return tab


def test_the_map_of_a_real_sweep_has_its_trainings(tab: Page, swept: tuple[str, Report]) -> None:
    address, report = swept
    tab.goto(address)
    grid = tab.get_by_role("grid", name="Accuracy by network")
    assert report.sweep is not None
    for row in report.sweep.rows:
        for distance in range(row.distances[0], row.distances[1] + 1):
            runs = [run for run in row.runs if run.distance_px == distance]
            words = f"{len(runs)} training" if runs else "not trained"
            expect(grid.get_by_role("gridcell", name=f"{row.network}, {distance} px: ")).to_have_attribute(
                "aria-label", re.compile(words)
            )


def test_the_keyboard_goes_from_cell_to_cell(tab: Page, swept: tuple[str, Report]) -> None:
    showing(tab, swept[0], as_sent(sweeps.QUICK))
    first = tab.locator("[role=gridcell][tabindex='0']")
    expect(first).to_have_count(1)
    first.focus()
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("[role=gridcell]:focus")).to_have_attribute("aria-label", re.compile("nopool-res-12x16"))
    expect(tab.get_by_role("heading", name="One network")).to_be_visible()
    expect(tab.get_by_role("combobox", name="Network")).to_have_value("nopool-res-12x16")
    tab.keyboard.press("Home")
    expect(tab.get_by_text("Training at 7 px", exact=True).first).to_be_visible()
    tab.wait_for_url(re.compile(r"network=nopool-res-12x16&distance=7"))
    expect(tab.get_by_text("seed 0, ").first).to_be_visible()


def test_it_fills_in_while_it_runs(tab: Page, swept: tuple[str, Report]) -> None:
    begun = as_sent(sweeps.result([sweeps.OPEN_ROW], fits=()))
    begun["sweep"]["complete"] = False
    showing(tab, swept[0], begun)
    expect(tab.get_by_text("as far as it is known")).to_be_visible()
    expect(tab.get_by_text("open: too few trainings").first).to_be_visible()
    nothing = as_sent(sweeps.result([sweeps.OPEN_ROW.model_copy(update={"runs": (), "trainings": 0})]))
    tab.unroute_all()
    showing(tab, swept[0], nothing)
    tab.reload()
    expect(tab.get_by_text("No training has ended yet.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_failures_are_told_and_nothing_is_wider_than_the_window(
    tab: Page, swept: tuple[str, Report], width: int
) -> None:
    tab.set_viewport_size({"width": width, "height": 800})
    showing(tab, swept[0], as_sent(sweeps.result([FAILED, sweeps.row(8)], fits=sweeps.FITS)))
    expect(tab.get_by_role("gridcell", name=re.compile("1 failed")).first).to_be_attached()
    expect(tab.get_by_text("the loss is not finite at step 900").first).to_be_attached()
    assert scrolls_sideways(tab) == 0
